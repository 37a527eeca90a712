//! Changes of stored pods: old debt passes in silence, what makes a pod worse does not, and what
//! carries no pod is not looked at.

use super::super::said::traces;
use super::row::{Found, Outcome, Row, invalid, silent};
use super::scene::{MODES, Mode};
use super::way::{Ask, WAYS, Way};

/// Every kind of debt, by the words of the stored pod.
const DEBTS: &[&str] = &[
    "shares",
    "host",
    "unset",
    "merges",
    "traces",
    "all",
    "init",
    "sidecar",
    "debugged",
    "shares privileged",
    "traces user",
    "traces likely-windows",
    "traces init shares unset debugged",
];

/// All debts at once.
const MUCH: &str = "traces init shares unset debugged";

/// A change that makes nothing worse: its name, the part of the pod, the field, the value.
type Change = (&'static str, &'static str, &'static str, &'static str);

const LABEL: Change = ("label", "", "/metadata/labels/changed", r#""yes""#);

const HARMLESS: &[Change] = &[
    LABEL,
    ("annotation", "", "/metadata/annotations", r#"{"changed": "yes"}"#),
    ("finalizer", "", "/metadata/finalizers", r#"["example.com/keep"]"#),
    (
        "owner",
        "",
        "/metadata/ownerReferences",
        r#"[{"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "7a2bc5f0-0000-4000-8000-000000000002"}]"#,
    ),
    ("deadline", "", "/spec/activeDeadlineSeconds", "3600"),
    ("image_of_the_tracer", "", "/spec/containers/0/image", r#""registry.example/app:2""#),
    ("image_of_another", "", "/spec/containers/1/image", r#""registry.example/other:2""#),
    ("image_of_an_init", "", "/spec/initContainers/0/image", r#""registry.example/setup:2""#),
    // Into an exception and out of it: labels only narrow.
    ("label_of_an_exception", "", "/metadata/labels/excepted", r#""yes""#),
    ("status", "/status", "/status/message", r#""changed""#),
];

/// A change of one field that pods do not allow: the API server refuses it by itself, in whatever
/// way it is sent, and Bulkhead is not asked or has nothing to add.
const IMMUTABLE: &[Change] = &[
    ("sharing", "", "/spec/shareProcessNamespace", "true"),
    ("host", "", "/spec/hostPID", "true"),
    ("groups", "", "/spec/securityContext/supplementalGroupsPolicy", r#""Merge""#),
    ("user", "", "/spec/containers/0/securityContext", r#"{"runAsUser": 0}"#),
    (
        "capability",
        "",
        "/spec/containers/0/securityContext",
        r#"{"capabilities": {"add": ["SYS_PTRACE"]}}"#,
    ),
    ("os", "", "/spec/os", r#"{"name": "windows"}"#),
];

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for debt in DEBTS {
        rows.extend(
            MODES.map(|mode| change("debt", debt, Way::Strategic, LABEL, (mode, silent()))),
        );
    }
    for one in HARMLESS {
        let ways = WAYS.map(|way| change("debt", MUCH, way, *one, (Mode::Deny, silent())));
        // The label by strategic patch is among those of all debts.
        rows.extend(ways.into_iter().filter(|row| !is_known(&rows, row)).collect::<Vec<_>>());
    }
    for one in IMMUTABLE {
        for way in [Way::Put, Way::Merge] {
            rows.push(change("immutable", "", way, *one, (Mode::Deny, invalid())));
        }
    }
    rows.extend(resized());
    rows.extend(terminating());
    rows.extend(tolerated());
    rows.extend(lost());
    rows.extend(unjudged());
    rows
}

fn is_known(rows: &[Row], row: &Row) -> bool {
    rows.iter().any(|known| known.name == row.name)
}

fn change(
    what: &str,
    old: &'static str,
    way: Way,
    (name, part, pointer, value): Change,
    (mode, outcome): (Mode, Outcome),
) -> Row {
    let of = if old.is_empty() { "plain" } else { old }.replace([' ', '-'], "_");
    let name = format!("update_by_{}_{what}_{name}_of_{of}_under_{}", way.word(), mode.word());
    Row { name, mode, old: Some(old), ask: Ask::Set(way, part, pointer, value), outcome }
}

fn resized() -> impl Iterator<Item = Row> {
    const REQUESTS: &str = r#"{"requests": {"cpu": "100m"}}"#;
    let field = ("resize", "/resize", "/spec/containers/0/resources", REQUESTS);
    MODES.into_iter().flat_map(move |mode| {
        [Way::Put, Way::Strategic]
            .map(|way| change("debt", "traces shares resizable", way, field, (mode, silent())))
    })
}

/// A pod that is to go must be able to.
fn terminating() -> impl Iterator<Item = Row> {
    const OLD: &str = "leaving traces init shares unset";
    let last = ("last_finalizer", "", "/metadata/finalizers", "null");
    let label = MODES.map(|mode| change("debt", OLD, Way::Merge, LABEL, (mode, silent())));
    let gone = [Way::Put, Way::Merge, Way::Strategic]
        .into_iter()
        .flat_map(move |way| MODES.map(|mode| change("debt", OLD, way, last, (mode, silent()))));
    label.into_iter().chain(gone)
}

/// A toleration is added behind those that the API server adds by itself.
fn tolerated() -> impl Iterator<Item = Row> {
    let field = ("toleration", "", "/spec/tolerations/-", r#"{"key": "a", "operator": "Exists"}"#);
    let put = WAYS.into_iter().filter(|way| [Way::Put, Way::JsonPatch].contains(way));
    put.map(move |way| change("debt", MUCH, way, field, (Mode::Deny, silent())))
}

const APP_LOST: &str = traces!("container app", "spec.containers[0]");
const INIT_LOST: &str = traces!("init container setup", "spec.initContainers[0]");
const MESH_LOST: &str = traces!("sidecar mesh", "spec.initContainers[0]");

/// An image leaves the images of an exception. The debts beside it are not counted.
fn lost() -> Vec<Row> {
    let app = "/spec/containers/0/image";
    let init = "/spec/initContainers/0/image";
    let (bad, good) = (r#""registry.example/app:1""#, r#""registry.example/profiler:2""#);
    let left: [(&'static str, &'static str, &'static [&'static str]); 5] = [
        ("traces profiler", app, &[APP_LOST]),
        ("traces profiler user", app, &[LATENT]),
        ("shares traces profiler unset init", app, &[APP_LOST]),
        ("init init-profiler", init, &[INIT_LOST]),
        ("sidecar init-profiler traces", init, &[MESH_LOST]),
    ];
    let mut rows = Vec::new();
    for (old, pointer, lines) in left {
        for mode in MODES {
            // Nothing is repaired in an update, so what is found denies.
            let outcome = Found { lines, repairs: &[], left: lines }.outcome(mode);
            let image = ("image_lost", "", pointer, bad);
            rows.push(change("worse", old, Way::Strategic, image, (mode, outcome)));
        }
        let image = ("image_kept", "", pointer, good);
        rows.push(change("same", old, Way::Strategic, image, (Mode::Deny, silent())));
    }
    for way in WAYS.into_iter().filter(|way| *way != Way::Strategic) {
        let outcome = Found { lines: &[APP_LOST], repairs: &[], left: &[] }.outcome(Mode::Deny);
        let image = ("image_lost", "", app, bad);
        rows.push(change("worse", "traces profiler", way, image, (Mode::Deny, outcome)));
    }
    // An exception that narrows by label is not lost with it.
    let label = ("label_lost", "", "/metadata/labels/excepted", r#""no""#);
    let ways =
        WAYS.map(|way| change("same", "excepted shares", way, label, (Mode::Deny, silent())));
    rows.extend(ways);
    rows
}

const LATENT: &str = traces!(
    "container app",
    "spec.containers[0]",
    "a setuid or file-capability binary in its image can use it"
);

/// What is asked about by a registration that is broader than ours.
fn unjudged() -> impl Iterator<Item = Row> {
    const BINDING: &str =
        r#"{"metadata": {"name": "NAME"}, "target": {"kind": "Node", "name": "nowhere"}}"#;
    const EVICTION: &str =
        r#"{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "NAME"}}"#;
    let rows = [
        ("binding", Ask::Post("/binding", BINDING), silent()),
        ("eviction", Ask::Post("/eviction", EVICTION), silent()),
        ("delete", Ask::Delete, silent()),
        // No node answers: the same error as without Bulkhead, which comes after admission.
        ("exec", Ask::Connect("/exec?command=ls&stdout=true"), invalid()),
        ("attach", Ask::Connect("/attach?stdout=true"), invalid()),
    ];
    rows.into_iter().flat_map(|(name, ask, outcome)| {
        MODES.map(|mode| Row {
            name: format!("unjudged_{name}_of_much_under_{}", mode.word()),
            mode,
            old: Some(MUCH),
            ask: ask.clone(),
            outcome: outcome.clone(),
        })
    })
}
