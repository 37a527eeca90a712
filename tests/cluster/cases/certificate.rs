//! The certificate that replicas keep in a Secret together.

use std::io::{ErrorKind, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};
use serde_json::json;

use super::{Case, on_own};
use crate::setup::{Installed, Waiting, World};
use crate::support::{PATIENCE, Reply, Server, request, trust, until};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        on_own:
            two_replicas_on_an_empty_secret_end_with_one_authority,
            a_leaf_is_renewed_while_it_is_served,
            without_rights_it_waits_and_later_the_last_good_one_stays,
            the_leader_mends_what_is_damaged,
            who_connects_before_it_is_there_waits_for_it;
    }
}

/// Whether a replica is ready.
fn ready(server: &Server) -> bool {
    server.admin("/readyz").status == 200
}

/// No key of the Secret may ever be logged.
fn assert_discreet(installed: &Installed, secret: &str, server: &Server) {
    let log = server.log();
    assert!(!log.contains("PRIVATE KEY"), "{log}");
    for key in ["ca.key", "tls.key"] {
        let text = installed.kept(secret, key);
        let line = text.lines().nth(1).unwrap_or_else(|| panic!("{key} is not there"));
        assert!(!log.contains(line), "{key} in {log}");
    }
}

fn two_replicas_on_an_empty_secret_end_with_one_authority(world: &World) {
    let installed = Installed::new(world);
    for round in 0..10 {
        let name = format!("s{round}");
        installed.secret(&name);
        let secret = format!("{}/{name}", installed.namespace.name);
        let begin = || installed.begin(0, &["--tls-secret", &secret]);
        let both = [begin(), begin()].map(Waiting::ready);
        let authority = installed.kept(&name, "ca.crt");
        assert_eq!(authority.matches("BEGIN CERTIFICATE").count(), 1, "{authority}");
        let leaf = installed.kept(&name, "tls.crt");
        for server in &both {
            until("both to be ready", || ready(server));
            let tls = installed.connect(server, &authority).unwrap();
            let served = tls.conn.peer_certificates().unwrap()[0].to_vec();
            assert!(leaf.replace('\n', "").contains(&base64(&served)), "another leaf is served");
            assert_discreet(&installed, &name, server);
        }
        assert_eq!(installed.kept(&name, "ca.crt"), authority, "it changed afterwards");
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

const NOT_AFTER: &str = "bulkhead_tls_not_after_timestamp_seconds";

fn a_leaf_is_renewed_while_it_is_served(world: &World) {
    let installed = Installed::new(world);
    let flags = ["--tls-leaf-lifetime", "9"];
    let both = [installed.begin(0, &flags), installed.begin(0, &flags)].map(Waiting::ready);
    let authority = installed.kept("certificate", "ca.crt");
    let first = both.each_ref().map(|server| server.count(NOT_AFTER).unwrap());
    until("the second renewal on both", || {
        both.iter().zip(first).all(|(server, first)| {
            // A caller of any moment is served, by a certificate it trusts.
            installed.connect(server, &authority).unwrap();
            assert!(ready(server), "{}", server.admin("/readyz").text());
            server.count(NOT_AFTER).unwrap() > first + 10
        })
    });
    assert_eq!(installed.kept("certificate", "ca.crt"), authority);
    let leaders: u64 = both.iter().map(|one| one.count("bulkhead_leader").unwrap()).sum();
    assert_eq!(leaders, 1);
    for server in &both {
        assert_eq!(server.count("bulkhead_errors_total{stage=\"certificate\"}"), Some(0));
        assert_discreet(&installed, "certificate", server);
    }
}

fn without_rights_it_waits_and_later_the_last_good_one_stays(world: &World) {
    let installed = Installed::new(world);
    installed.revoke();
    let waiting = installed.begin(0, &["--webhooks", "managed"]);
    let denied = format!("cannot get Secret {}/certificate", installed.namespace.name);
    until("the reason to be reported", || {
        waiting.readyz().is_some_and(|(status, text)| {
            status == 503 && text.contains(&denied) && text.contains("is forbidden")
        })
    });
    installed.grant();
    let server = waiting.ready();
    until("it to be ready", || ready(&server));
    until("it to lead", || server.count("bulkhead_leader") == Some(1));
    let authority = installed.kept("certificate", "ca.crt");
    let reported = || server.log().matches("request to the API server failed").count();
    let before = reported();
    installed.revoke();
    until("the loss to be reported", || reported() > before);
    installed.connect(&server, &authority).unwrap();
    assert!(ready(&server), "{}", server.admin("/readyz").text());
    assert!(server.count("bulkhead_errors_total{stage=\"cluster\"}") > Some(0));
    assert_discreet(&installed, "certificate", &server);
}

fn the_leader_mends_what_is_damaged(world: &World) {
    let installed = Installed::new(world);
    let server = installed.replica(&[]);
    until("it to lead", || server.count("bulkhead_leader") == Some(1));
    let authority = installed.kept("certificate", "ca.crt");
    let old = installed.kept("certificate", "tls.crt");
    let ca_key = installed.kept("certificate", "ca.key");
    // A leaf that cannot be read, a key that does not fit: another leaf of the same authority.
    for damage in [json!({"tls.crt": "AAAA"}), json!({"tls.key": base64(ca_key.as_bytes())})] {
        let before = installed.kept("certificate", "tls.crt");
        installed.change_secret(&json!({"data": damage}));
        until("another leaf", || {
            let now = installed.kept("certificate", "tls.crt");
            now.starts_with("-----BEGIN") && now != before
        });
        assert_eq!(installed.kept("certificate", "ca.crt"), authority);
        until("it to be served", || installed.connect(&server, &authority).is_ok());
    }
    assert_ne!(installed.kept("certificate", "tls.crt"), old);
    // Nothing is left of the authority, or nothing at all: a new one.
    for damage in [json!({"data": {"ca.key": null}}), json!({"data": null})] {
        let before = installed.kept("certificate", "ca.crt");
        installed.change_secret(&damage);
        until("another authority", || {
            let now = installed.kept("certificate", "ca.crt");
            now.starts_with("-----BEGIN") && now != before
        });
        let authority = installed.kept("certificate", "ca.crt");
        until("its leaf", || installed.connect(&server, &authority).is_ok());
        until("it to be ready", || ready(&server));
    }
    assert_discreet(&installed, "certificate", &server);
}

fn who_connects_before_it_is_there_waits_for_it(world: &World) {
    let installed = Installed::new(world);
    // What a replica leaves that was killed; the next one is kept from reading it for a while.
    drop(installed.replica(&[]));
    let file = installed.kubeconfig().with_file_name("authority.pem");
    std::fs::write(&file, installed.kept("certificate", "ca.crt")).unwrap();
    installed.revoke();
    let waiting = installed.begin(installed.port, &[]);
    let denied = format!("cannot get Secret {}/certificate", installed.namespace.name);
    until("the reason to be reported", || {
        waiting.readyz().is_some_and(|(code, text)| code == 503 && text.contains(&denied))
    });
    let mut socket = TcpStream::connect(("127.0.0.1", installed.port)).unwrap();
    let name = format!("bulkhead.{}.svc", installed.namespace.name).try_into().unwrap();
    let config = trust(&file, rustls::ALL_VERSIONS);
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    client.write_tls(&mut socket).unwrap();
    // Neither refused nor answered so far.
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert_eq!(socket.peek(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    installed.grant();
    let mut tls = StreamOwned::new(client, socket);
    tls.write_all(&request("POST", "/validate", "application/json", b"{}")).unwrap();
    // Read, and refused for what it is: no review.
    assert_eq!(Reply::read(&mut tls).status, 400);
    drop(waiting.ready());
}
