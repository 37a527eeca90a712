//! The policy file: what is accepted, and what a person reads when it is not.

use bulkhead::policy::{Mode, Snapshot};
use bulkhead::policy_file::EMBEDDED_DEFAULT;

use super::read;
use super::tables::{BAD_POLICIES, EXCEPTION, FULL, POLICY};

/// Whether some policy gives this control a mode other than Disabled.
fn uses(snapshot: &Snapshot, id: &str) -> bool {
    let mut rules = snapshot.policies.iter().flat_map(|policy| &policy.rules);
    rules.any(|rule| rule.mode != Mode::Disabled && rule.control.descriptor().id == id)
}

#[test]
fn everything_an_object_can_say_is_accepted() {
    let snapshot = read(FULL).unwrap();
    assert_eq!(snapshot.policies.len(), 1);
    assert_eq!(snapshot.exceptions.len(), 1);
    assert!(uses(&snapshot, "process-reach"));
    assert!(!uses(&snapshot, "host-process-namespace"), "Disabled is not used");
    assert_eq!(snapshot.exceptions[0].subjects[1].name, "system:serviceaccount:ci:bot");
}

#[test]
fn json_is_accepted() {
    let json = r#"{
	"apiVersion": "bulkhead.dev/v1alpha1", "kind": "IsolationPolicy",
	"metadata": {"name": "json"},
	"spec": {"controls": {"shareProcessNamespace": {"mode": "Deny"}}}
}"#;
    assert_eq!(&*read(json).unwrap().policies[0].name, "json");
}

/// What is expected, with the names of all controls.
pub(super) fn named(expected: &str) -> String {
    let ids: Vec<_> = bulkhead::controls::ALL.iter().map(|control| control.id).collect();
    let fields: Vec<_> =
        bulkhead::controls::ALL.iter().map(|it| format!("`{}`", it.policy_field())).collect();
    expected
        .replace("IDS OF CONTROLS", &ids.join(", "))
        .replace("FIELDS OF CONTROLS", &fields.join(", "))
}

#[test]
fn embedded_default_has_every_control() {
    let snapshot = read(EMBEDDED_DEFAULT).unwrap();
    assert_eq!(snapshot.policies[0].rules.len(), bulkhead::controls::ALL.len());
    for control in bulkhead::controls::ALL {
        assert!(uses(&snapshot, control.id), "{}", control.id);
    }
}

#[test]
fn no_document_is_no_policy() {
    for text in ["", "---\n", "# nothing\n---\n# here\n"] {
        let snapshot = read(text).unwrap();
        assert!(snapshot.policies.is_empty() && snapshot.exceptions.is_empty(), "{text:?}");
    }
}

#[test]
fn null_means_absent() {
    for spec in [
        "match:",
        "match: {namespaceSelector: , excludeNamespaces: ~}",
        "match: {namespaceSelector: {matchLabels: , matchExpressions: }}",
        "namespaceLabels:",
        "rulesVersion: null",
    ] {
        let controls = "{ptraceCapability: {mode: Deny, repair: , ignore: , scope: ~}, processReach: {mode: Deny, aspects: , transitive: }}";
        let text = format!("{POLICY}  {spec}\n  controls: {controls}\nstatus:\n");
        assert_eq!(read(&text).unwrap().policies[0].rules.len(), 2, "{spec}");
    }
    for field in ["expiresAt", "podSelector", "containers", "pairs", "subjects", "barePods"] {
        assert_eq!(
            read(&format!("{EXCEPTION}  {field}:\n")).unwrap().exceptions.len(),
            1,
            "{field}"
        );
    }
}

#[test]
fn a_bad_policy_is_reported_by_place_field_and_remedy() {
    for (spec, expected) in BAD_POLICIES {
        assert_eq!(read(&format!("{POLICY}{spec}\n")).unwrap_err(), named(expected), "{spec}");
    }
}

#[test]
fn other_faults_of_a_file() {
    let kind = "apiVersion: bulkhead.dev/v1alpha1\nkind: Policy\n";
    assert_eq!(
        read(kind).unwrap_err(),
        "policy.yaml:2:1: kind: must be IsolationPolicy or IsolationException"
    );
    let near = "apiVersion: bulkhead.dev/v1alpha1\nkind: isolationPolicies\n";
    assert_eq!(
        read(near).unwrap_err(),
        "policy.yaml:2:1: kind: must be IsolationPolicy or IsolationException; did you mean `IsolationPolicy`?"
    );
    let version = "apiVersion: v1\nkind: IsolationPolicy\n";
    assert_eq!(
        read(version).unwrap_err(),
        "policy.yaml:1:1: apiVersion: must be bulkhead.dev/v1alpha1"
    );
    let twice = format!("{POLICY}  controls: {{}}\n---\n{POLICY}  controls: {{}}\n");
    assert_eq!(
        read(&twice).unwrap_err(),
        "policy.yaml:9:12: metadata.name: duplicate name: another IsolationPolicy of this file is called p"
    );
    let both =
        format!("{POLICY}  namespaceLabels: Override\n  rulesVersion: x\n  controls: {{}}\n");
    assert_eq!(read(&both).unwrap_err().lines().count(), 2, "every problem is reported at once");
    let pretty = |name: &str| {
        format!(
            "{{\n\"apiVersion\": \"{}\",\n\"kind\": \"IsolationPolicy\",\n\"metadata\": {{\"name\": \"{name}\"}},\n\"spec\": {{\"controls\": {{}}}}\n}}\n",
            bulkhead::api::API_VERSION
        )
    };
    assert_eq!(read(&(pretty("a") + &pretty("b"))).unwrap().policies.len(), 2);
    assert_eq!(read(&(pretty("a") + "---\n" + &pretty("b"))).unwrap().policies.len(), 2);
    for text in ["a: [", "a: b: c", "a: 1\na: 2\n", "\t- x", "just text", "[1, 2]"] {
        let message = read(text).unwrap_err();
        assert!(message.starts_with("policy.yaml:"), "{text:?}: {message}");
    }
}
