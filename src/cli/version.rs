//! `bulkhead version`: what this program is, for a report of a fault or to compare two verdicts.

use std::env::consts::{ARCH, OS};
use std::io::stdout;

use clap::Args;
use serde::Serialize;

use super::output::{Form, OutputArgs};
use super::terminal;

/// The rules by which pods are judged. Two programs with one number give the same verdicts: what changes
/// a verdict counts it up.
const RULES: u32 = 1;

const MORE: &str = "\
Examples:
  bulkhead version
  bulkhead version -o json

Exit codes:
  0  printed
  2  a flag cannot be used, or standard output cannot be written";

/// Print what this program is: version, commit, rules, build
///
/// rules is a number for the rules by which pods are judged: where it is the same, verdicts are.
#[derive(Args, Clone, Debug)]
#[command(after_help = MORE)]
pub(super) struct VersionArgs {
    #[command(flatten)]
    output: OutputArgs<Form>,
}

#[derive(Serialize)]
struct Program {
    version: &'static str,
    /// Of the sources.
    commit: &'static str,
    rules: String,
    build: String,
}

/// Prints it.
pub(super) fn run(args: &VersionArgs, commit: Option<&'static str>) -> anyhow::Result<()> {
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    let program = Program {
        version: env!("CARGO_PKG_VERSION"),
        commit: commit.filter(|commit| !commit.is_empty()).unwrap_or("unknown"),
        rules: RULES.to_string(),
        build: format!("{profile} {OS}/{ARCH}"),
    };
    let text = match args.output.form {
        Form::Json => serde_json::to_string_pretty(&program)? + "\n",
        Form::Text => {
            let Program { version, commit, rules, build } = program;
            format!("bulkhead {version}\ncommit: {commit}\nrules: {rules}\nbuild: {build}\n")
        }
    };
    terminal::put(stdout().lock(), text.as_bytes())
}
