use std::io::{Write as _, stdout};

use anyhow::Context as _;
use clap::{Arg, Args};

use crate::cluster;
use crate::config::AccessArgs;
use crate::registration::{self, WebhookKind};

const MORE: &str = "\
Examples:
  bulkhead unregister                           in a pod that may delete both by name
  bulkhead unregister --kubeconfig ~/.kube/config

Exit codes:
  0  neither configuration is there any more
  2  a flag cannot be used, or the API server refused; the message says why";

/// Delete the two webhook configurations, so that no request waits for Bulkhead any more
///
/// The first step of an uninstallation: whatever goes before it leaves webhooks that nobody answers.
#[derive(Args, Clone, Debug)]
#[command(after_help = MORE, mut_args(of_kubeconfig))]
pub(super) struct UnregisterArgs {
    /// Name of the two configurations
    #[arg(long, env = "BULKHEAD_WEBHOOKS_NAME", value_name = "NAME", default_value = registration::DEFAULT_NAME)]
    name: String,
    #[command(flatten)]
    access: AccessArgs,
}

/// The flags of [`AccessArgs`], as this verb has them.
fn of_kubeconfig(arg: Arg) -> Arg {
    if arg.get_id() == "context" { arg.requires("kubeconfig") } else { arg }
}

pub(super) fn run(args: UnregisterArgs) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start the runtime")?.block_on(unregister(args))
}

async fn unregister(args: UnregisterArgs) -> anyhow::Result<()> {
    let client = cluster::connect(&args.access.into())?;
    // The one that can refuse first; an error about one does not keep the other.
    let [mutating, validating] = WebhookKind::ALL;
    let mut failed = None;
    for kind in [validating, mutating] {
        match cluster::delete(&client, kind, &args.name).await {
            Ok(was_there) => {
                let done = if was_there { "deleted" } else { "was not there" };
                writeln!(stdout(), "{} {}: {done}", kind.as_str(), args.name)?;
            }
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}
