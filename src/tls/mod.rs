//! Certificates: from PEM to a server configuration that was checked before it is published.
//!
//! Comes in: the text of a chain and a key, from files, from a Secret or made in memory. Goes out:
//! [`Certificate`]s, each complete, or a [`TlsError`] that says which step failed. What is
//! published is never half of a pair.

mod issue;
mod key;
mod memory;
mod pem;
mod secret;

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{RootCertStore, ServerConfig};
use x509_parser::asn1_rs::Tag;
use x509_parser::oid_registry::OID_KEY_TYPE_EC_PUBLIC_KEY;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate, X509Version};

pub use memory::{InMemory, in_memory};
use pem::KINDS;
pub use pem::{File, Instead};
pub use secret::{SecretContents, renew_at};

/// A crafted PEM file costs quadratic time in some parsers (CVE-2024-12401), and no chain of ours
/// is near this.
pub const MAX_PEM: usize = 256 * 1024;

/// The configuration that new connections get.
pub type ServerConfigSlot = Arc<ArcSwap<ServerConfig>>;

/// Why a certificate cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Larger than [`MAX_PEM`].
    #[error("the {0} is larger than {MAX_PEM} bytes")]
    TooLarge(&'static str),
    /// Not PEM, or no such section in it.
    #[error("the {file} holds no PEM {what}{1}", file = .0.as_str(), what = .0.section())]
    Absent(File, Instead),
    /// A kind of key that cannot sign here.
    #[error("the private key cannot be used, it is {kind}; {KINDS}")]
    Key {
        /// Which.
        kind: &'static str,
        /// In the words of rustls.
        source: rustls::Error,
    },
    /// The pair does not fit.
    #[error("the private key does not belong to the certificate{0}")]
    Mismatch(&'static str),
    /// The leaf is further down.
    #[error(
        "the certificate chain is in the wrong order: the private key belongs to certificate {at} \
         of {of}, which has to be the first, then the one that signed it, and so on"
    )]
    Order {
        /// Where it is, counted from 1.
        at: usize,
        /// How many there are.
        of: usize,
    },
    /// The key is that of one who signed, not of the leaf.
    #[error(
        "the private key does not belong to the certificate: it is that of an authority, which is \
         certificate {at} of {of}; the key of the first certificate is needed"
    )]
    Authority {
        /// Where that authority is, counted from 1.
        at: usize,
        /// How many there are.
        of: usize,
    },
    /// The curve is spelled out instead of named, so that nobody can compare the keys.
    #[error(
        "the certificate has explicit parameters of its elliptic curve, which callers do not \
         support; make key and certificate with a named curve"
    )]
    Explicit,
    /// Before X.509 version 3 there were no names that a caller could compare.
    #[error("the certificate is of X.509 version {0}; callers accept version 3 alone")]
    Version(u32),
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
    #[error("the certificate is not for {name}{hint}")]
    Name {
        /// The name.
        name: String,
        /// What the certificate is for.
        hint: String,
    },
    /// rustls refused it.
    #[error("the certificate cannot be served")]
    Config(#[source] rustls::Error),
    /// rcgen refused it.
    #[error("cannot make a certificate")]
    Make(#[source] rcgen::Error),
    /// A part that should be kept is not.
    #[error("{0} is not there")]
    Missing(&'static str),
    /// A part that is kept, and cannot be PEM.
    #[error("{0} is not UTF-8 text")]
    NotText(&'static str),
    /// Whoever trusts the authority does not trust the leaf.
    #[error("the certificate is not signed by the authority that is stored with it")]
    UntrustedIssuer,
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
    for (what, pem) in [(File::Chain, chain), (File::Key, key)] {
        if pem.len() > MAX_PEM {
            return Err(TlsError::TooLarge(what.as_str()));
        }
    }
    for (file, bytes) in [(File::Chain, chain), (File::Key, key)] {
        // The reader would take the section after it.
        if let Some(mark) = pem::marked(file, bytes) {
            return Err(TlsError::Absent(file, mark));
        }
    }
    let absent = |file, bytes| TlsError::Absent(file, pem::instead(file, bytes));
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
    let read = read.map_err(|_| absent(File::Chain, chain))?;
    let leaf = read.first().ok_or_else(|| absent(File::Chain, chain))?;
    let secret = PrivateKeyDer::from_pem_slice(key).map_err(|_| absent(File::Key, key))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let kind = key::kind(&secret);
    let signing = provider.key_provider.load_private_key(secret);
    let signing = signing.map_err(|source| TlsError::Key { kind, source })?;
    belongs(&*signing, &read, key)?;
    let (not_before, not_after) = check(leaf, names, now)?;
    let certified = CertifiedKey::new(read.clone(), signing);
    let resolver = rustls::sign::SingleCertAndKey::from(certified);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Config)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    // The API server offers only http/1.1 for Services and both for URLs.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Certificate { config: Arc::new(config), not_before, not_after, chain: read })
}

/// Checks that the key is that of the first certificate, and says of which it is otherwise.
fn belongs(
    signing: &dyn SigningKey,
    chain: &[CertificateDer<'_>],
    key: &[u8],
) -> Result<(), TlsError> {
    let parsed: Vec<_> = chain.iter().map(|one| X509Certificate::from_der(one)).collect();
    let Some(Ok((_, leaf))) = parsed.first() else { return Err(TlsError::Parse) };
    let ours = signing.public_key();
    let is_ours = |(_, one): &(usize, &X509Certificate<'_>)| {
        ours.as_ref().is_some_and(|ours| one.public_key().raw == ours.as_ref())
    };
    let parsed: Vec<_> = parsed.iter().map(|one| one.as_ref().ok().map(|(_, one)| one)).collect();
    let mut readable = parsed.iter().enumerate().filter_map(|(at, one)| Some((at, (*one)?)));
    let of = chain.len();
    match readable.find(is_ours) {
        Some((0, _)) if leaf.version() == X509Version::V3 => Ok(()),
        Some((0, _)) => Err(TlsError::Version(leaf.version().0 + 1)),
        Some((at, one)) if one.is_ca() || has_signed(one, &parsed) => {
            Err(TlsError::Authority { at: at + 1, of })
        }
        Some((at, _)) => Err(TlsError::Order { at: at + 1, of }),
        None if is_explicit(leaf) => Err(TlsError::Explicit),
        None if pem::count_keys(key) > 1 => {
            Err(TlsError::Mismatch("; there are several in the file, and the first one counts"))
        }
        None if leaf.is_ca() => Err(TlsError::Mismatch(AUTHORITY)),
        None => Err(TlsError::Mismatch("")),
    }
}

/// Whether another certificate names this one as its issuer: old authorities have no other mark.
fn has_signed(one: &X509Certificate<'_>, chain: &[Option<&X509Certificate<'_>>]) -> bool {
    let others = chain.iter().flatten().filter(|other| other.subject() != one.subject());
    others.into_iter().any(|other| other.issuer() == one.subject())
}

/// Whether the parameters of the key's curve are a list, where its name should be.
fn is_explicit(leaf: &X509Certificate<'_>) -> bool {
    let algorithm = &leaf.public_key().algorithm;
    let parameters = algorithm.parameters.as_ref();
    algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY
        && parameters.is_some_and(|it| it.tag() == Tag::Sequence)
}

const AUTHORITY: &str = ", which is an authority's; one that it has signed is needed";

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
        let failed = || TlsError::Name { name: name.clone(), hint: names_of(leaf) };
        let wanted = ServerName::try_from(name.as_str()).map_err(|_| failed())?;
        rustls::client::verify_server_name(&parsed, &wanted).map_err(|_| failed())?;
    }
    Ok((from, to))
}

/// What a certificate is for instead.
fn names_of(leaf: &CertificateDer<'_>) -> String {
    const MOST: usize = 5;
    let Ok((_, leaf)) = X509Certificate::from_der(leaf) else { return String::new() };
    if leaf.is_ca() {
        return AUTHORITY.to_owned();
    }
    let Ok(Some(names)) = leaf.subject_alternative_name() else {
        return ": it has no subjectAltName, and its common name does not count".to_owned();
    };
    let names = names.value.general_names.iter().filter_map(|name| {
        if let GeneralName::DNSName(name) = name { Some((*name).to_owned()) } else { None }
    });
    let names: Vec<_> = names.take(MOST).collect();
    if names.is_empty() { String::new() } else { format!(": it is for {}", names.join(", ")) }
}

/// From when to when the first certificate of a PEM text is valid.
fn time_of(pem: &[u8]) -> Result<(Timestamp, Timestamp), TlsError> {
    let first = CertificateDer::from_pem_slice(pem);
    validity(&first.map_err(|_| TlsError::Absent(File::Chain, pem::instead(File::Chain, pem)))?)
}

fn validity(certificate: &CertificateDer<'_>) -> Result<(Timestamp, Timestamp), TlsError> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| TlsError::Parse)?;
    let time = |at: x509_parser::time::ASN1Time| {
        Timestamp::from_second(at.timestamp()).map_err(|_| TlsError::Parse)
    };
    let validity = parsed.validity();
    Ok((time(validity.not_before)?, time(validity.not_after)?))
}
