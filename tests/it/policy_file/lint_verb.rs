//! `bulkhead policy lint`: what it prints, and its exit codes.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use bulkhead::policy_file::EMBEDDED_DEFAULT;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::lint::{EXCEPTION, NOW, POLICY};

/// What the verb prints on standard output, and its exit code.
fn run(dir: &Path, arguments: &[&str], input: &[u8]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bulkhead"));
    command.args(["policy", "lint"]).args(arguments).current_dir(dir);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who refuses its arguments reads nothing.
    drop(child.stdin.take().unwrap().write_all(input));
    let output = child.wait_with_output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

fn stage() -> TempDir {
    let dir = TempDir::new().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
    write("good.yaml", EMBEDDED_DEFAULT.as_bytes());
    write("idle.yaml", format!("{POLICY}  controls: {{}}\n").as_bytes());
    write("bad.yaml", format!("{POLICY}  \"a\\e\\nb\": 1\n  controls: {{}}\n").as_bytes());
    write("binary.yaml", b"a: \xff\n");
    write("empty.yaml", b"");
    let large = std::fs::File::create(dir.path().join("large.yaml")).unwrap();
    large.set_len((16 << 20) + 1).unwrap();
    std::fs::create_dir(dir.path().join("folder")).unwrap();
    dir
}

#[test]
fn the_exit_code_tells_the_worst() {
    let dir = stage();
    let idle = "warning: idle.yaml:5:3: spec.controls: no control is enabled, so this policy finds nothing; give one the mode Audit, Warn or Deny, or remove the policy\nidle.yaml: 1 policy, 0 exceptions: 1 warning\n";
    let good = "good.yaml: 1 policy, 0 exceptions: no problems\n";
    for (files, expected, code) in [
        (vec!["good.yaml"], good.to_owned(), 0),
        (vec!["empty.yaml"], "empty.yaml: 0 policies, 0 exceptions: no problems\n".to_owned(), 0),
        (vec!["idle.yaml", "good.yaml"], format!("{idle}{good}"), 1),
        (
            vec!["absent.yaml", "idle.yaml"],
            format!(
                "error: absent.yaml: cannot be read: No such file or directory\nabsent.yaml: 0 policies, 0 exceptions: 1 error\n{idle}"
            ),
            2,
        ),
    ] {
        assert_eq!(run(dir.path(), &files, b""), (expected, code), "{files:?}");
    }
    for (file, message) in [
        ("folder", "holds no .yaml, .yml or .json file"),
        ("binary.yaml", "is not UTF-8 text (byte 3)"),
        ("large.yaml", "cannot be read: larger than 16 MiB (16777217 bytes)"),
        // One line, whatever a key holds.
        (
            "bad.yaml:5:3: spec.a\\u{1b}\\nb",
            "unknown field `a\\u{1b}\\nb`, expected one of `match`, `namespaceLabels`, `rulesVersion`, `controls`",
        ),
    ] {
        let (text, code) = run(dir.path(), &[file.split(':').next().unwrap()], b"");
        let first = text.lines().next().unwrap();
        assert_eq!((first, code), (&*format!("error: {file}: {message}"), 2));
    }
    assert_eq!(run(dir.path(), &[], b"").1, 2, "no file at all is a wrong command line");
}

/// What `serve` would take is no reason to stop an upgrade.
#[test]
fn warnings_may_leave_the_exit_code_alone() {
    let dir = stage();
    for (file, code) in [("good.yaml", 0), ("idle.yaml", 0), ("bad.yaml", 2), ("absent.yaml", 2)] {
        let (text, found) = run(dir.path(), &["--fail-on", "error", file], b"");
        assert_eq!(found, code, "{text}");
        assert_eq!(text, run(dir.path(), &[file], b"").0, "what is printed stays");
    }
    assert_eq!(run(dir.path(), &["--fail-on", "warning", "idle.yaml"], b"").1, 1);
}

#[test]
fn folders_are_searched_for_policy_files() {
    let dir = stage();
    let write = |name: &str, text: &str| {
        let path = dir.path().join("folder").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\n");
    let nothing = "error: folder: holds no policy file: none mentions bulkhead.dev\nfolder: 0 policies, 0 exceptions: 1 error\n";
    assert_eq!(run(dir.path(), &["folder"], b""), (nothing.to_owned(), 2));
    assert_eq!(run(dir.path(), &["--allow-empty", "folder"], b""), (String::new(), 0));
    write("b.yaml", EMBEDDED_DEFAULT);
    write("a/idle.yml", &format!("{POLICY}  controls: {{}}\n"));
    write("a/wrong.yaml", "apiVersion: bulkhead.dev/v1\nkind: IsolationPolicy\n");
    let (text, code) = run(dir.path(), &["folder", "good.yaml"], b"");
    let counts = |line: &&str| line.contains(", 0 exceptions: ");
    let files: Vec<_> = text.lines().filter(counts).collect();
    let expected = [
        "folder/a/idle.yml: 1 policy, 0 exceptions: 1 warning",
        "folder/a/wrong.yaml: 0 policies, 0 exceptions: 1 error",
        "folder/b.yaml: 1 policy, 0 exceptions: no problems",
        "good.yaml: 1 policy, 0 exceptions: no problems",
    ];
    assert_eq!((files, code), (expected.to_vec(), 2));
    let (text, code) = run(dir.path(), &["-q", "--exclude", "wrong.yaml", "folder"], b"");
    assert!(
        text.starts_with("warning: folder/a/idle.yml:5:3: ") && text.lines().count() == 1,
        "{text}"
    );
    assert_eq!(code, 1);
}

#[test]
fn standard_input_and_time() {
    let dir = stage();
    let exception =
        format!("{EXCEPTION}  expiresAt: {NOW}\n  controls: [process-reach]\n  namespaces: [a]\n");
    let at = |time: &str| run(dir.path(), &["--at", time, "-"], exception.as_bytes());
    let before = at("2026-05-31T23:59:59Z");
    assert_eq!(before, ("-: 0 policies, 1 exception: no problems\n".to_owned(), 0));
    assert_eq!(at(NOW).1, 1);
    assert_eq!(at("noon").1, 2);
}

#[test]
fn json() {
    let dir = stage();
    let (text, code) =
        run(dir.path(), &["--output", "json", "good.yaml", "idle.yaml", "binary.yaml"], b"");
    assert_eq!(code, 2);
    let message = "no control is enabled, so this policy finds nothing; give one the mode Audit, Warn or Deny, or remove the policy";
    let expected = json!({
        "files": [
            {"file": "good.yaml", "policies": 1, "exceptions": 0},
            {"file": "idle.yaml", "policies": 1, "exceptions": 0},
            {"file": "binary.yaml", "policies": 0, "exceptions": 0},
        ],
        "problems": [
            {"file": "idle.yaml", "line": 5, "column": 3, "field": "spec.controls", "severity": "warning", "message": message},
            {"file": "binary.yaml", "line": null, "column": null, "field": "", "severity": "error", "message": "is not UTF-8 text (byte 3)"},
        ],
        "summary": {"errors": 1, "warnings": 1},
    });
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
}
