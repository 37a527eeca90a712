//! The certificate: made in memory or read from files, replaced while it is served.

use std::io::Write as _;
use std::net::TcpStream;

use super::{Issuer, Mount, leaf, serving};
use crate::support::{
    PATIENCE, Reply, Server, connect, connect_with, pod_review, request, trust, until,
};

/// `/validate` with a pod that nothing is wrong with, as bytes to be sent.
fn good() -> Vec<u8> {
    let review = pod_review(&serde_json::json!({"containers": []})).to_string();
    request("POST", "/validate", "application/json", review.as_bytes())
}

#[test]
fn a_certificate_made_in_memory_is_for_its_names_alone() {
    let server =
        Server::start(&["--tls-name", "webhook.shop.svc", "--tls-name", "192.0.2.7,other.example"]);
    let names = ["localhost", "127.0.0.1", "::1", "webhook.shop.svc", "192.0.2.7", "other.example"];
    for name in names {
        let mut tls = connect(server.webhook, &server.ca(), name).unwrap();
        tls.write_all(&good()).unwrap();
        assert_eq!(Reply::read(&mut tls).status, 200, "{name}");
    }
    for name in ["webhook.shop", "x.webhook.shop.svc", "example.org", "127.0.0.2", "::2"] {
        let error = connect(server.webhook, &server.ca(), name).unwrap_err().to_string();
        assert!(error.contains("not valid for name"), "{name}: {error}");
    }
}

#[test]
fn each_process_has_an_authority_of_its_own() {
    let (one, other) = (Server::start(&[]), Server::start(&[]));
    assert_ne!(std::fs::read(one.ca()).unwrap(), std::fs::read(other.ca()).unwrap());
    let error = connect(one.webhook, &other.ca(), "localhost").unwrap_err().to_string();
    assert!(error.contains("invalid peer certificate"), "{error}");
    let written = std::fs::read_to_string(one.ca()).unwrap();
    assert!(written.starts_with("-----BEGIN CERTIFICATE-----"));
    assert!(!written.contains("KEY"), "the key of the authority is nobody's");
}

#[test]
fn two_versions_of_tls_are_spoken() {
    let server = Server::start(&[]);
    for (version, expected) in [
        (&rustls::version::TLS12, rustls::ProtocolVersion::TLSv1_2),
        (&rustls::version::TLS13, rustls::ProtocolVersion::TLSv1_3),
    ] {
        let config = trust(&server.ca(), &[version]);
        let mut tls = connect_with(server.webhook, config, "localhost").unwrap();
        tls.write_all(&good()).unwrap();
        assert_eq!(Reply::read(&mut tls).status, 200);
        assert_eq!(tls.conn.protocol_version(), Some(expected));
        assert_eq!(tls.conn.alpn_protocol(), Some(b"http/1.1".as_slice()));
    }
}

#[test]
fn what_is_no_tls_does_not_hurt() {
    let server = Server::start(&[]);
    let old = "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00";
    for (number, bytes) in
        ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x00\x00\x00", "SSH-2.0-x\r\n", old]
            .into_iter()
            .enumerate()
    {
        let mut stream = TcpStream::connect(server.webhook).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let answer = Reply::try_read(&mut stream);
        assert!(answer.is_err(), "{bytes:?} is no request: {answer:?}");
        assert_eq!(server.send(&good()).status, 200, "after {bytes:?}");
        let counted = || server.count("bulkhead_errors_total{stage=\"handshake\"}");
        until("it to be counted", || counted() == Some(number as u64 + 1));
    }
}

#[test]
fn files_are_served_with_their_chain() {
    let root = Issuer::new();
    let middle = root.intermediate();
    let pair = middle.issue(&leaf(&["webhook.example"]));
    let mount = Mount::new(&pair.chain_with(&middle), &pair.key);
    let server = serving(&mount, &["--tls-name", "webhook.example"]);
    let ca = mount.write("root.pem", &root.pem());
    // The client trusts the root alone, so the one between must have been sent.
    let mut tls = connect(server.webhook, &ca, "webhook.example").unwrap();
    tls.write_all(&good()).unwrap();
    assert_eq!(Reply::read(&mut tls).status, 200);
    assert_eq!(tls.conn.peer_certificates().unwrap().len(), 2);
    let metric = server.count("bulkhead_tls_not_after_timestamp_seconds");
    assert_eq!(metric, Some(pair.not_after));
}
