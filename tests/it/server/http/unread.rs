//! Answers that nobody reads. With `BULKHEAD_SOAK=1` as many, and as large, as those who first
//! did it sent.

use std::env::var_os;
use std::sync::Arc;
use std::thread::available_parallelism;

use bulkhead::server::Limits;
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::good;
use crate::harness::crowd::here;
use crate::harness::http2::{Http2, ask, tcp_from, tls_on};
use crate::harness::inside::Inside;
use crate::support::process;
use crate::support::{PATIENCE, Reply, Server, command, get, pod_review, policy, request, until};

const MIB: usize = 1 << 20;

/// What all bodies together may take, in MiB.
const BODIES: u64 = 128;

/// The most that one address leaves unread, in MiB, besides the answer that passes it.
const OF_PEER: u64 = 32;

const REPAIR: &str = "{ptraceCapability: {mode: Warn, repair: OnCreate}}";

/// A server that repairs, so that a large pod has a large answer. It gives back what was large at
/// once: otherwise its memory would tell of what it had before.
fn repairing() -> Server {
    let dir = tempfile::TempDir::new().unwrap();
    let (file, ca) = (dir.path().join("policy.yaml"), dir.path().join("ca.pem"));
    std::fs::write(&file, policy(REPAIR)).unwrap();
    let mut command = command(&["--log-level", "warn"]);
    command.arg("--policy").arg(file).arg("--write-ca").arg(ca);
    command.env("MALLOC_MMAP_THRESHOLD_", "1048576");
    Server::spawn(dir, command)
}

/// A review whose answer has about `size` bytes: a list that loses many of its entries is set as a whole.
fn large(size: usize) -> String {
    let kept = "X".repeat(size / 4 * 3);
    let added: Vec<&str> = [kept.as_str()].into_iter().chain(["SYS_PTRACE"; 20]).collect();
    let security = json!({"capabilities": {"add": added}});
    pod_review(&json!({"containers": [{"name": "a", "image": "i", "securityContext": security}]}))
        .to_string()
}

/// How large the answers are that are not read.
fn size() -> usize {
    if var_os("BULKHEAD_SOAK").is_some() { 20 * MIB } else { 6 * MIB }
}

async fn client(server: &Server, from: u8, window: Option<u32>) -> Http2 {
    let stream = tcp_from(here(from), server.webhook).await;
    Http2::on(stream, &server.ca(), window).await.unwrap()
}

fn unread(server: &Server) -> u64 {
    server.count("bulkhead_unread_answer_bytes").unwrap_or_default()
}

fn dropped(server: &Server, reason: &str) -> u64 {
    server.count(&format!("bulkhead_answers_dropped_total{{reason=\"{reason}\"}}")).unwrap()
}

fn put_off(server: &Server) -> u64 {
    server.count("bulkhead_shed_total{cause=\"answers\"}").unwrap()
}

/// The most memory it ever had, in MiB.
fn peak(server: &Server) -> u64 {
    process::peak(server.pid()) >> 20
}

/// So many are sent at once that there is room for their bodies.
fn few() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(6))
}

/// A patch comes whole and in one piece, whatever its size.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_read_are_whole() {
    let server = repairing();
    let client = client(&server, 1, None).await;
    for size in [0, 100, 12 * 1024, 16 * 1024, 40_000, 3 * MIB] {
        let review = large(size);
        let (new, old) = (
            client.post("/mutate", review.clone()).await,
            server.post("/mutate", review.as_bytes()),
        );
        assert_eq!((new.status, old.status), (200, 200));
        assert_eq!(new.body.len().to_string(), new.header("content-length").unwrap());
        assert!(new.body == old.body && new.body.len() >= size, "{size}");
        assert_eq!(new.json()["response"]["allowed"], true);
    }
    until("all to be read", || unread(&server) == 0);
    assert_eq!(
        (dropped(&server, "stalled"), dropped(&server, "room"), put_off(&server)),
        (0, 0, 0)
    );
}

/// Two connections, 16 streams each, and no window: pings are answered, and nothing is read.
#[tokio::test(flavor = "multi_thread")]
async fn streams_that_are_not_read_are_bounded_and_reset() {
    let server = repairing();
    let idle = server.resident() >> 20;
    let (review, mut asked, few) = (large(size()), JoinSet::new(), few());
    for _ in 0..2 {
        let client = client(&server, 1, Some(0)).await;
        for _ in 0..16 {
            let path = "/mutate?timeout=5s".to_owned();
            let answer = ask(client.sender.clone(), path, review.clone().into());
            let few = Arc::clone(&few);
            asked.spawn(async move {
                let turn = few.acquire_owned().await.unwrap();
                let answer = answer.await;
                drop(turn);
                let status = answer.status().as_u16();
                let ended = timeout(PATIENCE, answer.into_body().frame()).await;
                (status, ended.expect("reset after 10 s").unwrap().is_err())
            });
        }
    }
    let mut judged = 0;
    while let Some(asked) = asked.join_next().await {
        let (status, reset) = asked.unwrap();
        assert!(reset && [200, 429].contains(&status), "{status} {reset}");
        judged += u64::from(status == 200);
        assert!(unread(&server) >> 20 <= OF_PEER + 2 * size() as u64);
    }
    until("nothing to be kept", || unread(&server) == 0);
    assert!(judged >= 2 && put_off(&server) > 0 && dropped(&server, "stalled") >= judged);
    println!("peak of 2 connections with 16 streams each: {} MiB after {idle} MiB", peak(&server));
    // Judging one takes several times its size, on each core one at a time.
    let judging = 5 * size() as u64 * available_parallelism().unwrap().get() as u64;
    let most = idle + BODIES + OF_PEER + (size() as u64 + judging).div_ceil(MIB as u64);
    assert!(peak(&server) < most, "{} MiB, at most {most} MiB", peak(&server));
}

/// Connections of HTTP/1 that do not read are bounded by address, and closed.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_not_read_are_bounded_and_closed() {
    let server = repairing();
    let whole = request("POST", "/mutate?timeout=5s", "application/json", large(size()).as_bytes());
    let (mut asked, few) = (JoinSet::new(), few());
    for _ in 0..24 {
        let (address, ca) = (server.webhook, server.ca());
        let (whole, few) = (whole.clone(), Arc::clone(&few));
        asked.spawn(async move {
            let _turn = few.acquire_owned().await.unwrap();
            let stream = tcp_from(here(1), address).await;
            let mut tls = tls_on(stream, &ca, &[b"http/1.1"]).await.unwrap();
            tls.write_all(&whole).await.unwrap();
            let mut status = [0; 12];
            let read = timeout(PATIENCE, tls.read_exact(&mut status)).await.unwrap();
            // Closed while there was more to read: nothing is taken from the socket meanwhile.
            read.map(|_| tls).ok().map(|tls| (String::from_utf8_lossy(&status).into_owned(), tls))
        });
    }
    until("answers that are not read", || unread(&server) >> 20 >= OF_PEER);
    let elsewhere = client(&server, 2, None).await;
    assert_eq!(
        elsewhere.post("/validate", good().to_string()).await.status,
        200,
        "another address"
    );
    let kept = asked.join_all().await;
    until("nothing to be kept", || unread(&server) == 0);
    let refused = kept.iter().flatten().filter(|(status, _)| status.ends_with("429")).count();
    assert!(refused > 0 && put_off(&server) > 0, "{refused}");
    assert!(dropped(&server, "stalled") > 0);
    println!("peak of 24 connections by HTTP/1: {} MiB", peak(&server));
    for (_, mut tls) in kept.into_iter().flatten().filter(|(status, _)| status.ends_with("200")) {
        let mut rest = Vec::new();
        // Whatever was under way comes, but not the whole answer.
        drop(timeout(PATIENCE, tls.read_to_end(&mut rest)).await.unwrap());
        assert!(rest.len() < size(), "{}", rest.len());
    }
}

/// Who has unread answers waits for room, and is asked to come again; others are not.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_waits_for_room_on_its_connection() {
    let server = repairing();
    let (stalled, other) = (client(&server, 1, Some(0)).await, client(&server, 1, None).await);
    let first = stalled.ask("/mutate", large(2 * MIB)).await;
    assert_eq!(first.status(), 200);
    let small = good();
    let second = stalled.ask("/validate?timeout=500ms", small.to_string()).await;
    assert_eq!((second.status().as_u16(), put_off(&server)), (429, 1));
    assert_eq!(second.headers()["retry-after"], "1");
    assert_eq!(server.count("bulkhead_errors_total{stage=\"shed\"}"), Some(1));
    assert_eq!(other.post("/validate", small.to_string()).await.status, 200);
    // It waits no longer than until the first one is dropped, and then it is judged.
    let third = stalled.ask("/validate", small.to_string()).await;
    assert_eq!(third.status(), 200);
    assert!(first.into_body().frame().await.unwrap().is_err());
    assert_eq!(dropped(&server, "stalled"), 1);
}

/// Where many addresses leave answers unread, those who hold most lose them first.
#[tokio::test(flavor = "multi_thread")]
async fn all_together_are_bounded_and_nobody_is_refused() {
    let limits = Limits { unread_of_all: 4 * MIB, ..Limits::default() };
    let server = Inside::start(REPAIR, limits).await;
    let mut kept = Vec::new();
    for (last, size) in [(1, MIB / 4), (2, MIB), (3, 2 * MIB), (4, MIB / 2), (5, MIB), (6, MIB)] {
        let stream = tcp_from(here(last), server.webhook()).await;
        let client = Http2::on(stream, &server.ca(), Some(0)).await.unwrap();
        let answer = client.ask("/mutate", large(size)).await;
        assert_eq!(answer.status(), 200, "nobody is put off");
        kept.push((client, answer));
    }
    let dropped = || server.count("bulkhead_answers_dropped_total{reason=\"room\"}");
    until("the largest to be dropped", || dropped() == Some(1));
    let (_, largest) = kept.swap_remove(2);
    assert!(largest.into_body().frame().await.unwrap().is_err());
    let unread = server.count("bulkhead_unread_answer_bytes").unwrap();
    assert!(unread > 3 * MIB as u64 && unread <= 4 * MIB as u64, "{unread}");
    let ready = get(server.admin(), "/readyz");
    assert_eq!(ready.status, 200);
    assert!(ready.text().starts_with("ok\nanswers of those"), "{}", ready.text());
}

/// What is read slowly, but read, is not dropped.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_on_keeps_its_answer() {
    let server = repairing();
    let client = client(&server, 1, Some(16 * 1024)).await;
    let answer = client.ask("/mutate", large(3 * MIB)).await;
    let whole = answer.into_body().collect().await.unwrap().to_bytes();
    let reply = Reply { status: 200, headers: Vec::new(), body: whole.to_vec() };
    assert_eq!(reply.json()["response"]["patchType"], "JSONPatch");
}
