//! What an author can take away is said first, in every form.

use std::fs;

use serde_json::Value;

use super::{documents, pair, shown};
use crate::support::place;

const FORMS: [&str; 3] = ["text", "svg", "html"];

/// README's example, and the same without the capability.
fn example() -> [String; 2] {
    let with = fs::read_to_string(place("examples/tasks/share-process-namespace.yaml")).unwrap();
    let without = with.replace("add: [\"SYS_PTRACE\"]", "add: []");
    assert_ne!(with, without);
    [with, without]
}

const AGENT: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: node}
spec:
  hostPID: true
  containers:
  - {name: agent, image: 'a:1', securityContext: {privileged: true}}
  - {name: web, image: 'b:1', securityContext: {runAsUser: 7, runAsGroup: 7, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
";

#[test]
fn readme_s_example_differs_with_its_capability() {
    for form in FORMS {
        let [with, without] = example().map(|text| shown(&["--output", form], &text));
        assert_ne!(with, without, "{form}");
        assert!(with.contains("(it has SYS_PTRACE)"), "{form}: {with}");
        assert!(!without.contains("SYS_PTRACE"), "{form}: {without}");
    }
}

#[test]
fn a_privileged_container_is_called_so() {
    for form in FORMS {
        let text = shown(&["--output", form], AGENT);
        let reached = text.split("it is privileged").count() - 1;
        assert!(reached >= 2, "{form}: of web and of the node: {text}");
    }
    let [document] = &documents(&[], AGENT)[..] else { panic!("one pod") };
    let causes = |row: &Value| -> Vec<String> {
        let causes = row["causes"].as_array().unwrap().iter();
        causes.map(|it| it["cause"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(causes(&document["node"][0]), ["privileged", "sys-ptrace", "host-pid"]);
    assert_eq!(causes(&document["node"][1]), ["host-pid"]);
    let of_web = causes(pair(document, "agent", "web"));
    assert_eq!(of_web[..2], ["privileged", "sys-ptrace"]);
}

#[test]
fn that_a_user_is_not_known_is_said_last() {
    let [document] = &documents(&[], &example()[0])[..] else { panic!("one pod") };
    for (from, to, expected) in [
        (
            "shell",
            "web",
            &["sys-ptrace", "setuid-binary", "kill", "shared-processes", "image-decides"][..],
        ),
        (
            "web",
            "shell",
            &["becomes-other", "setuid-binary", "kill", "shared-processes", "image-decides"],
        ),
    ] {
        let causes = pair(document, from, to)["causes"].as_array().unwrap().iter();
        let causes: Vec<_> = causes.map(|it| it["cause"].as_str().unwrap()).collect();
        assert_eq!(causes, expected, "{from} {to}");
    }
}

/// One change ends all of it, and each other one is for its container.
#[test]
fn a_remedy_is_said_once() {
    for form in FORMS {
        let text = shown(&["--output", form], &example()[0]);
        assert_eq!(text.matches("set shareProcessNamespace to false").count(), 1, "{form}: {text}");
    }
}
