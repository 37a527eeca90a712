//! Exceptions, by themselves and against the policies of their file.

use jiff::Timestamp;

use super::selection::{contradiction, is_concerned};
use super::{SpecValue, images};
use crate::api::compile::Faults;
use crate::api::types::IsolationExceptionSpec;
use crate::controls::{Descriptor, Finds};
use crate::path::FieldPath;
use crate::pod::ContainerKind;
use crate::policy::{Exception, Mode, Policy};

/// The lists in which nothing is meant twice.
const LISTS: [&str; 5] = ["controls", "namespaces", "containers", "containerTypes", "images"];

/// Advice on one exception; without policies only on what it says by itself.
pub(super) fn advise(
    spec: &IsolationExceptionSpec,
    exception: &Exception,
    policies: &[&Policy],
    now: Timestamp,
    faults: &mut Faults,
) {
    faults.require(
        exception.expires_at.is_none_or(|end| now < end),
        at("expiresAt"),
        "has expired, so this exception exempts nothing; remove the exception, or set a later time if its reason still holds",
    );
    if let Some(key) = contradiction(&exception.pods) {
        let message = format!(
            "matches no pod: its requirements on the label {key} contradict each other; remove one of them, or the exception"
        );
        faults.require(false, at("podSelector"), &message);
    }
    for (index, pair) in spec.pairs.iter().enumerate() {
        let own = pair.from == pair.to && !pair.from.contains('*');
        let message = "covers nothing: a container makes no pair with itself; remove the pair, or name another container";
        faults.require(!own, at("pairs").index(index), message);
    }
    for (index, id) in spec.controls.iter().enumerate() {
        let why = covers_nothing(exception, id);
        faults.require(why.is_none(), at("controls").index(index), why.unwrap_or_default());
    }
    let written = SpecValue::of(spec);
    for list in LISTS {
        written.doubles(&at(list), faults);
    }
    images::advise(&spec.images, faults);
    if !policies.is_empty() {
        unjudged(spec, exception, policies, faults);
    }
}

/// Why an exception cannot cover what a control finds, if it cannot.
fn covers_nothing(exception: &Exception, id: &str) -> Option<&'static str> {
    let by_container = !exception.containers.is_empty()
        || !exception.container_kinds.is_empty()
        || !exception.images.is_empty()
        || !exception.pairs.is_empty();
    let not_ephemeral = !exception.container_kinds.is_empty()
        && !exception.container_kinds.contains(&ContainerKind::Ephemeral);
    let finds = Descriptor::by_id(id).map(|control| control.finds);
    let table = [
        (
            by_container && finds == Some(Finds::Pods),
            "is not covered: it is found on pods as a whole, and this exception narrows by container; give this control an exception of its own",
        ),
        (
            not_ephemeral && finds == Some(Finds::EphemeralContainers),
            "is not covered: it is found on ephemeral containers, which containerTypes does not list; add Ephemeral there, or remove the control",
        ),
    ];
    table.into_iter().find_map(|(holds, message)| holds.then_some(message))
}

/// Namespaces and controls that no policy judges: there is nothing to exempt.
fn unjudged(
    spec: &IsolationExceptionSpec,
    exception: &Exception,
    policies: &[&Policy],
    faults: &mut Faults,
) {
    let concerned = |name: &str| policies.iter().any(|policy| is_concerned(policy, name));
    for (index, name) in spec.namespaces.iter().enumerate() {
        let message = "no policy of this file judges in this namespace, so there is nothing to exempt; remove it, or take it into the match of a policy";
        faults.require(concerned(name), at("namespaces").index(index), message);
    }
    // Where no namespace is judged, that is said once, and not again for every control.
    let nowhere = !exception.namespaces.iter().any(|name| concerned(name));
    let here = |policy: &&&Policy| {
        nowhere || exception.namespaces.iter().any(|name| is_concerned(policy, name))
    };
    for (index, id) in spec.controls.iter().enumerate() {
        let mut rules = policies.iter().filter(here).flat_map(|policy| &policy.rules);
        let judges =
            rules.any(|rule| rule.mode != Mode::Disabled && rule.control.descriptor().id == id);
        let message = "no policy of this file judges this control in these namespaces, so there is nothing to exempt; remove it, or enable it in a policy";
        faults.require(judges, at("controls").index(index), message);
    }
}

fn at(field: &'static str) -> FieldPath {
    FieldPath::of(&["spec", field])
}
