//! Policies, each by itself: two with different settings for one control are legitimate.

use serde_json::Value;

use super::SpecValue;
use super::selection::{is_selected, namespaces};
use crate::api::compile::Faults;
use crate::api::types::IsolationPolicySpec;
use crate::controls::ALL;
use crate::path::FieldPath;
use crate::policy::{Mode, Policy, Rule};

pub(super) fn advise(spec: &IsolationPolicySpec, policy: &Policy, faults: &mut Faults) {
    let written = SpecValue::of(spec);
    let controls = FieldPath::of(&["spec", "controls"]);
    faults.require(
        policy.rules.iter().any(|rule| rule.mode != Mode::Disabled),
        controls.clone(),
        "no control is enabled, so this policy finds nothing; give one the mode Audit, Warn or Deny, or remove the policy",
    );
    scope(spec, policy, faults);
    for rule in &policy.rules {
        let path = controls.clone().field(rule.control.descriptor().policy_field());
        settings(rule, &path, &written, faults);
    }
    written.doubles(&FieldPath::of(&["spec", "match", "excludeNamespaces"]), faults);
    for control in ALL {
        let field = controls.clone().field(control.policy_field());
        for list in control.settings().filter(|setting| setting.many) {
            written.doubles(&field.clone().field(list.name), faults);
        }
    }
}

/// Selected namespaces that are excluded, and excluded ones that are not selected.
fn scope(spec: &IsolationPolicySpec, policy: &Policy, faults: &mut Faults) {
    let selector = FieldPath::of(&["spec", "match", "namespaceSelector"]);
    let exclude = FieldPath::of(&["spec", "match", "excludeNamespaces"]);
    let selected = namespaces(&policy.scope.namespaces);
    if let Some(names) = &selected {
        let message = "selects no namespace: its requirements contradict each other; remove one of them, or the policy";
        faults.require(!names.is_empty(), selector, message);
        if names.is_empty() {
            return;
        }
        let message = "excludes every namespace that namespaceSelector selects, so this policy judges nowhere; take one out of the list, or remove the policy";
        let left = names.iter().any(|name| !policy.scope.exclude.contains(*name));
        faults.require(left, exclude.clone(), message);
    }
    for (index, name) in spec.scope.exclude_namespaces.iter().enumerate() {
        // Many write it everywhere, to be safe.
        let selected = name == "kube-system" || is_selected(policy, name);
        let message =
            "has no effect: namespaceSelector does not select this namespace; remove the name";
        faults.require(selected, exclude.clone().index(index), message);
    }
}

/// The settings of a control that others make ineffective; its field is at `path`.
fn settings(rule: &Rule, path: &FieldPath, written: &SpecValue, faults: &mut Faults) {
    let at = |setting: &'static str| path.clone().field(setting);
    if rule.mode == Mode::Disabled {
        let settings = written.at(path).and_then(Value::as_object);
        for setting in settings.into_iter().flat_map(|settings| settings.keys()) {
            let own = ["mode", "repair"].contains(&setting.as_str());
            let message =
                "has no effect: the control is Disabled; choose another mode, or remove this field";
            faults.require(own, path.clone().field(setting.clone()), message);
        }
        return;
    }
    let value = |setting: &'static str| written.at(&at(setting)).and_then(word);
    for one in rule.control.descriptor().explanation.ineffective {
        let is_taken = one.values.contains(&value(one.other));
        let works = value(one.setting) != Some(one.value) || !is_taken;
        faults.require(works, at(one.setting), one.message);
    }
}

/// A word or a truth value as text.
fn word(value: &Value) -> Option<&str> {
    let truth = |truth| if truth { "true" } else { "false" };
    value.as_str().or_else(|| value.as_bool().map(truth))
}
