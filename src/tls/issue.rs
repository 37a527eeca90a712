use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};

use super::TlsError;

/// Clocks differ: a certificate is valid for a caller that is behind.
pub(super) const BACKDATED: Duration = Duration::from_hours(1);

/// A leaf and its key, as PEM.
pub(super) struct Leaf {
    pub(super) chain: String,
    pub(super) key: String,
}

/// An authority that can sign, and its key, as PEM.
pub(super) struct Authority {
    pub(super) issuer: CertifiedIssuer<'static, KeyPair>,
    pub(super) key: String,
}

/// Makes an authority that signs leaves and nothing else.
pub(super) fn authority(
    name: &str,
    now: Timestamp,
    lifetime: Duration,
) -> Result<Authority, TlsError> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    dated(&mut params, now, lifetime);
    let pair = KeyPair::generate().map_err(TlsError::Make)?;
    let key = pair.serialize_pem();
    let issuer = CertifiedIssuer::self_signed(params, pair).map_err(TlsError::Make)?;
    Ok(Authority { issuer, key })
}

/// Makes a certificate of an authority for these names.
pub(super) fn leaf(
    issuer: &Issuer<'_, KeyPair>,
    names: &[String],
    now: Timestamp,
    lifetime: Duration,
) -> Result<Leaf, TlsError> {
    let mut params = CertificateParams::new(names).map_err(TlsError::Make)?;
    params.distinguished_name.push(DnType::CommonName, "bulkhead");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    dated(&mut params, now, lifetime);
    let key = KeyPair::generate().map_err(TlsError::Make)?;
    let chain = params.signed_by(&key, issuer).map_err(TlsError::Make)?.pem();
    Ok(Leaf { chain, key: key.serialize_pem() })
}

fn dated(params: &mut CertificateParams, now: Timestamp, lifetime: Duration) {
    let now = std::time::SystemTime::from(now);
    params.not_before = (now - BACKDATED).into();
    params.not_after = (now + lifetime).into();
}
