//! `bulkhead policy`: looks after policy files.

mod lint;

use clap::{Args, Subcommand};

use super::exit::Exit;
use lint::LintArgs;

/// Look after policy files.
#[derive(Args, Clone, Debug)]
#[command(after_help = MORE)]
pub(super) struct PolicyArgs {
    #[command(subcommand)]
    verb: Verb,
}

const MORE: &str = "\
Examples:
  bulkhead policy lint policy.yaml   look for mistakes in a policy file

Exit codes:
  0  fine
  1  warnings
  2  a file cannot be used";

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    Lint(LintArgs),
}

pub(super) fn run(args: PolicyArgs) -> anyhow::Result<Exit> {
    match args.verb {
        Verb::Lint(args) => lint::run(&args),
    }
}
