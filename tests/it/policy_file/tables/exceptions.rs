/// An exception that is accepted.
pub(crate) const EXCEPTION: &str = "apiVersion: bulkhead.dev/v1alpha1
kind: IsolationException
metadata: {name: e}
spec:
  reason: because
  permanent: true
  controls: [share-process-namespace]
  namespaces: [a]
";

const NO_IMAGE: &str = "policy.yaml:8:12: spec.images[0]: matches no image: write a reference, such as registry.example/tools:1, with `*` for any run of characters without `/`, and `**` for any run";

/// (what replaces a line of [`EXCEPTION`], by what, what a person reads)
pub(crate) const BAD_EXCEPTIONS: &[(&str, &str, &str)] = &[
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
        "policy.yaml:7:14: spec.controls[0]: expected one of IDS OF CONTROLS; did you mean `share-process-namespace`?",
    ),
    (
        "  controls: [share-process-namespace]",
        "  controls: [sharing]",
        "policy.yaml:7:14: spec.controls[0]: expected one of IDS OF CONTROLS",
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
    (
        "  permanent: true",
        "  permanent: true\n  expiresAt: \"2026-12-01T12:00:00Z\"",
        "policy.yaml:7:3: spec.expiresAt: remove one of the two: permanent or expiresAt",
    ),
    // A label without a value is not an absent label: that would widen the exception.
    (
        "  namespaces: [a]",
        "  namespaces: [a]\n  podSelector: {matchLabels: {app: }}",
        "policy.yaml:9:31: spec.podSelector.matchLabels.app: found null, expected text",
    ),
    (
        "  namespaces: [a]",
        "  namespaces: [a]\n  podSelector: {matchLabels: {\"app/\": ledger}}",
        "policy.yaml:9:31: spec.podSelector.matchLabels.app/: must be the key of a label, such as app or example.com/app",
    ),
    (
        "  namespaces: [a]",
        "  namespaces: [a]\n  podSelector: {matchLabels: {app: \"ledger*\"}}",
        "policy.yaml:9:31: spec.podSelector.matchLabels.app: must be the value of a label: at most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends",
    ),
    (
        "  namespaces: [a]",
        "  namespaces: [a]\n  podSelector: {matchExpressions: [{key: Example.com/app, operator: Exists}]}",
        "policy.yaml:9:37: spec.podSelector.matchExpressions[0].key: must be the key of a label, such as app or example.com/app",
    ),
    (
        "  namespaces: [a]",
        "  namespaces: [a]\n  podSelector: {matchLabels: {critical: yes}}",
        "policy.yaml:9:31: spec.podSelector.matchLabels.critical: found `true`, expected text: write it in quotes",
    ),
    (
        "  controls: [share-process-namespace]",
        "  controls: [ptrace-capability]\n  containers: [app, \"\"]",
        "policy.yaml:8:21: spec.containers[1]: must not be empty: `*` stands for any run of characters",
    ),
    (
        "  controls: [share-process-namespace]",
        "  controls: [ptrace-capability]\n  images: [\"\"]",
        NO_IMAGE,
    ),
    (
        "  controls: [share-process-namespace]",
        "  controls: [ptrace-capability]\n  images: [\"Tools/A*\"]",
        NO_IMAGE,
    ),
    (
        "  controls: [share-process-namespace]",
        "  controls: [ptrace-capability]\n  images: [\"tools@sha256:12\"]",
        NO_IMAGE,
    ),
    (
        "  controls: [share-process-namespace]",
        "  controls: [process-reach]\n  pairs: [{from: app, to: \"\"}]",
        "policy.yaml:8:23: spec.pairs[0].to: must not be empty: `*` stands for any run of characters",
    ),
    (
        "  controls: [share-process-namespace]",
        "  controls: [process-reach]\n  pairs: [app]",
        "policy.yaml:8:11: spec.pairs[0]: found \"app\", expected a pair, such as {from: \"debugger-*\", to: app}",
    ),
    (
        "  controls: [share-process-namespace]",
        "  controls: [share-process-namespace, supplemental-groups-policy]\n  containerTypes: [Ephemeral]",
        "policy.yaml:8:3: spec.containerTypes: would cover nothing: share-process-namespace, supplemental-groups-policy are found on pods as a whole, not on containers; remove this field",
    ),
    (
        "  controls: [share-process-namespace]",
        "  controls: [host-process-namespace]\n  containers: [app]",
        "policy.yaml:8:3: spec.containers: would cover nothing: host-process-namespace is found on pods as a whole, not on containers; remove this field",
    ),
];
