//! Policies, each by itself: two with different settings for one control are legitimate.

use super::super::Check;
use super::selection::{is_selected, namespaces};
use super::{doubles, items};
use crate::manifest::{self, Located, Node};
use crate::path::FieldPath;
use crate::policy::{Mode, Policy, Rule};

/// The lists in which nothing is meant twice.
const LISTS: [&[&str]; 3] = [
    &["spec", "match", "excludeNamespaces"],
    &["spec", "controls", "ptraceCapability", "ignore"],
    &["spec", "controls", "processReach", "aspects"],
];

/// A setting that another one takes the effect from.
struct Idle {
    control: &'static str,
    setting: &'static str,
    value: &'static str,
    /// The other setting, and those of its values that do; `None` where it is absent.
    beside: (&'static str, &'static [Option<&'static str>]),
    message: &'static str,
}

const NO_REPAIR: (&str, &[Option<&str>]) = ("repair", &[None, Some("Never")]);
const NOTHING_REPAIRED: &str =
    "has no effect while nothing is repaired; write repair: OnCreate, or remove this field";

const IDLE: &[Idle] = &[
    Idle {
        control: "supplementalGroupsPolicy",
        setting: "overrideMerge",
        value: "true",
        beside: NO_REPAIR,
        message: NOTHING_REPAIRED,
    },
    Idle {
        control: "supplementalGroupsPolicy",
        setting: "onUnsupportedNodes",
        value: "Patch",
        beside: NO_REPAIR,
        message: NOTHING_REPAIRED,
    },
    Idle {
        control: "supplementalGroupsPolicy",
        setting: "repair",
        value: "OnCreate",
        beside: ("onUnsupportedNodes", &[None, Some("Leave")]),
        message: "repairs nothing, and what it would repair is warned about at most: this version does not look at nodes, and onUnsupportedNodes is Leave; write Patch there if every node supports Strict, or remove this field",
    },
    Idle {
        control: "ptraceCapability",
        setting: "privileged",
        value: "Anywhere",
        beside: ("scope", &[Some("SharedProcesses")]),
        message: "has no effect: with scope SharedProcesses nothing counts elsewhere; write scope: Anywhere, or remove this field",
    },
];

pub(super) fn advise(policy: &Policy, document: &Located, advice: &mut Check) {
    let controls = FieldPath::of(&["spec", "controls"]);
    advice.require(
        policy.rules.iter().any(|rule| rule.mode != Mode::Disabled),
        controls.clone(),
        "no control is enabled, so this policy finds nothing; give one the mode Audit, Warn or Deny, or remove the policy",
    );
    scope(policy, document, advice);
    for rule in &policy.rules {
        let field = rule.control.descriptor().policy_field();
        settings(rule, &field, &controls.clone().field(field.clone()), document, advice);
    }
    for list in LISTS {
        doubles(document, &FieldPath::of(list), advice);
    }
}

/// Selected namespaces that are excluded, and excluded ones that are not selected.
fn scope(policy: &Policy, document: &Located, advice: &mut Check) {
    let selector = FieldPath::of(&["spec", "match", "namespaceSelector"]);
    let exclude = FieldPath::of(&["spec", "match", "excludeNamespaces"]);
    let selected = namespaces(&policy.scope.namespaces);
    if let Some(names) = &selected {
        let message = "selects no namespace: its requirements contradict each other; remove one of them, or the policy";
        advice.require(!names.is_empty(), selector, message);
        if names.is_empty() {
            return;
        }
        let message = "excludes every namespace that namespaceSelector selects, so this policy judges nowhere; take one out of the list, or remove the policy";
        let left = names.iter().any(|name| !policy.scope.exclude.contains(*name));
        advice.require(left, exclude.clone(), message);
    }
    for (path, item) in items(document, &exclude) {
        // Many write it everywhere, to be safe.
        let known = |name| name == "kube-system" || is_selected(policy, name);
        let message =
            "has no effect: namespaceSelector does not select this namespace; remove the name";
        advice.require(item.as_str().is_none_or(known), path, message);
    }
}

/// What the settings of a control take from each other; its field is at `path`.
fn settings(rule: &Rule, field: &str, path: &FieldPath, document: &Located, advice: &mut Check) {
    let at = |setting: &'static str| path.clone().field(setting);
    if rule.mode == Mode::Disabled {
        let written = match document.at(path).map(|control| &control.node) {
            Some(Node::Map(map)) => map.members.as_slice(),
            Some(Node::Scalar(_) | Node::List(_)) | None => &[],
        };
        for (key, _) in written.iter().filter(|(_, value)| !value.is_null()) {
            let own = ["mode", "repair"].contains(&key.text.as_str());
            let message =
                "has no effect: the control is Disabled; choose another mode, or remove this field";
            advice.require(own, path.clone().field(key.text.clone()), message);
        }
        return;
    }
    let value = |setting: &'static str| document.at(&at(setting)).and_then(word);
    for idle in IDLE.iter().filter(|idle| idle.control == field) {
        let (other, values) = idle.beside;
        let works = value(idle.setting) != Some(idle.value) || !values.contains(&value(other));
        advice.require(works, at(idle.setting), idle.message);
    }
}

/// A word or a truth value as text; nothing for null, which means absent.
fn word(value: &Located) -> Option<&str> {
    let truth = |truth| if truth { "true" } else { "false" };
    value.as_str().or_else(|| manifest::typed(value).ok().map(truth))
}
