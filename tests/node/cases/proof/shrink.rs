//! The smallest pod about which the model is still wrong.

use serde_json::Value;

use crate::setup::{Measured, Node};

/// More rounds than a pod has parts to lose.
const ROUNDS: usize = 12;

/// Takes parts away while what is left still fails when it is run.
pub(super) fn smallest(
    node: &Node,
    measured: &Measured,
    is_wrong: impl Fn(&Measured) -> bool,
) -> Value {
    let mut pod = measured.pod.clone();
    for _ in 0..ROUNDS {
        let smaller = node.measure(&smaller(&pod));
        match smaller.into_iter().find(|one| is_wrong(one)) {
            Some(next) => pod = next.pod,
            None => break,
        }
    }
    pod
}

/// The pod without one of its containers, or one field of a security context.
fn smaller(pod: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let without = |path: &str, key: &str| {
        let mut less = pod.clone();
        match less.pointer_mut(path) {
            Some(Value::Object(object)) => drop(object.remove(key)),
            Some(Value::Array(list)) => drop(list.remove(key.parse().unwrap())),
            _ => return None,
        }
        Some(less)
    };
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let path = format!("/spec/{list}");
        let count = pod.pointer(&path).and_then(Value::as_array).map_or(0, Vec::len);
        let least = usize::from(list == "containers");
        for place in (0..count).filter(|_| count > least) {
            found.extend(without(&path, &place.to_string()));
        }
        for place in 0..count {
            let path = format!("{path}/{place}/securityContext");
            let fields = pod.pointer(&path).and_then(Value::as_object);
            found.extend(fields.into_iter().flatten().filter_map(|(key, _)| without(&path, key)));
        }
    }
    let fields = pod.pointer("/spec/securityContext").and_then(Value::as_object);
    let fields = fields.into_iter().flatten();
    found.extend(fields.filter_map(|(key, _)| without("/spec/securityContext", key)));
    found.extend(without("/spec", "hostUsers").filter(|less| less != pod));
    found
}
