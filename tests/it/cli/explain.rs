//! `bulkhead explain` and `bulkhead completions`, as the real program.

use std::fs::File;
use std::process::{Command, Stdio};

use bulkhead::controls::ALL;

use crate::harness::terminal::on_terminal;
use crate::support::{Ended, program, run};

/// The program with these arguments, free of what the tests' own terminal wants.
fn explain(arguments: &[&str]) -> Command {
    let mut command = program();
    command.args(arguments);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm");
    command
}

fn says(arguments: &[&str]) -> Ended {
    let ended = run(explain(arguments));
    assert!(!ended.stderr.contains("panicked"), "{arguments:?}: {ended:?}");
    ended
}

fn longest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap()
}

#[test]
fn without_a_name_it_lists_all() {
    let ended = says(&["explain"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    for control in ALL {
        let line = ended.stdout.lines().find(|line| line.starts_with(control.id)).unwrap();
        let words: Vec<_> = line.split_whitespace().collect();
        let repair = if control.repairs() { "yes" } else { "no" };
        assert_eq!(words, [control.id, repair, &control.policy_field()]);
        assert!(ended.stdout.contains(control.summary), "{}", control.id);
    }
}

#[test]
fn id_and_policy_field_name_the_same_control() {
    for control in ALL {
        let (by_id, by_field) =
            (says(&["explain", control.id]), says(&["explain", &control.policy_field()]));
        assert_eq!((by_id.code, by_id.stderr.as_str()), (Some(0), ""));
        assert_eq!(by_id.stdout, by_field.stdout);
        for heading in ["Hazard", "Fields", "Allowed", "Repair", "Since", "Settings"] {
            assert!(by_id.stdout.contains(&format!("\n{heading}\n")), "{}: {heading}", control.id);
        }
    }
}

#[test]
fn an_unknown_control_gets_the_one_that_was_meant() {
    for (name, hint) in [
        ("ptrace-capabilty", "did you mean ptrace-capability?"),
        ("ptrace", "did you mean ptrace-capability?"),
        ("SharedProcessNamespace", "did you mean share-process-namespace?"),
        ("host-process", "did you mean host-process-namespace?"),
        ("xyz", "`bulkhead explain` lists all"),
        ("", "`bulkhead explain` lists all"),
    ] {
        let ended = says(&["explain", name]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{name}");
        assert!(ended.stderr.contains("there is no such control"), "{name}: {}", ended.stderr);
        assert!(ended.stderr.contains(hint), "{name}: {}", ended.stderr);
    }
}

#[test]
fn what_is_piped_is_plain_and_80_columns_wide() {
    for arguments in [&["explain"] as &[&str], &["explain", "ptrace-capability"]] {
        let ended = says(arguments);
        assert!(!ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
        assert!((60..=80).contains(&longest(&ended.stdout)), "{}", ended.stdout);
    }
}

#[test]
fn a_terminal_gets_bold_headings_in_its_own_width() {
    let command = || explain(&["explain", "share-process-namespace"]);
    let bold = |text: &str| text.contains("␛[1mHazard␛[0m\n");
    // As wide as the terminal, up to 100; manifests keep their lines.
    for (columns, widest) in [(60, 58..=60), (90, 85..=90), (200, 95..=100)] {
        let text = on_terminal(command(), columns);
        assert!(bold(&text), "{text}");
        let plain = text.replace("␛[1m", "").replace("␛[0m", "");
        assert!(widest.contains(&longest(&plain)), "{columns}: {plain}");
    }
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut command = command();
        command.env(name, value);
        let text = on_terminal(command, 80);
        assert!(text.contains("\nHazard\n") && !text.contains('␛'), "{name}: {text}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_error_but_a_full_disk_is() {
    for arguments in [["explain", "ptrace-capability"], ["completions", "zsh"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = explain(&arguments);
        let output = command.stdin(Stdio::null()).stdout(writer).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");

        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = explain(&arguments).stdin(Stdio::null()).stdout(full).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.starts_with("error: cannot write to standard output"), "{stderr}");
    }
}

#[test]
fn every_shell_gets_completions_with_verbs_flags_and_controls() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = says(&["completions", shell]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{shell}");
        // The generators for the others know no values of arguments without a flag.
        let values: &[&str] =
            if ["bash", "zsh"].contains(&shell) { &["ptrace-capability"] } else { &[] };
        for word in ["serve", "explain", "write-ca"].iter().chain(values) {
            assert!(ended.stdout.contains(word), "{shell}: {word}");
        }
    }
    for (arguments, word) in
        [(&["completions", "tcsh"] as &[&str], "bash, elvish, fish"), (&["completions"], "<SHELL>")]
    {
        let ended = says(arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
    }
}
