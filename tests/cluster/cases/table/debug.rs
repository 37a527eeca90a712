//! New ephemeral containers: judged by themselves, whatever the pod was found for before.

use super::super::said::{joins, removed, traces, traces_by_all, traces_privileged};
use super::row::{Found, Outcome, Row};
use super::scene::{MODES, Mode};
use super::way::{Ask, WAYS, Way};

const TRACES: &str = traces!("ephemeral container dbg", "spec.ephemeralContainers[0]");
const LATENT: &str = traces!(
    "ephemeral container dbg",
    "spec.ephemeralContainers[0]",
    "a setuid or file-capability binary in its image can use it"
);
const ALL: &str = traces_by_all!("ephemeral container dbg", "spec.ephemeralContainers[0]");
const PRIVILEGED: &str =
    traces_privileged!("ephemeral container dbg", "spec.ephemeralContainers[0]");
const TARGETS: &str = joins!(
    "dbg",
    "debug without --target",
    "container app",
    "spec.ephemeralContainers[0].targetContainerName"
);
const JOINS_POD: &str = joins!(
    "dbg",
    "debug a copy with --share-processes=false",
    "all containers (shareProcessNamespace)",
    "spec.ephemeralContainers[0]"
);
const JOINS_NODE: &str = joins!(
    "dbg",
    "debug a copy without hostPID",
    "the node (hostPID)",
    "spec.ephemeralContainers[0]"
);

const SECOND_TRACES: &str = traces!("ephemeral container dbg", "spec.ephemeralContainers[1]");
const SECOND_TARGETS: &str = joins!(
    "dbg",
    "debug without --target",
    "container app",
    "spec.ephemeralContainers[1].targetContainerName"
);

/// What users of kubectl debug see behind that, up to what its mode decides.
const FROM_GENERAL: &str = "dbg looks like kubectl debug --profile=general; this passes: kubectl \
    debug -it -n NAMESPACE POD --";
const FROM_BASELINE: &str = "dbg looks like kubectl debug --profile=baseline or legacy; this \
    passes: kubectl debug -it -n NAMESPACE POD --";
const FROM_SYSADMIN: &str = "dbg looks like kubectl debug --profile=sysadmin; this passes: kubectl \
    debug -it -n NAMESPACE POD --";
const FROM_OWN: &str =
    "dbg has settings of its own; this passes: kubectl debug -it -n NAMESPACE POD --";
const FROM_ANY: &str = "dbg: this passes: kubectl debug -it -n NAMESPACE POD --";
const NO_BASELINE: &str = "dbg looks like kubectl debug --profile=baseline or legacy; no profile \
    of kubectl debug passes here; ask for an IsolationException";
const NO_ANY: &str = "dbg: no profile of kubectl debug passes here; ask for an IsolationException";

type Repair = (&'static str, &'static str, &'static str);

const NO_PTRACE: Repair = (
    removed!(
        "ephemeral container dbg",
        "spec.ephemeralContainers[0].securityContext.capabilities.add[0]"
    ),
    "/spec/ephemeralContainers/0/securityContext/capabilities",
    "{}",
);
const ALL_BUT: Repair = (
    removed!(
        "ephemeral container dbg",
        "spec.ephemeralContainers[0].securityContext.capabilities.add"
    ),
    "/spec/ephemeralContainers/0/securityContext/capabilities",
    r#"{"add": ["ALL"], "drop": ["SYS_PTRACE"]}"#,
);
const SECOND_NO_PTRACE: Repair = (
    removed!(
        "ephemeral container dbg",
        "spec.ephemeralContainers[1].securityContext.capabilities.add[0]"
    ),
    "/spec/ephemeralContainers/1/securityContext/capabilities",
    "{}",
);

/// The words of the stored pod and of the new container, what is found, what repairs it, what is
/// found then, and the advice.
type Line = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [Repair],
    &'static [&'static str],
    &'static str,
);

const FOUND: &[Line] = &[
    ("", "plain", &[], &[], &[], ""),
    ("", "traces", &[TRACES], &[NO_PTRACE], &[], FROM_GENERAL),
    ("", "all", &[ALL], &[ALL_BUT], &[], FROM_OWN),
    ("", "targets", &[TARGETS], &[], &[TARGETS], FROM_BASELINE),
    ("", "traces targets", &[TRACES, TARGETS], &[NO_PTRACE], &[TARGETS], FROM_GENERAL),
    ("", "privileged", &[], &[], &[], ""),
    ("", "privileged targets", &[PRIVILEGED, TARGETS], &[], &[PRIVILEGED, TARGETS], FROM_SYSADMIN),
    ("", "traces user", &[LATENT], &[NO_PTRACE], &[], FROM_OWN),
    // The pod's own user counts for the debug container, too.
    ("user", "traces", &[LATENT], &[NO_PTRACE], &[], FROM_GENERAL),
    ("shares", "plain", &[JOINS_POD], &[], &[JOINS_POD], FROM_BASELINE),
    ("shares", "targets", &[JOINS_POD], &[], &[JOINS_POD], FROM_BASELINE),
    (
        "shares",
        "privileged",
        &[PRIVILEGED, JOINS_POD],
        &[],
        &[PRIVILEGED, JOINS_POD],
        FROM_SYSADMIN,
    ),
    ("host", "plain", &[JOINS_NODE], &[], &[JOINS_NODE], NO_BASELINE),
    // Old debt of the pod and of an older debug container.
    ("traces init unset", "plain", &[], &[], &[], ""),
    ("traces init unset", "traces", &[TRACES], &[NO_PTRACE], &[], FROM_GENERAL),
    ("privileged", "plain", &[], &[], &[], ""),
    ("debugged", "plain", &[], &[], &[], ""),
    ("debugged", "traces", &[SECOND_TRACES], &[SECOND_NO_PTRACE], &[], FROM_GENERAL),
    (
        "debugged",
        "traces targets",
        &[SECOND_TRACES, SECOND_TARGETS],
        &[SECOND_NO_PTRACE],
        &[SECOND_TARGETS],
        FROM_GENERAL,
    ),
    // Nothing is skipped for the state of the object.
    ("leaving", "plain", &[], &[], &[], ""),
    ("leaving", "traces", &[TRACES], &[NO_PTRACE], &[], FROM_GENERAL),
    ("excepted", "traces", &[TRACES], &[NO_PTRACE], &[], FROM_GENERAL),
];

pub(super) fn rows() -> Vec<Row> {
    let every = FOUND.iter().flat_map(|line| {
        MODES.map(|mode| {
            row("kubectls_patch", |words| Ask::Debug(Way::Strategic, words), line, mode)
        })
    });
    let mut rows: Vec<_> = every.collect();
    for way in WAYS.into_iter().filter(|way| *way != Way::Strategic) {
        let lines = FOUND.iter().filter(|(old, new, ..)| {
            [("", "traces"), ("debugged", "plain"), ("debugged", "traces targets")]
                .contains(&(old, new))
        });
        let modes = [Mode::Deny, Mode::Warn, Mode::Repair];
        let ask = move |words| Ask::Debug(way, words);
        rows.extend(lines.flat_map(|line| modes.map(|mode| row(way.word(), ask, line, mode))));
    }
    let general = FOUND.iter().filter(|(_, words, ..)| *words == "traces targets");
    rows.extend(
        general.flat_map(|line| MODES.map(|mode| row("dry_run", Ask::DryDebug, line, mode))),
    );
    rows.extend(MODES.map(in_front));
    rows
}

/// A new container in front of the old one, which so gets another place in the list.
fn in_front(mode: Mode) -> Row {
    const GENERAL: &str = r#"{"name": "dbg", "image": "registry.example/debug:1",
        "targetContainerName": "app",
        "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}}"#;
    let found = Found { lines: &[TRACES, TARGETS], repairs: &[NO_PTRACE], left: &[TARGETS] };
    let first = "/spec/ephemeralContainers/0";
    Row {
        name: format!("debug_by_json_patch_in_front_of_debugged_under_{}", mode.word()),
        mode,
        old: Some("debugged"),
        ask: Ask::Set(Way::JsonPatch, "/ephemeralcontainers", first, GENERAL),
        outcome: advised(found, mode, FROM_GENERAL),
    }
}

/// There is advice where something is denied or warned of. What looks like the profile baseline
/// under a repair may have been general.
fn advised(found: Found, mode: Mode, advice: &'static str) -> Outcome {
    let outcome = found.outcome(mode);
    let repairs = matches!(mode, Mode::Repair | Mode::Leave);
    let is_reported = match mode {
        Mode::Deny | Mode::Warn => !found.lines.is_empty(),
        Mode::Repair | Mode::Leave => !found.left.is_empty(),
        Mode::Audit => false,
    };
    let advice = match advice {
        NO_BASELINE if repairs => NO_ANY,
        FROM_BASELINE | FROM_GENERAL if repairs => FROM_ANY,
        other => other,
    };
    Outcome { advice: is_reported.then_some(advice), ..outcome }
}

fn row(way: &str, ask: impl Fn(&'static str) -> Ask, line: &Line, mode: Mode) -> Row {
    let (old, words, lines, repairs, left, advice) = *line;
    let into = if old.is_empty() { "plain" } else { old };
    let under = mode.word();
    let name = format!("debug_by_{way}_{words}_into_{into}_under_{under}").replace([' ', '-'], "_");
    let found = Found { lines, repairs, left };
    Row { name, mode, old: Some(old), ask: ask(words), outcome: advised(found, mode, advice) }
}
