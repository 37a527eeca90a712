mod causes;
mod cluster;
mod explain;
mod forms;
mod injection;
mod input;
mod json;
mod terminal;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Ended, folder, program};

/// A pod whose containers differ: one traces all, one may come to, one does neither.
const SHARED: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  shareProcessNamespace: true
  containers:
  - name: app
    image: registry.example/app:1
    env: [{name: KEY, valueFrom: {secretKeyRef: {name: keys, key: main}}}]
    securityContext: {runAsUser: 1000, runAsGroup: 1000, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
  - name: logs
    image: registry.example/logs:1
    securityContext: {runAsUser: 2000, runAsGroup: 2000}
  - name: shell
    image: registry.example/shell:1
    securityContext: {runAsUser: 0, allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [SYS_PTRACE]}}
";

/// app takes over logs, its twin, which may take over shell; app has no way to it alone.
fn chain() -> String {
    SHARED
        .replace("runAsUser: 2000, runAsGroup: 2000", "runAsUser: 1000, runAsGroup: 1000")
        .replace("{runAsUser: 0, allow", "{runAsUser: 3000, allow")
        .replace(", add: [SYS_PTRACE]", "")
}

/// `bulkhead reach` in a folder, not started yet.
fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = program();
    command.current_dir(dir).env_remove("NO_COLOR").env("SOURCE_DATE_EPOCH", "1767225600");
    command.arg("reach").args(args);
    command
}

/// Runs it with `input` as its standard input.
fn reach(dir: &Path, args: &[&str], input: &str) -> Ended {
    Ended::of(command(dir, args), input)
}

/// What it prints of a text without a complaint.
fn shown(args: &[&str], text: &str) -> String {
    let dir = TempDir::new().unwrap();
    let ended = reach(dir.path(), &[args, &["-"]].concat(), text);
    assert_eq!((ended.stderr.as_str(), ended.code), ("", Some(0)), "{args:?}");
    ended.stdout
}

/// Its documents.
fn documents(args: &[&str], text: &str) -> Vec<Value> {
    let stdout = shown(&[&["--output", "json"], args].concat(), text);
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The answers of a pair, as letters in the order of all output.
fn letters(aspects: &Value) -> String {
    let names = ["cmdline", "environ", "filesystem", "memory", "descriptors", "signal"];
    let keys: Vec<_> = aspects.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), names.len());
    names.map(|name| aspects[name].as_str().unwrap().chars().next().unwrap()).iter().collect()
}

/// What a pair of a document has.
fn pair<'d>(document: &'d Value, from: &str, to: &str) -> &'d Value {
    let pairs = document["pairs"].as_array().unwrap();
    pairs.iter().find(|pair| pair["from"] == from && pair["to"] == to).unwrap()
}
