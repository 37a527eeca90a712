//! The policy file: what is accepted, and what a person reads when it is not.

use bulkhead::api::{EMBEDDED_DEFAULT, load};
use bulkhead::policy::Snapshot;

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

const EXCEPTION: &str = "apiVersion: bulkhead.dev/v1alpha1
kind: IsolationException
metadata: {name: e}
spec:
  reason: because
  permanent: true
  controls: [share-process-namespace]
  namespaces: [a]
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
    ("  {}", "policy.yaml:4:1: spec: missing field `controls`"),
];

#[test]
fn a_bad_policy_is_told_by_place_field_and_remedy() {
    for (spec, expected) in BAD_POLICIES {
        assert_eq!(read(&format!("{POLICY}{spec}\n")).unwrap_err(), *expected, "{spec}");
    }
}

/// (what replaces a line of [`EXCEPTION`], by what, what a person reads)
const BAD_EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "  reason: because",
        "  reason: ' '",
        "policy.yaml:5:3: spec.reason: must say why, for those who find it later",
    ),
    ("  reason: because\n", "", "policy.yaml:4:1: spec: missing field `reason`"),
    (
        "  permanent: true\n",
        "",
        "policy.yaml:4:1: spec.expiresAt: is required, as a time like 2026-12-01T12:00:00Z, unless permanent: true",
    ),
    (
        "  permanent: true",
        "  expiresAt: tomorrow",
        "policy.yaml:6:3: spec.expiresAt: must be a time like 2026-12-01T12:00:00Z",
    ),
    (
        "  controls: [share-process-namespace]",
        "  controls: [shareProcessNamespace]",
        "policy.yaml:7:14: spec.controls[0]: expected one of share-process-namespace, ptrace-capability, host-process-namespace, ephemeral-target, supplemental-groups-policy, process-reach",
    ),
    (
        "  namespaces: [a]",
        "  namespaces: ['*']",
        "policy.yaml:8:16: spec.namespaces[0]: must be the exact name of a namespace; `*` is a pattern only in containers, pairs and images",
    ),
    (
        "  namespaces: [a]",
        "  namespaces: []",
        "policy.yaml:8:3: spec.namespaces: must name at least one namespace",
    ),
    (
        "  namespaces: [a]",
        "  namespaces: [a]\n  subjects: [{kind: User, name: u}]",
        "policy.yaml:9:3: spec.subjects: needs containerTypes: [Ephemeral] or barePods: true: controllers, not users, create all other pods",
    ),
    (
        "  namespaces: [a]",
        "  namespaces: [a]\n  barePods: true\n  subjects: [{kind: ServiceAccount, name: u}]",
        "policy.yaml:10:14: spec.subjects[0].namespace: is required for a ServiceAccount",
    ),
    (
        "  namespaces: [a]",
        "  namespaces: [a]\n  pairs: [{from: a, to: b}]",
        "policy.yaml:9:3: spec.pairs: needs process-reach among the controls",
    ),
    (
        "  namespaces: [a]",
        "  namespaces: [a]\n  podSelector: {matchExpressions: [{key: a, operator: In}]}",
        "policy.yaml:9:36: spec.podSelector.matchExpressions[0].values: must not be empty for In and NotIn",
    ),
];

#[test]
fn a_bad_exception_is_told_by_place_field_and_remedy() {
    read(EXCEPTION).unwrap();
    for (line, replacement, expected) in BAD_EXCEPTIONS {
        let text = EXCEPTION.replace(line, replacement);
        assert_ne!(text, EXCEPTION, "{line} is not in the base");
        assert_eq!(read(&text).unwrap_err(), *expected, "{replacement}");
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
    for text in ["a: [", "a: b: c", "a: 1\na: 2\n", "\t- x", "just text", "[1, 2]"] {
        let message = read(text).unwrap_err();
        assert!(message.starts_with("policy.yaml:"), "{text:?}: {message}");
    }
}

#[test]
fn bombs_are_refused() {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (name, of) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip("abcdefgh".chars()) {
        let aliases = vec![format!("*{of}"); 9].join(",");
        bomb = format!("{bomb}{name}: &{name} [{aliases}]\n");
    }
    assert!(read(&bomb).is_err());
    assert!(read(&"[".repeat(100_000)).is_err());
}
