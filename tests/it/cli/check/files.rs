//! What is waited for, and what is not; and files that others have a hand in, too.

use std::fs::{self, File};
use std::io::Write as _;
use std::process::Stdio;

use super::{check, command, folder, pod, policy};
use crate::support::{pipe, run, until};

const STRICT: &str = "{shareProcessNamespace: {mode: Deny}}";

/// A shell makes a pipe of `<(helm template .)`: it is read, and who waits for it says so.
#[test]
fn whoever_waits_for_a_pipe_says_so() {
    let dir = folder(&[]);
    let path = |name: &str| dir.path().join(name);
    pipe(&path("pipe"));
    for (argument, said) in [("pipe", "pipe"), ("-", "standard input")] {
        let mut started = command(dir.path(), &[argument]);
        started.stdin(Stdio::piped()).stdout(Stdio::piped());
        started.stderr(File::create(path("errors")).unwrap());
        let mut child = started.spawn().unwrap();
        let line = format!("waiting for {said}: nothing comes from there\n");
        let errors = || fs::read_to_string(path("errors")).unwrap();
        until("a word", || errors() == line);
        let text = pod("late", "  hostPID: true");
        match argument {
            "-" => child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap(),
            _ => fs::write(path("pipe"), text).unwrap(),
        }
        let output = child.wait_with_output().unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains("Pod late\n"), "{argument}: {shown}");
        assert_eq!((output.status.code(), errors()), (Some(0), line), "{argument}: said once");
    }
}

#[test]
fn a_pipe_is_read_like_a_file() {
    let dir = folder(&[]);
    let ended = check(dir.path(), &["/dev/stdin"], &pod("p", "  hostPID: true"));
    assert!(ended.stdout.contains("Pod p\n"), "{ended:?}");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn flags_name_regular_files_that_are_read_whole() {
    let large = policy(STRICT) + &"# more\n".repeat(3 << 20);
    let dir = folder(&[("p.yaml", &pod("p", "")), ("large.yaml", &large)]);
    pipe(&dir.path().join("pipe"));
    let why = format!("larger than 16 MiB ({} bytes)", large.len());
    for (flag, file, why) in [
        ("--policy", "pipe", "not a regular file, but a pipe"),
        ("--context-file", "pipe", "not a regular file, but a pipe"),
        ("--policy", ".", "not a regular file, but a folder"),
        ("--policy", "large.yaml", &why),
    ] {
        let ended = run(command(dir.path(), &[flag, file, "p.yaml"]));
        let expected = format!("error: {file} cannot be read: {why}\n");
        assert_eq!((ended.stderr, ended.code), (expected, Some(2)), "{flag} {file}");
    }
}

#[test]
fn a_file_with_two_names_keeps_both() {
    use std::os::unix::fs::MetadataExt as _;
    let text = pod("p", "  shareProcessNamespace: true");
    let dir = folder(&[("policy.yaml", &policy(STRICT)), ("a.yaml", &text)]);
    let path = |name: &str| dir.path().join(name);
    fs::hard_link(path("a.yaml"), path("b.yaml")).unwrap();
    let args = ["--policy", "policy.yaml", "--fix", "--in-place", "a.yaml", "b.yaml"];
    let ended = check(dir.path(), &args, "");
    assert_eq!(ended.code, Some(2));
    for name in ["a.yaml", "b.yaml"] {
        let why = format!(
            "error: {name}: cannot be written: it has 2 names (hard links), and a new file would have one: write a copy, or remove the others\n"
        );
        assert!(ended.stderr.contains(&why), "{}", ended.stderr);
        assert_eq!(fs::read_to_string(path(name)).unwrap(), text);
        assert_eq!(fs::metadata(path(name)).unwrap().nlink(), 2);
    }
    assert!(!ended.stderr.contains("fixed"), "{}", ended.stderr);
}

/// How much a process has read.
fn read_by(process: u32) -> usize {
    let io = fs::read_to_string(format!("/proc/{process}/io")).unwrap_or_default();
    let read = io.lines().find_map(|line| line.strip_prefix("rchar: "));
    read.map_or(0, |read| read.parse().unwrap())
}

#[test]
fn what_is_written_meanwhile_is_not_lost() {
    // So large that judging takes long enough to write something.
    let text = (0..3_000).map(|_| pod("p", "  shareProcessNamespace: true") + "---\n");
    let text = text.collect::<String>();
    let newer = pod("newer", "  shareProcessNamespace: true");
    for at_once in [true, false] {
        let dir = folder(&[("policy.yaml", &policy(STRICT)), ("a.yaml", &text)]);
        let path = |name: &str| dir.path().join(name);
        let args = ["--policy", "policy.yaml", "--fix", "--in-place", "a.yaml"];
        let mut started = command(dir.path(), &args);
        started.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = started.spawn().unwrap();
        until("the file to be read", || read_by(child.id()) >= text.len());
        if at_once {
            fs::write(path("beside"), &newer).unwrap();
            fs::rename(path("beside"), path("a.yaml")).unwrap();
        } else {
            fs::write(path("a.yaml"), &newer).unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(fs::read_to_string(path("a.yaml")).unwrap(), newer, "at once: {at_once}");
        let why = "error: a.yaml: cannot be written: it was changed meanwhile, and what it holds now stays; start again\n";
        assert!(errors.contains(why), "at once: {at_once}");
        assert!(!errors.contains("fixed: "), "at once: {at_once}");
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left behind");
    }
}
