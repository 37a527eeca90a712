//! Pods for the tests of the model.

use bulkhead::pod::PodView;
use serde_json::Value;

/// The pods that a real node ran, with what their containers could do to each other.
pub(crate) fn recorded() -> Vec<Value> {
    let lines = include_str!("../../fixtures/reach/sample.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The place of the container of this name.
pub(crate) fn place(pod: &PodView<'_>, name: &str) -> usize {
    pod.containers.iter().position(|container| container.name == name).unwrap()
}
