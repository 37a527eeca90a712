//! The log: one line per decision, for people or programs, and never what a pod holds.

use serde_json::{Value, json};

use super::{DENY, SECRET, Served, sharing_review};
use crate::support::until;

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

/// Every way through the server, with secrets wherever an object can hold them.
#[test]
fn nothing_of_an_object_is_logged() {
    for format in ["text", "json"] {
        let served = Served::new(DENY, &["--log-format", format, "--log-level", "debug"]);
        let mut review = sharing_review();
        let metadata = &mut review["request"]["object"]["metadata"];
        metadata["annotations"] = json!({"token": SECRET});
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
