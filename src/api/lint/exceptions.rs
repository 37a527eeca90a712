//! Exceptions, by themselves and against the policies of their file.

use jiff::Timestamp;

use super::super::Check;
use super::super::types::exception::ON_PODS;
use super::selection::{contradiction, is_concerned};
use super::{doubles, images, items};
use crate::manifest::Located;
use crate::path::FieldPath;
use crate::pod::ContainerKind;
use crate::policy::{Exception, Mode, Policy};

/// The lists in which nothing is meant twice.
const LISTS: [&str; 5] = ["controls", "namespaces", "containers", "containerTypes", "images"];

/// Advice on one exception; without policies only on what it says by itself.
pub(super) fn advise(
    exception: &Exception,
    document: &Located,
    policies: &[&Policy],
    now: Timestamp,
    advice: &mut Check,
) {
    let at = |field: &'static str| FieldPath::of(&["spec", field]);
    advice.require(
        exception.expires_at.is_none_or(|end| now < end),
        at("expiresAt"),
        "is over, so this exception exempts nothing; remove the exception, or set a later time if its reason still holds",
    );
    if let Some(key) = contradiction(&exception.pods) {
        let message = format!(
            "matches no pod: its requirements on the label {key} contradict each other; remove one of them, or the exception"
        );
        advice.require(false, at("podSelector"), &message);
    }
    for (path, item) in items(document, &at("pairs")) {
        let side = |side| item.member(side).and_then(Located::as_str);
        let own = side("from") == side("to") && side("from").is_some_and(|it| !it.contains('*'));
        let message = "covers nothing: a container makes no pair with itself; remove the pair, or name another container";
        advice.require(!own, path, message);
    }
    for (path, item) in items(document, &at("controls")) {
        let why = item.as_str().and_then(|id| covers_nothing(exception, id));
        advice.require(why.is_none(), path, why.unwrap_or_default());
    }
    for list in LISTS {
        doubles(document, &at(list), advice);
    }
    images::advise(document, advice);
    if !policies.is_empty() {
        unjudged(exception, document, policies, advice);
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
    let table = [
        (
            by_container && ON_PODS.contains(&id),
            "is not covered: it is found on pods as a whole, and this exception narrows by container; give this control an exception of its own",
        ),
        (
            not_ephemeral && id == "ephemeral-target",
            "is not covered: it is found on ephemeral containers, which containerTypes does not list; add Ephemeral there, or remove the control",
        ),
    ];
    table.into_iter().find_map(|(holds, message)| holds.then_some(message))
}

/// Namespaces and controls that no policy judges: there is nothing to exempt.
fn unjudged(exception: &Exception, document: &Located, policies: &[&Policy], advice: &mut Check) {
    let concerned = |name: &str| policies.iter().any(|policy| is_concerned(policy, name));
    for (path, item) in items(document, &FieldPath::of(&["spec", "namespaces"])) {
        let message = "no policy of this file judges in this namespace, so there is nothing to exempt; remove it, or take it into the match of a policy";
        advice.require(item.as_str().is_none_or(concerned), path, message);
    }
    // Where no namespace is judged, that is said once, and not again for every control.
    let nowhere = !exception.namespaces.iter().any(|name| concerned(name));
    let here = |policy: &&&Policy| {
        nowhere || exception.namespaces.iter().any(|name| is_concerned(policy, name))
    };
    for (path, item) in items(document, &FieldPath::of(&["spec", "controls"])) {
        let judges = |id: &str| {
            let mut rules = policies.iter().filter(here).flat_map(|policy| &policy.rules);
            rules.any(|rule| rule.mode != Mode::Disabled && rule.control.descriptor().id == id)
        };
        let message = "no policy of this file judges this control in these namespaces, so there is nothing to exempt; remove it, or enable it in a policy";
        advice.require(item.as_str().is_none_or(judges), path, message);
    }
}
