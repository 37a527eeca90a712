//! Which way leads to the API server, as kubectl decides it.

use bulkhead::cluster::Environment;

/// The way to a server where `HTTPS_PROXY` is the first and `NO_PROXY` the second.
fn way(proxy: &str, no: &str, server: &str) -> Result<Option<String>, String> {
    let environment = Environment {
        https: proxy.to_owned(),
        http: "http://plain.example:1".to_owned(),
        no: no.to_owned(),
    };
    let found = environment.proxy(&server.parse().unwrap()).map_err(|error| error.to_string())?;
    Ok(found.map(|proxy| proxy.to_string()))
}

/// `NO_PROXY`, a server, and whether that is covered.
const COVERED: &[(&str, &str, bool)] = &[
    ("", "https://api.example.com:6443", false),
    ("*", "https://api.example.com:6443", true),
    ("other, *", "https://api.example.com:6443", true),
    // Names: with all below them, or only those below.
    ("api.example.com", "https://api.example.com:6443", true),
    ("example.com", "https://api.example.com:6443", true),
    ("EXAMPLE.com", "https://api.Example.com", true),
    (".example.com", "https://api.example.com", true),
    ("*.example.com", "https://api.example.com", true),
    (".example.com", "https://example.com", false),
    ("*.example.com", "https://example.com", false),
    ("example.com", "https://badexample.com", false),
    ("*example.com", "https://api.example.com", false),
    ("com", "https://api.example.com", true),
    ("svc", "https://kubernetes.default.svc", true),
    // Ports.
    ("api.example.com:6443", "https://api.example.com:6443", true),
    ("api.example.com:443", "https://api.example.com", true),
    ("api.example.com:443", "https://api.example.com:6443", false),
    ("10.0.0.1:6443", "https://10.0.0.1:6443", true),
    ("10.0.0.1:443", "https://10.0.0.1:6443", false),
    ("[fd00::1]:6443", "https://[fd00::1]:6443", true),
    ("[fd00::1]:443", "https://[fd00::1]:6443", false),
    (":6443", "https://api.example.com:6443", false),
    // Addresses and networks.
    ("10.0.0.1", "https://10.0.0.1:6443", true),
    ("10.0.0.0/8", "https://10.96.0.1", true),
    ("10.0.0.0/8", "https://11.0.0.1", false),
    ("10.96.0.1/32", "https://10.96.0.1", true),
    ("0.0.0.0/0", "https://192.0.2.1", true),
    ("10.0.0.0/33", "https://10.0.0.1", false),
    ("10.0.0.0/8", "https://ten.example", false),
    ("fd00::/8", "https://[fd12::1]:6443", true),
    ("fd00::/8", "https://[fe80::1]:6443", false),
    ("fd00::1", "https://[fd00::1]:6443", true),
    ("10.0.0.0/8", "https://[fd00::1]", false),
    ("0.0.0.1", "https://10.0.0.1", false),
    ("::ffff:240.1.2.0/120", "https://240.1.2.3", true),
    ("::ffff:240.1.2.0/120", "https://240.1.3.3", false),
    ("::ffff:0:0/96", "https://240.1.2.3", true),
    ("::ffff:0:0/80", "https://240.1.2.3", false),
    ("::ffff:0:0/129", "https://240.1.2.3", false),
    ("240.1.2.0/24", "https://[::ffff:240.1.2.3]", true),
    // Brackets are only before a port.
    ("[fd00::1]", "https://[fd00::1]:6443", false),
    ("[fd00::1]:", "https://[fd00::1]:6443", true),
    ("10.0.0.1:", "https://10.0.0.1:6443", true),
    // An address is under no domain.
    ("2.3", "https://240.1.2.3", false),
    (".1.2.3", "https://240.1.2.3", false),
    ("*.2.3", "https://240.1.2.3:6443", false),
    ("3:6443", "https://240.1.2.3:6443", false),
    ("1]", "https://[fd00::1]", false),
    ("2.3", "https://1.2.3.example", false),
    // Lists, and what is no entry.
    ("a.example,, b.example ,", "https://b.example", true),
    ("a.example b.example", "https://b.example", false),
    ("https://api.example.com", "https://api.example.com", false),
    // Never.
    ("", "https://localhost:6443", true),
    ("", "https://127.0.0.1:6443", true),
    ("", "https://127.1.2.3:6443", true),
    ("", "https://[::1]:6443", true),
    ("", "https://localhost.example.com", false),
];

#[test]
fn what_no_proxy_covers_is_reached_directly() {
    for (no, server, direct) in COVERED.iter().copied() {
        let proxy = (!direct).then(|| "http://proxy.example:3128/".to_owned());
        let found = way("http://proxy.example:3128", no, server);
        assert_eq!(found, Ok(proxy), "NO_PROXY={no} for {server}");
    }
}

#[test]
fn what_a_proxy_may_be() {
    let server = "https://api.example.com";
    for (said, expected) in [
        ("http://proxy.example:3128", "http://proxy.example:3128/"),
        ("proxy.example:3128", "http://proxy.example:3128/"),
        ("proxy.example", "http://proxy.example:80/"),
        ("http://user:pass@proxy.example/", "http://user:pass@proxy.example:80/"),
        ("https://proxy.example", "https://proxy.example:443/"),
        ("socks5://proxy.example", "socks5://proxy.example:1080/"),
        ("socks5h://proxy.example:9050", "socks5://proxy.example:9050/"),
        ("http://[fd00::1]:3128", "http://[fd00::1]:3128/"),
        ("http://proxy.example:3128/ignored?a=b", "http://proxy.example:3128/"),
    ] {
        assert_eq!(way(said, "", server), Ok(Some(expected.to_owned())), "{said}");
    }
    for (said, words) in [
        ("ftp://proxy.example", "is not the URL of an http, https or socks5 proxy"),
        ("http://", "is not the URL of a proxy"),
        ("http://a b", "is not the URL of a proxy"),
        ("socks5://user:secret@proxy.example", "has a user"),
    ] {
        let error = way(said, "", server).unwrap_err();
        assert!(error.starts_with("HTTPS_PROXY ") && error.contains(words), "{said}: {error}");
        assert!(!error.contains("secret"), "{error}");
        // What is not used may be anything.
        assert_eq!(way(said, "example.com", server), Ok(None), "{said}");
    }
    assert_eq!(way("", "", server), Ok(None));
    let plain = way("http://proxy.example", "", "http://api.example.com");
    assert_eq!(plain, Ok(Some("http://plain.example:1/".to_owned())));
}
