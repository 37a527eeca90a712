//! Bodies that are too large, or too many at once.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use serde_json::json;

use super::{SECRET, assert_judges, assert_refusal, deny, good, stalled, validate, with};
use crate::support::{Reply, Server, Tls, pod_review, request, sharing_spec, until};

const MIB: usize = 1 << 20;

/// The largest body that is read.
const LIMIT: usize = 32 * MIB;

/// What all bodies together may take.
const BUDGET: u64 = 128 << 20;

/// For all that is no body: buffers of sockets and TLS, stacks, what the allocator keeps.
const SLACK: u64 = 128 << 20;

/// One test at a time: each of them keeps a machine busy.
static BUSY: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    BUSY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The head of a body of that size.
const DECLARED: &str = "Content-Length: 33554432";

/// How the length of a body is reported.
#[derive(Clone, Copy, Debug)]
enum Framing {
    Declared,
    Chunked,
}

const FRAMINGS: [Framing; 2] = [Framing::Declared, Framing::Chunked];

/// Sends a review that spaces make `size` bytes long.
fn send_padded(server: &Server, review: &str, size: usize, framing: Framing) -> Reply {
    let mut tls = server.connect();
    // A server that has seen enough may answer and close before all is sent.
    drop(write_padded(&mut tls, review, size, framing));
    Reply::read(&mut tls)
}

fn write_padded(tls: &mut Tls, review: &str, size: usize, framing: Framing) -> std::io::Result<()> {
    let length = match framing {
        Framing::Declared => format!("Content-Length: {size}"),
        Framing::Chunked => "Transfer-Encoding: chunked".to_owned(),
    };
    write!(
        tls,
        "POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
    )?;
    let mut piece = |bytes: &[u8]| match framing {
        Framing::Declared => tls.write_all(bytes),
        Framing::Chunked => {
            write!(tls, "{:x}\r\n", bytes.len())?;
            tls.write_all(bytes)?;
            tls.write_all(b"\r\n")
        }
    };
    piece(review.as_bytes())?;
    let spaces = vec![b' '; MIB];
    let mut left = size - review.len();
    while left > 0 {
        let now = left.min(spaces.len());
        piece(&spaces[..now])?;
        left -= now;
    }
    if matches!(framing, Framing::Chunked) {
        tls.write_all(b"0\r\n\r\n")?;
    }
    tls.flush()
}

#[test]
fn the_limit_is_where_it_is_said_to_be() {
    let _alone = alone();
    let server = deny();
    let review = good().to_string();
    for framing in FRAMINGS {
        let reply = send_padded(&server, &review, LIMIT, framing);
        assert_eq!(reply.status, 200, "{framing:?}: {}", reply.text());
        for size in [LIMIT + 1, 33 * MIB, 60 * MIB] {
            let reply = send_padded(&server, &review, size, framing);
            let what = format!("{size} {framing:?}");
            assert_refusal(&what, &reply, (413, "larger than 33554432 bytes"));
            assert_judges(&server, &what);
        }
    }
}

#[test]
fn many_large_bodies_at_once_stay_within_the_budget() {
    let _alone = alone();
    let server = deny();
    assert_judges(&server, "the start");
    let review = good().to_string();
    let idle = server.resident();
    let (done, server, review) = (AtomicBool::new(false), &server, review.as_str());
    let (replies, most) = std::thread::scope(|threads| {
        let senders: Vec<_> = (0..64)
            .map(|number| {
                let framing = FRAMINGS[number % 2];
                threads.spawn(move || send_padded(server, review, 33 * MIB, framing))
            })
            .collect();
        let sampler = threads.spawn(|| {
            let mut most = 0;
            while !done.load(Ordering::Relaxed) {
                most = most.max(server.resident());
                std::thread::park_timeout(Duration::from_millis(20));
            }
            most
        });
        // Each ends by itself, because its socket waits only so long; all of them take as long as
        // the machine is busy.
        let replies: Vec<_> = senders.into_iter().map(ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        let replies: Vec<_> = replies.into_iter().map(Result::unwrap).collect();
        (replies, sampler.join().unwrap())
    });
    for reply in &replies {
        match reply.status {
            429 => assert_refusal("a large body", reply, (429, "too many bytes")),
            _ => assert_refusal("a large body", reply, (413, "larger than")),
        }
    }
    assert!(replies.iter().any(|reply| reply.status == 413));
    for resident in [most, server.resident()] {
        assert!(resident < idle + BUDGET + SLACK, "{resident} bytes after {idle} when idle");
    }
    assert_judges(server, "64 large bodies");
}

/// A pod that etcd accepts can be as large as this; a smaller limit would be a way around.
#[test]
fn a_large_review_is_judged() {
    let _alone = alone();
    let server = deny();
    let long = "x".repeat(17 * MIB);
    let env = json!([{"name": "LONG", "value": long}]);
    let first = "/request/object/spec/containers/0";
    let mut by_env = pod_review(&sharing_spec());
    by_env.pointer_mut(first).unwrap()["env"] = env;
    let annotations = json!({"note": long});
    let by_note =
        with(pod_review(&sharing_spec()), "/request/object/metadata/annotations", annotations);
    for (what, review) in [("env", by_env), ("annotation", by_note)] {
        let reply = validate(&server, &review);
        assert_eq!(reply.status, 200, "{what}: {}", reply.text());
        assert_eq!(reply.json()["response"]["allowed"], false, "{what}");
        assert_eq!(reply.json()["response"]["status"]["code"], 403, "{what}");
    }
}

#[test]
fn without_room_for_a_body_its_caller_is_asked_to_come_again() {
    let _alone = alone();
    let server = deny();
    let body = good().to_string();
    let declared = request("POST", "/validate", "application/json", body.as_bytes());
    let chunked = format!(
        "POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    // A length that is only declared takes no room.
    let promised: Vec<_> = (0..16).map(|_| stalled(&server, "/validate", DECLARED)).collect();
    assert_judges(&server, "bodies that were promised");
    drop(promised);
    // Room doubles on the way, so each of these ends with the most there is. One that meets a
    // moment without room is refused, and the next one takes its place.
    let long = vec![b' '; LIMIT - MIB];
    let mut sent = Vec::new();
    until("all room to be taken", || {
        let mut tls = stalled(&server, "/validate", DECLARED);
        tls.write_all(&long).unwrap();
        sent.push(tls);
        server.send(&declared).status == 429
    });
    for small in [declared.as_slice(), chunked.as_bytes()] {
        let reply = server.send(small);
        assert_refusal("a fifth body", &reply, (429, "too many bytes at once"));
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    assert!(server.count("bulkhead_errors_total{stage=\"shed\"}") >= Some(3));
    assert!(sent.len() >= 4, "{} bodies of 32 MiB", sent.len());
    drop(sent);
    until("room again", || server.send(&declared).status == 200);
    assert!(!server.log().contains(SECRET));
}
