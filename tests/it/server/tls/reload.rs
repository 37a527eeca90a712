//! Files that are replaced while they are served.

use std::fs;
use std::io::Write as _;
use std::time::{Duration, SystemTime};

use super::{DAY, Fault, Issuer, Mount, NAME, Pair, body, faults, leaf, served, serving, valid};
use crate::support::{Reply, Server, connect, pod_review, request, until};

const NOT_AFTER: &str = "bulkhead_tls_not_after_timestamp_seconds";
const REFUSED: &str = "bulkhead_errors_total{stage=\"certificate\"}";

/// A certificate that is valid for some days more than [`leaf`].
fn longer(issuer: &Issuer, days: u32) -> Pair {
    let now = SystemTime::now();
    issuer.issue(&valid(leaf(&[NAME]), now - DAY, now + DAY * (days + 1)))
}

#[test]
fn a_new_pair_is_served_to_new_connections() {
    let issuer = Issuer::new();
    let old = issuer.issue(&leaf(&[NAME]));
    let mount = Mount::new(&old.chain, &old.key);
    let server = serving(&mount, &["--tls-name", NAME]);
    assert_eq!(served(&server, &issuer, NAME), body(&old.chain));
    assert_eq!(server.count(NOT_AFTER), Some(old.not_after));
    let mut open = connect(server.webhook, &server.ca(), NAME).unwrap();
    for days in 1..=2 {
        let new = longer(&issuer, days);
        mount.flip(Some(&new.chain), Some(&new.key));
        until("the new leaf", || served(&server, &issuer, NAME) == body(&new.chain));
        assert_eq!(server.count(NOT_AFTER), Some(new.not_after));
    }
    assert_eq!(server.count(REFUSED), Some(0));
    // Who was connected stays connected.
    let review = pod_review(&serde_json::json!({"containers": []})).to_string();
    open.write_all(&request("POST", "/validate", "application/json", review.as_bytes())).unwrap();
    assert_eq!(Reply::read(&mut open).status, 200);
    let logged = || server.log().matches("certificate in use").count();
    until("a log line for each", || logged() == 2);
}

#[test]
fn plain_files_are_noticed_too() {
    let issuer = Issuer::new();
    let (old, new) = (issuer.issue(&leaf(&[NAME])), longer(&issuer, 1));
    let mount = Mount::new("", "");
    for (file, text) in [("tls.crt", &old.chain), ("tls.key", &old.key)] {
        fs::remove_file(mount.path(file)).unwrap();
        mount.write(file, text);
    }
    let server = serving(&mount, &[]);
    assert_eq!(served(&server, &issuer, NAME), body(&old.chain));
    // One by a rename, the other in place.
    let renamed = mount.write("new.crt", &new.chain);
    fs::rename(renamed, mount.path("tls.crt")).unwrap();
    mount.write("tls.key", &new.key);
    until("the new leaf", || served(&server, &issuer, NAME) == body(&new.chain));
    assert_eq!(server.count(NOT_AFTER), Some(new.not_after));
}

/// Replaces a good pair by one with a fault, and that by a good one again.
fn assert_survives(issuer: &Issuer, fault: &Fault) {
    let what = fault.what;
    let (old, new) = (issuer.issue(&leaf(&[NAME])), longer(issuer, 1));
    let mount = Mount::new(&old.chain, &old.key);
    let server = serving(&mount, &["--tls-name", NAME]);
    mount.flip(fault.chain.as_deref(), fault.key.as_deref());
    until(what, || server.count(REFUSED) == Some(1));
    assert_eq!(served(&server, issuer, NAME), body(&old.chain), "{what}");
    assert_eq!(server.count(NOT_AFTER), Some(old.not_after), "{what}");
    until("a log line", || server.log().contains("the changed certificate is refused"));
    let log = server.log();
    let line = log.lines().find(|line| line.contains("the changed certificate is refused"));
    let line = line.unwrap();
    assert!(line.contains(fault.reason) && line.contains("tls.crt"), "{what}: {line}");
    assert!(!log.contains("PRIVATE KEY"), "{what}: {log}");
    heals(&server, &mount, issuer, &new);
    assert_eq!(server.count(REFUSED), Some(1), "{what} is reported once");
}

fn heals(server: &Server, mount: &Mount, issuer: &Issuer, new: &Pair) {
    mount.flip(Some(&new.chain), Some(&new.key));
    until("the repaired leaf", || served(server, issuer, NAME) == body(&new.chain));
    assert_eq!(server.count(NOT_AFTER), Some(new.not_after));
}

#[test]
fn the_old_pair_stays_when_the_new_one_cannot_be_served() {
    let issuer = Issuer::new();
    let faults = faults(&issuer);
    std::thread::scope(|threads| {
        for fault in &faults {
            threads.spawn(|| assert_survives(&issuer, fault));
        }
    });
}

#[test]
fn a_server_whose_certificate_expired_is_not_ready() {
    let issuer = Issuer::new();
    let now = SystemTime::now();
    let short = issuer.issue(&valid(leaf(&[NAME]), now - DAY, now + Duration::from_secs(4)));
    let mount = Mount::new(&short.chain, &short.key);
    let server = serving(&mount, &["--tls-name", NAME]);
    until("the end to be reported", || {
        let reply = server.admin("/readyz");
        reply.status == 503 && reply.text().starts_with("the certificate expired at ")
    });
    let new = longer(&issuer, 1);
    mount.flip(Some(&new.chain), Some(&new.key));
    until("it to be ready again", || server.admin("/readyz").status == 200);
    assert_eq!(served(&server, &issuer, NAME), body(&new.chain));
}
