//! The rules of the model, each switched off in its turn: what was measured must contradict that.

use bulkhead::reach::{Model, Rule};
use serde_json::{Value, json};

/// A rule about what a spec means, as what the model gets when it does not hold.
pub(super) type Distortion = (&'static str, fn(&mut Value));

/// Each of the kernel's rules.
pub(super) fn models() -> impl Iterator<Item = (String, Model)> {
    let name = |rule: Rule| (format!("{rule:?}"), Model::default().without(rule));
    Rule::ALL.into_iter().map(name)
}

/// Each rule of the kubelet and the runtime.
pub(super) const DISTORTIONS: [Distortion; 20] =
    [
        ("shareProcessNamespace puts all into one view", |pod| {
            remove(&mut pod["spec"], "shareProcessNamespace");
        }),
        ("hostPID puts all into one view", |pod| remove(&mut pod["spec"], "hostPID")),
        ("an ephemeral container joins its target", |pod| {
            each(pod, |it| remove(it, "targetContainerName"));
        }),
        ("a plain init container ends before others start", |pod| {
            for init in pod["spec"]["initContainers"].as_array_mut().into_iter().flatten() {
                init["restartPolicy"] = json!("Always");
            }
        }),
        ("a sidecar goes on", |pod| each(pod, |it| remove(it, "restartPolicy"))),
        ("a container's runAsUser counts", |pod| security(pod, |it| remove(it, "runAsUser"))),
        ("a container's runAsGroup counts", |pod| security(pod, |it| remove(it, "runAsGroup"))),
        ("the pod's runAsUser counts", |pod| {
            remove(&mut pod["spec"]["securityContext"], "runAsUser");
        }),
        ("the pod's runAsGroup counts", |pod| {
            remove(&mut pod["spec"]["securityContext"], "runAsGroup");
        }),
        ("runAsNonRoot excludes root", |pod| security(pod, |it| remove(it, "runAsNonRoot"))),
        ("hostUsers: false is a user namespace", |pod| remove(&mut pod["spec"], "hostUsers")),
        ("privileged grants everything", |pod| security(pod, |it| remove(it, "privileged"))),
        ("allowPrivilegeEscalation counts", |pod| {
            security(pod, |it| remove(it, "allowPrivilegeEscalation"));
        }),
        ("containerd takes no prefix", |pod| {
            names(pod, "add", |name| name.strip_prefix("CAP_").unwrap_or(name).to_owned());
        }),
        ("letters are made upper case as Go does it", |pod| {
            names(pod, "add", |name| name.replace('\u{17f}', "x"));
        }),
        ("lower case counts", |pod| {
            names(pod, "add", |name| {
                if name.starts_with("sys_") { "x".to_owned() } else { name.to_owned() }
            });
        }),
        ("unknown names grant nothing", |pod| {
            names(pod, "add", |name| {
                if name.ends_with("_TOO") { "SYS_PTRACE".to_owned() } else { name.to_owned() }
            });
        }),
        ("ALL is added", |pod| names(pod, "add", |name| not(name, "ALL"))),
        ("ALL is dropped", |pod| names(pod, "drop", |name| not(name, "ALL"))),
        ("one is dropped", |pod| names(pod, "drop", |name| not(name, "SYS_PTRACE"))),
    ];

fn not(name: &str, other: &str) -> String {
    if name.eq_ignore_ascii_case(other) { "x".to_owned() } else { name.to_owned() }
}

fn remove(object: &mut Value, field: &str) {
    if let Some(object) = object.as_object_mut() {
        object.remove(field);
    }
}

fn each(pod: &mut Value, change: impl Fn(&mut Value)) {
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        if let Some(list) = pod["spec"].get_mut(list).and_then(Value::as_array_mut) {
            list.iter_mut().for_each(&change);
        }
    }
}

fn security(pod: &mut Value, change: impl Fn(&mut Value)) {
    each(pod, |container| {
        if let Some(security) = container.get_mut("securityContext") {
            change(security);
        }
    });
}

fn names(pod: &mut Value, list: &str, change: impl Fn(&str) -> String) {
    security(pod, |security| {
        let names = security.pointer_mut(&format!("/capabilities/{list}"));
        for name in names.and_then(Value::as_array_mut).into_iter().flatten() {
            *name = change(name.as_str().unwrap_or_default()).into();
        }
    });
}
