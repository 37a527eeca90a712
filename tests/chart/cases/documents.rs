//! The policy file that the chart makes: a preset or text of the user's, exceptions, and more.

use std::fs::{read_to_string, write};

use serde_json::Value;
use tempfile::NamedTempFile;

use super::{Case, offline};
use crate::setup::rendered::{objects, text, values};
use crate::support::{folder, place, program, run};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        offline:
            what_is_given_stands_beside_the_preset,
            the_example_of_the_documents_is_right,
            only_own_text_is_checked_by_a_job,
            no_policy_at_all_takes_a_restart;
    }
}

/// The objects with a name that ends so.
fn named<'a>(all: &'a [Value], end: &str) -> Vec<&'a Value> {
    let name = |object: &Value| object["metadata"]["name"].as_str().unwrap().ends_with(end);
    all.iter().filter(|object| name(object)).collect()
}

fn file(all: &[Value]) -> String {
    let [map] = named(all, "-policy")[..] else { panic!("one policy") };
    map["data"]["policy.yaml"].as_str().unwrap().to_owned()
}

/// How many policies and exceptions the program reads there, and what it says about them.
fn lint(text: &str) -> (u64, u64, Value) {
    let file = NamedTempFile::new().unwrap();
    write(file.path(), text).unwrap();
    let mut lint = program();
    // An exception of an example expires one day.
    lint.args(["policy", "lint", "--output", "json", "--at", "2026-12-01T00:00:00Z"]);
    lint.arg(file.path());
    let ended = run(lint);
    let said: Value = serde_json::from_str(&ended.stdout).unwrap();
    let counted = |what: &str| said["files"][0][what].as_u64().unwrap();
    (counted("policies"), counted("exceptions"), said["problems"].clone())
}

const EXCEPTION: &str = r#"{"metadata":{"name":"a"},"spec":{"reason":"r","permanent":true,"controls":["process-reach"],"namespaces":["n"]}}"#;
const POLICY: &str = r#"{"apiVersion":"bulkhead.dev/v1alpha1","kind":"IsolationPolicy","metadata":{"name":"p"},"spec":{"controls":{"ephemeralTarget":{"mode":"Deny"}}}}"#;

fn what_is_given_stands_beside_the_preset() {
    let all = objects(&text(&["--values", &values("documents")]));
    let text_of_all = file(&all);
    assert_eq!(lint(&text_of_all), (3, 2, Value::Array(Vec::new())), "{text_of_all}");
    for preset in ["none", "observe", "guardrail", "lockdown"] {
        let preset_alone = objects(&text(&["--set", &format!("policy.preset={preset}")]));
        let (own, _, _) = lint(&file(&preset_alone));
        let exceptions = format!("policy.exceptions=[{EXCEPTION}]");
        // As objects, as texts, and as one text.
        let texts = serde_json::json!([POLICY, POLICY.replace("\"p\"", "\"q\"")]);
        for (extra, more) in [
            (format!("policy.extra=[{POLICY}]"), 1),
            (format!("policy.extra={texts}"), 2),
            (format!("policy.extra={}", Value::from(format!("\n{POLICY}\n"))), 1),
        ] {
            let set = format!("policy.preset={preset}");
            let args = ["--set", &set, "--set-json", &exceptions, "--set-json", &extra];
            let (policies, exceptions, _) = lint(&file(&objects(&text(&args))));
            assert_eq!((policies, exceptions), (own + more, 1), "{preset} {extra}");
        }
    }
    let inline = format!("policy.inline={}", Value::from(POLICY));
    let exceptions = format!("policy.exceptions=[{EXCEPTION}]");
    let both = text(&["--set-json", &inline, "--set-json", &exceptions]);
    let (policies, exceptions, _) = lint(&file(&objects(&both)));
    assert_eq!((policies, exceptions), (1, 1));
}

fn the_example_of_the_documents_is_right() {
    let page = read_to_string(place("docs/install.md")).unwrap();
    let mut blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let example = blocks.find(|block| block.contains("exceptions:")).unwrap();
    let values = folder(&[("values.yaml", example)]);
    let values = values.path().join("values.yaml");
    let text = file(&objects(&text(&["--values", values.to_str().unwrap()])));
    assert_eq!(lint(&text), (3, 1, Value::Array(Vec::new())), "{text}");
}

fn only_own_text_is_checked_by_a_job() {
    let objects_of = |set: &str| objects(&text(&["--set", set]));
    for preset in ["none", "observe", "guardrail", "lockdown"] {
        let all = objects_of(&format!("policy.preset={preset}"));
        assert_eq!(named(&all, "-policy-check").len(), 0, "{preset}");
    }
    for set in ["policy.inline=# Mine", "policy.extra=# Mine", "policy.preset=none,policy.extra=#"]
    {
        let all = objects_of(set);
        let [map, job] = named(&all, "-policy-check")[..] else { panic!("{set}") };
        for object in [map, job] {
            let annotations = &object["metadata"]["annotations"];
            assert_eq!(annotations["helm.sh/hook"], "pre-install,pre-upgrade", "{set}");
        }
        assert_eq!(
            map["data"]["policy.yaml"],
            file(&all),
            "{set}: what is checked is what is used"
        );
        assert_eq!(job["metadata"]["annotations"]["helm.sh/hook-output-log-policy"], "hook-failed");
    }
    assert_eq!(named(&objects_of("policy.inline=#,policy.lint=false"), "-policy-check").len(), 0);
}

/// A reload that leaves no policy is refused by the replicas.
fn no_policy_at_all_takes_a_restart() {
    let policy = format!("policy.extra={}", Value::from(POLICY));
    let exception = format!("policy.exceptions=[{EXCEPTION}]");
    let none = ["--set", "policy.preset=none"];
    for (more, restarts) in [
        (none.to_vec(), true),
        ([&none[..], &["--set-json", &exception]].concat(), true),
        ([&none[..], &["--set-json", &policy]].concat(), false),
        (vec![], false),
    ] {
        let all = objects(&text(&more));
        let deployment = all.iter().find(|object| object["kind"] == "Deployment").unwrap();
        let mark =
            &deployment["spec"]["template"]["metadata"]["annotations"]["bulkhead.dev/policy"];
        assert_eq!(mark == "none", restarts, "{more:?}");
    }
}
