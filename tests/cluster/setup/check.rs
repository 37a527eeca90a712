//! What `bulkhead check` says of the examples, in both forms of its output.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::program;

pub(crate) const FOLDERS: [&str; 2] = ["tasks", "debug"];

pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// What `bulkhead check` makes of an object.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) what: String,
    pub(crate) kind: String,
    pub(crate) denied: bool,
    pub(crate) lines: Vec<Line>,
    /// Each container by its path and its name.
    pub(crate) containers: Vec<(String, String)>,
}

/// A line of text output: findings of one control with one remedy.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) control: String,
    pub(crate) mode: &'static str,
    pub(crate) repaired: bool,
    /// Whom it names; nobody where it is about the pod.
    pub(crate) names: Vec<String>,
    pub(crate) text: String,
}

fn run_check(policy: &str, form: &str) -> String {
    let mut command = program();
    command.current_dir(examples()).args(["check", "--output", form, "--policy"]);
    command.arg(format!("policies/{policy}.yaml")).args(FOLDERS);
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    String::from_utf8(output.stdout).unwrap()
}

/// Both forms of output, which say the same, and how many objects were skipped.
pub(crate) fn check(policy: &str) -> (Vec<Checked>, usize) {
    let json: Value = serde_json::from_str(&run_check(policy, "json")).unwrap();
    assert_eq!(json["errors"], json!([]));
    let text = run_check(policy, "text");
    // A finding is a title, the place under it, and an excerpt.
    let shown = text.lines().zip(text.lines().skip(1)).filter_map(|(title, place)| {
        Some((title, place.trim_start().strip_prefix("--> ")?.to_owned()))
    });
    let mut shown = shown.peekable();
    let mut checked = Vec::new();
    for result in json["results"].as_array().unwrap() {
        let findings = result["findings"].as_array().unwrap();
        let file = word(result, "file");
        let place = |it: &Value| format!("{file}:{}:{}", it["line"], it["column"]);
        let mut lines = Vec::new();
        while let Some((title, _)) =
            shown.next_if(|(_, shown)| findings.iter().any(|it| place(it) == *shown))
        {
            lines.push(Line::read(title));
        }
        for finding in findings {
            let line = lines.iter().find(|line| line.is_about(finding));
            assert!(line.is_some(), "no line of {lines:#?} is about {finding:#}");
        }
        let of_container = findings.iter().filter(|it| !it["container"].is_null());
        checked.push(Checked {
            what: format!("{policy}: {file} {} {}", word(result, "kind"), word(result, "name")),
            kind: word(result, "kind"),
            denied: result["verdict"] == "denied",
            containers: of_container.map(|it| (word(it, "path"), word(it, "container"))).collect(),
            lines,
        });
    }
    assert_eq!(shown.next(), None, "every finding of the text is in the JSON");
    (checked, json["skipped"].as_array().unwrap().len())
}

fn word(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap().to_owned()
}

const NOUNS: [&str; 4] = ["container", "init container", "sidecar", "ephemeral container"];

impl Line {
    fn read(title: &str) -> Self {
        let (grade, text) = title.split_once(": ").unwrap();
        let mode = match grade {
            "denied" => "Deny",
            "warning" => "Warn",
            "audit" => "Audit",
            "repaired" => "",
            _ => panic!("{title}"),
        };
        Self::of(mode, text)
    }

    /// Of a mode, empty for a repair.
    pub(crate) fn of(mode: &'static str, text: &str) -> Self {
        let (who, _) = text.split_once(": ").unwrap_or_else(|| panic!("{text}"));
        let mut starts = NOUNS.iter().flat_map(|noun| [format!("{noun}s "), format!("{noun} ")]);
        let names = starts.find_map(|start| who.strip_prefix(&start));
        let names = names.into_iter().flat_map(|names| names.split(", ")).map(str::to_owned);
        let (control, _) = text.rsplit_once(" [").unwrap().1.split_once(", ").unwrap();
        Self {
            control: control.to_owned(),
            mode,
            repaired: mode.is_empty(),
            names: names.collect(),
            text: text.to_owned(),
        }
    }

    /// Whether a finding is said by it: of a pod word for word, of a container by its name.
    fn is_about(&self, finding: &Value) -> bool {
        let repaired = finding["repaired"] == true;
        let same = self.repaired == repaired
            && (repaired || finding["mode"] == self.mode)
            && finding["control"] == self.control.as_str();
        let said = match finding["container"].as_str() {
            None => self.text.starts_with(&format!("{} [", word(finding, "message"))),
            Some(name) => self.names.iter().any(|it| it == name),
        };
        let to = finding["to"].as_str().is_none_or(|to| self.text.contains(to));
        same && said && to
    }

    /// The warning of its repair.
    pub(crate) fn repair(&self) -> String {
        let (who, rest) = self.text.split_once(": ").unwrap();
        let (rest, whose) = rest.rsplit_once(" [").unwrap();
        if self.names.is_empty() {
            return format!("Bulkhead {} [{whose}", rest.split("; ").next().unwrap());
        }
        let (_, place) = rest.rsplit_once("; see ").unwrap();
        format!("Bulkhead removed SYS_PTRACE from {who}; see {place} [{whose}")
    }

    /// What it says of a template, of this kind.
    pub(crate) fn of_template(&self, kind: &str) -> String {
        let whose = &self.text[self.text.rfind(" [").unwrap()..];
        let (who, rest) = self.text.split_once(": ").unwrap();
        match (self.repaired, self.mode) {
            (true, _) => {
                let repair = self.repair();
                let done = repair.strip_prefix("Bulkhead ").unwrap();
                let done = done.strip_suffix(whose).unwrap().split("; see ").next().unwrap();
                let (_, why) = rest.split_once("; ").unwrap();
                let will = done.replace("removed ", "remove ");
                format!("when pods of this {kind} are created, Bulkhead will {will}; {why}")
            }
            (false, "Deny") if self.names.is_empty() => {
                format!("pods of this {kind} would be denied: {rest}")
            }
            (false, "Deny") => format!("pods of this {kind} would be denied: {who}: {rest}"),
            (false, _) => self.text.clone(),
        }
    }

    pub(crate) fn denies(&self) -> bool {
        self.mode == "Deny" && !self.repaired
    }
}
