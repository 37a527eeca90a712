//! The requests whose reviews are recorded, in their order.

use serde_json::{Value, json};

use super::super::pod;
use super::super::templates::KINDS;
use crate::setup::{APPLY, JSON, MERGE, Namespace, STRATEGIC};
use crate::support::sharing_spec;

/// A request, and the endpoints that would judge it.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) endpoints: &'static [&'static str],
    how: How,
    /// The rest of the path, behind `pods`.
    path: &'static str,
    /// JSON; SHARING stands for the spec of the task page, PLAIN for a harmless one.
    body: &'static str,
    pub(super) in_both_versions: bool,
}

#[derive(Clone, Copy)]
enum How {
    Get,
    Post,
    /// The stored object with the members of the body merged into its members.
    Put,
    Patch(&'static str),
    Delete,
}

const NONE: &[&str] = &[];
const VALIDATE: &[&str] = &["validate"];
const BOTH: &[&str] = &["mutate", "validate"];

const fn step(
    name: &'static str,
    endpoints: &'static [&'static str],
    how: How,
    path: &'static str,
    body: &'static str,
) -> Step {
    Step { name, endpoints, how, path, body, in_both_versions: false }
}

const fn in_both_versions(mut step: Step) -> Step {
    step.in_both_versions = true;
    step
}

const DEBUGGER: &str = r#"{"spec": {"ephemeralContainers": [{"name": "debugger-1",
    "image": "registry.example/debug:1", "stdin": true, "tty": true, "targetContainerName": "web",
    "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}}]}}"#;
const SECOND: &str = r#"{"spec": {"$setElementOrder/ephemeralContainers": [{"name": "debugger-1"},
    {"name": "debugger-2"}], "ephemeralContainers": [{"name": "debugger-2",
    "image": "registry.example/debug:1"}]}}"#;
const LIE: &str = r#"{"spec": {"shareProcessNamespace": true, "os": {"name": "windows"},
    "ephemeralContainers": [{"name": "debugger-1", "image": "registry.example/debug:1",
    "securityContext": {"capabilities": {"add": ["ALL"]}}}]}}"#;
const RESIZED: &str = r#"{"spec": {"containers": [{"name": "web",
    "resources": {"requests": {"cpu": "200m"}}}]}}"#;
const WINDOWS: &str = r#"{"metadata": {"name": "windows"}, "spec": {"os": {"name": "windows"},
    "automountServiceAccountToken": false,
    "containers": [{"name": "web", "image": "registry.example/web:1"}]}}"#;
const APPLIED: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "applied"},
    "spec": SHARING}"#;
const LABELLED: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "applied",
    "labels": {"changed": "yes"}}, "spec": SHARING}"#;
const LABEL: &str = r#"{"metadata": {"labels": {"changed": "yes"}}}"#;
const IMAGE: &str =
    r#"{"spec": {"containers": [{"name": "shell", "image": "registry.example/shell:2"}]}}"#;
const ANNOTATION: &str =
    r#"[{"op": "add", "path": "/metadata/annotations", "value": {"changed": "yes"}}]"#;
const MIRROR: &str = r#"{"metadata": {"name": "mirror",
    "annotations": {"kubernetes.io/config.mirror": "hash"}}, "spec": SHARING_ON_NODE}"#;
const BINDING: &str =
    r#"{"metadata": {"name": "shared"}, "target": {"kind": "Node", "name": "nowhere"}}"#;
const EVICTION: &str =
    r#"{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "shared"}}"#;

use How::{Delete, Get, Patch, Post, Put};

pub(super) const STEPS: &[Step] = &[
    in_both_versions(step(
        "create-pod",
        BOTH,
        Post,
        "",
        r#"{"metadata": {"name": "plain"}, "spec": PLAIN}"#,
    )),
    in_both_versions(step(
        "create-pod-sharing",
        BOTH,
        Post,
        "",
        r#"{"metadata": {"name": "shared"}, "spec": SHARING}"#,
    )),
    step(
        "create-pod-dry-run",
        BOTH,
        Post,
        "?dryRun=All",
        r#"{"metadata": {"name": "dry"}, "spec": SHARING}"#,
    ),
    step(
        "create-pod-generate-name",
        BOTH,
        Post,
        "",
        r#"{"metadata": {"generateName": "web-"}, "spec": SHARING}"#,
    ),
    step("create-pod-windows", BOTH, Post, "", WINDOWS),
    step("create-pod-mirror-by-user", BOTH, Post, "", MIRROR),
    step("ssa-create-pod", BOTH, Patch(APPLY), "/applied?fieldManager=test", APPLIED),
    step("ssa-update-pod", VALIDATE, Patch(APPLY), "/applied?fieldManager=test", LABELLED),
    step("update-pod-label", VALIDATE, Patch(MERGE), "/shared", LABEL),
    step("update-pod-image", VALIDATE, Patch(STRATEGIC), "/shared", IMAGE),
    step("update-pod-annotation", VALIDATE, Patch(JSON), "/shared", ANNOTATION),
    step(
        "update-pod-put",
        VALIDATE,
        Put,
        "/shared",
        r#"{"spec": {"activeDeadlineSeconds": 3600}}"#,
    ),
    step(
        "",
        NONE,
        Post,
        "",
        r#"{"metadata": {"name": "leaving", "finalizers": ["example.com/keep"]}, "spec": SHARING}"#,
    ),
    step("delete-pod", VALIDATE, Delete, "/leaving?gracePeriodSeconds=0", ""),
    step("update-pod-terminating", VALIDATE, Patch(MERGE), "/leaving", LABEL),
    step(
        "update-pod-last-finalizer",
        VALIDATE,
        Patch(MERGE),
        "/leaving",
        r#"{"metadata": {"finalizers": null}}"#,
    ),
    step("debug-lie", BOTH, Put, "/plain/ephemeralcontainers?dryRun=All", LIE),
    in_both_versions(step(
        "debug-add",
        BOTH,
        Patch(STRATEGIC),
        "/plain/ephemeralcontainers",
        DEBUGGER,
    )),
    step("debug-second", BOTH, Patch(STRATEGIC), "/plain/ephemeralcontainers", SECOND),
    step("debug-put", BOTH, Put, "/shared/ephemeralcontainers", DEBUGGER),
    step("resize", VALIDATE, Patch(STRATEGIC), "/plain/resize", RESIZED),
    step(
        "pod-status",
        VALIDATE,
        Patch(MERGE),
        "/shared/status",
        r#"{"status": {"message": "changed"}}"#,
    ),
    step("pod-exec", VALIDATE, Get, "/shared/exec?command=ls&stdout=true", ""),
    step("pod-binding", VALIDATE, Post, "/shared/binding", BINDING),
    step("pod-eviction", VALIDATE, Post, "/shared/eviction", EVICTION),
];

impl Step {
    /// Whether it succeeds does not matter: some only reach admission, for want of a node.
    pub(super) fn send(&self, namespace: &Namespace) {
        let client = &namespace.cluster.client;
        let path = namespace.pods(self.path);
        let body = || -> Value { serde_json::from_str(&written(self.body)).unwrap() };
        let answer = match self.how {
            Get => client.get(&path),
            Post => client.post(&path, &body()),
            Delete => client.delete(&path),
            Patch(format) => client.patch(&path, format, &body()),
            Put => {
                let name = self.path.split(['/', '?']).nth(1).unwrap();
                let mut object = namespace.stored(name);
                for (part, members) in body().as_object().unwrap() {
                    for (key, value) in members.as_object().unwrap() {
                        object[part][key] = value.clone();
                    }
                }
                client.put(&path, &object)
            }
        };
        let is_without_a_node = matches!(self.how, Get);
        assert!(is_without_a_node || answer.code < 300, "{}: {answer:#?}", self.name);
    }
}

fn written(body: &str) -> String {
    let mut sharing = pod("", &sharing_spec())["spec"].take();
    // A token volume would have a random name.
    sharing["automountServiceAccountToken"] = false.into();
    let mut plain = json!({
        "automountServiceAccountToken": false,
        "containers": [{
            "name": "web", "image": "registry.example/web:1",
            "resources": {"requests": {"cpu": "100m"}},
        }],
    });
    plain["nodeSelector"] = sharing["nodeSelector"].clone();
    let mut on_node = sharing.clone();
    on_node["nodeName"] = "nowhere".into();
    body.replace("SHARING_ON_NODE", &on_node.to_string())
        .replace("SHARING", &sharing.to_string())
        .replace("PLAIN", &plain.to_string())
}

type Send = Box<dyn Fn(&Namespace)>;

/// The same for the eight kinds that hold a template.
pub(super) fn templates() -> Vec<(String, Send)> {
    let mut steps: Vec<(String, Send)> = Vec::new();
    for kind in KINDS {
        let one = kind.resource.strip_suffix('s').unwrap();
        let path = move |to: &Namespace| to.path(kind.version, kind.resource);
        let create = move |to: &Namespace| {
            to.cluster.client.post(&path(to), &kind.object("web")).object();
        };
        let change = move |to: &Namespace, patch: &Value| {
            to.cluster.client.patch(&format!("{}/web", path(to)), MERGE, patch).object();
        };
        steps.push((format!("{one}-create"), Box::new(create)));
        let label = json!({"metadata": {"labels": {"changed": "yes"}}});
        steps.push((format!("{one}-update-label"), Box::new(move |to| change(to, &label))));
        if kind.resource != "jobs" {
            let root = kind.root.strip_suffix(".spec").unwrap();
            let changed = json!({"metadata": {"annotations": {"changed": "yes"}}});
            let body = root.rsplit('.').fold(changed, |inner, key| json!({key: inner}));
            steps.push((format!("{one}-update"), Box::new(move |to| change(to, &body))));
        }
    }
    steps
}
