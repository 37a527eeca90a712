//! Accepting connections.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;

use super::connection::Connection;
use super::{Lifecycle, Serving};
use crate::metrics::{Metrics, Stage};

/// Serves until draining ends: in-flight requests are finished, within [`Limits::drain`](super::Limits::drain).
pub async fn serve(listener: TcpListener, serving: Serving) {
    let (connections, answers) = serving.books();
    let tasks = TaskTracker::new();
    let mut lifecycle = serving.lifecycle.clone();
    let drain = serving.limits.drain;
    loop {
        let next = async {
            connections.room().await;
            listener.accept().await
        };
        let (stream, peer) = tokio::select! {
            biased;
            () = Lifecycle::Draining.reached(&mut lifecycle) => break,
            accepted = next => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    pause(&serving.metrics, &error).await;
                    continue;
                }
            },
        };
        let slot = Arc::new(connections.admit(peer.ip()));
        let (serving, answers) = (serving.clone(), Arc::clone(&answers));
        tasks.spawn(async move {
            // Health and metrics do not count: what asks for the number would change it.
            let open = serving.tls.is_some().then(|| Open::new(&serving.metrics));
            let connection = Connection { serving, slot, answers };
            if let Err(error) = connection.live(stream).await {
                tracing::debug!(%error, "connection ended");
            }
            drop(open);
        });
    }
    drop(listener);
    tasks.close();
    // What is still running then is a peer that does not read or a body that does not come.
    drop(timeout(drain, tasks.wait()).await);
}

/// Counts a connection as open while it lives, however it ends.
struct Open(Arc<Metrics>);

impl Open {
    fn new(metrics: &Arc<Metrics>) -> Self {
        metrics.traffic.connections.inc();
        Self(Arc::clone(metrics))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.traffic.connections.dec();
    }
}

/// Too many open files, most likely: without a pause the loop would spin.
async fn pause(metrics: &Metrics, error: &io::Error) {
    metrics.error(Stage::Accept);
    tracing::warn!(%error, "cannot accept a connection");
    sleep(Duration::from_millis(100)).await;
}
