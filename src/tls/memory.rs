use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use super::{Certificate, TlsError, load};

/// Long enough for any trial, short enough not to be kept.
const VALID: Duration = Duration::from_hours(365 * 24);

/// Clocks differ: the certificate is valid for a caller that is behind.
const BACKDATED: Duration = Duration::from_hours(1);

/// A certificate made for this process, and the authority that callers must trust.
#[derive(Debug)]
pub struct InMemory {
    /// To serve.
    pub certificate: Certificate,
    /// The authority, as PEM. Its key is gone.
    pub ca_pem: String,
}

/// Makes an authority and a certificate of it for localhost, the loopback addresses and `names`.
pub fn in_memory(names: &[String], now: Timestamp) -> Result<InMemory, TlsError> {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "bulkhead in-memory CA");
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    dated(&mut authority, now);
    let key = KeyPair::generate().map_err(TlsError::Make)?;
    let authority = CertifiedIssuer::self_signed(authority, key).map_err(TlsError::Make)?;

    let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let all: Vec<String> = own.into_iter().chain(names.iter().cloned()).collect();
    let mut leaf = CertificateParams::new(all.clone()).map_err(TlsError::Make)?;
    leaf.distinguished_name.push(DnType::CommonName, "bulkhead");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    dated(&mut leaf, now);
    let key = KeyPair::generate().map_err(TlsError::Make)?;
    let leaf = leaf.signed_by(&key, &authority).map_err(TlsError::Make)?;

    let certificate = load(leaf.pem().as_bytes(), key.serialize_pem().as_bytes(), &all, now)?;
    Ok(InMemory { certificate, ca_pem: authority.pem() })
}

fn dated(params: &mut CertificateParams, now: Timestamp) {
    let now = std::time::SystemTime::from(now);
    params.not_before = (now - BACKDATED).into();
    params.not_after = (now + VALID).into();
}
