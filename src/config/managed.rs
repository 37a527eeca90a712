//! The flags of what Bulkhead manages in a cluster: its certificate, and its registration.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::{Arg, Args, ValueEnum};

use super::{AccessArgs, CertificateSource, ConfigError, excluded};
use crate::cluster::Access;
use crate::names::{NAMESPACED, NamespacedName, is_label};
use crate::registration::{Enforce, Registration, Service};

/// Months, so that a renewal is no rare event; two of the three are over when it comes.
const LEAF: Duration = Duration::from_hours(90 * 24);

/// A review takes microseconds; what is longer is an outage, which should be short.
const DEFAULT_TIMEOUT_SECONDS: u8 = 3;

/// What the webhook configurations depend on; `serve` and `webhooks` share it.
#[derive(Args, Clone, Debug)]
pub struct RegistrationArgs {
    /// Service that the API server calls, with its port [default port: 443]; the certificate must
    /// be for NAME.NAMESPACE.svc, and its namespace is not enforced
    #[arg(long, env = "BULKHEAD_SERVICE", value_name = "NAMESPACE/NAME[:PORT]", value_parser = service)]
    pub service: Option<Service>,
    /// Name of the two webhook configurations
    #[arg(
        long,
        env = "BULKHEAD_WEBHOOKS_NAME",
        value_name = "NAME",
        default_value = crate::registration::DEFAULT_NAME
    )]
    pub webhooks_name: String,
    /// Where pods are refused while nobody answers: null (nowhere), {} (everywhere) or a
    /// namespaceSelector with one requirement, as JSON
    #[arg(
        long,
        env = "BULKHEAD_WEBHOOKS_ENFORCE",
        value_name = "SELECTOR",
        default_value = "null",
        value_parser = Enforce::parse
    )]
    pub webhooks_enforce: Enforce,
    /// How long the API server waits for an answer, 1 to 30
    #[arg(
        long,
        env = "BULKHEAD_WEBHOOKS_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        default_value_t = DEFAULT_TIMEOUT_SECONDS,
        value_parser = clap::value_parser!(u8).range(1..=30)
    )]
    pub webhooks_timeout_seconds: u8,
    /// Namespaces that are not enforced, besides kube-system
    #[arg(long, env = "BULKHEAD_EXCLUDE_NAMESPACES", value_name = "NAMES", value_delimiter = ',')]
    pub exclude_namespaces: Vec<String>,
}

/// What only `serve` needs for it.
#[derive(Args, Clone, Debug)]
#[command(mut_args(of_self_managed))]
pub struct ManagedArgs {
    /// The API server.
    #[command(flatten)]
    pub access: AccessArgs,
    /// Secret of a self-managed certificate; it has to be there, and is filled when it is empty
    #[arg(long, env = "BULKHEAD_TLS_SECRET", value_name = "NAMESPACE/NAME")]
    pub tls_secret: Option<NamespacedName>,
    /// Lease by which one replica renews and registers for all [default: named as the Secret]
    #[arg(long, env = "BULKHEAD_LEASE", value_name = "NAMESPACE/NAME")]
    pub lease: Option<NamespacedName>,
    /// What to do with the webhook configurations, which have to be there
    #[arg(long, env = "BULKHEAD_WEBHOOKS", value_name = "HOW", default_value = "none")]
    pub webhooks: Webhooks,
    /// For tests: how long a leaf is valid, in seconds
    #[arg(long, env = "BULKHEAD_TLS_LEAF_LIFETIME", value_name = "SECONDS", hide = true)]
    pub tls_leaf_lifetime: Option<u32>,
}

/// The flags of [`AccessArgs`], as `serve` has them.
fn of_self_managed(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "kubeconfig" => arg.help(
            "How to reach the cluster [default: as the pod's service account]; with self-managed only",
        ),
        _ => arg,
    }
}

/// `--webhooks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Webhooks {
    /// Nothing
    None,
    /// Fill them in when ready, and repair them
    Managed,
    /// Set caBundle in their entries, which somebody else writes
    Static,
}

/// A certificate that is kept in a Secret, and what else is managed with it.
#[derive(Clone, Debug)]
pub struct SelfManagedConfig {
    /// How to reach the API server.
    pub access: Access,
    /// Where the certificate is kept.
    pub secret: NamespacedName,
    /// By which one replica is chosen.
    pub lease: NamespacedName,
    /// How long a leaf is valid.
    pub leaf: Duration,
    /// The webhook configurations.
    pub webhooks: Option<Managed>,
}

/// Webhook configurations that are ours to write.
#[derive(Clone, Debug)]
pub struct Managed {
    /// Of both.
    pub name: String,
    /// The whole entries; `None` where only `caBundle` is ours.
    pub whole: Option<Registration>,
}

impl RegistrationArgs {
    /// The excluded namespaces: those given, kube-system, and that of the Service.
    pub(super) fn excluded(&self) -> Result<BTreeSet<String>, ConfigError> {
        let mut all = excluded(&self.exclude_namespaces)?;
        all.extend(self.service.iter().map(|service| service.name.namespace.clone()));
        Ok(all)
    }

    /// What is registered.
    pub fn registration(&self) -> Result<Registration, ConfigError> {
        self.excluding(self.excluded()?)
    }

    /// The same, where these namespaces are excluded.
    fn excluding(&self, excluded: BTreeSet<String>) -> Result<Registration, ConfigError> {
        let service = self.service.clone().ok_or(ConfigError::NoService)?;
        let enforce = self.webhooks_enforce.clone();
        let timeout = Duration::from_secs(self.webhooks_timeout_seconds.into());
        Ok(Registration { service, excluded, enforce, timeout })
    }
}

impl ManagedArgs {
    /// The first flag that was given and needs a self-managed certificate.
    pub(super) fn unused(&self) -> Option<&'static str> {
        [
            ("--kubeconfig", self.access.kubeconfig.is_some()),
            ("--context", self.access.context.is_some()),
            ("--tls-secret", self.tls_secret.is_some()),
            ("--lease", self.lease.is_some()),
            ("--webhooks", self.webhooks != Webhooks::None),
        ]
        .into_iter()
        .find_map(|(flag, given)| given.then_some(flag))
    }

    /// The source of the certificate, and what is managed with it.
    pub(super) fn source(
        self,
        registration: &RegistrationArgs,
        excluded: BTreeSet<String>,
    ) -> Result<CertificateSource, ConfigError> {
        if self.access.context.is_some() && self.access.kubeconfig.is_none() {
            return Err(ConfigError::NoKubeconfig);
        }
        let secret = self.tls_secret.ok_or(ConfigError::NoSecret)?;
        let name = registration.webhooks_name.clone();
        let webhooks = match self.webhooks {
            Webhooks::None => None,
            Webhooks::Static => Some(Managed { name, whole: None }),
            Webhooks::Managed => {
                Some(Managed { name, whole: Some(registration.excluding(excluded)?) })
            }
        };
        Ok(CertificateSource::SelfManaged(Box::new(SelfManagedConfig {
            access: self.access.into(),
            lease: self.lease.unwrap_or_else(|| secret.clone()),
            secret,
            leaf: self
                .tls_leaf_lifetime
                .map_or(LEAF, |seconds| Duration::from_secs(seconds.into())),
            webhooks,
        })))
    }
}

fn service(text: &str) -> Result<Service, String> {
    let (name, port) = text.split_once(':').unwrap_or((text, "443"));
    let port = port.parse().ok().filter(|port| *port > 0);
    let port = port.ok_or("is not NAMESPACE/NAME:PORT, with a port from 1 to 65535")?;
    let name: NamespacedName = name.parse()?;
    // It is part of a DNS name, whose labels are shorter than those of other objects.
    if !name.name.split('.').all(is_label) {
        return Err(NAMESPACED.to_owned());
    }
    Ok(Service { name, port })
}

#[cfg(test)]
mod tests {
    use super::service;

    #[test]
    fn a_service_is_part_of_a_dns_name() {
        let long = "a".repeat(64);
        for (text, port) in [
            ("ops/bulkhead".to_owned(), Some(443)),
            ("ops/bulkhead:8443".to_owned(), Some(8443)),
            (format!("ops/{}", "a".repeat(63)), Some(443)),
            (format!("ops/{long}"), None),
            (format!("ops/bulkhead.{long}"), None),
            (format!("{long}/bulkhead"), None),
            ("ops/bulkhead:0".to_owned(), None),
            ("bulkhead".to_owned(), None),
        ] {
            assert_eq!(service(&text).ok().map(|service| service.port), port, "{text}");
        }
    }
}
