//! The policy file: what is accepted, and what a person reads when it is not.

mod policy_cases;

use bulkhead::api::{EMBEDDED_DEFAULT, load};
use bulkhead::policy::Snapshot;
use policy_cases::EXCEPTION;

/// The example of the documentation, with everything an object can say.
const FULL: &str = r#"
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationPolicy
metadata: {name: baseline}
spec:
  match: {namespaceSelector: {}, excludeNamespaces: [kube-system]}
  namespaceLabels: Ignore
  rulesVersion: latest
  controls:
    shareProcessNamespace: {mode: Warn}
    ptraceCapability: {mode: Deny, ignore: [Inert], scope: SharedProcesses, privileged: Never}
    hostProcessNamespace: {mode: Disabled}
    supplementalGroupsPolicy: {mode: Audit, repair: OnCreate, onUnsupportedNodes: Patch}
    processReach: {mode: Deny, aspects: [environ, filesystem, memory]}
---
# an empty document is skipped
---
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationException
metadata: {name: incident-4711, labels: {team: sre}}
spec:
  reason: "heap dump for incident 4711"
  expiresAt: "2026-12-01T12:00:00Z"
  controls: [ephemeral-target, ptrace-capability, process-reach]
  namespaces: [payments]
  podSelector: {matchLabels: {app: ledger}, matchExpressions: [{key: tier, operator: Exists}]}
  containers: ["debugger-*"]
  containerTypes: [Ephemeral]
  pairs: [{from: "debugger-*", to: app, aspects: [environ]}]
  images: ["registry.example/debug/tools@sha256:..."]
  subjects: [{kind: Group, name: sre-oncall}, {kind: ServiceAccount, namespace: ci, name: bot}]
"#;

fn read(text: &str) -> Result<Snapshot, String> {
    load("policy.yaml", text)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[test]
fn everything_an_object_can_say_is_accepted() {
    let snapshot = read(FULL).unwrap();
    assert_eq!(snapshot.policies.len(), 1);
    assert_eq!(snapshot.exceptions.len(), 1);
    assert!(snapshot.uses("process-reach"));
    assert!(!snapshot.uses("host-process-namespace"), "Disabled is not used");
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

#[test]
fn embedded_default_has_every_control() {
    let snapshot = read(EMBEDDED_DEFAULT).unwrap();
    assert_eq!(snapshot.policies[0].rules.len(), bulkhead::controls::ALL.len());
    for control in bulkhead::controls::ALL {
        assert!(snapshot.uses(control.id), "{}", control.id);
    }
}

#[test]
fn no_document_is_no_policy() {
    for text in ["", "---\n", "# nothing\n---\n# here\n"] {
        let snapshot = read(text).unwrap();
        assert!(snapshot.policies.is_empty() && snapshot.exceptions.is_empty(), "{text:?}");
    }
}

const POLICY: &str = "apiVersion: bulkhead.dev/v1alpha1
kind: IsolationPolicy
metadata: {name: p}
spec:
";

/// (what stands below `spec`, what a person reads)
const BAD_POLICIES: &[(&str, &str)] = &[
    (
        "  controls: {shareProcessNamespace: {mode: Enforce}}",
        "policy.yaml:5:38: spec.controls.shareProcessNamespace.mode: invalid value: string \"Enforce\", expected one of Disabled, Audit, Warn, Deny",
    ),
    (
        "  controls: {shareProcessNamespace: {mode: off}}",
        "policy.yaml:5:38: spec.controls.shareProcessNamespace.mode: invalid type: boolean `false`, expected one of Disabled, Audit, Warn, Deny",
    ),
    (
        "  controls: {shareProcessNamespace: {}}",
        "policy.yaml:5:14: spec.controls.shareProcessNamespace: missing field `mode`",
    ),
    (
        "  controls:\n    sharedProcessNamespace: {mode: Warn}",
        "policy.yaml:6:5: spec.controls.sharedProcessNamespace: unknown field `sharedProcessNamespace`, expected one of `shareProcessNamespace`, `ptraceCapability`, `hostProcessNamespace`, `ephemeralTarget`, `supplementalGroupsPolicy`, `processReach`",
    ),
    (
        "  controls:\n    hostProcessNamespace: {mode: Deny, repair: OnCreate}",
        "policy.yaml:6:40: spec.controls.hostProcessNamespace.repair: host-process-namespace has no repair; remove this field",
    ),
    (
        "  controls:\n    shareProcessNamespace: {mode: Disabled, repair: OnCreate}",
        "policy.yaml:6:45: spec.controls.shareProcessNamespace.repair: a Disabled control repairs nothing; remove this field or choose another mode",
    ),
    (
        "  controls:\n    processReach: {mode: Deny, aspects: []}",
        "policy.yaml:6:32: spec.controls.processReach.aspects: must list at least one aspect; use mode Disabled to switch the control off",
    ),
    (
        "  controls:\n    processReach: {mode: Deny, aspects: [environ, cmd]}",
        "policy.yaml:6:51: spec.controls.processReach.aspects[1]: invalid value: string \"cmd\", expected one of environ, filesystem, memory, descriptors, signal, cmdline",
    ),
    (
        "  namespaceLabels: Tighten\n  controls: {}",
        "policy.yaml:5:3: spec.namespaceLabels: a policy file cannot read the labels of namespaces: write Ignore, or leave it out",
    ),
    (
        "  match: {namespaceSelector: {matchLabels: {team: a}}}\n  controls: {}",
        "policy.yaml:5:11: spec.match.namespaceSelector: a policy file knows namespaces by name only: select by kubernetes.io/metadata.name",
    ),
    (
        "  match: {excludeNamespaces: [a, \"kube-*\"]}\n  controls: {}",
        "policy.yaml:5:34: spec.match.excludeNamespaces[1]: must be the exact name of a namespace",
    ),
    (
        "  rulesVersion: \"9\"\n  controls: {}",
        "policy.yaml:5:3: spec.rulesVersion: expected one of latest, 1",
    ),
    (
        "  rulesVersion: 1\n  controls: {}",
        "policy.yaml:5:3: spec.rulesVersion: invalid type: integer `1`, expected a string: write it in quotes",
    ),
    ("  {}", "policy.yaml:4:1: spec: missing field `controls`"),
    // null means absent; what is not known stays unknown.
    ("  controls:", "policy.yaml:4:1: spec: missing field `controls`"),
    (
        "  controls: {shareProcessNamespace: {mode: }}",
        "policy.yaml:5:14: spec.controls.shareProcessNamespace: missing field `mode`",
    ),
    (
        "  controls:\n    hostProcessNamespace: {mode: Deny}\n    ptraceCapability:\n",
        "policy.yaml:7:5: spec.controls.ptraceCapability: needs at least a mode, such as {mode: Warn}",
    ),
    (
        "  controls:\n    sharedProcesses:\n",
        "policy.yaml:6:5: spec.controls.sharedProcesses: unknown field `sharedProcesses`, expected one of `shareProcessNamespace`, `ptraceCapability`, `hostProcessNamespace`, `ephemeralTarget`, `supplementalGroupsPolicy`, `processReach`",
    ),
    // The shape that is right, in words of the format.
    (
        "  controls: 5",
        "policy.yaml:5:3: spec.controls: invalid type: integer `5`, expected controls by name, such as {shareProcessNamespace: {mode: Warn}}",
    ),
    (
        "  controls: {shareProcessNamespace: Warn}",
        "policy.yaml:5:14: spec.controls.shareProcessNamespace: invalid type: string \"Warn\", expected at least a mode, such as {mode: Warn}",
    ),
    (
        "  match: []\n  controls: {}",
        "policy.yaml:5:3: spec.match: invalid type: sequence, expected namespaces, such as {excludeNamespaces: [sandbox]}",
    ),
    (
        "  match: {namespaceSelector: shop}\n  controls: {}",
        "policy.yaml:5:11: spec.match.namespaceSelector: invalid type: string \"shop\", expected a selector, such as {matchLabels: {app: ledger}}",
    ),
    (
        "  - controls: {}",
        "policy.yaml:4:1: spec: invalid type: sequence, expected a policy, such as {controls: {shareProcessNamespace: {mode: Warn}}}",
    ),
    // A selector of names must name.
    (
        "  match: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: \"shop*\"}}}\n  controls: {}",
        "policy.yaml:5:45: spec.match.namespaceSelector.matchLabels.kubernetes.io/metadata.name: must be the exact name of a namespace",
    ),
    (
        "  match: {namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [shop, \"\"]}]}}\n  controls: {}",
        "policy.yaml:5:117: spec.match.namespaceSelector.matchExpressions[0].values[1]: must be the exact name of a namespace",
    ),
];

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
fn a_bad_policy_is_told_by_place_field_and_remedy() {
    for (spec, expected) in BAD_POLICIES {
        assert_eq!(read(&format!("{POLICY}{spec}\n")).unwrap_err(), *expected, "{spec}");
    }
}

#[test]
fn other_faults_of_a_file() {
    let kind = "apiVersion: bulkhead.dev/v1alpha1\nkind: Policy\n";
    assert_eq!(
        read(kind).unwrap_err(),
        "policy.yaml:2:1: kind: must be IsolationPolicy or IsolationException"
    );
    let version = "apiVersion: v1\nkind: IsolationPolicy\n";
    assert_eq!(
        read(version).unwrap_err(),
        "policy.yaml:1:1: apiVersion: must be bulkhead.dev/v1alpha1"
    );
    let twice = format!("{POLICY}  controls: {{}}\n---\n{POLICY}  controls: {{}}\n");
    assert_eq!(
        read(&twice).unwrap_err(),
        "policy.yaml:9:12: metadata.name: stands twice: another IsolationPolicy of this file is called p"
    );
    let both =
        format!("{POLICY}  namespaceLabels: Override\n  rulesVersion: x\n  controls: {{}}\n");
    assert_eq!(read(&both).unwrap_err().lines().count(), 2, "every problem is told at once");
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
