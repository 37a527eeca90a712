//! Pods for the tests of the model.

use bulkhead::objects;
use bulkhead::pod::PodView;
use serde_json::{Value, json};

/// The pods that a real node ran, with what their containers could do to each other.
pub(crate) fn recorded() -> Vec<Value> {
    let lines = include_str!("../../fixtures/reach/sample.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Looks at a pod as the webhook reads it.
pub(crate) fn with_pod<T>(object: &Value, look: impl FnOnce(&PodView<'_>) -> T) -> T {
    let kind = objects::by_kind("v1", "Pod").unwrap();
    look(&objects::read(&object.to_string(), kind).unwrap().unwrap())
}

pub(crate) fn pod(spec: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
}

/// A spec whose containers share their processes.
pub(crate) fn sharing(containers: &[Value]) -> Value {
    json!({"shareProcessNamespace": true, "containers": containers})
}

/// A container with an image of its own.
pub(crate) fn container(name: &str, security: &Value) -> Value {
    json!({"name": name, "image": format!("registry.example/{name}:1"), "securityContext": security})
}

/// The place of the container of this name.
pub(crate) fn place(pod: &PodView<'_>, name: &str) -> usize {
    pod.containers.iter().position(|container| container.name == name).unwrap()
}
