//! The log: one line per decision, for people or programs, and never what a pod holds.

use serde_json::{Value, json};

use super::{DENY, SECRET, Served, sharing_review};
use crate::support::{policy, until};

/// The line of the first decision, once it is there.
fn reviewed(served: &Served) -> String {
    let line = || {
        let log = served.server.log();
        log.lines().find(|line| line.contains("reviewed")).map(str::to_owned)
    };
    until("the line of a decision", || line().is_some());
    line().unwrap()
}

const FIELDS: &[(&str, &str)] = &[
    ("uid", "7a2bc5f0-0000-4000-8000-000000000001"),
    ("path", "validate"),
    ("operation", "CREATE"),
    ("kind", "Pod"),
    ("namespace", "shop"),
    ("name", "p"),
    ("user", "dana"),
    ("verdict", "denied"),
    ("control", "share-process-namespace"),
    ("mode", "Deny"),
    ("policy", "test"),
    ("controls", "share-process-namespace,ptrace-capability"),
];

#[test]
fn a_decision_is_one_line_of_text() {
    let served = Served::new(DENY, &[]);
    assert!(!served.allows());
    let line = reviewed(&served);
    for (name, value) in FIELDS {
        let forms = [format!(" {name}={value} "), format!(" {name}=\"{value}\" ")];
        assert!(forms.iter().any(|form| line.contains(form)), "{name} in {line}");
    }
    assert!(line.starts_with("20") && line.contains(" INFO "), "{line}");
    assert_eq!(served.server.log().matches("reviewed").count(), 1);
}

#[test]
fn a_decision_is_one_line_of_json() {
    let served = Served::new(DENY, &["--log-format", "json"]);
    assert!(!served.allows());
    let line: Value = serde_json::from_str(&reviewed(&served)).unwrap();
    for (name, value) in FIELDS {
        assert_eq!(line[name], *value, "{name} in {line}");
    }
    assert_eq!(line["level"], "INFO");
    assert!(line["timestamp"].is_string() && line["micros"].is_u64(), "{line}");
    for line in served.server.log().lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
}

/// Who asked, how, for what, and what was found: enough to look into it without the object.
#[test]
fn a_decision_says_what_decided_it() {
    let rules = "{ptraceCapability: {mode: Deny}, shareProcessNamespace: {mode: Warn}, processReach: {mode: Audit}}";
    let served = Served::new(rules, &["--log-format", "json"]);
    let mut review = sharing_review();
    let request = &mut review["request"];
    request["dryRun"] = json!(true);
    request["userInfo"]["groups"] = json!(["a", "system:authenticated"]);
    request["object"]["metadata"]["ownerReferences"] = json!([{"kind": "Node", "name": "n"}, {"kind": "ReplicaSet", "name": "web-5d", "controller": true}]);
    served.validate(&review);
    let line: Value = serde_json::from_str(&reviewed(&served)).unwrap();
    let expected = json!({
        "subresource": "", "dryRun": true, "owner": "ReplicaSet/web-5d",
        "groups": ["a", "system:authenticated"], "moreGroups": 0, "verdict": "denied",
        "control": "ptrace-capability", "mode": "Deny", "policy": "test", "container": "shell",
        "exception": null, "moreFindings": 0,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(line[name], *value, "{name} in {line}");
    }
    let found = |finding: &Value| {
        let word = |key: &str| finding[key].as_str().unwrap().to_owned();
        (word("control"), word("mode"), finding["containers"].clone(), finding["pairs"].clone())
    };
    let findings: Vec<_> = line["findings"].as_array().unwrap().iter().map(found).collect();
    let is = |at: usize, control: &str, mode: &str, containers: Value, pairs: i64| {
        assert_eq!(findings[at], (control.to_owned(), mode.to_owned(), containers, json!(pairs)));
    };
    is(0, "share-process-namespace", "Warn", json!([]), 0);
    is(1, "ptrace-capability", "Deny", json!(["shell"]), 0);
    let pairs: i64 = findings[2..].iter().map(|finding| finding.3.as_i64().unwrap()).sum();
    assert_eq!(
        (findings[2].0.as_str(), findings[2].1.as_str(), pairs),
        ("process-reach", "Audit", 2)
    );
}

#[test]
fn an_exception_and_a_repair_are_logged() {
    let exception = "---\napiVersion: bulkhead.dev/v1alpha1\nkind: IsolationException\n\
        metadata: {name: shells}\nspec: {reason: r, permanent: true, controls: [ptrace-capability], \
        namespaces: [shop]}\n";
    let rules = policy("{ptraceCapability: {mode: Deny}}") + exception;
    let served = Served::with_text(&rules, &["--log-format", "json"]);
    assert!(served.allows());
    let line: Value = serde_json::from_str(&reviewed(&served)).unwrap();
    assert_eq!((&line["verdict"], &line["exception"]), (&json!("allowed"), &json!("shells")));
    assert_eq!((&line["controls"], &line["control"]), (&json!(""), &json!("ptrace-capability")));
    let rules = "{shareProcessNamespace: {mode: Deny, repair: OnCreate}}";
    let served = Served::new(rules, &["--log-format", "json"]);
    served.server.post("/mutate", sharing_review().to_string().as_bytes());
    let line: Value = serde_json::from_str(&reviewed(&served)).unwrap();
    assert_eq!(
        (&line["verdict"], &line["findings"][0]["repaired"]),
        (&json!("patched"), &json!(true))
    );
}

/// The table of docs/logs.md has each member of the line once, and nothing else.
#[test]
fn the_members_of_a_line_are_documented() {
    let page = std::fs::read_to_string(crate::support::place("docs/logs.md")).unwrap();
    let rows = |heading: &str| -> Vec<String> {
        let (_, rest) = page.split_once(&format!("\n## {heading}\n")).unwrap();
        let part = rest.split("\n## ").next().unwrap();
        let names = part.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        names.map(str::to_owned).collect()
    };
    let served = Served::new(DENY, &["--log-format", "json"]);
    assert!(!served.allows());
    let line = reviewed(&served);
    let members = |line: &str| -> Vec<String> {
        let object: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
        object.keys().cloned().collect()
    };
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(members(&line)), sorted(rows("Decisions")));
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(sorted(members(&line["findings"][0].to_string())), sorted(rows("Findings")));
}

/// Every way through the server, with secrets wherever an object can hold them.
#[test]
fn nothing_of_an_object_is_logged() {
    for format in ["text", "json"] {
        let served = Served::new(DENY, &["--log-format", format, "--log-level", "debug"]);
        let mut review = sharing_review();
        let metadata = &mut review["request"]["object"]["metadata"];
        metadata["annotations"] = json!({"token": SECRET});
        metadata["ownerReferences"] =
            json!([{"kind": "A", "name": "b", "uid": SECRET, "controller": true}]);
        metadata["labels"] = json!({"token": SECRET});
        review["request"]["object"]["spec"]["hostAliases"] = json!([{"hostnames": [SECRET]}]);
        review["request"]["options"] = json!({"fieldManager": SECRET});
        review["request"]["userInfo"]["extra"] = json!({"token": [SECRET]});
        let mut wrong = review.clone();
        wrong["request"]["object"]["spec"]["hostPID"] = json!(SECRET);
        let whole = review.to_string();
        let bodies = [whole.clone(), wrong.to_string(), whole + SECRET, SECRET.to_owned()];
        for path in ["/validate", "/mutate", "/advise"] {
            for body in &bodies {
                served.server.post(path, body.as_bytes());
            }
        }
        served.server.send(format!("GET /{SECRET} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
        let refused = || served.server.log().matches("not judged").count();
        until("the last refusal", || refused() == 10);
        let log = served.server.log();
        assert_eq!(log.matches("reviewed").count(), 2, "{log}");
        assert!(!log.contains(SECRET), "{log}");
    }
}

/// Names that end the line, colour it, or look like the fields behind them.
const HOSTILE: &[&str] = &[
    "p\nfake line",
    "p\r\nfake line",
    "p\u{1b}[31m\u{7}",
    "p\u{9b}31m\u{85}fake line",
    "p\u{2028}fake line",
    "p verdict=denied-by-name controls=none",
    "p\" verdict=\"denied-by-name\" x=\"",
    "p\u{202e}tfel-ot-thgir",
];

/// A review in which every text that is logged is this one.
fn named(name: &str) -> Value {
    let mut review = sharing_review();
    let request = &mut review["request"];
    request["uid"] = json!(name);
    request["name"] = json!(name);
    request["namespace"] = json!(name);
    request["userInfo"]["username"] = json!(name);
    review
}

#[test]
fn no_name_breaks_a_line_of_text() {
    let served = Served::new(DENY, &[]);
    for name in HOSTILE {
        assert_eq!(served.validate(&named(name)).json()["response"]["uid"], **name);
    }
    let lines = || served.server.log().matches("reviewed").count();
    until("a line for each", || lines() == HOSTILE.len());
    let log = served.server.log();
    for line in log.lines() {
        assert!(line.starts_with("20"), "every line begins with its time: {line:?}");
        let odd = |letter: char| letter.is_control() || "\u{2028}\u{202e}".contains(letter);
        assert!(!line.contains(odd), "{line:?}");
    }
    let reviewed = log.lines().filter(|line| line.contains("reviewed"));
    for line in reviewed {
        // What is quoted is one value, whatever stands in it.
        let unquoted: String =
            line.replace("\\\"", "").split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
        assert_eq!(unquoted.matches(" verdict=").count(), 1, "{line}");
        assert_eq!(unquoted.matches(" controls=").count(), 1, "{line}");
    }
}

#[test]
fn no_name_breaks_a_line_of_json() {
    let served = Served::new(DENY, &["--log-format", "json"]);
    for name in HOSTILE {
        served.validate(&named(name));
    }
    let lines = || served.server.log().matches("\"reviewed\"").count();
    until("a line for each", || lines() == HOSTILE.len());
    for line in served.server.log().lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        if line["message"] == "reviewed" {
            assert_eq!(line["verdict"], "denied", "{line}");
        }
    }
}

#[test]
fn the_level_chooses_what_is_logged() {
    for (level, decisions, refusals) in [("error", 0, 0), ("warn", 0, 1), ("info", 1, 1)] {
        let mut served = Served::new(DENY, &["--log-level", level, "--lame-duck", "0"]);
        served.allows();
        assert_eq!(served.server.post("/validate", b"{}").status, 400);
        served.server.signal("TERM");
        let log = served.server.whole_log();
        assert_eq!(log.matches("reviewed").count(), decisions, "{level}: {log}");
        assert_eq!(log.matches("not judged").count(), refusals, "{level}: {log}");
    }
}
