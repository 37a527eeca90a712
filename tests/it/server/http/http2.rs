//! HTTP/2, which the API server speaks where a webhook is registered by URL.

use std::pin::pin;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{UID, assert_judges, assert_refusal, deny, good, serve};
use crate::harness::http2::{Http2, Sent, send};
use crate::support::{PATIENCE, pod_review, sharing_spec};

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_share_a_connection() {
    let server = deny();
    let client = Http2::connect(&server).await;
    let (denied, allowed) = (pod_review(&sharing_spec()).to_string(), good().to_string());
    // The first answer comes after the server's limit of streams, which the next ones keep.
    assert_eq!(client.post("/validate", allowed.clone()).await.status, 200);
    let mut requests = JoinSet::new();
    for number in 0..100 {
        let body = if number % 2 == 0 { &denied } else { &allowed };
        let body = Sent::Whole(Some(body.clone().into()));
        let answer = send(client.sender.clone(), "/validate?timeout=10s".to_owned(), body);
        requests.spawn(async move { (number, answer.await) });
    }
    for (number, reply) in requests.join_all().await {
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.json()["response"]["uid"], UID);
        assert_eq!(reply.json()["response"]["allowed"], number % 2 == 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_the_same() {
    let server = deny();
    let client = Http2::connect(&server).await;
    let good = good().to_string();
    let large = good.clone() + &" ".repeat(33 << 20);
    let bad = good.replace("\"containers\":[", "\"containers\":[7,");
    let rows = [
        ("/", good.clone(), 404, "/validate"),
        ("/advise", good.clone(), 400, "/validate"),
        ("/validate", format!("{good}{good}"), 400, "trailing"),
        ("/validate?timeout=x", good.clone(), 400, "timeout"),
        ("/validate", bad, 500, "containers[0]"),
        ("/validate", large, 413, "larger than"),
    ];
    for (path, body, status, reason) in rows {
        assert_refusal(path, &client.post(path, body).await, (status, reason));
        assert_eq!(client.post("/validate", good.clone()).await.status, 200, "after {path}");
    }
    let late = client.send("/validate?timeout=1s", Sent::Never).await;
    assert_refusal("a body that never comes", &late, (408, "in time"));
    assert_eq!(client.post("/validate", good).await.status, 200);
}

/// Stalled requests cost their callers a connection each few, and keep nobody else out: large
/// lengths that are only declared take no room, and nothing counts requests that do not come.
#[tokio::test(flavor = "multi_thread")]
async fn stalled_requests_keep_nobody_out() {
    let server = deny();
    let mut stalled = JoinSet::new();
    for _ in 0..64 {
        let client = Http2::connect(&server).await;
        // The first answer comes after the server's limit of streams, which the next ones keep.
        assert_eq!(client.post("/validate", good().to_string()).await.status, 200);
        for _ in 0..16 {
            stalled.spawn(send(client.sender.clone(), "/validate".to_owned(), Sent::Never));
        }
    }
    assert_judges(&server, "stalled requests");
    while let Some(reply) = stalled.join_next().await {
        assert_refusal("stalled", &reply.unwrap(), (408, "in time"));
    }
    assert_judges(&server, "their end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_told_to_go_when_the_server_stops() {
    let server = serve("{shareProcessNamespace: {mode: Deny}}", &["--lame-duck", "600"]);
    let old = Http2::connect(&server).await;
    let body = good().to_string();
    assert_eq!(old.post("/validate", body.clone()).await.status, 200);
    // A request whose body does not come is in flight; what was sent after it is answered.
    let mut stalled =
        pin!(send(old.sender.clone(), "/validate?timeout=3s".to_owned(), Sent::Never));
    tokio::select! {
        biased;
        reply = &mut stalled => panic!("too early: {reply:?}"),
        reply = old.post("/validate", body.clone()) => assert_eq!(reply.status, 200),
    }
    server.signal("TERM");
    // GOAWAY lets it finish, and then the connection ends.
    assert_eq!(stalled.await.status, 408);
    timeout(PATIENCE, old.connection).await.unwrap().unwrap().unwrap();
    // Until the time is over whoever comes is served.
    for _ in 0..20 {
        let new = Http2::connect(&server).await;
        assert_eq!(new.post("/validate", body.clone()).await.status, 200);
    }
}
