mod context;
mod empty;
mod fail_on;
mod files;
mod fix;
mod folders;
mod forms;
mod kinds;
mod lists;
mod messages;
mod namespaces;
mod stream;
mod terminal;
mod unreadable;
mod warnings;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Ended, folder, policy, program};

/// `bulkhead check` in a folder, not started yet.
fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = program();
    command.current_dir(dir).env_remove("NO_COLOR").arg("check").args(args);
    command
}

/// Runs it with `input` as its standard input.
fn check(dir: &Path, args: &[&str], input: &str) -> Ended {
    Ended::of(command(dir, args), input)
}

/// Its result as JSON, and its exit code.
fn json(dir: &Path, args: &[&str], input: &str) -> (Value, i32) {
    let ended = check(dir, &[&["--output", "json"], args].concat(), input);
    assert_eq!(ended.stderr, "");
    (serde_json::from_str(&ended.stdout).unwrap(), ended.code.unwrap())
}

/// A pod with this beside its one container.
fn pod(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  securityContext: {{supplementalGroupsPolicy: Strict}}\n  containers: [{{name: app, image: registry.example/app:1}}]\n{spec}\n"
    )
}
