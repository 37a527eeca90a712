//! What the Secret of the certificate holds, and what is made for it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{Issuer, KeyPair};

use super::{Certificate, MAX_PEM, TlsError, issue, load, time_of};

/// The authority outlives every leaf by far: callers learn of another one only by a registration.
const AUTHORITY: Duration = Duration::from_hours(10 * 365 * 24);

/// The keys of the Secret; the leaf's as cert-manager and the kubelet name them.
const CA: &str = "ca.crt";
const CA_KEY: &str = "ca.key";
const LEAF: &str = "tls.crt";
const LEAF_KEY: &str = "tls.key";

/// What is kept in the Secret: an authority, a leaf of it, and both keys.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretContents {
    /// Of the authority that signs, then of the one before it, if there was one.
    authority: String,
    authority_key: String,
    chain: String,
    key: String,
}

/// Two of the fields are keys, which are never shown.
impl fmt::Debug for SecretContents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecretContents").finish_non_exhaustive()
    }
}

impl SecretContents {
    /// Makes an authority and a leaf of it.
    pub fn make(names: &[String], leaf: Duration, now: Timestamp) -> Result<Self, TlsError> {
        Self::make_after("", names, leaf, now)
    }

    /// The same, and callers go on trusting the authority before.
    fn make_after(
        before: &str,
        names: &[String],
        leaf: Duration,
        now: Timestamp,
    ) -> Result<Self, TlsError> {
        let authority = issue::authority("bulkhead CA", now, AUTHORITY)?;
        let leaf = issue::leaf(&authority.issuer, names, now, leaf)?;
        Ok(Self {
            authority: authority.issuer.pem() + before,
            authority_key: authority.key,
            chain: leaf.chain,
            key: leaf.key,
        })
    }

    /// Reads the data of the Secret.
    pub fn read(data: &BTreeMap<String, Vec<u8>>) -> Result<Self, TlsError> {
        let text = |name: &'static str| {
            let bytes = data.get(name).ok_or(TlsError::Missing(name))?;
            if bytes.len() > MAX_PEM {
                return Err(TlsError::TooLarge(name));
            }
            String::from_utf8(bytes.clone()).map_err(|_| TlsError::NotText(name))
        };
        Ok(Self {
            authority: text(CA)?,
            authority_key: text(CA_KEY)?,
            chain: text(LEAF)?,
            key: text(LEAF_KEY)?,
        })
    }

    /// What the Secret is to hold.
    pub fn data(&self) -> BTreeMap<String, Vec<u8>> {
        let all = [
            (CA, &self.authority),
            (CA_KEY, &self.authority_key),
            (LEAF, &self.chain),
            (LEAF_KEY, &self.key),
        ];
        all.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into()
    }

    /// What callers must trust, as PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// When the authority that signs expires.
    pub fn authority_not_after(&self) -> Result<Timestamp, TlsError> {
        Ok(time_of(self.authority.as_bytes())?.1)
    }

    /// The leaf, checked like any other, and that it is the authority's.
    pub fn certificate(&self, names: &[String], now: Timestamp) -> Result<Certificate, TlsError> {
        let certificate = load(self.chain.as_bytes(), self.key.as_bytes(), names, now)?;
        let (from, to) = time_of(self.authority.as_bytes())?;
        if now < from || now >= to {
            return Err(TlsError::Expired { from, to, now });
        }
        if !certificate.chains_to(self.authority.as_bytes(), now) {
            return Err(TlsError::UntrustedIssuer);
        }
        Ok(certificate)
    }

    /// Another leaf of the same authority; of a new one where that cannot sign for as long. The
    /// authority before it stays trusted: replicas serve its leaf for a moment more.
    pub fn renewed(
        &self,
        names: &[String],
        leaf: Duration,
        now: Timestamp,
    ) -> Result<Self, TlsError> {
        let signed = self.issuer(leaf, now);
        let signed = signed.and_then(|issuer| issue::leaf(&issuer, names, now, leaf));
        let same = signed.map(|leaf| Self { chain: leaf.chain, key: leaf.key, ..self.clone() });
        match same {
            // The key may be that of another authority, whose leaves nobody trusts.
            Ok(same) if same.certificate(names, now).is_ok() => Ok(same),
            _ => Self::make_after(self.trusted(now), names, leaf, now),
        }
    }

    fn issuer(&self, leaf: Duration, now: Timestamp) -> Result<Issuer<'static, KeyPair>, TlsError> {
        let (from, to) = time_of(self.authority.as_bytes())?;
        let until = now.checked_add(leaf).map_err(|_| TlsError::Parse)?;
        if now < from || until >= to {
            return Err(TlsError::Expired { from, to, now });
        }
        let key = KeyPair::from_pem(&self.authority_key).map_err(TlsError::Make)?;
        Issuer::from_ca_cert_pem(&self.authority, key).map_err(TlsError::Make)
    }

    /// The first certificate of the authority, if it is valid still.
    fn trusted(&self, now: Timestamp) -> &str {
        let first = self.authority.split_inclusive("-----END CERTIFICATE-----\n").next();
        let first = first.unwrap_or_default();
        let valid = time_of(first.as_bytes()).is_ok_and(|(from, to)| from <= now && now < to);
        if valid { first } else { "" }
    }
}

/// When a leaf of ours is to be renewed: after two thirds of its life, so that a third is left for
/// whatever keeps that from happening.
pub fn renew_at(certificate: &Certificate) -> Timestamp {
    let begin = certificate.not_before + issue::BACKDATED;
    let third = begin.duration_until(certificate.not_after) / 3;
    certificate.not_after - third
}
