//! From an object as it is written to one that judges: a policy or an exception, or all of its
//! faults. One object at a time; no file, no text.

mod controls;
mod exception;
mod policy;
mod selector;

pub(super) use exception::on_pods;

use crate::names;
use crate::path::{Fault, FieldPath};

/// What is known of namespaces where a policy is to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespaces {
    /// Their names: a policy that asks for labels is refused.
    ByName,
    /// Their labels, too, of those that are known at all.
    ByLabels,
}

/// The faults of an object: all of them are reported at once.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault unless the rule holds.
    pub(super) fn require(&mut self, holds: bool, path: FieldPath, message: &str) {
        if !holds {
            self.0.push(Fault::new(path, message));
        }
    }

    /// The value, if nothing is wrong.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Vec<Fault>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }

    /// All of them.
    pub(super) fn into_vec(self) -> Vec<Fault> {
        self.0
    }

    fn name(&mut self, name: &str) {
        let path = FieldPath::of(&["metadata", "name"]);
        self.require(names::is_subdomain(name), path, names::SUBDOMAIN);
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use schemars::JsonSchema;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::api::types::{IsolationExceptionSpec, IsolationPolicySpec};

    fn faults<T>(compiled: Result<T, Vec<Fault>>) -> Vec<String> {
        let faults = compiled.err().unwrap_or_default();
        faults.iter().map(|fault| format!("{}: {}", fault.path, fault.message)).collect()
    }

    /// What a watch will bring has no text: a value alone is enough, and one object at a time.
    #[test]
    fn a_value_is_enough() {
        let table: &[(&str, Namespaces, &[&str])] = &[
            (r#"{"controls": {"processReach": {"mode": "Deny"}}}"#, Namespaces::ByName, &[]),
            (
                r#"{"controls": {"processReach": null, "ephemeralTarget": null}}"#,
                Namespaces::ByName,
                &[
                    "spec.controls.processReach: needs at least a mode, such as {mode: Warn}",
                    "spec.controls.ephemeralTarget: needs at least a mode, such as {mode: Warn}",
                ],
            ),
            (
                r#"{"namespaceLabels": "Tighten", "match": {"excludeNamespaces": ["a", "*"]}, "controls": {}}"#,
                Namespaces::ByName,
                &[
                    "spec.match.excludeNamespaces[1]: must be the exact name of a namespace",
                    "spec.namespaceLabels: a policy file cannot read the labels of namespaces: write Ignore, or leave it out",
                ],
            ),
            (r#"{"namespaceLabels": "Tighten", "controls": {}}"#, Namespaces::ByLabels, &[]),
        ];
        for (spec, known, expected) in table {
            let spec: IsolationPolicySpec = serde_json::from_str(spec).unwrap();
            assert_eq!(faults(spec.compile("p", *known)), *expected);
        }
        let spec =
            r#"{"reason": "", "permanent": true, "controls": ["process-reach"], "namespaces": []}"#;
        let spec: IsolationExceptionSpec = serde_json::from_str(spec).unwrap();
        let expected = [
            &format!("metadata.name: {}", names::SUBDOMAIN),
            "spec.reason: must say why, for those who find it later",
            "spec.namespaces: must name at least one namespace",
        ];
        assert_eq!(faults(spec.compile("E")), expected);
    }

    /// What kube asks of the spec of a custom resource; written and read again it says the same.
    fn is_custom_resource<S>(text: &str)
    where
        S: Clone + Debug + DeserializeOwned + Serialize + JsonSchema + Send + Sync + 'static,
    {
        let spec: S = serde_json::from_str(text).unwrap();
        let again: S = serde_json::from_value(serde_json::to_value(&spec).unwrap()).unwrap();
        assert_eq!(format!("{spec:?}"), format!("{again:?}"));
    }

    #[test]
    fn specs_can_be_those_of_custom_resources() {
        is_custom_resource::<IsolationPolicySpec>(r#"{"controls": {}}"#);
        is_custom_resource::<IsolationPolicySpec>(
            r#"{
                "match": {"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}},
                "controls": {"ptraceCapability": {"mode": "Deny", "ignore": [], "scope": "Anywhere"}}
            }"#,
        );
        is_custom_resource::<IsolationExceptionSpec>(
            r#"{
                "reason": "r", "expiresAt": "2026-12-01T12:00:00Z", "controls": ["process-reach"], "namespaces": ["a"],
                "pairs": [{"from": "a", "to": "b", "aspects": ["memory"]}],
                "subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": "b"}, {"kind": "User", "name": "a"}],
                "barePods": true
            }"#,
        );
    }
}
