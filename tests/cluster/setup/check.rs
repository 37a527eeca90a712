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
    pub(crate) findings: Vec<Finding>,
}

#[derive(Clone, Debug)]
pub(crate) struct Finding {
    control: String,
    path: String,
    /// Of its container; null where it is about the pod.
    pub(crate) container: Value,
    /// The containers that it reaches, where it is about pairs.
    to: Vec<String>,
    pub(crate) mode: String,
    pub(crate) repaired: bool,
    /// As text output shows it.
    pub(crate) line: String,
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
    let mut shown = text.lines().zip(text.lines().skip(1)).filter_map(|(title, place)| {
        Some((title, place.trim_start().strip_prefix("--> ")?.to_owned()))
    });
    let mut checked = Vec::new();
    for result in json["results"].as_array().unwrap() {
        let word = |key: &str| result[key].as_str().unwrap().to_owned();
        let findings = joined(result["findings"].as_array().unwrap()).into_iter();
        checked.push(Checked {
            what: format!("{policy}: {} {} {}", word("file"), word("kind"), word("name")),
            kind: word("kind"),
            denied: result["verdict"] == "denied",
            findings: findings
                .map(|group| Finding::new(&word("file"), &group, &shown.next().unwrap()))
                .collect(),
        });
    }
    assert_eq!(shown.next(), None, "every finding of the text is in the JSON");
    (checked, json["skipped"].as_array().unwrap().len())
}

/// The findings of an object, those that are reported in one line together: what one container reaches
/// of others.
fn joined(findings: &[Value]) -> Vec<Vec<&Value>> {
    let mut groups: Vec<Vec<&Value>> = Vec::new();
    for finding in findings {
        let is_like = |other: &Value| {
            let same = |key: &str| finding[key] == other[key];
            !finding["to"].is_null() && ["control", "mode", "container"].into_iter().all(same)
        };
        match groups.iter_mut().find(|group| is_like(group[0])) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

impl Finding {
    fn new(file: &str, group: &[&Value], (title, place): &(&str, String)) -> Self {
        let json = group[0];
        let word = |key: &str| json[key].as_str().unwrap().to_owned();
        assert_eq!(*place, format!("{file}:{}:{}", json["line"], json["column"]));
        let repaired = json["repaired"] == true;
        let grade = match word("mode").as_str() {
            _ if repaired => "repaired",
            "Deny" => "denied",
            "Warn" => "warning",
            _ => "audit",
        };
        let line = title.strip_prefix(&format!("{grade}: ")).unwrap_or_else(|| panic!("{title}"));
        if json["to"].is_null() {
            let whole = format!("{}: {}{}", word("control"), word("message"), policies(line));
            assert!(shows(line, &whole), "{line} is not about {json:#}");
        }
        // What one container reaches names all, as far as there is room.
        for to in group.iter().filter_map(|it| it["to"].as_str()) {
            let start = format!("{}: {} ({}) ", word("control"), word("path"), word("container"));
            let names = line.contains(to) || line.contains('…');
            assert!(line.starts_with(&start) && names, "{line}: {group:#?}");
        }
        let container = json["container"].clone();
        let (control, path, mode) = (word("control"), word("path"), word("mode"));
        let to = group.iter().filter_map(|it| it["to"].as_str()).map(str::to_owned).collect();
        Self { control, path, container, to, mode, repaired, line: line.to_owned() }
    }

    /// Whether it is reported when the ephemeral containers of this pod are added, and whether it is
    /// reported when the pod is created without them.
    pub(crate) fn is_reported(&self, pod: &Value) -> (bool, bool) {
        let ephemeral = pod["spec"]["ephemeralContainers"].as_array().into_iter().flatten();
        let names: Vec<_> = ephemeral.filter_map(|it| it["name"].as_str()).collect();
        let is_new = |name: &String| names.contains(&name.as_str());
        let own = self.path.starts_with("spec.ephemeralContainers");
        let old = self.to.is_empty() || self.to.iter().any(|name| !is_new(name));
        (own || self.to.iter().any(is_new), !own && old)
    }

    pub(crate) fn denies(&self) -> bool {
        self.mode == "Deny" && !self.repaired
    }

    /// The warning of its repair.
    pub(crate) fn repaired(&self) -> String {
        let done = match self.control.as_str() {
            "share-process-namespace" => "was set to false",
            "supplemental-groups-policy" => "was set to Strict",
            _ => "no longer grants SYS_PTRACE",
        };
        format!("{}: {} {done} by Bulkhead{}", self.control, self.path, policies(&self.line))
    }

    /// The name of the container in the object that its path leads to.
    pub(crate) fn container_in(&self, object: &Value) -> Value {
        let Some((container, _)) = self.path.split_once(']') else { return Value::Null };
        object.pointer(&format!("/{}/name", container.replace(['.', '['], "/"))).unwrap().clone()
    }
}

/// Whose policy it is, at the end of a line.
fn policies(line: &str) -> &str {
    &line[line.rfind(" (").unwrap()..]
}

/// Whether a line is a text, or what is left of it where it is longer than a line may be.
pub(crate) fn shows(line: &str, text: &str) -> bool {
    if text.chars().count() <= 256 {
        return line == text;
    }
    match line.split_once('…') {
        Some((start, end)) => {
            line.chars().count() == 256 && text.starts_with(start) && text.ends_with(end)
        }
        // Of two ways out the first is enough.
        None => text
            .split_once(", or ")
            .is_some_and(|(start, rest)| line == format!("{start}{}", policies(rest))),
    }
}
