//! Policies, each by itself: two with different settings for one control are legitimate.

use super::super::Check;
use super::selection::{is_selected, namespaces};
use super::{doubles, items};
use crate::controls::ALL;
use crate::manifest::{self, Located, Node};
use crate::path::FieldPath;
use crate::policy::{Mode, Policy, Rule};

pub(super) fn advise(policy: &Policy, document: &Located, advice: &mut Check) {
    let controls = FieldPath::of(&["spec", "controls"]);
    advice.require(
        policy.rules.iter().any(|rule| rule.mode != Mode::Disabled),
        controls.clone(),
        "no control is enabled, so this policy finds nothing; give one the mode Audit, Warn or Deny, or remove the policy",
    );
    scope(policy, document, advice);
    for rule in &policy.rules {
        let path = controls.clone().field(rule.control.descriptor().policy_field());
        settings(rule, &path, document, advice);
    }
    doubles(document, &FieldPath::of(&["spec", "match", "excludeNamespaces"]), advice);
    for control in ALL {
        let field = controls.clone().field(control.policy_field());
        for list in control.settings().filter(|setting| setting.many) {
            doubles(document, &field.clone().field(list.name), advice);
        }
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
fn settings(rule: &Rule, path: &FieldPath, document: &Located, advice: &mut Check) {
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
    for idle in rule.control.descriptor().explanation.ineffective {
        let is_taken = idle.values.contains(&value(idle.other));
        let works = value(idle.setting) != Some(idle.value) || !is_taken;
        advice.require(works, at(idle.setting), idle.message);
    }
}

/// A word or a truth value as text; nothing for null, which means absent.
fn word(value: &Located) -> Option<&str> {
    let truth = |truth| if truth { "true" } else { "false" };
    value.as_str().or_else(|| manifest::typed(value).ok().map(truth))
}
