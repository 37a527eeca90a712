use std::sync::Arc;

use axum::Router;
use tokio::sync::watch;

use super::answers::Answers;
use super::connections::Connections;
use super::{Lifecycle, Limits, Readiness, ledger, registry};
use crate::metrics::Metrics;
use crate::tls::ServerConfigSlot;

/// What one listener serves, and how.
#[derive(Clone)]
pub struct Serving {
    /// The routes.
    pub router: Router,
    /// The certificate; `None` for plain HTTP.
    pub tls: Option<ServerConfigSlot>,
    /// The bounds.
    pub limits: Limits,
    /// Where connections and their failures are counted.
    pub metrics: Arc<Metrics>,
    /// What learns that connections are too many, or answers are not read.
    pub readiness: Arc<Readiness>,
    /// The listener closes when draining begins.
    pub lifecycle: watch::Receiver<Lifecycle>,
}

impl Serving {
    /// What all connections of a listener share.
    pub(super) fn books(&self) -> (Arc<Connections>, Arc<Answers>) {
        let Self { limits, metrics, readiness, .. } = self;
        let (all, peer, stale) = (limits.connections, limits.strangers, limits.stale);
        let open = registry::Rules { all, peer, stale };
        let (connection, peer, all) = (limits.unread, limits.unread_of_peer, limits.unread_of_all);
        let unread = ledger::Rules { connection, peer, all };
        let shared = || (Arc::clone(metrics), Arc::clone(readiness));
        let ((metrics, readiness), (counted, reported)) = (shared(), shared());
        let connections = Connections::new(open, metrics, readiness);
        (Arc::new(connections), Arc::new(Answers::new(unread, counted, reported)))
    }
}
