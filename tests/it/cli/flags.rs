//! What all verbs share: help, version, forms, colours, flags that are repeated, closed pipes.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Ended, folder, policy, program, run};

fn bulkhead(args: &[&str], input: &str) -> Ended {
    let mut command = program();
    command.args(args).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    Ended::of(command, input)
}

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {hostPID: true, containers: []}\n";

#[test]
fn version_says_what_the_program_is() {
    let ended = bulkhead(&["version"], "");
    let keys: Vec<_> = ended.stdout.lines().map(|line| line.split(':').next().unwrap()).collect();
    let first = concat!("bulkhead ", env!("CARGO_PKG_VERSION"));
    assert_eq!((keys, ended.code), (vec![first, "commit", "rules", "build"], Some(0)));
    for flag in ["-o", "--output"] {
        let said: Value =
            serde_json::from_str(&bulkhead(&["version", flag, "json"], "").stdout).unwrap();
        assert_eq!(said["version"], env!("CARGO_PKG_VERSION"));
        for key in ["commit", "rules", "build"] {
            let value = said[key].as_str().unwrap();
            assert!(ended.stdout.contains(&format!("{key}: {value}\n")), "{key}: {value}");
        }
    }
}

#[test]
fn help_of_a_verb_by_both_ways() {
    for verb in [&["check"][..], &["serve"], &["policy", "lint"], &["version"]] {
        let one = bulkhead(&[&["help"], verb].concat(), "");
        let other = bulkhead(&[verb, &["--help"]].concat(), "");
        assert_eq!((&one.stdout, one.code), (&other.stdout, Some(0)), "{verb:?}");
        assert!(one.stdout.contains("Exit codes:"), "{}", one.stdout);
    }
    assert_eq!(bulkhead(&["help"], "").code, Some(0));
    assert_eq!(bulkhead(&["help", "nothing"], "").code, Some(2));
}

#[test]
fn of_a_flag_that_is_repeated_the_last_value_counts() {
    let strict = policy("{hostProcessNamespace: {mode: Deny}}");
    let exempt = "---\napiVersion: bulkhead.dev/v1alpha1\nkind: IsolationException\nmetadata: {name: e}\nspec: {reason: test, expiresAt: \"2026-01-01T00:00:00Z\", controls: [host-process-namespace], namespaces: [shop]}\n";
    let mild = policy("{hostProcessNamespace: {mode: Warn}}");
    let dir = folder(&[("strict.yaml", &(strict + exempt)), ("mild.yaml", &mild)]);
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (strict, mild) = (path("strict.yaml"), path("mild.yaml"));
    let strict_last = ["--policy", &mild, "--policy", &strict];
    let (early, late) = ("2025-01-01T00:00:00Z", "2026-06-01T00:00:00Z");
    let table: &[(&[&str], i32)] = &[
        (&strict_last, 1),
        (&["--policy", &strict, "--policy", &mild], 0),
        (&["--policy", &strict, "--at", early, "-n", "a", "-n", "shop"], 0),
        (&["--policy", &strict, "--at", early, "-n", "shop", "--namespace=a"], 1),
        (&["--policy", &strict, "-n", "shop", "--at", late, "--at", early], 0),
        (&["--policy", &strict, "-n", "shop", "--at", early, "--at", late], 1),
        (&["--policy", &mild, "--quiet", "-q", "-o", "text", "-o", "json"], 0),
        // Lists collect.
        (&["--policy", &mild, "--fail-on", "warn", "--fail-on", "uncovered"], 1),
    ];
    for (flags, code) in table {
        let ended = bulkhead(&[&["check"], *flags, &["-"]].concat(), POD);
        assert_eq!((ended.code, &*ended.stderr), (Some(*code), ""), "{flags:?}");
        let is_json = serde_json::from_str::<Value>(&ended.stdout).is_ok();
        assert_eq!(is_json, flags.contains(&"json"), "{flags:?}: {}", ended.stdout);
    }
    let webhooks = ["webhooks", "--service", "a/b", "--service", "c/d", "-o", "yaml", "-o", "json"];
    let said: Value = serde_json::from_str(&bulkhead(&webhooks, "").stdout).unwrap();
    let service = &said["items"][0]["webhooks"][0]["clientConfig"]["service"];
    assert_eq!((&service["namespace"], &service["name"]), (&"c".into(), &"d".into()));
    let namespaces = ["--exclude-namespaces", "a,b", "--exclude-namespaces", "c"];
    let text = bulkhead(&[&["webhooks", "--service", "x/y"], &namespaces[..]].concat(), "").stdout;
    for name in ["a", "b", "c", "kube-system"] {
        assert!(text.contains(&format!("- {name}\n")), "{text}");
    }
}

#[test]
fn one_line_for_each_finding() {
    let rules =
        policy("{hostProcessNamespace: {mode: Deny}, supplementalGroupsPolicy: {mode: Audit}}");
    let dir = folder(&[("policy.yaml", &rules), ("p.yaml", POD), ("q.yaml", "a: [\n")]);
    let with = |more: &[&str]| {
        let mut command = program();
        let flags = ["check", "--policy", "policy.yaml", "p.yaml", "q.yaml", "-o", "concise"];
        run({
            command.current_dir(dir.path()).args(flags).args(more);
            command
        })
    };
    let ended = with(&[]);
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("p.yaml:4:8: denied: pod: remove hostPID; "), "{lines:?}");
    assert!(
        lines[1].starts_with("p.yaml:4:1: audit: pod: set supplementalGroupsPolicy to Strict; "),
        "{lines:?}"
    );
    assert!(lines.iter().all(|line| line.ends_with(" [Pod p]")), "{lines:?}");
    let errors: Vec<_> = ended.stderr.lines().collect();
    assert!(errors[0].starts_with("error: q.yaml:1:4: "), "{errors:?}");
    assert!(errors[1].starts_with("1 object judged: 1 denied"), "{errors:?}");
    let quiet = with(&["-q"]);
    assert_eq!(quiet.stdout, ended.stdout);
    assert_eq!((quiet.stderr.lines().collect::<Vec<_>>(), quiet.code), (vec![errors[0]], Some(2)));
}

#[test]
fn quiet_leaves_findings_and_errors() {
    let ended = bulkhead(&["check", "--quiet", "-"], "kind: ConfigMap\napiVersion: v1\n");
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str(), ended.code), ("", "", Some(0)));
    let ended = bulkhead(&["check", "-q", "-"], POD);
    assert!(ended.stdout.contains("host-process-namespace"), "{}", ended.stdout);
    assert!(
        !ended.stdout.contains("judged") && !ended.stdout.contains("note:"),
        "{}",
        ended.stdout
    );
    let ended = bulkhead(&["policy", "lint", "-q", "-"], &policy("{processReach: {mode: Warn}}"));
    assert_eq!((ended.stdout.as_str(), ended.code), ("", Some(0)));
}

#[test]
fn colours_are_where_they_are_wanted() {
    for (verb, input) in [(&["check", "-"][..], POD), (&["explain", "ptrace-capability"], "")] {
        for (flag, coloured) in [("auto", false), ("always", true), ("never", false)] {
            for args in [[verb, &["--color", flag]].concat(), [&["--color", flag], verb].concat()] {
                let ended = bulkhead(&args, input);
                assert_eq!(ended.stdout.contains('\u{1b}'), coloured, "{args:?}");
            }
        }
    }
    let mut command = program();
    command.args(["check", "--color", "always", "-"]).env("NO_COLOR", "1");
    assert!(Ended::of(command, POD).stdout.contains('\u{1b}'), "who says so wants it");
}

/// A reader that has seen enough is no error, and does not hide that something is denied.
#[test]
fn a_closed_pipe_is_no_error() {
    let rules = policy("{hostProcessNamespace: {mode: Deny}}");
    let files: Vec<_> = (0..300).map(|n| (format!("m/{n}.yaml"), POD.to_owned())).collect();
    let mut files: Vec<_> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    files.push(("policy.yaml", &rules));
    let dir = folder(&files);
    for (script, code) in [
        ("\"$0\" check m | head -n 1", 0),
        ("\"$0\" check -o json m | head -n 1", 0),
        ("\"$0\" check -q -o concise m | head -n 1", 0),
        ("\"$0\" check -q --fix m 2>/dev/null | head -n 1", 0),
        ("\"$0\" check m 2>&1 >/dev/null | true", 0),
        ("\"$0\" check --policy policy.yaml m | head -n 1", 1),
        ("\"$0\" reach m | head -n 1", 0),
        ("\"$0\" explain ptrace-capability | true", 0),
        ("\"$0\" policy lint policy.yaml | true", 0),
        ("\"$0\" webhooks --service a/b | true", 0),
        ("\"$0\" version | true", 0),
    ] {
        let mut command = Command::new("bash");
        let script = format!("set -o pipefail; {script}");
        command.current_dir(dir.path()).arg("-c").arg(script.clone()).arg(program().get_program());
        command.stdin(Stdio::null());
        let ended = run(command);
        assert_eq!((ended.stderr.as_str(), ended.code), ("", Some(code)), "{script}");
    }
}
