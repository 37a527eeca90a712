//! A policy file that changes while it is in force.

use std::fs;

use tempfile::TempDir;

use super::{DENY, Served};
use crate::support::{command, pipe, policy, run, until};

const GENERATION: &str = "bulkhead_policy_generation";
const SUCCESSFUL: &str = "bulkhead_policy_last_reload_successful";
const REFUSED: &str = "bulkhead_errors_total{stage=\"policy\"}";
const WARN: &str = "{shareProcessNamespace: {mode: Warn}}";

impl Served {
    fn metrics(&self) -> [Option<u64>; 3] {
        [GENERATION, SUCCESSFUL, REFUSED].map(|series| self.server.count(series))
    }
}

#[test]
fn a_changed_policy_judges_soon() {
    let served = Served::new(WARN, &[]);
    assert!(served.allows());
    assert_eq!(served.metrics(), [Some(1), Some(1), Some(0)]);
    let loaded = || served.server.metric("bulkhead_policy_last_reload_timestamp_seconds");
    let first = loaded();
    served.replace(&policy(DENY));
    until("the new verdict", || !served.allows());
    assert_eq!(served.metrics(), [Some(2), Some(1), Some(0)]);
    assert!(first > Some(0.0) && loaded() > first);
    // In place, as an editor may write it.
    fs::write(&served.file, policy(WARN)).unwrap();
    until("the old verdict", || served.allows());
    assert_eq!(served.metrics(), [Some(3), Some(1), Some(0)]);
}

/// (what, the text or no file at all, what the log says of it besides the file's name)
fn bad_files() -> Vec<(&'static str, Option<Vec<u8>>, &'static str)> {
    let unknown = policy("{shareProcessNamespace: {mode: Enforce}}");
    let half = policy(WARN);
    let half = half.strip_suffix("Warn}}\n").unwrap();
    vec![
        ("an unknown mode", Some(unknown.into_bytes()), ":6:38: "),
        ("half a file", Some(half.into()), ":6:"),
        ("another kind", Some(b"apiVersion: v1\nkind: Pod\n".to_vec()), ":1:1: "),
        ("bytes", Some(vec![0xff, 0xfe]), "is not UTF-8"),
        // What a writer that is slow leaves for a while; it would open every gate.
        ("nothing", Some(Vec::new()), "contains no policy any more"),
        ("comments", Some(b"---\n# later\n".to_vec()), "contains no policy any more"),
        // As deep as is read at all: the reader recurses, and a stack that overflows ends the server.
        ("deep", Some(format!("x: {}", "{a: ".repeat(198)).into_bytes()), "is not closed"),
        ("too deep", Some(format!("x: {}", "{a: ".repeat(205)).into_bytes()), "nested too deeply"),
        (
            // The first document alone would open every gate but one.
            "more than is read",
            Some((policy(WARN) + &"# more\n".repeat(3 << 20) + &policy(DENY)).into_bytes()),
            "cannot read: larger than 16 MiB (22020",
        ),
        ("no file", None, "cannot read: No such file or directory"),
    ]
}

fn assert_survives((what, text, said): (&str, Option<Vec<u8>>, &str)) {
    let served = Served::new(DENY, &[]);
    match text {
        Some(text) => {
            let beside = served.file.with_extension("new");
            fs::write(&beside, text).unwrap();
            fs::rename(beside, &served.file).unwrap();
        }
        None => fs::remove_file(&served.file).unwrap(),
    }
    until(what, || served.server.count(SUCCESSFUL) == Some(0));
    assert_eq!(served.metrics(), [Some(1), Some(0), Some(1)], "{what}");
    assert!(!served.allows(), "{what}: the old verdict stays");
    assert_eq!(served.server.admin("/readyz").status, 200, "{what}");
    let refused = || {
        let log = served.server.log();
        let line = log.lines().find(|line| line.contains("the changed policy is refused"));
        line.map(str::to_owned)
    };
    until("a log line", || refused().is_some());
    let line = refused().unwrap();
    let file = served.file.to_str().unwrap();
    assert!(line.contains(file) && line.contains(said) && line.contains("ERROR"), "{what}: {line}");
    served.replace(&policy(WARN));
    until("the repaired policy", || served.allows());
    assert_eq!(served.metrics(), [Some(2), Some(1), Some(1)], "{what}");
}

#[test]
fn the_old_policy_stays_when_the_new_one_cannot_be_used() {
    std::thread::scope(|threads| {
        for row in bad_files() {
            threads.spawn(|| assert_survives(row));
        }
    });
}

/// Many problems are still one line of the log.
#[test]
fn every_problem_of_a_changed_policy_is_logged_in_one_line() {
    for format in ["text", "json"] {
        let served = Served::new(DENY, &["--log-format", format]);
        served.replace("kind: A\n---\nkind: B\n---\nkind: C\n");
        until("the refusal", || served.server.log().contains("the changed policy is refused"));
        let log = served.server.log();
        let lines = log.lines().filter(|line| line.contains("the changed policy is refused"));
        let [line] = lines.collect::<Vec<_>>()[..] else { panic!("{format}: {log}") };
        for place in [":1:1: ", ":3:1: ", ":5:1: "] {
            assert!(line.contains(place), "{format}: {place} is not in {line}");
        }
    }
}

/// Read once, a pipe would be empty the next time; and reading it would block the server.
#[test]
fn what_cannot_be_read_again_is_no_policy_file() {
    let dir = TempDir::new().unwrap();
    let unread = dir.path().join("policy.yaml");
    pipe(&unread);
    for file in [unread.as_path(), dir.path()] {
        let mut command = command(&["--policy"]);
        command.arg(file);
        let ended = run(command);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("not a regular file"), "{}", ended.stderr);
    }
}
