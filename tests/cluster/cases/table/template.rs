//! The eight kinds that hold a template: never denied, never repaired, warned of what their pods would
//! meet; silent while the template stays the same.

use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use super::super::said::{self, in_template, traces, will, would_be_denied};
use super::super::templates::{KINDS, Kind};
use super::super::{Case, case};
use super::row::{comparable, lines};
use super::scene::{MODES, Mode};
use super::words::{set, spec};
use crate::setup::{Answer, JSON, Namespace, World};
use crate::tier::name;

/// What is said of it where it is a pod, and whether its repair would repair it.
type Finding = (&'static str, bool);

const SHARES: Finding = (said::SHARES, true);
const TRACES: Finding = (traces!("container app", "spec.containers[0]"), true);
const SETUP: Finding = (traces!("init container setup", "spec.initContainers[0]"), true);
/// Both, which have one remedy.
const SETUP_AND_TRACES: Finding = (
    "containers setup, app: remove SYS_PTRACE from securityContext.capabilities.add; each may \
     trace and read every process it sees; see \
     spec.initContainers[0].securityContext.capabilities.add[0] and 1 more [ptrace-capability",
    true,
);
const HOST: Finding = (said::HOST, false);
const UNSET: Finding = (said::UNSET, true);

/// The words of the pods of a template, and what is found in them.
const FOUND: &[(&str, &[Finding])] = &[
    ("", &[]),
    ("shares traces", &[SHARES, TRACES]),
    ("init", &[SETUP]),
    ("host unset", &[HOST, UNSET]),
];

/// What the update of a template with the words "shares traces" does: where and what, from the
/// object's root or, with `+`, from the pod spec's or, with `@`, from the template's; and what is
/// found then.
type Change = (&'static str, &'static str, &'static str, &'static [Finding]);

const SAME: &[Finding] = &[SHARES, TRACES];

const CHANGES: &[Change] = &[
    ("a_label_is_silent", "/metadata/labels", r#"{"changed": "yes"}"#, &[]),
    ("an_annotation_is_silent", "/metadata/annotations", r#"{"changed": "yes"}"#, &[]),
    ("a_label_of_the_pods_is_reported", "@/metadata/annotations", r#"{"changed": "yes"}"#, SAME),
    ("an_image_is_reported", "+/containers/1/image", r#""registry.example/other:2""#, SAME),
    ("one_thing_repaired_leaves_the_other", "+/shareProcessNamespace", "false", &[TRACES]),
    ("one_more_is_reported", "+/hostIPC", "true", SAME),
    ("a_worse_one_is_reported", "+/initContainers", INIT, &[SHARES, SETUP_AND_TRACES]),
];

const INIT: &str = r#"[{"name": "setup", "image": "registry.example/setup:1",
    "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}}]"#;

/// A field of the kind that is not of its template.
fn besides(kind: Kind) -> Option<Change> {
    let (pointer, value) = match kind.resource {
        "podtemplates" => return None,
        "daemonsets" => ("/spec/minReadySeconds", "5"),
        "jobs" => ("/spec/parallelism", "2"),
        "cronjobs" => ("/spec/schedule", r#""0 0 2 1 *""#),
        _ => ("/spec/replicas", "3"),
    };
    Some(("another_field_is_silent", pointer, value, &[]))
}

/// The template of a Job is immutable but for its metadata while it is suspended.
fn changes(kind: Kind) -> impl Iterator<Item = Change> {
    let open =
        move |(_, pointer, ..): &&Change| kind.resource != "jobs" || !pointer.starts_with('+');
    CHANGES.iter().filter(open).copied().chain(besides(kind))
}

/// With the namespace that has no Bulkhead.
type Run = Box<dyn FnOnce(&World, &Namespace) + Send>;

pub(super) fn cases() -> Vec<Case> {
    let twin = Arc::new(OnceLock::new());
    let mut cases = Vec::new();
    let mut add = |name: String, run: Run| {
        let twin = Arc::clone(&twin);
        cases.push(case(name, move |world| run(world, twin.get_or_init(|| world.namespace()))));
    };
    for kind in KINDS {
        let of = kind.resource;
        for (words, found) in FOUND {
            for mode in MODES {
                let named = if words.is_empty() { "plain" } else { words }.replace(' ', "_");
                let name = name!("{of}_{named}_under_{}", mode.word());
                let run = move |world: &World, twin: &Namespace| {
                    created(world, twin, (kind, words), (found, mode));
                };
                add(name, Box::new(run));
            }
        }
        for change in changes(kind) {
            let name = name!("{of}_{}", change.0);
            let run = move |world: &World, twin: &Namespace| changed(world, twin, kind, change);
            add(name, Box::new(run));
        }
    }
    cases
}

fn object(kind: Kind, name: &str, words: &str) -> Value {
    let mut object = kind.object(name);
    let mut pods = spec(words);
    if ["jobs", "cronjobs"].contains(&kind.resource) {
        pods["restartPolicy"] = "Never".into();
    }
    set(&mut object, &pointer(kind.root), pods);
    match kind.resource {
        "jobs" => object["spec"]["suspend"] = true.into(),
        "cronjobs" | "podtemplates" | "daemonsets" => {}
        _ => object["spec"]["replicas"] = 0.into(),
    }
    object
}

fn pointer(root: &str) -> String {
    format!("/{}", root.replace('.', "/"))
}

fn created(
    world: &World,
    twin: &Namespace,
    (kind, words): (Kind, &str),
    (found, mode): (&[Finding], Mode),
) {
    let named = if words.is_empty() { "plain" } else { words }.replace(' ', "-");
    let object = object(kind, &format!("{named}-{}", mode.word()), words);
    let stage = world.under(&mode.controls());
    let make =
        |to: &Namespace| to.cluster.client.post(&to.path(kind.version, kind.resource), &object);
    let (alone, answer) = (make(twin), make(&stage));
    report(world, (kind, mode), &answer, found);
    assert_eq!(comparable(&answer.object()), comparable(&alone.silent()), "stored as it was sent");
}

fn changed(world: &World, twin: &Namespace, kind: Kind, change: Change) {
    let (what, place, value, found) = change;
    let name = what.replace('_', "-");
    let stage = world.under(&Mode::Deny.controls());
    let path = |to: &Namespace| to.path(kind.version, kind.resource);
    let object = object(kind, &name, "shares traces");
    let root = pointer(kind.root);
    let place = match (place.strip_prefix('+'), place.strip_prefix('@')) {
        (Some(rest), _) => format!("{root}{rest}"),
        (_, Some(rest)) => format!("{}{rest}", root.strip_suffix("/spec").unwrap()),
        _ => place.to_owned(),
    };
    let value: Value = serde_json::from_str(value).unwrap();
    let operation = json!([{"op": "add", "path": place, "value": value}]);
    let [alone, answer] = [twin, &stage].map(|to| {
        let client = &to.cluster.client;
        client.post(&path(to), &object).object();
        client.patch(&format!("{}/{name}", path(to)), JSON, &operation)
    });
    report(world, (kind, Mode::Deny), &answer, found);
    assert_eq!(comparable(&answer.object()), comparable(&alone.silent()), "stored as it was sent");
}

/// What is said of a template in a mode: to the user, and in the audit log.
fn report(world: &World, (kind, mode): (Kind, Mode), answer: &Answer, found: &[Finding]) {
    let Kind { name: named, root, .. } = kind;
    let all = |line: &dyn Fn(&str) -> String, found: &[Finding]| -> Vec<String> {
        found.iter().map(|finding| line(finding.0)).collect()
    };
    let denied = |line: &str| would_be_denied(named, root, line);
    let plain = |line: &str| in_template(root, line);
    let (repaired, left): (Vec<Finding>, Vec<_>) = found.iter().partition(|finding| finding.1);
    let (warnings, severity, rest) = match mode {
        Mode::Deny => (all(&denied, found), "Deny ", found),
        Mode::Warn => (all(&plain, found), "Warn ", found),
        Mode::Audit => (Vec::new(), "Audit ", found),
        Mode::Repair | Mode::Leave => {
            let changed = all(&|line| will(named, line), &repaired);
            ([changed, all(&denied, &left)].concat(), "Deny ", &left[..])
        }
    };
    lines(&answer.warnings, &warnings, answer);
    let Some(log) = world.cluster.audit_log() else { return };
    let event = log.event_of(answer);
    let findings = event.annotation_by("advise", "findings").lines();
    let findings: Vec<_> = findings.map(str::to_owned).collect();
    let expected = all(&|line| format!("{severity}{}", plain(line)), rest);
    lines(&findings, &expected, answer);
    let verdict = event.annotation_by("advise", "verdict");
    assert_eq!(verdict, if expected.is_empty() { "" } else { "allowed" });
}
