//! Running pods of probes and collecting what they found.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::scope;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::report::Report;
use super::{Namespace, Node};

/// Pods at once.
const WIDTH: usize = 16;

/// What became of a pod.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// The manifest as it was given.
    pub(crate) pod: Value,
    /// Of each container that has a state: `running`, or why not. `*` is the pod itself, when it
    /// was refused, got no sandbox, or its containers did not agree in time.
    pub(crate) states: BTreeMap<String, String>,
    /// Of each container that ran.
    pub(crate) reports: BTreeMap<String, Report>,
}

pub(super) fn measure(node: &Node, pods: &[Value]) -> Vec<Measured> {
    let namespace = node.namespace();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    scope(|scope| {
        for _ in 0..WIDTH.min(pods.len()) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(pod) = pods.get(place) else { break };
                    let measured = one(&namespace, pod, &format!("p{place}"));
                    done.lock().unwrap().insert(place, measured);
                }
            });
        }
    });
    done.into_inner().unwrap().into_values().collect()
}

fn one(namespace: &Namespace<'_>, manifest: &Value, name: &str) -> Measured {
    let (states, reports) = match namespace.create(manifest, name) {
        Ok(mut pod) => pod.measure(),
        Err(refused) => (BTreeMap::from([("*".to_owned(), refused)]), BTreeMap::new()),
    };
    Measured { pod: manifest.clone(), states, reports }
}
