//! What is an error besides what is denied, and that nothing looks like success that is none.

use serde_json::json;

use super::{check, folder, json, pod, policy};

const EMBEDDED: &str = "note: no policy file was given (--policy): the embedded policy only warns, nothing is denied\n";

#[test]
fn without_a_policy_file_the_summary_says_that_nothing_is_denied() {
    let privileged = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostPID: true\n  containers: [{name: a, image: x, securityContext: {privileged: true}}]\n";
    let dir = folder(&[("policy.yaml", &policy("{hostProcessNamespace: {mode: Deny}}"))]);
    let ended = check(dir.path(), &["-"], privileged);
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.contains(EMBEDDED), "{}", ended.stdout);
    let (result, _) = json(dir.path(), &["-"], privileged);
    assert_eq!(result["summary"]["embeddedPolicy"], json!(true));
    // With one there is nothing of the kind to say.
    for with in [&["--policy", "policy.yaml", "-"][..], &["--policy=policy.yaml", "-"]] {
        let ended = check(dir.path(), with, privileged);
        assert!(!ended.stdout.contains("embedded"), "{}", ended.stdout);
        let (result, code) = json(dir.path(), with, privileged);
        assert_eq!((result["summary"].get("embeddedPolicy"), code), (None, 1));
    }
}

/// Policies of one namespace, so that there is another one.
fn rules(mode: &str) -> String {
    let controls = format!("{{hostProcessNamespace: {{mode: {mode}}}}}");
    policy(&controls).replacen(
        "spec:",
        "spec:\n  match: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}",
        1,
    )
}

#[test]
fn each_kind_of_finding_is_an_error_where_it_is_named() {
    let (found, clean) = (pod("p", "  hostPID: true"), pod("p", ""));
    let table: &[(&str, &str, &[&str], &str, i32)] = &[
        // mode, namespace, flags, text, exit code
        ("Warn", "shop", &[], &found, 0),
        ("Warn", "shop", &["--fail-on", "warn"], &found, 1),
        ("Warn", "shop", &["--fail-on", "audit"], &found, 1),
        ("Warn", "shop", &["--fail-on", "uncovered"], &found, 0),
        ("Audit", "shop", &["--fail-on", "warn"], &found, 0),
        ("Audit", "shop", &["--fail-on", "audit"], &found, 1),
        ("Audit", "shop", &["--fail-on", "warn", "--fail-on", "audit"], &found, 1),
        ("Audit", "shop", &["--fail-on", "warn,audit"], &found, 1),
        ("Deny", "shop", &["--fail-on", "warn"], &found, 1),
        ("Deny", "shop", &["--fail-on", "uncovered"], &found, 1),
        ("Deny", "shop", &["--fail-on", "warn"], &clean, 0),
        ("Warn", "other", &["--fail-on", "warn"], &found, 0),
        ("Warn", "other", &["--fail-on", "uncovered"], &clean, 1),
        ("Warn", "other", &["--fail-on", "audit", "--fail-on=uncovered"], &clean, 1),
        // What cannot be read counts more.
        ("Warn", "shop", &["--fail-on", "warn"], "a: [", 2),
    ];
    for (mode, namespace, flags, text, code) in table {
        let dir = folder(&[("policy.yaml", &rules(mode))]);
        for form in [&[][..], &["-o", "json"], &["-o", "concise"], &["--quiet"]] {
            let args = [&["--policy", "policy.yaml", "-n", namespace], *flags, form, &["-"]];
            let ended = check(dir.path(), &args.concat(), text);
            assert_eq!(ended.code, Some(*code), "{mode} {namespace} {flags:?} {form:?}");
        }
    }
}

#[test]
fn the_summary_says_what_made_it_an_error() {
    let dir = folder(&[("policy.yaml", &rules("Warn"))]);
    let two = format!("{}---\n{}", pod("p", "  hostPID: true"), pod("q", "  hostPID: true"));
    let text =
        format!("{two}---\n{}", pod("r", "").replace("{name: r}", "{name: r, namespace: x}"));
    let flags = ["--fail-on", "warn", "--fail-on", "uncovered"];
    let args = [&["--policy", "policy.yaml", "-n", "shop"], &flags[..], &["-"]].concat();
    let ended = check(dir.path(), &args, &text);
    let end = "\
note: no policy covers namespace x
note: this is an error: 2 warnings (--fail-on warn)
note: this is an error: 1 namespace without a policy (--fail-on uncovered)
3 objects judged: 0 denied, 3 allowed, 2 warnings
";
    assert!(ended.stdout.ends_with(end), "{}", ended.stdout);
    // What is repaired or exempt is no warning.
    let repaired = policy("{shareProcessNamespace: {mode: Warn, repair: OnCreate}}");
    let dir = folder(&[("policy.yaml", &repaired)]);
    let args = ["--policy", "policy.yaml", "--fail-on", "audit", "-"];
    let ended = check(dir.path(), &args, &pod("p", "  shareProcessNamespace: true"));
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
}
