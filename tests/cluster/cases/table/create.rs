//! New pods: every control, every kind of container and every mode, by every way to create one.

use super::super::said::{
    self, HOST, MERGES, SHARES, UNSET, removed, traces, traces_by_all, traces_privileged,
};
use super::row::{Found, Outcome, Row, invalid};
use super::scene::{MODES, Mode};
use super::way::Ask;

const TRACES: &str = traces!("container app", "spec.containers[0]");
const LATENT: &str = traces!(
    "container app",
    "spec.containers[0]",
    "a setuid or file-capability binary in its image can use it"
);
const INERT: &str =
    traces!("container app", "spec.containers[0]", "nothing can use it, it only widens seccomp");
const ALL: &str = traces_by_all!("container app", "spec.containers[0]");
const INIT: &str = traces!("init container setup", "spec.initContainers[0]");
const SIDECAR: &str = traces!("sidecar mesh", "spec.initContainers[0]");
const PRIVILEGED: &str = traces_privileged!("container app", "spec.containers[0]");

type Repair = (&'static str, &'static str, &'static str);

const NO_SHARING: Repair = (said::NO_SHARING, "/spec/shareProcessNamespace", "false");
const STRICT: Repair =
    (said::STRICT, "/spec/securityContext/supplementalGroupsPolicy", "\"Strict\"");
const NO_PTRACE: Repair = (
    removed!("container app", "spec.containers[0].securityContext.capabilities.add[0]"),
    "/spec/containers/0/securityContext/capabilities",
    "{}",
);
const ALL_BUT: Repair = (
    removed!("container app", "spec.containers[0].securityContext.capabilities.add"),
    "/spec/containers/0/securityContext/capabilities",
    r#"{"add": ["ALL"], "drop": ["SYS_PTRACE"]}"#,
);
const NO_PTRACE_IN_INIT: Repair = (
    removed!("init container setup", "spec.initContainers[0].securityContext.capabilities.add[0]"),
    "/spec/initContainers/0/securityContext/capabilities",
    "{}",
);
const NO_PTRACE_IN_SIDECAR: Repair = (
    removed!("sidecar mesh", "spec.initContainers[0].securityContext.capabilities.add[0]"),
    "/spec/initContainers/0/securityContext/capabilities",
    "{}",
);

/// The words of a pod, what is found in it, what repairs it, and what is found then.
type Line = (&'static str, &'static [&'static str], &'static [Repair], &'static [&'static str]);

const FOUND: &[Line] = &[
    ("", &[], &[], &[]),
    ("shares", &[SHARES], &[NO_SHARING], &[]),
    ("host", &[HOST], &[], &[HOST]),
    ("unset", &[UNSET], &[STRICT], &[]),
    ("merges", &[MERGES], &[], &[MERGES]),
    ("traces", &[TRACES], &[NO_PTRACE], &[]),
    ("traces user", &[LATENT], &[NO_PTRACE], &[]),
    ("traces no-root no-escalation", &[INERT], &[NO_PTRACE], &[]),
    ("all", &[ALL], &[ALL_BUT], &[]),
    ("init", &[INIT], &[NO_PTRACE_IN_INIT], &[]),
    ("sidecar", &[SIDECAR], &[NO_PTRACE_IN_SIDECAR], &[]),
    ("privileged", &[], &[], &[]),
    // It counts only as long as the pod shares.
    ("shares privileged", &[SHARES, PRIVILEGED], &[NO_SHARING], &[]),
    ("host privileged", &[PRIVILEGED, HOST], &[], &[PRIVILEGED, HOST]),
    // What can be repaired is, and the rest denies; then nothing is stored.
    ("host traces", &[TRACES, HOST], &[NO_PTRACE], &[HOST]),
    ("shares traces unset", &[SHARES, TRACES, UNSET], &[NO_SHARING, NO_PTRACE, STRICT], &[]),
    ("windows unset", &[], &[], &[]),
    // A Linux node could take it.
    ("affine-either traces", &[TRACES], &[NO_PTRACE], &[]),
    // An exception by image, for one container of two; one by label, for the whole pod.
    ("traces profiler", &[], &[], &[]),
    ("sidecar traces profiler", &[SIDECAR], &[NO_PTRACE_IN_SIDECAR], &[]),
    ("excepted shares", &[], &[], &[]),
    ("excepted shares traces", &[TRACES], &[NO_PTRACE], &[]),
    // A user who says that it is a mirror pod.
    ("mirror traces", &[TRACES], &[NO_PTRACE], &[]),
];

/// Those that are sent in every other way, too.
const OTHERWISE: &[&str] = &["", "shares", "sidecar", "merges"];

/// Makes a pod of these words.
type Way = fn(&'static str) -> Ask;

pub(super) fn rows() -> Vec<Row> {
    let every =
        FOUND.iter().flat_map(|line| MODES.map(|mode| row("post", Ask::Create, line, mode)));
    let mut rows: Vec<_> = every.collect();
    let ways: [(&str, Way); 3] = [
        ("dry_run", Ask::DryRun),
        ("generate_name", Ask::Generate),
        ("server_side_apply", Ask::ApplyNew),
    ];
    for (way, ask) in ways {
        let lines = FOUND.iter().filter(|(words, ..)| OTHERWISE.contains(words));
        rows.extend(lines.flat_map(|line| MODES.map(|mode| row(way, ask, line, mode))));
    }
    rows.extend(limited());
    rows
}

fn row(way: &str, ask: Way, line: &Line, mode: Mode) -> Row {
    let (words, lines, repairs, left) = *line;
    let outcome = Found { lines, repairs, left }.outcome(mode);
    named(way, ask(words), words, mode, outcome)
}

/// Where the pod itself or the nodes limit what a policy may do.
fn limited() -> Vec<Row> {
    let warned = |line| Outcome { warned: vec![line], ..Outcome::default() };
    let recorded = |line| Outcome { recorded: vec![line], ..Outcome::default() };
    let (likely, born) = ("likely-windows traces", "born-with-debugger");
    let affine = "affine-windows traces";
    [
        (likely, Mode::Deny, warned(TRACES)),
        (likely, Mode::Warn, warned(TRACES)),
        (likely, Mode::Audit, recorded(TRACES)),
        // It is never patched.
        (likely, Mode::Repair, warned(TRACES)),
        (affine, Mode::Deny, warned(TRACES)),
        (affine, Mode::Repair, warned(TRACES)),
        ("unset", Mode::Leave, warned(UNSET)),
        ("merges", Mode::Leave, Outcome { denied: vec![MERGES], ..Outcome::default() }),
        ("shares host", Mode::Deny, invalid()),
        (born, Mode::Deny, invalid()),
        (born, Mode::Repair, invalid()),
        ("windows host", Mode::Deny, invalid()),
    ]
    .into_iter()
    .map(|(words, mode, outcome)| named("post", Ask::Create(words), words, mode, outcome))
    .collect()
}

fn named(way: &str, ask: Ask, words: &str, mode: Mode, outcome: Outcome) -> Row {
    let words = if words.is_empty() { "plain" } else { words }.replace([' ', '-'], "_");
    let name = format!("create_by_{way}_{words}_under_{}", mode.word());
    Row { name, mode, old: None, ask, outcome }
}
