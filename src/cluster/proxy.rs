//! Whether requests to the API server go through a proxy, as kubectl decides it: the kubeconfig's
//! `proxy-url` says so for itself; otherwise the environment does, unless `NO_PROXY` covers the
//! server, which is read as Go's `net/http` reads it.

use std::net::IpAddr;

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

/// Why a proxy cannot be used. What was given may hold a password, so it is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct ProxyError {
    name: &'static str,
    problem: &'static str,
}

/// What the environment says of proxies; an empty text says nothing.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `HTTPS_PROXY`, or the same in lower case.
    pub https: String,
    /// `HTTP_PROXY`, likewise.
    pub http: String,
    /// `NO_PROXY`, likewise.
    pub no: String,
}

impl Environment {
    /// Of this process.
    #[expect(
        clippy::disallowed_methods,
        reason = "these are no settings of ours, and each has two names"
    )]
    pub fn read() -> Self {
        let one = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let any = |name: &str| one(name).or_else(|| one(&name.to_lowercase())).unwrap_or_default();
        Self { https: any("HTTPS_PROXY"), http: any("HTTP_PROXY"), no: any("NO_PROXY") }
    }

    /// The proxy on the way to this server, if there is one.
    pub fn proxy(&self, server: &Uri) -> Result<Option<Uri>, ProxyError> {
        let (name, said) = match server.scheme_str() {
            Some("https") => ("HTTPS_PROXY", &self.https),
            Some("http") => ("HTTP_PROXY", &self.http),
            _ => return Ok(None),
        };
        if said.is_empty() || self.goes_straight(server) {
            return Ok(None);
        }
        let as_url = if said.contains("://") { said.clone() } else { format!("http://{said}") };
        usable(name, &as_url).map(Some)
    }

    /// Whether a server is reached without a proxy.
    fn goes_straight(&self, server: &Uri) -> bool {
        let host = server.host().unwrap_or_default().to_lowercase();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let address = host.parse::<IpAddr>().ok().map(|address| address.to_canonical());
        if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
            return true;
        }
        let default = if server.scheme_str() == Some("https") { 443 } else { 80 };
        let port = server.port_u16().unwrap_or(default);
        let entries = self.no.split(',').map(|entry| entry.trim().to_lowercase());
        entries.filter(|entry| !entry.is_empty()).any(|entry| covers(&entry, host, address, port))
    }
}

/// Whether an entry of `NO_PROXY` covers a host: `*`, a network, an address or a domain, the last
/// two with or without a port. No domain covers a host that is an address.
fn covers(entry: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, bits)) = network(entry) {
        return address.is_some_and(|address| is_within(address, network, bits));
    }
    let (name, of_port) = match entry.rsplit_once(':') {
        // Of an address with colons, none is before a port, unless there are brackets.
        Some((name, of_port)) if !name.contains(':') => (name, of_port),
        Some((name, of_port)) if name.ends_with(']') => {
            (name.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(name), of_port)
        }
        _ => (entry, ""),
    };
    if !of_port.is_empty() && of_port != port.to_string() {
        return false;
    }
    if let Some(address) = address {
        return name.parse::<IpAddr>().is_ok_and(|known| known.to_canonical() == address);
    }
    let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    match name.strip_prefix('.') {
        Some(_) => host.ends_with(name),
        None => !name.is_empty() && (host == name || host.ends_with(&format!(".{name}"))),
    }
}

fn network(entry: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = entry.split_once('/')?;
    let (address, bits) = (address.parse::<IpAddr>().ok()?, bits.parse::<u32>().ok()?);
    let most = if address.is_ipv4() { 32 } else { 128 };
    // Of addresses that are written as IPv6, the network is that of IPv4.
    let written = if address.is_ipv6() && address.to_canonical().is_ipv4() { 96 } else { 0 };
    match bits.checked_sub(written) {
        Some(bits) if bits + written <= most => Some((address.to_canonical(), bits)),
        _ => (bits <= most).then_some((address, bits)),
    }
}

fn is_within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let differ = match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => u128::from(one.to_bits() ^ other.to_bits()) << 96,
        (IpAddr::V6(one), IpAddr::V6(other)) => one.to_bits() ^ other.to_bits(),
        _ => return false,
    };
    differ.leading_zeros() >= bits
}

/// The URL of a proxy, with its port, as the client can use it; `name` is where it was given.
pub(super) fn usable(name: &'static str, text: &str) -> Result<Uri, ProxyError> {
    let refused = |problem| ProxyError { name, problem };
    let unreadable = || refused("is not the URL of a proxy");
    let url: Uri = text.parse().map_err(|_| unreadable())?;
    let authority = url.authority().ok_or_else(|| refused("names no host"))?;
    let (scheme, port) = match url.scheme_str() {
        Some("http") => ("http", 80),
        Some("https") => ("https", 443),
        // Names are left to the proxy in both.
        Some("socks5" | "socks5h") => ("socks5", 1080),
        _ => return Err(refused("is not the URL of an http, https or socks5 proxy")),
    };
    if scheme == "socks5" && authority.as_str().contains('@') {
        return Err(refused("has a user; that is supported with http and https, not with socks5"));
    }
    let authority = match authority.port() {
        Some(_) => authority.clone(),
        None => format!("{authority}:{port}").parse::<Authority>().map_err(|_| unreadable())?,
    };
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(Scheme::try_from(scheme).map_err(|_| unreadable())?);
    parts.authority = Some(authority);
    parts.path_and_query = Some(PathAndQuery::from_static("/"));
    Uri::from_parts(parts).map_err(|_| unreadable())
}
