//! The end: not ready first, then nothing new, then nothing at all.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::{DENY, Served, sharing_review};
use crate::support::{Reply, Server, Tls, request, until};

/// A request whose body the server waits for, by now for certain: it was asked for.
fn begun(server: &Server, length: usize) -> Tls {
    let mut tls = server.connect();
    write!(
        tls,
        "POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    )
    .unwrap();
    let mut asked = [0; 25];
    tls.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    tls
}

fn draining(server: &Server) {
    until("the port to close", || TcpStream::connect(server.webhook).is_err());
}

#[test]
fn it_is_not_ready_at_once_and_serves_on() {
    let mut served = Served::new(DENY, &["--lame-duck", "600"]);
    let mut open = served.server.connect();
    let body = sharing_review().to_string();
    let whole = request("POST", "/validate", "application/json", body.as_bytes());
    open.write_all(&whole).unwrap();
    assert_eq!(Reply::read(&mut open).header("connection"), None);
    served.server.signal("TERM");
    until("not ready", || served.server.admin("/readyz").status == 503);
    assert_eq!(served.server.admin("/readyz").text(), "draining\n");
    assert_eq!(served.server.admin("/livez").status, 200);
    assert_eq!(served.server.admin("/metrics").status, 200);
    for _ in 0..3 {
        let reply = served.server.send(&whole);
        assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
        assert_eq!(reply.json()["response"]["allowed"], false, "it judges as before");
    }
    // A connection from before is told to go, too, and then closed.
    open.write_all(&whole).unwrap();
    assert_eq!(Reply::read(&mut open).header("connection"), Some("close"));
    assert_eq!(open.read(&mut [0; 1]).unwrap_or(0), 0);
    assert!(served.server.is_alive(), "the time of 600 s is not over");
    served.server.signal("TERM");
    assert_eq!(served.server.wait(), Some(0), "a second signal ends it");
    assert!(served.server.whole_log().contains("ended at once"));
}

#[test]
fn it_ends_by_itself_after_the_lame_duck_time() {
    let mut served = Served::new(DENY, &["--lame-duck", "2"]);
    let idle = [served.server.connect(), served.server.connect()];
    served.server.signal("TERM");
    assert_eq!(served.server.wait(), Some(0));
    let log = served.server.whole_log();
    assert!(log.contains("stopped") && !log.contains("ended at once"), "{log}");
    drop(idle);
}

#[test]
fn a_request_in_flight_is_finished() {
    for signal in ["TERM", "INT"] {
        let mut served = Served::new(DENY, &["--lame-duck", "0"]);
        let body = sharing_review().to_string();
        let (first, rest) = body.as_bytes().split_at(body.len() / 2);
        let mut tls = begun(&served.server, body.len());
        tls.write_all(first).unwrap();
        served.server.signal(signal);
        draining(&served.server);
        assert!(served.server.is_alive(), "{signal}: a request is in flight");
        tls.write_all(rest).unwrap();
        let reply = Reply::read(&mut tls);
        assert_eq!((reply.status, reply.header("connection")), (200, Some("close")), "{signal}");
        assert_eq!(reply.json()["response"]["allowed"], false, "{signal}");
        assert_eq!(served.server.wait(), Some(0), "{signal}");
    }
}

#[test]
fn a_body_that_never_comes_does_not_keep_it() {
    let mut served = Served::new(DENY, &["--lame-duck", "0"]);
    let tls = begun(&served.server, 1000);
    served.server.signal("TERM");
    assert_eq!(served.server.wait(), Some(0));
    drop(tls);
}

#[test]
fn a_second_signal_ends_it_whatever_is_in_flight() {
    for (first, second) in [("TERM", "TERM"), ("TERM", "INT"), ("INT", "TERM"), ("INT", "INT")] {
        let mut served = Served::new(DENY, &["--lame-duck", "0"]);
        let tls = begun(&served.server, 1000);
        served.server.signal(first);
        draining(&served.server);
        served.server.signal(second);
        assert_eq!(served.server.wait(), Some(0), "{first} {second}");
        assert!(served.server.whole_log().contains("ended at once"));
        drop(tls);
    }
}

#[test]
fn an_interrupt_does_not_wait_for_callers() {
    let mut served = Served::new(DENY, &["--lame-duck", "600"]);
    served.server.signal("INT");
    assert_eq!(served.server.wait(), Some(0));
    assert!(served.server.whole_log().contains("stopped"));
}
