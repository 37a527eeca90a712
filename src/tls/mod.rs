//! Certificates: from PEM to a server configuration that was checked before it is published.
//!
//! Comes in: the text of a chain and a key, from files, from a Secret or made in memory. Goes out:
//! [`Certificate`]s, each complete, or a [`TlsError`] that says which step failed. What is
//! published is never half of a pair.

mod issue;
mod kept;
mod memory;

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use x509_parser::prelude::{FromDer as _, X509Certificate};

pub use kept::{Kept, renew_at};
pub use memory::{InMemory, in_memory};

/// A crafted PEM file costs quadratic time in some parsers (CVE-2024-12401), and no chain of ours
/// is near this.
pub const MAX_PEM: usize = 256 * 1024;

/// The configuration that new connections get.
pub type Published = Arc<ArcSwap<ServerConfig>>;

/// Why a certificate cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Larger than [`MAX_PEM`].
    #[error("the {0} is larger than {MAX_PEM} bytes")]
    TooLarge(&'static str),
    /// Not PEM, or no such section in it.
    #[error("the certificate chain holds no PEM certificate")]
    NoCertificate,
    /// Not PEM, or no such section in it.
    #[error("the key holds no PEM private key")]
    NoKey,
    /// A kind of key that cannot sign here.
    #[error("the private key cannot be used")]
    Key(#[source] rustls::Error),
    /// The pair does not fit.
    #[error("the private key does not belong to the certificate")]
    Mismatch,
    /// Not X.509.
    #[error("the certificate cannot be read")]
    Parse,
    /// Not valid at this time.
    #[error("the certificate is valid from {from} to {to}, and now is {now}")]
    Expired {
        /// The first moment.
        from: Timestamp,
        /// The last moment.
        to: Timestamp,
        /// The clock.
        now: Timestamp,
    },
    /// A name that `--tls-name` asks for is not in it.
    #[error("the certificate is not for {0}")]
    Name(String),
    /// rustls refused it.
    #[error("the certificate cannot be served")]
    Config(#[source] rustls::Error),
    /// rcgen refused it.
    #[error("cannot make a certificate")]
    Make(#[source] rcgen::Error),
    /// A part that should be kept is not, or is no text.
    #[error("{0} is not there")]
    Missing(&'static str),
    /// Whoever trusts the authority does not trust the leaf.
    #[error("the certificate is not signed by the authority beside it")]
    Stranger,
}

/// A checked chain with its key.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Ready to serve.
    pub config: Arc<ServerConfig>,
    /// When the leaf begins to be valid.
    pub not_before: Timestamp,
    /// When the leaf expires.
    pub not_after: Timestamp,
    chain: Vec<CertificateDer<'static>>,
}

impl Certificate {
    /// Whether a caller that trusts these authorities, as PEM, trusts the leaf at this time.
    pub fn chains_to(&self, authorities: &[u8], now: Timestamp) -> bool {
        let Some((leaf, between)) = self.chain.split_first() else { return false };
        let Ok(leaf) = ParsedCertificate::try_from(leaf) else { return false };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(
            CertificateDer::pem_slice_iter(authorities).filter_map(Result::ok),
        );
        let since_epoch = now.as_duration().try_into().unwrap_or_default();
        let now = UnixTime::since_unix_epoch(since_epoch);
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&leaf, &roots, between, now, algorithms).is_ok()
    }
}

/// Reads and checks a chain and its key: parse, key fits, valid now, for all of `names`.
pub fn load(
    chain: &[u8],
    key: &[u8],
    names: &[String],
    now: Timestamp,
) -> Result<Certificate, TlsError> {
    for (what, pem) in [("certificate chain", chain), ("key", key)] {
        if pem.len() > MAX_PEM {
            return Err(TlsError::TooLarge(what));
        }
    }
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|_| TlsError::NoCertificate)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::NoKey)?;
    let leaf = chain.first().ok_or(TlsError::NoCertificate)?;
    let (not_before, not_after) = check(leaf, names, now)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let certified = match CertifiedKey::from_der(chain.clone(), key, &provider) {
        Ok(certified) => certified,
        Err(rustls::Error::InconsistentKeys(_)) => return Err(TlsError::Mismatch),
        Err(error) => return Err(TlsError::Key(error)),
    };
    let resolver = rustls::sign::SingleCertAndKey::from(certified);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Config)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    // The API server offers only http/1.1 for Services and both for URLs.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Certificate { config: Arc::new(config), not_before, not_after, chain })
}

/// Checks time and names of the leaf; returns from when to when it is valid.
fn check(
    leaf: &CertificateDer<'_>,
    names: &[String],
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), TlsError> {
    let (from, to) = validity(leaf)?;
    if now < from || now >= to {
        return Err(TlsError::Expired { from, to, now });
    }
    let parsed = ParsedCertificate::try_from(leaf).map_err(|_| TlsError::Parse)?;
    for name in names {
        let wanted =
            ServerName::try_from(name.as_str()).map_err(|_| TlsError::Name(name.clone()))?;
        rustls::client::verify_server_name(&parsed, &wanted)
            .map_err(|_| TlsError::Name(name.clone()))?;
    }
    Ok((from, to))
}

/// From when to when the first certificate of a PEM text is valid.
fn time_of(pem: &[u8]) -> Result<(Timestamp, Timestamp), TlsError> {
    validity(&CertificateDer::from_pem_slice(pem).map_err(|_| TlsError::NoCertificate)?)
}

fn validity(certificate: &CertificateDer<'_>) -> Result<(Timestamp, Timestamp), TlsError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| TlsError::Parse)?;
    let time = |at: x509_parser::time::ASN1Time| {
        Timestamp::from_second(at.timestamp()).map_err(|_| TlsError::Parse)
    };
    let validity = parsed.validity();
    Ok((time(validity.not_before)?, time(validity.not_after)?))
}
