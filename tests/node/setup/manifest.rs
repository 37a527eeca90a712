//! Manifests of pods, with the probe as the program of each container.

use serde_json::{Value, json};

use crate::support::builders::named_pod;
use crate::support::container;

/// Would end the probe, or wait for what it does not do.
const NOT_FOR_PROBES: [&str; 9] = [
    "command",
    "lifecycle",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "stdin",
    "stdinOnce",
    "tty",
    "workingDir",
];

/// A container of an image `localhost/probe:TAG`, of which a pod to be measured is made.
pub(crate) fn probed(name: &str, tag: &str, security: &Value) -> Value {
    let mut container = container(name, security);
    container["image"] = format!("localhost/probe:{tag}").into();
    container
}

/// The pod to create under this name, and the ephemeral containers to add to it later.
pub(super) fn probing(pod: &Value, name: &str) -> (Value, Vec<Value>) {
    let mut spec = pod["spec"].clone();
    spec["automountServiceAccountToken"] = json!(false);
    spec["terminationGracePeriodSeconds"] = json!(0);
    for kind in ["containers", "initContainers", "ephemeralContainers"] {
        for one in spec[kind].as_array_mut().into_iter().flatten() {
            probe(one, name, is_plain_init(kind, one));
        }
    }
    let later = spec.as_object_mut().and_then(|spec| spec.remove("ephemeralContainers"));
    // Asking for one that is not there has left a null.
    spec.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let mut created = named_pod(name, &spec);
    for field in ["labels", "annotations"] {
        if pod["metadata"][field].is_object() {
            created["metadata"][field] = pod["metadata"][field].clone();
        }
    }
    (created, later.and_then(|later| later.as_array().cloned()).unwrap_or_default())
}

fn probe(container: &mut Value, pod: &str, is_plain_init: bool) {
    let mut args = vec![format!("{pod}/{}", container["name"].as_str().unwrap_or_default())];
    if is_plain_init {
        args.push("--init".to_owned());
    }
    container["args"] = args.into();
    container["imagePullPolicy"] = "Never".into();
    if let Some(fields) = container.as_object_mut() {
        fields.retain(|field, _| !NOT_FOR_PROBES.contains(&field.as_str()));
    }
}

/// Whether the kubelet waits for its end before it goes on.
fn is_plain_init(kind: &str, container: &Value) -> bool {
    kind == "initContainers" && container["restartPolicy"] != "Always"
}
