use std::io::{Write as _, stdout};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::cluster::{self, Access};
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
#[command(after_help = MORE)]
pub(super) struct UnregisterArgs {
    /// Name of the two configurations
    #[arg(long, env = "BULKHEAD_WEBHOOKS_NAME", value_name = "NAME", default_value = registration::DEFAULT_NAME)]
    name: String,
    /// How to reach the cluster [default: as the pod's service account]
    #[arg(long, env = "BULKHEAD_KUBECONFIG", value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Which cluster of the kubeconfig
    #[arg(long, env = "BULKHEAD_CONTEXT", value_name = "NAME", requires = "kubeconfig")]
    context: Option<String>,
}

pub(super) fn run(args: UnregisterArgs) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start the runtime")?.block_on(unregister(args))
}

async fn unregister(args: UnregisterArgs) -> anyhow::Result<()> {
    let access = Access { kubeconfig: args.kubeconfig, context: args.context };
    let client = cluster::connect(&access)?;
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
