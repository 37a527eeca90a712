//! The command line: one file per verb.

mod check;
mod inputs;
mod policy;
mod serve;
mod snippet;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::ServeArgs;

/// Keeps the containers of a pod in their own compartments: a Kubernetes admission webhook.
#[derive(Debug, Parser)]
#[command(name = "bulkhead", version, about, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Serve(Box<ServeArgs>),
    Check(check::CheckArgs),
    Policy(policy::PolicyArgs),
}

impl Cli {
    /// Does what was asked; the exit code is what the verb found.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.verb {
            Verb::Serve(args) => serve::run(*args).map(|()| ExitCode::SUCCESS),
            Verb::Check(args) => check::run(&args),
            Verb::Policy(args) => policy::run(args),
        }
    }
}
