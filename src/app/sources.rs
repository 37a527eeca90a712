//! Where policy and certificate come from: read at the start, and again when they change. What
//! cannot be used stops the start; later it is refused and logged, and what was before stays.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::StartError;
use super::reload::{Contents, Files};
use crate::api::Namespaces;
use crate::config::{CertificateSource, SelfManagedConfig};
use crate::controller::Publisher;
use crate::files::{self, FileError};
use crate::metrics::{Metrics, Stage};
use crate::policy::Snapshot;
use crate::policy_file::PolicyText;
use crate::server::Judge;
use crate::tls::{self, Certificate};

/// Files to watch, and what they held at the beginning.
pub(super) type WatchState<const N: usize> = (Files<N>, [Vec<u8>; N]);

/// The policy to begin with, and the file to watch.
pub(super) fn policy(
    file: Option<&Path>,
    metrics: &Metrics,
) -> Result<(Snapshot, Option<WatchState<1>>), StartError> {
    let (text, watched) = match file {
        None => (PolicyText::embedded_default(), None),
        Some(path) => {
            let files = Files([path.to_owned()]);
            let [bytes] = files.read();
            let bytes = bytes.map_err(|source| unreadable(path, source))?;
            (PolicyText::decode(&files.name(), &bytes)?, Some((files, [bytes])))
        }
    };
    let snapshot = text.load(Namespaces::ByName)?;
    metrics.policy_loaded(Timestamp::now());
    announce(&text.name, &snapshot);
    Ok((snapshot, watched))
}

fn announce(name: &str, snapshot: &Snapshot) {
    let (policies, exceptions) = (snapshot.policies.len(), snapshot.exceptions.len());
    tracing::info!(source = name, policies, exceptions, "policy in force");
    if policies == 0 {
        tracing::warn!(source = name, "there is no policy: nothing will be found");
    }
}

pub(super) fn reload_policy(judge: &Judge, files: &Files<1>, [bytes]: &Contents<1>) {
    let name = files.name();
    let loaded = match bytes {
        Ok(bytes) => PolicyText::decode(&name, bytes)
            .and_then(|text| text.load(Namespaces::ByName))
            .map_err(|problems| problems.to_string()),
        Err(reason) => Err(format!("{name}: cannot read: {reason}")),
    };
    // A file that is being written is empty for a moment; nobody opens every gate by that.
    let emptied = |snapshot: &Snapshot| {
        snapshot.policies.is_empty() && !judge.snapshot.load().policies.is_empty()
    };
    let loaded = match loaded {
        Ok(snapshot) if emptied(&snapshot) => {
            Err(format!("{name}: contains no policy any more; restart to run without a policy"))
        }
        loaded => loaded,
    };
    match loaded {
        Ok(snapshot) => {
            judge.metrics.policy_loaded(Timestamp::now());
            announce(&name, &snapshot);
            judge.snapshot.store(Arc::new(snapshot));
        }
        Err(problems) => {
            judge.metrics.policy_refused();
            tracing::error!(
                problems,
                "the changed policy is refused; the one before it stays in force"
            );
        }
    }
}

/// Where the certificate comes from, and the one to begin with.
pub(super) enum Source {
    /// Made here.
    Memory {
        certificate: Certificate,
        /// What callers must trust, if it is wanted.
        authority: Option<Authority>,
    },
    /// Read, and to be watched.
    Files { certificate: Certificate, watched: WatchState<2> },
    /// Kept in a cluster, which is yet to be asked.
    Managed(Box<SelfManagedConfig>),
}

/// An authority to write down.
pub(super) struct Authority {
    path: PathBuf,
    pem: String,
}

impl Authority {
    /// Replaces the file as a whole, or makes it.
    pub(super) fn write(&self) -> Result<(), StartError> {
        let written = files::write(&self.path, self.pem.as_bytes(), None);
        written.map_err(|source| StartError::WriteCa { path: self.path.clone(), source })
    }
}

pub(super) fn certificate(
    source: CertificateSource,
    names: &[String],
) -> Result<Source, StartError> {
    let now = Timestamp::now();
    match source {
        CertificateSource::Memory { write_ca } => {
            let what = "a certificate made in memory".to_owned();
            let made = tls::in_memory(names, now);
            let made = made.map_err(|source| StartError::Tls { what, source })?;
            let authority = write_ca.map(|path| Authority { path, pem: made.ca_pem });
            Ok(Source::Memory { certificate: made.certificate, authority })
        }
        CertificateSource::Files { chain, key } => {
            let files = Files([chain.clone(), key.clone()]);
            let [chain_pem, key_pem] = files.read();
            let chain_pem = chain_pem.map_err(|source| unreadable(&chain, source))?;
            let key_pem = key_pem.map_err(|source| unreadable(&key, source))?;
            let loaded = tls::load(&chain_pem, &key_pem, names, now);
            let what = files.name();
            let certificate = loaded.map_err(|source| StartError::Tls { what, source })?;
            Ok(Source::Files { certificate, watched: (files, [chain_pem, key_pem]) })
        }
        CertificateSource::SelfManaged(managed) => Ok(Source::Managed(managed)),
    }
}

pub(super) fn reload_tls(
    publisher: &Publisher,
    (metrics, names): (&Metrics, &[String]),
    files: &Files<2>,
    [chain, key]: &Contents<2>,
) {
    let [chain_path, key_path] = &files.0;
    let failed =
        |path: &Path, reason: &str| Err(format!("cannot read {}: {reason}", path.display()));
    let loaded = match (chain, key) {
        (Ok(chain), Ok(key)) => {
            tls::load(chain, key, names, Timestamp::now()).map_err(|error| error.to_string())
        }
        (Err(reason), _) => failed(chain_path, reason),
        (_, Err(reason)) => failed(key_path, reason),
    };
    match loaded {
        Ok(certificate) => publisher.publish(&certificate, Some(&files.name())),
        Err(reason) => {
            metrics.error(Stage::Certificate);
            tracing::error!(
                files = files.name(),
                reason,
                "the changed certificate is refused; the one before it stays in use"
            );
        }
    }
}

fn unreadable(path: &Path, source: FileError) -> StartError {
    StartError::Read { path: path.to_owned(), source }
}
