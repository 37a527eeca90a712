//! What the certificate and the webhook configurations mean together: whether callers trust what
//! is served, and what the leader has to write.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::sleep;

use super::configuration::{Configuration, changed};
use super::endpoint_gate::{EndpointGate, POLL_INTERVAL};
use super::{Certified, Current, Followed};
use crate::cluster::Registrar;
use crate::metrics::Metrics;
use crate::registration::PLATFORMS;
use crate::server::Readiness;
use crate::tls::Published;

/// Otherwise: what is served expires without an event.
pub(super) const RESYNC_PERIOD: Duration = Duration::from_mins(1);

/// Serves each new certificate, and keeps readiness and registration right.
pub struct WebhookReconciler {
    tls: Published,
    readiness: Arc<Readiness>,
    metrics: Arc<Metrics>,
    certified: Certified,
    leading: watch::Receiver<bool>,
    configurations: Option<[Configuration; 2]>,
    gate: Option<EndpointGate>,
}

impl WebhookReconciler {
    /// Of what is followed.
    pub fn new(
        (certified, leading): (Certified, watch::Receiver<bool>),
        (followed, gate): (Option<[Followed; 2]>, Option<EndpointGate>),
        tls: Published,
        readiness: Arc<Readiness>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let configurations = followed.map(|both| both.map(Configuration::new));
        Self { tls, readiness, metrics, certified, leading, configurations, gate }
    }

    /// For ever.
    pub async fn run(mut self) {
        let mut served = None;
        loop {
            let current = self.certified.borrow_and_update().clone();
            let leads = *self.leading.borrow_and_update();
            let mut next = RESYNC_PERIOD;
            if let Ok(current) = current {
                self.serve(&current, &mut served);
                self.look(&current);
                if leads {
                    next = self.register(&current).await;
                }
            }
            tokio::select! {
                changed = self.certified.changed() => if changed.is_err() { return },
                changed = self.leading.changed() => if changed.is_err() { return },
                () = changed(self.configurations.as_mut()) => {}
                () = sleep(next) => {}
            }
        }
    }

    fn serve(&self, current: &Arc<Current>, served: &mut Option<Arc<Current>>) {
        if served.as_ref().is_some_and(|served| Arc::ptr_eq(served, current)) {
            return;
        }
        *served = Some(Arc::clone(current));
        let certificate = &current.certificate;
        self.tls.store(Arc::clone(&certificate.config));
        self.readiness.set_certificate_expiry(certificate.not_after);
        self.metrics.certificate_loaded(certificate.not_after);
        tracing::info!(not_after = %certificate.not_after, "certificate in use");
    }

    /// Takes what is seen, and decides whether that lets the server be ready.
    fn look(&mut self, current: &Current) {
        let now = Timestamp::now();
        let mut obstacle = None;
        for one in self.configurations.iter_mut().flatten() {
            one.look();
            let label = one.label();
            if let Err(reason) = &one.stored {
                obstacle = Some(format!("{label} is not known: {reason}"));
            }
            let Ok(Some(stored)) = &one.stored else { continue };
            for (entry, bundle) in Registrar::trusted(stored) {
                let trusted =
                    bundle.is_some_and(|bundle| current.certificate.chains_to(&bundle, now));
                if !trusted {
                    obstacle = Some(format!(
                        "{label}: the caBundle of {entry} is not the authority of the certificate"
                    ));
                }
            }
        }
        self.readiness.set_blocked(obstacle);
        for platform in &PLATFORMS {
            let all = self.configurations.iter().flatten();
            let webhooks = all.map(|one| one.tolerates(platform)).sum();
            self.metrics.managed.tolerated(platform.id, webhooks);
        }
    }

    /// Writes what is missing; returns how long to wait for the next look.
    async fn register(&mut self, current: &Current) -> Duration {
        let hindered = self.hindered().await;
        let mut next = hindered.unwrap_or(RESYNC_PERIOD);
        for one in self.configurations.iter_mut().flatten() {
            // Not for repairs: they are right in an outage, too.
            if hindered.is_none() || !one.is_new() {
                next = next.min(one.register(&current.authority, &self.metrics).await);
            }
        }
        next
    }

    /// How long to wait with configurations that are still as the chart has made them.
    async fn hindered(&mut self) -> Option<Duration> {
        let is_new = self.configurations.iter().flatten().any(Configuration::is_new);
        if is_new && self.readiness.obstacle(Timestamp::now()).is_some() {
            return Some(RESYNC_PERIOD);
        }
        let gate = self.gate.as_mut()?;
        if is_new {
            return (!gate.look(&self.metrics).await).then_some(POLL_INTERVAL);
        }
        gate.rest();
        None
    }
}
