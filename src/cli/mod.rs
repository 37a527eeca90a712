//! The command line: a file or a folder per verb. They share the inputs (`inputs`, `folder`,
//! `selection`), what every form of output is (`report`, `verdicts`), how a diagnostic, a snippet of
//! source and the page of a control look, and the exit codes.

mod check;
mod completions;
mod diagnostic;
mod exit;
mod explain;
mod folder;
mod inputs;
mod output;
mod page;
mod policy;
mod reach;
mod report;
mod selection;
mod selftest;
mod serve;
mod snippet;
mod terminal;
mod unregister;
mod verdicts;
mod version;
mod webhooks;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::config::ServeArgs;

pub use exit::Exit;
pub use page::{Block, markdown, page};
use terminal::Color;
pub use terminal::{is_closed, shown};

const MORE: &str = "\
Examples:
  bulkhead serve --policy policy.yaml   serve the webhook on https://127.0.0.1:8443
  bulkhead check deploy/                judge manifests before anything reaches a cluster
  bulkhead reach pod.yaml               show which container reaches what of which other one
  bulkhead policy lint policy.yaml      look for mistakes in a policy file
  bulkhead explain                      list what is found
  bulkhead explain ptrace-capability    explain one control

Exit codes:
  0  fine
  1  something was denied, or is what --fail-on names, or (policy lint) there are warnings
  2  what was given cannot be used or read; the message says what and why

`bulkhead help VERB` explains a verb; README.md and docs/ in the sources have the rest";

/// Keeps the containers of a pod in their own compartments: a Kubernetes admission webhook.
///
/// The containers of a pod differ: a vault agent, a log shipper, a debug shell. Bulkhead finds where
/// one can reach into another (shareProcessNamespace, SYS_PTRACE, hostPID, ephemeral containers) and
/// where an image chooses groups that open volumes (supplementalGroupsPolicy). It denies, repairs,
/// warns or records, as a policy says.
#[derive(Debug, Parser)]
#[command(
    name = "bulkhead",
    version,
    max_term_width = 100,
    args_override_self = true,
    after_help = MORE
)]
pub struct Cli {
    /// Where to use colours
    #[arg(
        long,
        env = "BULKHEAD_COLOR",
        global = true,
        display_order = 900,
        value_enum,
        value_name = "WHEN",
        default_value = "auto"
    )]
    color: Color,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Serve(Box<ServeArgs>),
    Check(Box<check::CheckArgs>),
    Reach(Box<reach::ReachArgs>),
    Explain(explain::ExplainArgs),
    Policy(policy::PolicyArgs),
    Webhooks(webhooks::WebhooksArgs),
    Unregister(unregister::UnregisterArgs),
    Selftest(selftest::SelftestArgs),
    Completions(completions::CompletionsArgs),
    Version(version::VersionArgs),
}

/// The whole command line as clap knows it, for completions and manual pages.
pub fn command() -> clap::Command {
    Cli::command()
}

impl Cli {
    /// Does what was asked; the exit code is what the verb found. `commit` is what this program was built
    /// from, where that is known.
    pub fn run(self, commit: Option<&'static str>) -> anyhow::Result<Exit> {
        self.color.apply();
        match self.verb {
            Verb::Serve(args) => serve::run(*args).map(|()| Exit::Clean),
            Verb::Check(args) => check::run(&args),
            Verb::Reach(args) => reach::run(&args),
            Verb::Explain(args) => explain::run(&args).map(|()| Exit::Clean),
            Verb::Policy(args) => policy::run(args),
            Verb::Webhooks(args) => webhooks::run(&args).map(|()| Exit::Clean),
            Verb::Unregister(args) => unregister::run(args).map(|()| Exit::Clean),
            Verb::Selftest(args) => selftest::run(args),
            Verb::Completions(args) => completions::run(&args).map(|()| Exit::Clean),
            Verb::Version(args) => version::run(&args, commit).map(|()| Exit::Clean),
        }
    }
}
