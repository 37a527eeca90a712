//! Where policy and certificate come from: read at the start, and again when they change. What
//! cannot be used stops the start; later it is refused, told, and what was before stays.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::reload::{Contents, Files};
use super::{StartError, listed};
use crate::api::{self, EMBEDDED_DEFAULT, Namespaces};
use crate::config::{CertificateSource, SelfManaged};
use crate::diagnostic::Diagnostic;
use crate::files;
use crate::metrics::{Metrics, Stage};
use crate::policy::Snapshot;
use crate::server::{Judge, Readiness};
use crate::text::not_utf8;
use crate::tls::{self, Certificate, Published};

pub(super) type Watched = Option<(Files, Contents)>;

/// The policy to begin with, and the file to watch.
pub(super) fn policy(
    file: Option<&Path>,
    metrics: &Metrics,
) -> Result<(Snapshot, Watched), StartError> {
    let (name, contents, watched) = match file {
        None => ("embedded default".to_owned(), EMBEDDED_DEFAULT.as_bytes().to_vec(), None),
        Some(path) => {
            let files = Files(vec![path.to_owned()]);
            let contents = files.read();
            let text = only(&contents).map_err(|reason| unreadable(path, reason))?;
            (path.display().to_string(), text.to_vec(), Some((files, contents)))
        }
    };
    let snapshot = compile(&name, &contents).map_err(StartError::Policy)?;
    metrics.policy_loaded(Timestamp::now());
    announce(&name, &snapshot);
    Ok((snapshot, watched))
}

fn announce(name: &str, snapshot: &Snapshot) {
    let (policies, exceptions) = (snapshot.policies.len(), snapshot.exceptions.len());
    tracing::info!(source = name, policies, exceptions, "policy in force");
    if policies == 0 {
        tracing::warn!(source = name, "there is no policy: nothing will be found");
    }
}

fn compile(name: &str, contents: &[u8]) -> Result<Snapshot, Vec<Diagnostic>> {
    match std::str::from_utf8(contents) {
        Ok(text) => api::load(name, text, Namespaces::ByName),
        Err(error) => Err(vec![Diagnostic::of_file(name, not_utf8(error.valid_up_to()))]),
    }
}

pub(super) fn reload_policy(judge: &Judge, contents: &Contents) {
    let name = contents.name();
    let loaded = match only(contents) {
        Ok(text) => compile(&name, text).map_err(|problems| listed(&problems)),
        Err(reason) => Err(format!("{name}: cannot read: {reason}")),
    };
    // A file that is being written is empty for a moment; nobody opens every gate by that.
    let emptied = |snapshot: &Snapshot| {
        snapshot.policies.is_empty() && !judge.snapshot.load().policies.is_empty()
    };
    let loaded = match loaded {
        Ok(snapshot) if emptied(&snapshot) => {
            Err(format!("{name}: holds no policy any more; to judge by none, start again with it"))
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
    Files { certificate: Certificate, watched: (Files, Contents) },
    /// Kept in a cluster, which is yet to be asked.
    Managed(Box<SelfManaged>),
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
            let files = Files(vec![chain.clone(), key.clone()]);
            let contents = files.read();
            let (chain_pem, key_pem) =
                both(&contents).map_err(|(path, reason)| unreadable(path, reason))?;
            let what = format!("{} and {}", chain.display(), key.display());
            let loaded = tls::load(chain_pem, key_pem, names, now);
            let certificate = loaded.map_err(|source| StartError::Tls { what, source })?;
            Ok(Source::Files { certificate, watched: (files, contents) })
        }
        CertificateSource::SelfManaged(managed) => Ok(Source::Managed(managed)),
    }
}

pub(super) fn reload_tls(
    tls: &Published,
    (metrics, readiness): (&Metrics, &Readiness),
    names: &[String],
    contents: &Contents,
) {
    let loaded = match both(contents) {
        Ok((chain, key)) => {
            tls::load(chain, key, names, Timestamp::now()).map_err(|error| error.to_string())
        }
        Err((path, reason)) => Err(format!("cannot read {}: {reason}", path.display())),
    };
    match loaded {
        Ok(certificate) => {
            metrics.certificate_loaded(certificate.not_after);
            readiness.serves(certificate.not_after);
            tls.store(certificate.config);
            tracing::info!(files = contents.name(), not_after = %certificate.not_after, "certificate in use");
        }
        Err(reason) => {
            metrics.error(Stage::Certificate);
            tracing::error!(
                files = contents.name(),
                reason,
                "the changed certificate is refused; the one before it stays in use"
            );
        }
    }
}

fn only(contents: &Contents) -> Result<&[u8], String> {
    match contents.0.as_slice() {
        [(_, Ok(bytes))] => Ok(bytes),
        [(_, Err(reason))] => Err(reason.clone()),
        _ => Err("no such file was asked for".to_owned()),
    }
}

/// A chain and a key, or the file that cannot be read.
type Pair<'c> = Result<(&'c [u8], &'c [u8]), (&'c Path, String)>;

fn both(contents: &Contents) -> Pair<'_> {
    match contents.0.as_slice() {
        [(_, Ok(one)), (_, Ok(other))] => Ok((one, other)),
        [(path, Err(reason)), _] | [_, (path, Err(reason))] => Err((path, reason.clone())),
        _ => Err((Path::new(""), "no such file was asked for".to_owned())),
    }
}

fn unreadable(path: &Path, reason: String) -> StartError {
    StartError::Read { path: path.to_owned(), reason }
}
