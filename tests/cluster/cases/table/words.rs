//! Pods and debug containers in words, so that a row of the table is one line.

use serde_json::{Value, json};

use super::super::pod;

/// A word, the field of the spec that it sets, and the value.
const POD: &[(&str, &str, &str)] = &[
    ("shares", "/shareProcessNamespace", "true"),
    ("host", "/hostPID", "true"),
    ("unset", "/securityContext", "{}"),
    ("merges", "/securityContext/supplementalGroupsPolicy", r#""Merge""#),
    ("traces", "/containers/0/securityContext/capabilities", r#"{"add": ["SYS_PTRACE"]}"#),
    ("all", "/containers/0/securityContext/capabilities", r#"{"add": ["ALL"]}"#),
    ("privileged", "/containers/0/securityContext/privileged", "true"),
    ("user", "/securityContext/runAsUser", "1000"),
    ("no-root", "/securityContext/runAsNonRoot", "true"),
    ("no-escalation", "/containers/0/securityContext/allowPrivilegeEscalation", "false"),
    ("init", "/initContainers/-", INIT),
    ("sidecar", "/initContainers/-", SIDECAR),
    ("resizable", "/containers/0/resources", r#"{"requests": {"cpu": "50m"}}"#),
    ("windows", "/os", r#"{"name": "windows"}"#),
    ("likely-windows", "/nodeSelector/kubernetes.io~1os", r#""windows""#),
    ("affine-windows", "/affinity", ONLY_WINDOWS),
    ("affine-either", "/affinity", WINDOWS_OR_LINUX),
    ("gated", "/schedulingGates", r#"[{"name": "example.com/wait"}]"#),
    ("profiler", "/containers/0/image", r#""registry.example/profiler:1""#),
    ("init-profiler", "/initContainers/0/image", r#""registry.example/profiler:1""#),
    ("born-with-debugger", "/ephemeralContainers", r#"[{"name": "dbg", "image": "i"}]"#),
    // These are done to the stored pod, see `Scene`, or to its metadata.
    ("debugged", "", ""),
    ("leaving", "", ""),
    ("excepted", "", ""),
    ("mirror", "/nodeName", r#""nowhere""#),
];

const ONLY_WINDOWS: &str = r#"{"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
    {"nodeSelectorTerms": [{"matchExpressions":
        [{"key": "kubernetes.io/os", "operator": "In", "values": ["windows"]}]}]}}}"#;
const WINDOWS_OR_LINUX: &str = r#"{"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
    {"nodeSelectorTerms": [{"matchExpressions":
        [{"key": "kubernetes.io/os", "operator": "In", "values": ["windows", "linux"]}]}]}}}"#;

const INIT: &str = r#"{"name": "setup", "image": "registry.example/setup:1",
    "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}}"#;
const SIDECAR: &str = r#"{"name": "mesh", "image": "registry.example/mesh:1",
    "restartPolicy": "Always", "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}}"#;

/// The same for a debug container, which has the same security context as a container.
const DEBUGGER: &[(&str, &str, &str)] = &[
    ("plain", "/image", r#""registry.example/debug:1""#),
    ("targets", "/targetContainerName", r#""app""#),
    ("traces", "/securityContext/capabilities", r#"{"add": ["SYS_PTRACE"]}"#),
    ("all", "/securityContext/capabilities", r#"{"add": ["ALL"]}"#),
    ("privileged", "/securityContext/privileged", "true"),
    ("user", "/securityContext/runAsUser", "1000"),
    ("old", "/name", r#""old""#),
];

/// A pod spec of two harmless containers but for these words.
pub(super) fn spec(words: &str) -> Value {
    let mut spec = json!({
        // A token volume would have a random name.
        "automountServiceAccountToken": false,
        "securityContext": {"supplementalGroupsPolicy": "Strict"},
        "containers": [
            {"name": "app", "image": "registry.example/app:1"},
            {"name": "other", "image": "registry.example/other:1"},
        ],
    });
    say(&mut spec, words, POD);
    spec
}

/// A pod of these words, which the row can find by its label.
pub(super) fn pod_of(name: &str, words: &str) -> Value {
    let mut pod = pod(name, &spec(words));
    let has = |word: &str| words.split_whitespace().any(|one| one == word);
    let meta = &mut pod["metadata"];
    meta["labels"] = json!({"row": name});
    if has("excepted") {
        meta["labels"]["excepted"] = "yes".into();
    }
    if has("leaving") {
        meta["finalizers"] = json!(["example.com/keep"]);
    }
    if has("mirror") {
        meta["annotations"] = json!({"kubernetes.io/config.mirror": "hash"});
    }
    pod
}

/// A debug container of these words.
pub(super) fn debugger(words: &str) -> Value {
    let mut container = json!({"name": "dbg", "image": "registry.example/debug:1"});
    say(&mut container, words, DEBUGGER);
    container
}

fn say(object: &mut Value, words: &str, known: &[(&str, &str, &str)]) {
    for word in words.split_whitespace() {
        let row = known.iter().find(|(name, ..)| *name == word);
        let (_, pointer, value) = row.unwrap_or_else(|| panic!("no word {word}"));
        if !pointer.is_empty() {
            set(object, pointer, serde_json::from_str(value).unwrap());
        }
    }
}

/// Sets what a JSON pointer leads to, with the parents it needs; `-` appends to a list.
pub(super) fn set(object: &mut Value, pointer: &str, value: Value) {
    let mut place = object;
    for step in steps(pointer) {
        place = match (step.as_str(), step.parse::<usize>()) {
            ("-", _) => {
                if place.is_null() {
                    *place = json!([]);
                }
                let list = place.as_array_mut().unwrap();
                list.push(Value::Null);
                list.last_mut().unwrap()
            }
            (_, Ok(index)) => &mut place[index],
            (key, Err(_)) => &mut place[key],
        };
    }
    *place = value;
}

pub(super) fn steps(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/"))
}
