/// The example of the documentation, with everything an object can say.
pub(crate) const FULL: &str = r#"
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
  images: ["registry.example/debug/tools@sha256:*"]
  subjects: [{kind: Group, name: sre-oncall}, {kind: ServiceAccount, namespace: ci, name: bot}]
"#;

/// What stands above every `spec` of [`BAD_POLICIES`].
pub(crate) const POLICY: &str = "apiVersion: bulkhead.dev/v1alpha1
kind: IsolationPolicy
metadata: {name: p}
spec:
";

/// (what stands below `spec`, what a person reads)
pub(crate) const BAD_POLICIES: &[(&str, &str)] = &[
    (
        "  controls: {shareProcessNamespace: {mode: Enforce}}",
        "policy.yaml:5:38: spec.controls.shareProcessNamespace.mode: found \"Enforce\", expected one of Disabled, Audit, Warn, Deny",
    ),
    (
        "  controls: {shareProcessNamespace: {mode: off}}",
        "policy.yaml:5:38: spec.controls.shareProcessNamespace.mode: found `false`, expected one of Disabled, Audit, Warn, Deny",
    ),
    (
        "  controls: {shareProcessNamespace: {}}",
        "policy.yaml:5:14: spec.controls.shareProcessNamespace: missing field `mode`",
    ),
    (
        "  controls:\n    sharedProcessNamespace: {mode: Warn}",
        "policy.yaml:6:5: spec.controls.sharedProcessNamespace: unknown field `sharedProcessNamespace`, expected one of FIELDS OF CONTROLS; did you mean `shareProcessNamespace`?",
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
        "policy.yaml:6:51: spec.controls.processReach.aspects[1]: found \"cmd\", expected one of environ, filesystem, memory, descriptors, signal, cmdline; did you mean `cmdline`?",
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
        "policy.yaml:5:3: spec.rulesVersion: found `1`, expected text: write it in quotes",
    ),
    // What was probably meant is reported besides what can stand there.
    (
        "  controls: {shareProcessNamespace: {mode: deny}}",
        "policy.yaml:5:38: spec.controls.shareProcessNamespace.mode: found \"deny\", expected one of Disabled, Audit, Warn, Deny; did you mean `Deny`?",
    ),
    (
        "  controls:\n    ptrace-capability: {mode: Warn}",
        "policy.yaml:6:5: spec.controls.ptrace-capability: unknown field `ptrace-capability`, expected one of FIELDS OF CONTROLS; did you mean `ptraceCapability`?",
    ),
    (
        "  match: {excludedNamespaces: [a]}\n  controls: {}",
        "policy.yaml:5:11: spec.match.excludedNamespaces: unknown field `excludedNamespaces`, expected `namespaceSelector` or `excludeNamespaces`; did you mean `excludeNamespaces`?",
    ),
    (
        "  rulesVersion: Latest\n  controls: {}",
        "policy.yaml:5:3: spec.rulesVersion: expected one of latest, 1; did you mean `latest`?",
    ),
    (
        "  controls:\n    processReach: {mode: Deny, certainty: Yes}",
        "policy.yaml:6:32: spec.controls.processReach.certainty: found `true`, expected one of Yes, Possible; write \"Yes\" in quotes",
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
        "policy.yaml:6:5: spec.controls.sharedProcesses: unknown field `sharedProcesses`, expected one of FIELDS OF CONTROLS",
    ),
    // The shape that is right, in words of the format.
    (
        "  controls: 5",
        "policy.yaml:5:3: spec.controls: found `5`, expected controls by name, such as {shareProcessNamespace: {mode: Warn}}",
    ),
    (
        "  controls: {shareProcessNamespace: Warn}",
        "policy.yaml:5:14: spec.controls.shareProcessNamespace: found \"Warn\", expected at least a mode, such as {mode: Warn}",
    ),
    (
        "  match: []\n  controls: {}",
        "policy.yaml:5:3: spec.match: found a list, expected namespaces, such as {excludeNamespaces: [sandbox]}",
    ),
    (
        "  match: {namespaceSelector: shop}\n  controls: {}",
        "policy.yaml:5:11: spec.match.namespaceSelector: found \"shop\", expected a selector, such as {matchLabels: {app: ledger}}",
    ),
    (
        "  - controls: {}",
        "policy.yaml:4:1: spec: found a list, expected a policy, such as {controls: {shareProcessNamespace: {mode: Warn}}}",
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
