//! Connections that are idle, with bounds that a test can wait for.

use std::time::Duration;

use bulkhead::server::Limits;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::good;
use crate::harness::http2::{Http2, Sent, send};
use crate::harness::inside::Inside;
use crate::support::{PATIENCE, until};

async fn connect(server: &Inside) -> Http2 {
    let stream = TcpStream::connect(server.webhook()).await.unwrap();
    Http2::on(stream, &server.ca(), None).await.unwrap()
}

/// Pings are answered, so that they would keep it for ever; the one with a request in flight stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_requests_is_asked_to_go() {
    let limits = Limits { idle: Duration::from_secs(2), ..Limits::default() };
    let server = Inside::start("{shareProcessNamespace: {mode: Deny}}", limits).await;
    let (never, once, busy) =
        (connect(&server).await, connect(&server).await, connect(&server).await);
    assert_eq!(once.post("/validate", good().to_string()).await.status, 200);
    // A body that does not come is waited for longer than a connection without a request.
    let waits = send(busy.sender.clone(), "/validate?timeout=6s".to_owned(), Sent::Never);
    let waits = tokio::spawn(waits);
    for gone in [never, once] {
        // By GOAWAY: to the client that is an end and no error.
        timeout(PATIENCE, gone.connection).await.unwrap().unwrap().unwrap();
    }
    assert!(!busy.connection.is_finished());
    assert_eq!(waits.await.unwrap().status, 408);
    assert_eq!(busy.post("/validate", good().to_string()).await.status, 200);
    timeout(PATIENCE, busy.connection).await.unwrap().unwrap().unwrap();
    let closed = || server.count("bulkhead_connections_closed_total{reason=\"idle\"}");
    until("all to be counted", || closed() == Some(3));
    until("all to be gone", || server.count("bulkhead_connections") == Some(0));
}
