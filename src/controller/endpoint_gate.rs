//! Whether a call of the Service would be answered: the first registration waits for it, because
//! an entry that nobody answers refuses pods.

use std::time::{Duration, Instant};

use crate::cluster::Endpoints;
use crate::metrics::{Metrics, Stage};

/// For how long each look has to have found a ready endpoint. What calls get to is decided by
/// watches of others, kube-proxy's and the API server's own, which are behind what is read here:
/// kube-proxy gathers changes for up to a second, and takes another one or two to write them where
/// there are many Services. One that is gone at the next look was not worth a registration.
const SETTLED: Duration = Duration::from_secs(3);

/// Until the next look.
pub(super) const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Asks before the first registration.
#[derive(Debug)]
pub struct EndpointGate {
    endpoints: Endpoints,
    /// Since when each look has found one.
    since: Option<Instant>,
    /// Whether it was logged what is waited for.
    waits: bool,
    /// Why it could not be read, as it was logged.
    told: String,
}

impl EndpointGate {
    /// For these endpoints.
    pub fn new(endpoints: Endpoints) -> Self {
        Self { endpoints, since: None, waits: false, told: String::new() }
    }

    /// There is nothing to wait for at present.
    pub(super) fn rest(&mut self) {
        self.since = None;
        self.waits = false;
    }

    /// Looks; whether there is somebody to answer, and has been for long enough.
    pub(super) async fn look(&mut self, metrics: &Metrics) -> bool {
        match self.endpoints.any_ready().await {
            Ok(ready) => {
                self.told.clear();
                self.found(ready)
            }
            Err(error) => {
                self.since = None;
                let reason = error.to_string();
                if self.told != reason {
                    metrics.error(Stage::Cluster);
                    tracing::error!(
                        reason,
                        "the webhooks are not registered before the Service has a ready endpoint; \
                         to see that takes the right to list EndpointSlices in its namespace"
                    );
                    self.told = reason;
                }
                false
            }
        }
    }

    fn found(&mut self, ready: bool) -> bool {
        let service = self.endpoints.service();
        tracing::debug!(%service, ready, "looked for a ready endpoint");
        if !ready {
            self.since = None;
            if !self.waits {
                tracing::info!(%service, "waiting for a ready endpoint, to register the webhooks");
                self.waits = true;
            }
            return false;
        }
        self.since.get_or_insert_with(Instant::now).elapsed() >= SETTLED
    }
}
