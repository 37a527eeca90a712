//! Flags and environment to a [`Config`] that was checked once.

mod access;
mod managed;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::policy::is_namespace_name;
use crate::registration::Service;
use crate::telemetry::{LogFormat, LogLevel};

pub use access::AccessArgs;
pub use managed::{Managed, ManagedArgs, RegistrationArgs, SelfManagedConfig, Webhooks};

/// Namespaces that are never enforced: refusing a pod there can stop the cluster from healing.
const ALWAYS_EXCLUDED: &str = "kube-system";

const MORE: &str = "\
Examples:
  bulkhead serve                        try it: embedded policy, certificate made in memory
  bulkhead serve --policy policy.yaml --write-ca ca.pem
  bulkhead serve --listen 0.0.0.0:8443 --policy policy.yaml --tls-cert tls.crt --tls-key tls.key
  bulkhead serve --tls-source self-managed --tls-secret ops/bulkhead --service ops/bulkhead

Exit codes:
  0  stopped by SIGTERM or Ctrl-C
  2  a flag, a file or an address cannot be used; the message says which and why

Policies: docs/policy.md. Certificates and registration: docs/certificates.md.
Metrics and stopping: docs/webhook.md";

/// Serve the admission webhook over HTTPS, and health and metrics over HTTP
///
/// One line on standard output says when it is ready; the log is on standard error. The policy and
/// the certificate are read again when their files change.
#[derive(Args, Clone, Debug)]
#[command(after_help = MORE)]
pub struct ServeArgs {
    /// Address of the webhook (HTTPS); port 0 takes a free one
    #[arg(long, env = "BULKHEAD_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    pub listen: SocketAddr,
    /// Address of /livez, /readyz and /metrics (plain HTTP)
    #[arg(
        long,
        env = "BULKHEAD_ADMIN_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8081"
    )]
    pub admin_listen: SocketAddr,
    /// Policy file, YAML or JSON, several documents; re-read when it changes [default: an embedded
    /// policy that warns]
    #[arg(long, env = "BULKHEAD_POLICY", value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Where policies come from
    #[arg(long, env = "BULKHEAD_POLICY_SOURCE", value_name = "SOURCE", default_value = "file")]
    pub policy_source: PolicySource,
    /// Where the certificate comes from [default: files with --tls-cert, else memory]
    #[arg(long, env = "BULKHEAD_TLS_SOURCE", value_name = "SOURCE")]
    pub tls_source: Option<TlsSource>,
    /// Certificate chain, PEM; re-read when it changes
    #[arg(long, env = "BULKHEAD_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, env = "BULKHEAD_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Name the certificate must be for; a certificate made in memory is for localhost, too
    #[arg(long, env = "BULKHEAD_TLS_NAME", value_name = "NAME", value_delimiter = ',', num_args = 1..)]
    pub tls_name: Vec<String>,
    /// Write the authority of the certificate made in memory here, PEM: to a new file, or in the
    /// place of a regular one, whose rights stay, also behind a symbolic link
    #[arg(long, env = "BULKHEAD_WRITE_CA", value_name = "FILE")]
    pub write_ca: Option<PathBuf>,
    /// The Secret, the Lease and the webhook configurations.
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// What is registered.
    #[command(flatten)]
    pub registration: RegistrationArgs,
    /// Address of a page on what to do about a denial, https:// or http://; it ends each denial
    /// [default: none]
    #[arg(long, env = "BULKHEAD_HELP_URL", value_name = "URL")]
    pub help_url: Option<String>,
    /// How long to go on serving after SIGTERM, in seconds, asking callers to reconnect elsewhere
    #[arg(long, env = "BULKHEAD_LAME_DUCK", value_name = "SECONDS", default_value = "10")]
    pub lame_duck: u64,
    /// Least important log level; info has one line per decision
    #[arg(long, env = "BULKHEAD_LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    pub log_level: LogLevel,
    /// Log format, on standard error
    #[arg(long, env = "BULKHEAD_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// `--policy-source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PolicySource {
    /// `--policy`, or the embedded policy.
    File,
    /// Custom resources.
    Cluster,
}

/// `--tls-source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TlsSource {
    /// Made at the start, gone at the end.
    Memory,
    /// `--tls-cert` and `--tls-key`.
    Files,
    /// Made by Bulkhead and kept in a Secret.
    SelfManaged,
}

/// What `serve` was asked to do, complete and without contradictions.
#[derive(Clone, Debug)]
pub struct Config {
    /// The webhook's address.
    pub listen: SocketAddr,
    /// The address of health and metrics.
    pub admin_listen: SocketAddr,
    /// The policy file; `None` for the embedded policy.
    pub policy: Option<PathBuf>,
    /// Where the certificate comes from.
    pub certificate: CertificateSource,
    /// Names the certificate must be for.
    pub names: Vec<String>,
    /// Namespaces that are not enforced.
    pub excluded: BTreeSet<String>,
    /// The page that each denial ends with; empty for none.
    pub help_url: String,
    /// From SIGTERM to the start of draining.
    pub lame_duck: Duration,
}

/// Where the certificate comes from.
#[derive(Clone, Debug)]
pub enum CertificateSource {
    /// Made at the start.
    Memory {
        /// Where its authority is written.
        write_ca: Option<PathBuf>,
    },
    /// Read, and read again when it changes.
    Files {
        /// The chain.
        chain: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// Made, kept in a Secret, and renewed there.
    SelfManaged(Box<SelfManagedConfig>),
}

/// Flags that contradict each other or ask for what is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not built yet.
    #[error("--policy-source cluster is not in this version; use a file")]
    ClusterPolicies,
    /// No API is called otherwise.
    #[error("{0} needs --tls-source self-managed: only that uses an API server")]
    Unused(&'static str),
    /// A cluster of no file.
    #[error("--context needs --kubeconfig")]
    NoKubeconfig,
    /// Nowhere to keep the certificate.
    #[error("--tls-source self-managed needs --tls-secret")]
    NoSecret,
    /// A certificate for nobody.
    #[error("--tls-source self-managed needs --service or --tls-name: the names that callers use")]
    NoNames,
    /// Nobody to be called.
    #[error("--service is required: it names the Service that the API server calls")]
    NoService,
    /// Files without names.
    #[error("--tls-source files needs --tls-cert and --tls-key")]
    NoFiles,
    /// Files that would not be read.
    #[error("--tls-cert and --tls-key need --tls-source files")]
    UnusedFiles,
    /// An authority that does not exist.
    #[error("--write-ca works only with a certificate made in memory")]
    UnusedCa,
    /// What nobody could follow, or what would break the line.
    #[error("--help-url: {0:?} is not the address of a page; write https://HOST/PATH")]
    HelpUrl(String),
    /// A pattern, or no name at all.
    #[error("--exclude-namespaces: {0:?} is not the exact name of a namespace")]
    NoNamespace(String),
}

impl TryFrom<ServeArgs> for Config {
    type Error = ConfigError;

    fn try_from(args: ServeArgs) -> Result<Self, ConfigError> {
        if args.policy_source == PolicySource::Cluster {
            return Err(ConfigError::ClusterPolicies);
        }
        let registration = args.registration;
        let service = registration.service.as_ref().map(Service::host);
        let names: Vec<_> = service.into_iter().chain(args.tls_name).collect();
        let files = args.tls_cert.zip(args.tls_key);
        if args.tls_source != Some(TlsSource::SelfManaged)
            && let Some(flag) = args.managed.unused()
        {
            return Err(ConfigError::Unused(flag));
        }
        let made =
            files.is_none() && args.tls_source.is_none_or(|source| source == TlsSource::Memory);
        if args.write_ca.is_some() && !made {
            return Err(ConfigError::UnusedCa);
        }
        let excluded = registration.excluded()?;
        let help_url = help_url(args.help_url.unwrap_or_default())?;
        let certificate = match (args.tls_source, files) {
            (Some(TlsSource::SelfManaged | TlsSource::Memory), Some(_)) => {
                return Err(ConfigError::UnusedFiles);
            }
            (Some(TlsSource::SelfManaged), None) if names.is_empty() => {
                return Err(ConfigError::NoNames);
            }
            (Some(TlsSource::SelfManaged), None) => {
                args.managed.source(&registration, excluded.clone())?
            }
            (Some(TlsSource::Files), None) => return Err(ConfigError::NoFiles),
            (None | Some(TlsSource::Files), Some((chain, key))) => {
                CertificateSource::Files { chain, key }
            }
            (None | Some(TlsSource::Memory), None) => {
                CertificateSource::Memory { write_ca: args.write_ca }
            }
        };
        Ok(Self {
            listen: args.listen,
            admin_listen: args.admin_listen,
            policy: args.policy,
            certificate,
            names,
            excluded,
            help_url,
            lame_duck: Duration::from_secs(args.lame_duck),
        })
    }
}

/// An address longer than this is a mistake: every denial carries it.
const LONGEST_URL: usize = 2048;

/// An empty one is none: a chart passes its value as it is.
fn help_url(url: String) -> Result<String, ConfigError> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_url = rest.is_some_and(|rest| {
        !rest.is_empty() && rest.chars().all(|letter| letter.is_ascii_graphic())
    });
    let is_right = url.is_empty() || (is_url && url.len() <= LONGEST_URL);
    if is_right { Ok(url) } else { Err(ConfigError::HelpUrl(url.chars().take(253).collect())) }
}

/// The namespaces that are not enforced. A name that cannot exist is a mistake that would leave
/// its author believing in an exclusion.
fn excluded(entries: &[String]) -> Result<BTreeSet<String>, ConfigError> {
    let entries = entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty());
    let names = entries.chain([ALWAYS_EXCLUDED]).map(|name| {
        let right = is_namespace_name(name);
        if right { Ok(name.to_owned()) } else { Err(ConfigError::NoNamespace(name.to_owned())) }
    });
    names.collect()
}
