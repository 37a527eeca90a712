//! Containers, pods, policies and reviews, as tests write them: the one family of builders.

use serde_json::{Value, json};

/// The uid of each review here.
pub(crate) const UID: &str = "7a2bc5f0-0000-4000-8000-000000000001";

/// A container with an image of its own and this security context.
pub(crate) fn container(name: &str, security: &Value) -> Value {
    json!({"name": name, "image": format!("registry.example/{name}:1"), "securityContext": security})
}

/// The same with these capabilities and nothing else.
pub(crate) fn capable(name: &str, capabilities: &Value) -> Value {
    container(name, &json!({"capabilities": capabilities}))
}

/// An ephemeral container, which joins the processes of its target if it has one.
pub(crate) fn debugger(name: &str, target: Option<&str>, security: &Value) -> Value {
    let mut container = container(name, security);
    if let Some(target) = target {
        container["targetContainerName"] = target.into();
    }
    container
}

/// A spec of containers that share their processes.
pub(crate) fn sharing(containers: &[Value]) -> Value {
    json!({"shareProcessNamespace": true, "containers": containers})
}

/// The spec of a pod that shares processes and has SYS_PTRACE, as the task page writes it.
pub(crate) fn sharing_spec() -> Value {
    json!({
        "shareProcessNamespace": true,
        "containers": [
            {"name": "web", "image": "registry.example/web:1"},
            {
                "name": "shell", "image": "registry.example/shell:1", "stdin": true, "tty": true,
                "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}},
            },
        ],
    })
}

/// A pod of this name in no namespace yet.
pub(crate) fn named_pod(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
}

/// The pod `p` in namespace `shop`.
pub(crate) fn pod(spec: &Value) -> Value {
    let mut pod = named_pod("p", spec);
    pod["metadata"]["namespace"] = "shop".into();
    pod
}

/// A Deployment of one pod.
pub(crate) fn deployment(name: &str, spec: &Value) -> Value {
    let labels = json!({"app": name});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "replicas": 1, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    })
}

/// A policy with these controls, as a document.
pub(crate) fn policy(controls: &str) -> String {
    named_policy("test", controls)
}

pub(crate) fn named_policy(name: &str, controls: &str) -> String {
    format!(
        "---\napiVersion: bulkhead.dev/v1alpha1\nkind: IsolationPolicy\nmetadata: {{name: {name}}}\nspec:\n  controls: {controls}\n"
    )
}

/// An exception with this spec, as a document; reason and expiry are filled in.
pub(crate) fn exception(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: bulkhead.dev/v1alpha1\nkind: IsolationException\nmetadata: {{name: {name}}}\nspec: {{reason: test, expiresAt: \"2026-12-01T00:00:00Z\", {spec}}}\n"
    )
}

/// A review of `operation` on a resource such as `pods/resize` or `apps/deployments`.
pub(crate) fn review(operation: &str, resource: &str, object: &Value, old: &Value) -> Value {
    let (resource, sub) = match resource.split_once("pods/") {
        Some((_, sub)) => ("pods", sub),
        None => (resource, ""),
    };
    let (group, name) = resource.split_once('/').unwrap_or(("", resource));
    let kind = [object, old].iter().find_map(|object| object["kind"].as_str()).unwrap_or("Pod");
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": UID,
            "kind": {"group": group, "version": "v1", "kind": kind},
            "resource": {"group": group, "version": "v1", "resource": name},
            "subResource": sub,
            "name": "p", "namespace": "shop", "operation": operation,
            "userInfo": {"username": "dana", "groups": ["system:authenticated", "sre"]},
            "object": object, "oldObject": old, "dryRun": false,
        },
    })
}

/// A review of the creation of the pod `p`.
pub(crate) fn pod_review(spec: &Value) -> Value {
    review("CREATE", "pods", &pod(spec), &Value::Null)
}
