use std::io::{Write as _, stdout};
use std::path::PathBuf;

use clap::{Arg, Args, ValueEnum};
use serde_json::json;

use super::inputs;
use super::output::OutputArgs;
use crate::config::RegistrationArgs;
use crate::files;
use crate::registration::WebhookKind;

const MORE: &str = "\
Examples:
  bulkhead webhooks --service bulkhead/bulkhead
  bulkhead webhooks --service bulkhead/bulkhead --ca ca.pem | kubectl apply -f -
  bulkhead webhooks --service bulkhead/bulkhead --webhooks-enforce {} -o json

Exit codes:
  0  printed
  2  a flag or a file cannot be used; the message says which and why

What each webhook is for: docs/certificates.md";

/// Print the webhook configurations, as `serve --webhooks managed` fills them in
#[derive(Args, Clone, Debug)]
#[command(after_help = MORE, mut_args(of_webhooks))]
pub(super) struct WebhooksArgs {
    #[command(flatten)]
    registration: RegistrationArgs,
    /// Authorities of the certificate, PEM; without them somebody has to fill in caBundle
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs<Format>,
}

/// The flag of [`OutputArgs`], as this verb has it.
fn of_webhooks(arg: Arg) -> Arg {
    if arg.get_id() == "output" { arg.default_value("yaml") } else { arg }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A document for each configuration
    Yaml,
    /// One List of both
    Json,
}

pub(super) fn run(args: &WebhooksArgs) -> anyhow::Result<()> {
    let registration = args.registration.registration()?;
    let authority =
        args.ca.as_ref().map(|path| inputs::named_by_flag(path, files::MOST)).transpose()?;
    let name = &args.registration.webhooks_name;
    let both =
        WebhookKind::ALL.map(|kind| registration.configuration(kind, name, authority.as_deref()));
    let text = match args.output.form {
        Format::Json => {
            let list = json!({"apiVersion": "v1", "kind": "List", "items": both});
            serde_json::to_string_pretty(&list)? + "\n"
        }
        Format::Yaml => {
            let documents: Result<Vec<_>, _> = both.iter().map(serde_saphyr::to_string).collect();
            documents?.join("---\n")
        }
    };
    Ok(stdout().write_all(text.as_bytes())?)
}
