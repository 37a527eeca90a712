use std::time::Duration;

use jiff::Timestamp;

use super::{Certificate, TlsError, issue, load};

/// Long enough for any trial, short enough not to be kept.
const VALID: Duration = Duration::from_hours(365 * 24);

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
    let authority = issue::authority("bulkhead in-memory CA", now, VALID)?;
    let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let all: Vec<String> = own.into_iter().chain(names.iter().cloned()).collect();
    let leaf = issue::leaf(&authority.issuer, &all, now, VALID)?;
    let certificate = load(leaf.chain.as_bytes(), leaf.key.as_bytes(), &all, now)?;
    Ok(InMemory { certificate, ca_pem: authority.issuer.pem() })
}
