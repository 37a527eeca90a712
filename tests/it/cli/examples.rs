//! The examples: each has the verdict that is written beside it, and none is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::program;

const FOLDERS: [&str; 2] = ["tasks", "debug"];
const POLICIES: [&str; 3] = ["observe", "guardrail", "lockdown"];

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The files of a folder, by their names without extension.
fn names(folder: &str, wanted: impl Fn(&str) -> bool) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(examples().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let wanted = paths.filter(|path| wanted(path.extension().unwrap().to_str().unwrap()));
    wanted.map(|path| path.with_extension("")).collect()
}

/// The results for the manifests of a folder.
fn check(folder: &str, policy: &str) -> Vec<Value> {
    let mut command = program();
    command.current_dir(examples()).args(["check", "--output", "json", "--policy"]);
    command.arg(format!("policies/{policy}.yaml")).arg(folder);
    let output = command.output().unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["errors"], Value::Array(Vec::new()));
    value["results"].as_array().unwrap().clone()
}

/// A result as a block of a verdict file has it.
fn block(policy: &str, result: &Value) -> String {
    let mut text = format!("{policy}: {}\n", result["verdict"].as_str().unwrap());
    for finding in result["findings"].as_array().unwrap() {
        let mut words =
            vec![finding["mode"].as_str().unwrap(), finding["control"].as_str().unwrap()];
        words.extend(
            ["container", "to", "certainty"].iter().filter_map(|key| finding[key].as_str()),
        );
        words.extend((finding["repaired"] == true).then_some("repaired"));
        text = format!("{text}  {}\n", words.join(" "));
    }
    text
}

#[test]
fn every_example_has_the_verdict_beside_it() {
    for folder in FOLDERS {
        let by_policy = POLICIES.map(|policy| (policy, check(folder, policy)));
        let mut shown: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
        for place in 0..by_policy[0].1.len() {
            let result = &by_policy[0].1[place];
            let file = examples().join(result["file"].as_str().unwrap());
            let mut text = format!(
                "{} {}\n",
                result["kind"].as_str().unwrap(),
                result["name"].as_str().unwrap()
            );
            for (policy, results) in &by_policy {
                text += &block(policy, &results[place]);
            }
            shown.entry(file).or_default().push(text);
        }
        let mut wrong = Vec::new();
        for (file, blocks) in &shown {
            let verdict = fs::read_to_string(file.with_extension("verdict")).unwrap_or_default();
            let found = blocks.join("\n");
            if verdict != found {
                wrong.push(format!("{}\n--- written\n{verdict}--- found\n{found}", file.display()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let manifests = names(folder, |extension| extension != "verdict");
        assert_eq!(manifests, names(folder, |extension| extension == "verdict"), "a file alone");
        assert_eq!(manifests, shown.keys().map(|file| file.with_extension("")).collect());
    }
}
