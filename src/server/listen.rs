//! Accepting connections.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;

use super::answers::Answers;
use super::connection::Connection;
use super::connections::Connections;
use super::readiness::Readiness;
use super::{Limits, Phase, ledger, registry};
use crate::metrics::{Metrics, Stage};
use crate::tls::Published;

/// What one listener serves, and how.
#[derive(Clone)]
pub struct Serving {
    /// The routes.
    pub router: Router,
    /// The certificate; `None` for plain HTTP.
    pub tls: Option<Published>,
    /// The bounds.
    pub limits: Limits,
    /// Where connections and their failures are counted.
    pub metrics: Arc<Metrics>,
    /// Where it is told that connections are too many, or answers are not read.
    pub readiness: Arc<Readiness>,
    /// The stage of life; the listener closes when draining begins.
    pub phase: watch::Receiver<Phase>,
}

/// Serves until draining ends: in-flight requests are finished, within [`Limits::drain`].
pub async fn serve(listener: TcpListener, serving: Serving) {
    let (connections, answers) = serving.books();
    let tasks = TaskTracker::new();
    let mut phase = serving.phase.clone();
    let drain = serving.limits.drain;
    loop {
        let next = async {
            connections.room().await;
            listener.accept().await
        };
        let (stream, peer) = tokio::select! {
            biased;
            () = reached(&mut phase, Phase::Draining) => break,
            accepted = next => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    pause(&serving.metrics, &error).await;
                    continue;
                }
            },
        };
        let place = Arc::new(connections.admit(peer.ip()));
        let (serving, answers) = (serving.clone(), Arc::clone(&answers));
        tasks.spawn(async move {
            // Health and metrics do not count: what asks for the number would change it.
            let open = serving.tls.is_some().then(|| Open::new(&serving.metrics));
            let connection = Connection { serving, place, answers };
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

impl Serving {
    /// What all connections of a listener share.
    fn books(&self) -> (Arc<Connections>, Arc<Answers>) {
        let Self { limits, metrics, readiness, .. } = self;
        let (all, peer, stale) = (limits.connections, limits.strangers, limits.stale);
        let open = registry::Rules { all, peer, stale };
        let (connection, peer, all) = (limits.unread, limits.unread_of_peer, limits.unread_of_all);
        let unread = ledger::Rules { connection, peer, all };
        let shared = || (Arc::clone(metrics), Arc::clone(readiness));
        let ((metrics, readiness), (counted, told)) = (shared(), shared());
        let connections = Connections::new(open, metrics, readiness);
        (Arc::new(connections), Arc::new(Answers::new(unread, counted, told)))
    }
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

/// Returns once this stage of life is reached, or its sender is gone.
pub(super) async fn reached(phase: &mut watch::Receiver<Phase>, wanted: Phase) {
    drop(phase.wait_for(|now| *now >= wanted).await);
}
