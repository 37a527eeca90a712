//! Values that are wrong are refused, and the message says which and what would be right.

use super::{Case, offline};
use crate::setup::Cluster;
use crate::setup::rendered::{NAMESPACE, template};
use crate::support::{place, run};
use crate::tier::cases;
use crate::tier::helm::{HELMS, helm_of};

/// Where, the values, and what the message says.
const REFUSED: &[(&str, &[&str], &str)] = &[
    ("kube-system", &[], "namespace kube-system: Bulkhead does not judge the namespace it runs in"),
    ("kube-system", &[], "--namespace bulkhead-system --create-namespace"),
    (NAMESPACE, &["tls.source=\"cert-manager\""], "tls.source cert-manager: needs webhooks.static"),
    (
        NAMESPACE,
        &["tls.source=\"files\"", "webhooks.static=true"],
        "needs tls.files.secretName, a Secret with tls.crt and tls.key",
    ),
    (
        NAMESPACE,
        &["tls={\"source\":\"files\",\"files\":{\"secretName\":\"s\"}}", "webhooks.static=true"],
        "needs tls.files.caBundle",
    ),
    (
        NAMESPACE,
        &[
            "tls={\"source\":\"files\",\"files\":{\"secretName\":\"s\",\"caBundle\":\"-----BEGIN CERTIFICATE-----PRIVATE KEY\"}}",
            "webhooks.static=true",
        ],
        "tls.files.caBundle: holds a private key",
    ),
    (NAMESPACE, &["ports={\"webhook\":8081}"], "ports.webhook and ports.admin: both are 8081"),
    (
        NAMESPACE,
        &["strategy.rollingUpdate={\"maxUnavailable\":0,\"maxSurge\":0}"],
        "no pod could ever be replaced",
    ),
    (
        NAMESPACE,
        &["rollingUpdate={\"maxUnavailable\":\"0%\",\"maxSurge\":0}"],
        "no pod could ever be replaced",
    ),
    (
        NAMESPACE,
        &["podDisruptionBudget={\"minAvailable\":1,\"maxUnavailable\":1}"],
        "podDisruptionBudget: has minAvailable and maxUnavailable",
    ),
    (
        NAMESPACE,
        &["extraArgs=[\"--tls-source=files\"]"],
        "--tls-source=files, while tls.source is self-managed: set that value",
    ),
    (
        NAMESPACE,
        &["extraEnv=[{\"name\":\"BULKHEAD_TLS_CERT\",\"value\":\"c\"}]"],
        "--tls-cert goes with another tls.source than self-managed",
    ),
    (
        NAMESPACE,
        &["extraArgs=[\"--lease=a/b\"]", "tls.source=\"cert-manager\"", "webhooks.static=true"],
        "--lease goes with another tls.source than cert-manager",
    ),
    (
        NAMESPACE,
        &["extraArgs=[\"--listen=0.0.0.0:8081\"]"],
        "ports.webhook and ports.admin: both are 8081",
    ),
    // From here on by the schema: what is not known, not of the type, not within the bounds.
    (NAMESPACE, &["replica=2"], "additional properties 'replica' not allowed"),
    (NAMESPACE, &["webhooks.enforced={}"], "'/webhooks': additional properties 'enforced'"),
    (NAMESPACE, &["replicaCount=0"], "'/replicaCount': minimum: got 0, want 1"),
    (NAMESPACE, &["replicas=\"2\""], "'/replicas': got string, want null or integer"),
    (NAMESPACE, &["policy.preset=\"strict\""], "'observe', 'guardrail', 'lockdown', 'none'"),
    (NAMESPACE, &["image.digest=\"sha256:12\""], "'/image/digest': 'sha256:12' does not match"),
    (NAMESPACE, &["image.tag=\"a b\""], "'/image/tag': 'a b' does not match"),
    (NAMESPACE, &["webhooks.excludeNamespaces=[\"team-*\"]"], "'team-*' does not match"),
    (NAMESPACE, &["lameDuckSeconds=-1"], "'/lameDuckSeconds': minimum: got -1, want 0"),
    (NAMESPACE, &["ports.webhook=443"], "'/ports/webhook': minimum: got 443, want 1,024"),
    (NAMESPACE, &["resources.limits.memory=\"lots\""], "'lots' does not match pattern"),
    (NAMESPACE, &["monitor.kind=\"servicemonitor\""], "'none', 'ServiceMonitor', 'PodMonitor'"),
    (NAMESPACE, &["helpURL=\"wiki.example\""], "'/helpURL': 'wiki.example' does not match"),
    (NAMESPACE, &["global.imageRegistry=\"a b\""], "'/global/imageRegistry': 'a b' does not match"),
    (
        NAMESPACE,
        &["policy.exceptions=[{\"metadata\":{\"name\":\"a\"},\"spec\":{\"reason\":\"b\"}}]"],
        "'/policy/exceptions/0/spec': missing properties 'controls', 'namespaces'",
    ),
    (
        NAMESPACE,
        &["webhooks.timeoutSeconds=0"],
        "'/webhooks/timeoutSeconds': minimum: got 0, want 1",
    ),
    (
        NAMESPACE,
        &["webhooks.timeoutSeconds=31"],
        "'/webhooks/timeoutSeconds': maximum: got 31, want 30",
    ),
    (NAMESPACE, &["webhooks.annotations={\"a b\":\"c\"}"], "'a b' does not match pattern"),
    (NAMESPACE, &["enabled=\"yes\""], "'/enabled': got string, want boolean"),
    (
        NAMESPACE,
        &["podSecurityContext.runAsUser=0"],
        "'/podSecurityContext/runAsUser': minimum: got 0, want 1",
    ),
    (NAMESPACE, &["podSecurityContext.fsGroup=\"1\""], "'/podSecurityContext/fsGroup': got string"),
    (NAMESPACE, &["extraArgs=[\"serve\"]"], "'/extraArgs/0': 'serve' does not match"),
    // As one argument with a space in it, no replica would start.
    (
        NAMESPACE,
        &["extraArgs=[\"--log-level debug\"]"],
        "'/extraArgs/0': '--log-level debug' does not match",
    ),
    // More than one requirement has no complement that is a selector.
    (
        NAMESPACE,
        &["webhooks.enforce.namespaceSelector={\"matchLabels\":{\"a\":\"1\",\"b\":\"2\"}}"],
        "/matchLabels': maxProperties: got 2, want 1",
    ),
    (
        NAMESPACE,
        &[
            "webhooks.enforce.namespaceSelector={\"matchLabels\":{\"a\":\"1\"},\"matchExpressions\":[{\"key\":\"b\",\"operator\":\"Exists\"}]}",
        ],
        "'/webhooks/enforce/namespaceSelector': maxProperties: got 2, want 1",
    ),
    (
        NAMESPACE,
        &["webhooks.enforce.namespaceSelector={\"matchExpressions\":[]}"],
        "/matchExpressions': minItems: got 0, want 1",
    ),
    (
        NAMESPACE,
        &[
            "webhooks.enforce.namespaceSelector={\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\"}]}",
        ],
        "missing property 'values'",
    ),
    (
        NAMESPACE,
        &[
            "webhooks.enforce.namespaceSelector={\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Gt\",\"values\":[\"1\"]}]}",
        ],
        "'In', 'NotIn', 'Exists', 'DoesNotExist'",
    ),
];

pub(super) fn cases() -> Vec<Case> {
    cases! {
        offline: wrong_values, without_the_schema, who_only_renders_needs_no_namespace;
        Case::new: the_default_namespace_is_refused_by_a_cluster;
    }
}

fn refusal(namespace: &str, values: &[&str], more: &[&str]) -> String {
    let set = values.iter().flat_map(|value| ["--set-json", value]);
    let args: Vec<_> = set.chain(more.iter().copied()).collect();
    let ended = template(namespace, &args);
    assert_eq!(ended.code, Some(1), "{values:?} is not refused");
    ended.stderr
}

fn wrong_values() {
    for (namespace, values, message) in REFUSED {
        let said = refusal(namespace, values, &[]);
        assert!(said.contains(message), "{values:?}\nsaid {said}\nnot  {message}");
    }
}

/// As linters do; nothing is installed there.
fn who_only_renders_needs_no_namespace() {
    for program in HELMS {
        let chart = place("charts/bulkhead");
        let rendered = run(helm_of(program, &["template", chart.to_str().unwrap()]));
        assert_eq!(rendered.code, Some(0), "{program}: {}", rendered.stderr);
        let linted = run(helm_of(program, &["lint", "--strict", chart.to_str().unwrap()]));
        assert_eq!(linted.code, Some(0), "{program}: {}{}", linted.stdout, linted.stderr);
    }
}

fn the_default_namespace_is_refused_by_a_cluster(cluster: &Cluster) {
    for program in HELMS {
        let chart = place("charts/bulkhead");
        let args = ["install", "bulkhead", chart.to_str().unwrap(), "--namespace", "default"];
        let mut install = helm_of(program, &args);
        install.arg("--kubeconfig").arg(cluster.kubeconfig());
        let refused = run(install);
        assert_ne!(refused.code, Some(0), "{program}");
        let said = "namespace default: Bulkhead does not judge the namespace it runs in";
        assert!(refused.stderr.contains(said), "{program}: {}", refused.stderr);
    }
}

/// Where the schema is skipped, the templates still make no selectors that overlap.
fn without_the_schema() {
    let selector = "webhooks.enforce.namespaceSelector={\"matchLabels\":{\"a\":\"1\",\"b\":\"2\"}}";
    let said = refusal(NAMESPACE, &[selector], &["--skip-schema-validation"]);
    assert!(said.contains("must be null, {} or exactly one requirement"), "{said}");
}
