//! Groups, versions and kinds: what no supported Kubernetes serves is an error with what would be
//! right, what is somebody else's is skipped and named.

use serde_json::json;

use super::{check, folder, json};

/// Kind and version, and what is said of them.
const WRONG: &[(&str, &str, &str)] = &[
    // A group or version that is not served.
    ("v1", "Deployment", "there is no Deployment in v1: it is in apps/v1"),
    ("app/v1", "Deployment", "there is no Deployment in app/v1: it is in apps/v1"),
    ("apps", "Deployment", "there is no Deployment in apps: it is in apps/v1"),
    ("apps/v2", "Deployment", "there is no Deployment in apps/v2: it is in apps/v1"),
    ("Apps/v1", "Deployment", "there is no Deployment in Apps/v1: it is in apps/v1"),
    ("apps/V1", "StatefulSet", "there is no StatefulSet in apps/V1: it is in apps/v1"),
    ("apps.k8s.io/v1", "DaemonSet", "there is no DaemonSet in apps.k8s.io/v1: it is in apps/v1"),
    ("apps/v1", "CronJob", "there is no CronJob in apps/v1: it is in batch/v1"),
    ("apps/v1", "Pod", "there is no Pod in apps/v1: it is in v1"),
    ("core/v1", "Pod", "there is no Pod in core/v1: it is in v1"),
    ("v1beta3", "Pod", "there is no Pod in v1beta3: it is in v1"),
    ("batch/v2", "Job", "there is no Job in batch/v2: it is in batch/v1"),
    (
        "networking.k8s.io/v1",
        "ReplicaSet",
        "there is no ReplicaSet in networking.k8s.io/v1: it is in apps/v1",
    ),
    // Removed.
    (
        "extensions/v1beta1",
        "Deployment",
        "there is no Deployment in extensions/v1beta1 since Kubernetes 1.16: it is in apps/v1",
    ),
    (
        "extensions/v1beta1",
        "DaemonSet",
        "there is no DaemonSet in extensions/v1beta1 since Kubernetes 1.16: it is in apps/v1",
    ),
    (
        "apps/v1beta1",
        "StatefulSet",
        "there is no StatefulSet in apps/v1beta1 since Kubernetes 1.16: it is in apps/v1",
    ),
    (
        "apps/v1beta2",
        "ReplicaSet",
        "there is no ReplicaSet in apps/v1beta2 since Kubernetes 1.16: it is in apps/v1",
    ),
    (
        "batch/v1beta1",
        "CronJob",
        "there is no CronJob in batch/v1beta1 since Kubernetes 1.25: it is in batch/v1",
    ),
    (
        "batch/v2alpha1",
        "CronJob",
        "there is no CronJob in batch/v2alpha1 since Kubernetes 1.21: it is in batch/v1",
    ),
    // Misspelled.
    ("apps/v1", "Deployments", "there is no kind Deployments; did you mean `Deployment`?"),
    ("apps/v1", "Deploymnet", "there is no kind Deploymnet; did you mean `Deployment`?"),
    ("apps/v1", "deployment", "there is no kind deployment; did you mean `Deployment`?"),
    ("v1", "pods", "there is no kind pods; did you mean `Pod`?"),
    ("batch/v1", "Cronjob", "there is no kind Cronjob; did you mean `CronJob`?"),
    (
        "v1",
        "deployments",
        "there is no kind deployments in v1; did you mean `Deployment` in apps/v1?",
    ),
    (
        "app/v1",
        "deployments",
        "there is no kind deployments in app/v1; did you mean `Deployment` in apps/v1?",
    ),
    // Blanks, of any kind.
    ("v1", "\"Pod \"", "kind has blanks around it: write `Pod`"),
    ("v1", "\" pods\"", "kind has blanks around it: write `Pod`"),
    ("\"apps/v1 \"", "Deployment", "apiVersion has blanks around it: write `apps/v1`"),
    ("v1", "\"Service\\t\"", "kind has blanks around it: write `Service`"),
    (
        "\" argoproj.io/v1alpha1\"",
        "Rollout",
        "apiVersion has blanks around it: write `argoproj.io/v1alpha1`",
    ),
    // Unknown in a group of Kubernetes' own.
    ("v1", "Sevice", "there is no kind Sevice in v1; did you mean `Service`?"),
    ("v1", "Ingress", "there is no kind Ingress in v1: it is in group networking.k8s.io"),
    ("apps/v1", "Secret", "there is no kind Secret in apps/v1: it is in v1"),
    (
        "networking.k8s.io/v1",
        "Gateway",
        "there is no kind Gateway in networking.k8s.io/v1: no Kubernetes from 1.33 to 1.37 has one",
    ),
    (
        "rbac.authorization.k8s.io/v1",
        "ClusterRoles",
        "there is no kind ClusterRoles in rbac.authorization.k8s.io/v1; did you mean `ClusterRole`?",
    ),
];

#[test]
fn what_no_kubernetes_serves_is_an_error_with_what_would_be_right() {
    for (version, kind, message) in WRONG {
        let text = format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{template: {{spec: {{containers: []}}}}}}\n"
        );
        let (result, code) = json(folder(&[]).path(), &["-"], &text);
        let expected = json!([{"file": "-", "line": 1, "message": message}]);
        assert_eq!((&result["errors"], code), (&expected, 2), "{version} {kind}");
        // An item of a list, too.
        let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}", text.replace('\n', "\n  "));
        let (result, code) = json(folder(&[]).path(), &["-"], &list);
        let expected = json!([{"file": "-", "line": 4, "message": message}]);
        assert_eq!((&result["errors"], code), (&expected, 2), "{version} {kind} in a list");
    }
}

#[test]
fn items_have_the_kind_of_their_list() {
    let list = "apiVersion: apps/v1beta2\nkind: DeploymentList\nitems:\n- metadata: {name: a}\n  spec: {template: {spec: {containers: []}}}\n";
    let (result, code) = json(folder(&[]).path(), &["-"], list);
    let message = "there is no Deployment in apps/v1beta2 since Kubernetes 1.16: it is in apps/v1";
    assert_eq!((&result["errors"][0]["message"], code), (&json!(message), 2));
}

/// What is no mistake: of others, of old clusters, of programs that are no API server.
const SKIPPED: &[(&str, &str)] = &[
    ("apps.kruise.io/v1alpha1", "StatefulSet"),
    ("serving.knative.dev/v1", "Service"),
    ("batch.volcano.sh/v1alpha1", "Job"),
    ("gateway.networking.k8s.io/v1", "Gateway"),
    ("snapshot.storage.k8s.io/v1", "VolumeSnapshot"),
    ("metrics.k8s.io/v1beta1", "PodMetrics"),
    ("cluster.x-k8s.io/v1beta1", "MachineDeployment"),
    ("app.k8s.io/v1beta1", "Application"),
    ("apps.openshift.io/v1", "DeploymentConfig"),
    ("skaffold/v4beta6", "Config"),
    ("kustomize.config.k8s.io/v1beta1", "Kustomization"),
    ("kind.x-k8s.io/v1alpha4", "Cluster"),
    ("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"),
    ("kubeadm.k8s.io/v1beta4", "ClusterConfiguration"),
    ("audit.k8s.io/v1", "Policy"),
    ("apiserver.config.k8s.io/v1", "EncryptionConfiguration"),
    ("client.authentication.k8s.io/v1", "ExecCredential"),
    ("v1", "Config"),
    ("v1", "Policy"),
    ("v1", "Status"),
    ("v1", "Binding"),
    ("v1", "PodList"),
    ("v1", "DeleteOptions"),
    ("autoscaling/v1", "Scale"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler"),
    ("policy/v1", "Eviction"),
    ("policy/v1beta1", "PodSecurityPolicy"),
    ("extensions/v1beta1", "Ingress"),
    ("authentication.k8s.io/v1", "TokenReview"),
    ("apps/v1", "ControllerRevision"),
    ("apps/v1", "DeploymentList"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io/v1", "APIService"),
];

#[test]
fn what_is_no_mistake_is_skipped() {
    for (version, kind) in SKIPPED {
        let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n");
        let (result, code) = json(folder(&[]).path(), &["-"], &text);
        let expected = json!([{"file": "-", "line": 1, "kind": kind}]);
        assert_eq!((&result["skipped"], code), (&expected, 0), "{version} {kind}: {result}");
    }
    // Versions of other things need be no text.
    let (result, code) = json(folder(&[]).path(), &["-"], "apiVersion: 1\ndatasources: []\n");
    assert_eq!((&result["skipped"][0]["kind"], code), (&json!(null), 0));
}

#[test]
fn custom_kinds_are_named_with_their_count() {
    let object = |version: &str, kind: &str| format!("apiVersion: {version}\nkind: {kind}\n---\n");
    let files = [
        ("a.yaml", object("argoproj.io/v1alpha1", "Rollout")),
        (
            "b.yaml",
            object("argoproj.io/v1alpha1", "Rollout")
                + &object("batch.volcano.sh/v1alpha1", "Job")
                + &object("v1", "Service")
                + &object("kustomize.config.k8s.io/v1beta1", "Kustomization"),
        ),
    ];
    let dir = folder(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
    let ended = check(dir.path(), &["."], "");
    let expected = "\
note: custom kinds are not judged: 2 Rollout (argoproj.io), 1 Job (batch.volcano.sh)
0 objects judged: 0 denied, 0 allowed, 5 other objects skipped
";
    assert_eq!((ended.stdout.as_str(), ended.code), (expected, Some(0)));
    // However many there are.
    let many: String = (0..9).map(|n| object("example.com/v1", &format!("K{n}"))).collect();
    let ended = check(dir.path(), &["-"], &many);
    let first = "1 K0 (example.com), 1 K1 (example.com), 1 K2 (example.com), 1 K3 (example.com), 1 K4 (example.com), and 4 more\n";
    assert!(ended.stdout.contains(first), "{}", ended.stdout);
}
