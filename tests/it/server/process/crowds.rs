//! Peers that are many and idle. With `BULKHEAD_SOAK=1` they are as many as the server takes by
//! default, and more.

use std::env::var_os;
use std::io::Write as _;
use std::net::SocketAddr;

use super::sharing_review;
use crate::harness::crowd::Silent::{AfterTheHandshake, BeforeTheHandshake};
use crate::harness::crowd::{Crowd, here, limited};
use crate::support::{Reply, Server, request, until};

/// How many descriptors the server has, and how many peers there are: more than it takes.
fn sizes() -> (u32, usize) {
    if var_os("BULKHEAD_SOAK").is_some() { (6000, 4200) } else { (512, 400) }
}

/// Connections with so many descriptors: some are kept for health, files and the API server.
fn cap(descriptors: u32) -> usize {
    usize::min(descriptors as usize - 192, 4096)
}

fn closed(server: &Server, reason: &str) -> u64 {
    server.count(&format!("bulkhead_connections_closed_total{{reason=\"{reason}\"}}")).unwrap()
}

/// Each on a connection of its own.
fn assert_serves(server: &Server, what: &str) {
    for _ in 0..5 {
        let reply = server.post("/validate", sharing_review().to_string().as_bytes());
        assert_eq!(reply.status, 200, "{what}");
    }
}

fn assert_healthy(server: &Server, what: &str) {
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(server.admin(path).status, 200, "{what}: {path}");
    }
}

/// Many addresses, so that none of them has more than one may have.
#[tokio::test(flavor = "multi_thread")]
async fn idle_peers_keep_nobody_out() {
    let (descriptors, many) = sizes();
    let server = limited(descriptors, descriptors, &["--log-level", "warn"]);
    let at = (&server, server.webhook);
    let mut known = server.connect();
    let whole =
        request("POST", "/validate", "application/json", sharing_review().to_string().as_bytes());
    known.write_all(&whole).unwrap();
    assert_eq!(Reply::read(&mut known).status, 200);
    assert_eq!(server.admin("/readyz").text(), "ok\n");
    let mut crowd = Crowd::default();
    for last in 11..21 {
        crowd.come(at, many / 10, here(last), AfterTheHandshake).await;
    }
    assert_serves(&server, "idle connections by HTTP/2");
    assert_healthy(&server, "idle connections by HTTP/2");
    assert!(closed(&server, "room") >= (many - cap(descriptors)) as u64, "those who came first");
    for last in 21..31 {
        crowd.come(at, many / 10, here(last), BeforeTheHandshake).await;
    }
    assert_serves(&server, "connections without a handshake");
    assert_healthy(&server, "connections without a handshake");
    // Who was known before is not who makes room.
    known.write_all(&whole).unwrap();
    assert_eq!(Reply::read(&mut known).status, 200);
    let ready = server.admin("/readyz");
    assert_eq!(ready.text(), "ok\nidle connections are closed to make room for new ones\n");
    assert_eq!(closed(&server, "peer"), 0);
    let noted = || server.log().matches("to make room").count();
    until("the log to say so", || noted() > 0);
    assert_eq!(noted(), 1, "{}", server.log());
    assert_eq!(server.count("bulkhead_errors_total{stage=\"accept\"}"), Some(0));
}

/// One address takes a part of the connections, and whoever shares it is served nevertheless.
#[tokio::test(flavor = "multi_thread")]
async fn one_address_does_not_take_all() {
    let (descriptors, many) = sizes();
    let server = limited(descriptors, descriptors, &["--log-level", "warn"]);
    let mut crowd = Crowd::default();
    crowd.come((&server, server.webhook), many, here(1), AfterTheHandshake).await;
    let part = cap(descriptors) / 4;
    until("the rest to be closed", || crowd.open() <= part);
    assert_serves(&server, "many of the same address");
    assert!(closed(&server, "peer") >= (many - part) as u64);
    assert_eq!(closed(&server, "room"), 0);
    let ready = server.admin("/readyz");
    assert_eq!(ready.text(), "ok\nidle connections of an address that has many are closed\n");
}

/// Where there are few descriptors, and where the peers are on the port of health itself.
#[tokio::test(flavor = "multi_thread")]
async fn health_is_reported_beside_idle_peers() {
    let (_, many) = sizes();
    let server = limited(256, 1024, &["--log-level", "warn"]);
    let (webhook, admin): (SocketAddr, SocketAddr) = (server.webhook, server.admin);
    let mut crowd = Crowd::default();
    for (address, what) in [(webhook, "the webhook's port"), (admin, "the port of health")] {
        for last in 11..21 {
            let many = many.max(1200) / 10;
            crowd.come((&server, address), many, here(last), BeforeTheHandshake).await;
        }
        for _ in 0..3 {
            assert_healthy(&server, what);
        }
        assert_serves(&server, what);
    }
    assert_eq!(server.count("bulkhead_errors_total{stage=\"accept\"}"), Some(0));
}

#[test]
fn the_limit_of_descriptors_is_raised() {
    let server = limited(256, 1024, &[]);
    assert_eq!(server.count("process_max_fds"), Some(1024));
    let said = "raised the limit of open descriptors from=256 to=1024";
    until("the log to say so", || server.log().contains(said));
}
