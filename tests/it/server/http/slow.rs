//! Peers that stall. The limits are 10 s for the handshake and for headers, 15 s for a body, so
//! all of them stall at the same time in one test.

use std::io::{ErrorKind, Read, Write as _};
use std::net::TcpStream;

use super::{assert_judges, assert_refusal, deny, good, stalled};
use crate::support::{PATIENCE, Reply, Server, request, until};

/// Reads until the server closes; the bytes that came before.
fn closed(what: &str, stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            panic!("{what}: still open")
        }
        // Closed without the farewell of TLS, or while there was more to read.
        Ok(_) | Err(_) => bytes,
    }
}

fn tcp(address: std::net::SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn silent_before_the_handshake(server: &Server) {
    closed("no handshake", &mut tcp(server.webhook));
}

fn stalled_in_the_handshake(server: &Server) {
    let mut stream = tcp(server.webhook);
    // The record header of a client's first message, announcing 512 bytes that never come.
    stream.write_all(&[0x16, 3, 1, 2, 0, 1]).unwrap();
    closed("half a handshake", &mut stream);
}

fn stalled_in_the_head(server: &Server) {
    let mut tls = server.connect();
    tls.write_all(b"POST /validate HTTP/1.1\r\nContent-Type: appl").unwrap();
    assert_eq!(closed("half a head", &mut tls), b"");
}

fn stalled_in_the_second_head(server: &Server) {
    let mut tls = server.connect();
    let body = good().to_string();
    tls.write_all(&request("POST", "/validate", "application/json", body.as_bytes())).unwrap();
    assert_eq!(Reply::read(&mut tls).status, 200);
    tls.write_all(b"POST /validate HTTP/1.1\r\nHost: a").unwrap();
    assert_eq!(closed("half a second head", &mut tls), b"");
}

fn stalled_in_a_head_on_the_admin_port(server: &Server) {
    let mut stream = tcp(server.admin);
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHo").unwrap();
    assert_eq!(closed("half a head for /metrics", &mut stream), b"");
}

fn stalled_in_the_body(server: &Server, length: &str) {
    let mut tls = stalled(server, "/validate", length);
    tls.write_all(b"8\r\n{\"a\": 1,\r\n").unwrap();
    assert_refusal(length, &Reply::read(&mut tls), (408, "did not arrive in time"));
}

fn stalled_in_a_declared_body(server: &Server) {
    stalled_in_the_body(server, "Content-Length: 1000");
}

fn stalled_in_a_chunked_body(server: &Server) {
    stalled_in_the_body(server, "Transfer-Encoding: chunked");
}

/// Longer than every limit on headers, an idle connection is kept: the API server's pool would
/// otherwise send into connections that are being closed.
fn idle_connections_outlive(server: &Server, stalls: impl FnOnce()) {
    let body = good().to_string();
    let whole = request("POST", "/validate", "application/json", body.as_bytes());
    let (mut used, mut fresh) = (server.connect(), server.connect());
    used.write_all(&whole).unwrap();
    assert_eq!(Reply::read(&mut used).status, 200);
    stalls();
    for (what, tls) in [("used", &mut used), ("fresh", &mut fresh)] {
        tls.write_all(&whole).unwrap();
        assert_eq!(Reply::read(tls).status, 200, "the connection that was {what}");
    }
}

#[test]
fn whoever_stalls_is_cut_off_and_whoever_waits_is_not() {
    let server = deny();
    let stalls: &[fn(&Server)] = &[
        silent_before_the_handshake,
        stalled_in_the_handshake,
        stalled_in_the_head,
        stalled_in_the_second_head,
        stalled_in_a_head_on_the_admin_port,
        stalled_in_a_declared_body,
        stalled_in_a_chunked_body,
    ];
    idle_connections_outlive(&server, || {
        std::thread::scope(|threads| {
            for stall in stalls {
                threads.spawn(|| stall(&server));
            }
        });
    });
    let counted = || server.count("bulkhead_errors_total{stage=\"handshake\"}");
    until("both to be counted", || counted() == Some(2));
    assert_judges(&server, "the stalls");
}

#[test]
fn the_callers_own_timeout_bounds_its_body() {
    let server = deny();
    for length in ["Content-Length: 1000", "Transfer-Encoding: chunked"] {
        for timeout in ["1s", "300ms"] {
            let mut tls = stalled(&server, &format!("/validate?timeout={timeout}"), length);
            tls.write_all(b"8\r\n{\"a\": 1,\r\n").unwrap();
            let reply = Reply::read(&mut tls);
            assert_refusal(length, &reply, (408, "did not arrive in time"));
            // The rest of the body would be taken for the next request.
            closed("after half a body", &mut tls);
            assert_judges(&server, length);
        }
    }
}

#[test]
fn a_body_that_ends_early_is_not_judged() {
    let server = deny();
    let body = good().to_string();
    for length in
        [format!("Content-Length: {}", body.len() + 1), "Transfer-Encoding: chunked".to_owned()]
    {
        let mut tls = stalled(&server, "/validate", &length);
        // All of the review, and then not the end that was promised.
        let chunk = format!("{:x}\r\n{body}\r\n", body.len());
        let sent = if length.starts_with("Transfer") { chunk.as_bytes() } else { body.as_bytes() };
        tls.write_all(sent).unwrap();
        tls.conn.send_close_notify();
        tls.flush().unwrap();
        if let Ok(reply) = Reply::try_read(&mut tls) {
            assert_refusal(&length, &reply, (400, "ended early"));
        }
        assert_judges(&server, &length);
    }
    let judged = server.count("bulkhead_review_duration_seconds_count{path=\"validate\"}");
    assert_eq!(judged, Some(2), "only the good ones");
}
