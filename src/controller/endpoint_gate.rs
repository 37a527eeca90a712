//! Whether a call of the Service would be answered: the first registration waits for it, because
//! an entry that nobody answers refuses pods.

use std::time::{Duration, Instant};

use crate::cluster::{ClusterError, Endpoints};
use crate::metrics::{Metrics, Stage};
use crate::telemetry::{OncePerReason, chain};

/// For how long each reading has to have found a ready endpoint. What calls get to is decided by
/// watches of others, kube-proxy's and the API server's own, which are behind what is read here:
/// kube-proxy gathers changes for up to a second, and takes another one or two to write them where
/// there are many Services. One that is gone at the next reading was not worth a registration.
const SETTLED: Duration = Duration::from_secs(3);

/// Until the next reading.
pub(super) const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Opens once somebody would answer, and has been there for long enough.
#[derive(Debug)]
pub struct EndpointGate {
    endpoints: Endpoints,
    ready: ReadySince,
    /// Whether it was logged what is waited for.
    waits: bool,
    failures: OncePerReason,
}

/// Since when each reading has found a ready endpoint.
#[derive(Debug, Default)]
struct ReadySince(Option<Instant>);

impl ReadySince {
    /// Takes what a reading has found; whether it was so for long enough.
    fn is_settled(&mut self, ready: bool, now: Instant) -> bool {
        if !ready {
            self.0 = None;
            return false;
        }
        now.saturating_duration_since(*self.0.get_or_insert(now)) >= SETTLED
    }
}

impl EndpointGate {
    /// Before these endpoints.
    pub fn new(endpoints: Endpoints) -> Self {
        let (ready, failures) = (ReadySince::default(), OncePerReason::default());
        Self { endpoints, ready, waits: false, failures }
    }

    /// There is nothing to wait for at present.
    pub(super) fn rest(&mut self) {
        self.ready = ReadySince::default();
        self.waits = false;
    }

    /// Asks who is ready; whether the gate is open.
    pub(super) async fn is_open(&mut self, metrics: &Metrics) -> bool {
        let ready = match self.endpoints.any_ready().await {
            Ok(ready) => {
                self.failures.clear();
                self.log(ready);
                ready
            }
            Err(error) => {
                let reason = chain(&error);
                if self.failures.is_news(&reason) {
                    metrics.error(Stage::Cluster);
                    tracing::error!(reason, "{}", advice(&error));
                }
                false
            }
        };
        self.ready.is_settled(ready, Instant::now())
    }

    fn log(&mut self, ready: bool) {
        let service = self.endpoints.service();
        tracing::debug!(%service, ready, "looked for a ready endpoint");
        if !ready && !self.waits {
            tracing::info!(%service, "waiting for a ready endpoint, to register the webhooks");
            self.waits = true;
        }
    }
}

/// What follows from a failure, and what to do about a missing right.
fn advice(error: &ClusterError) -> &'static str {
    if error.is_forbidden() {
        "the webhooks are not registered before the Service has a ready endpoint; to see that takes \
         the right to list EndpointSlices in its namespace"
    } else {
        "the webhooks are not registered before the Service has a ready endpoint"
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;
    use crate::cluster::CallError;

    #[test]
    fn an_endpoint_counts_when_it_was_ready_for_three_seconds() {
        let begin = Instant::now();
        // Milliseconds since the beginning, what is found then, and whether that opens the gate.
        let histories: &[&[(u64, bool, bool)]] = &[
            &[(0, false, false), (1000, true, false), (3999, true, false), (4000, true, true)],
            &[
                (0, true, false),
                (2000, false, false),
                (3000, true, false),
                (5000, true, false),
                (6000, true, true),
            ],
            &[(0, true, false), (3000, true, true), (4000, false, false), (5000, true, false)],
        ];
        for history in histories {
            let mut ready = ReadySince::default();
            for (after, found, expected) in *history {
                let open = ready.is_settled(*found, begin + Duration::from_millis(*after));
                assert_eq!(open, *expected, "{history:?} at {after}");
            }
        }
    }

    #[test]
    fn a_right_is_advised_where_one_is_missing() {
        let refused = |code| {
            let status = Status { code, message: "no".to_owned(), ..Status::default() };
            CallError::Refused(Box::new(status))
        };
        for (source, is_right) in [
            (refused(403), true),
            (refused(401), false),
            (refused(500), false),
            (CallError::Timeout, false),
        ] {
            let error = ClusterError::Call { verb: "list", object: "them".to_owned(), source };
            assert_eq!(advice(&error).contains("takes the right"), is_right, "{error:?}");
        }
    }
}
