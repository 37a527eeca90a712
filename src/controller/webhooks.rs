//! What the certificate and the webhook configurations mean together: whether callers trust what
//! is served, and what the leader has to write.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::api::DynamicObject;
use tokio::sync::watch;
use tokio::time::sleep;

use super::configuration::{Configuration, ConfigurationHandle, changed};
use super::endpoint_gate::{EndpointGate, POLL_INTERVAL};
use super::{CertificateWatch, Current, Publisher, RESYNC_PERIOD};
use crate::cluster::Sighting;
use crate::metrics::Metrics;
use crate::registration::{PLATFORMS, trusted};
use crate::server::Readiness;

/// What keeps the leader from filling in a configuration for the first time.
#[derive(Debug, PartialEq, Eq)]
enum Hindrance {
    /// Nothing, or nothing is to be filled in.
    None,
    /// This replica would not answer.
    NotReady,
    /// Nobody else has been ready for long enough, unless the gate is open.
    Gate,
}

fn hindrance(is_new: bool, is_ready: bool, has_gate: bool) -> Hindrance {
    match (is_new, is_ready, has_gate) {
        (true, false, _) => Hindrance::NotReady,
        (true, true, true) => Hindrance::Gate,
        (true, true, false) | (false, ..) => Hindrance::None,
    }
}

/// Why callers would not trust what is served, as far as one configuration decides it.
fn obstacle(
    label: &str,
    stored: &Sighting<DynamicObject>,
    trusts: impl Fn(&[u8]) -> bool,
) -> Option<String> {
    let stored = match stored {
        Err(reason) => return Some(format!("{label} is not known: {reason}")),
        Ok(stored) => stored.as_deref()?,
    };
    let entries = trusted(&stored.into()).into_iter();
    let distrusted = entries.filter(|(_, bundle)| !bundle.as_deref().is_some_and(&trusts));
    distrusted.last().map(|(entry, _)| {
        format!("{label}: the caBundle of {entry} is not the authority of the certificate")
    })
}

/// Serves each new certificate, and keeps readiness and registration right.
pub struct WebhookReconciler {
    publisher: Publisher,
    readiness: Arc<Readiness>,
    metrics: Arc<Metrics>,
    certified: CertificateWatch,
    leading: watch::Receiver<bool>,
    configurations: Option<[Configuration; 2]>,
    gate: Option<EndpointGate>,
}

impl WebhookReconciler {
    /// Of what is followed; the gate only where the entries are ours to write.
    pub fn new(
        (certified, leading): (CertificateWatch, watch::Receiver<bool>),
        (followed, gate): (Option<[ConfigurationHandle; 2]>, Option<EndpointGate>),
        publisher: Publisher,
        readiness: Arc<Readiness>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let configurations = followed.map(|both| both.map(Configuration::new));
        Self { publisher, readiness, metrics, certified, leading, configurations, gate }
    }

    /// Reconciles whenever a certificate, a configuration or the leader changes, for ever.
    pub async fn run(mut self) {
        let mut served = None;
        loop {
            let current = self.certified.borrow_and_update().clone();
            let leads = *self.leading.borrow_and_update();
            let mut next = RESYNC_PERIOD;
            if let Ok(current) = current {
                self.serve(&current, &mut served);
                self.take(&current);
                if leads {
                    next = self.reconcile(&current).await;
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
        self.publisher.publish(&current.certificate, None);
    }

    /// Takes what is seen, and decides whether that lets the server be ready.
    fn take(&mut self, current: &Current) {
        let now = Timestamp::now();
        let mut blocked = None;
        for one in self.configurations.iter_mut().flatten() {
            one.take();
            let trusts = |bundle: &[u8]| current.certificate.chains_to(bundle, now);
            blocked = obstacle(&one.label(), one.stored(), trusts).or(blocked);
        }
        self.readiness.set_blocked(blocked);
        for platform in &PLATFORMS {
            let all = self.configurations.iter().flatten();
            let webhooks = all.map(|one| one.tolerates(platform)).sum();
            self.metrics.managed.tolerated(platform.id, webhooks);
        }
    }

    /// Writes what is missing; returns how long to wait until the next time.
    async fn reconcile(&mut self, current: &Current) -> Duration {
        let hindered = self.hindered().await;
        let mut next = hindered.unwrap_or(RESYNC_PERIOD);
        for one in self.configurations.iter_mut().flatten() {
            // Not for repairs: they are right in an outage, too.
            if hindered.is_none() || !one.is_new() {
                next = next.min(one.reconcile(&current.authority, &self.metrics).await);
            }
        }
        next
    }

    /// How long to wait with configurations that are still as the chart has made them.
    async fn hindered(&mut self) -> Option<Duration> {
        let is_new = self.configurations.iter().flatten().any(Configuration::is_new);
        let is_ready = self.readiness.obstacle(Timestamp::now()).is_none();
        match (hindrance(is_new, is_ready, self.gate.is_some()), &mut self.gate) {
            (Hindrance::NotReady, _) => Some(RESYNC_PERIOD),
            (Hindrance::Gate, Some(gate)) => {
                (!gate.is_open(&self.metrics).await).then_some(POLL_INTERVAL)
            }
            (_, gate) => {
                gate.iter_mut().for_each(EndpointGate::rest);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_first_registration_waits_and_a_repair_does_not() {
        for (is_new, is_ready, has_gate, expected) in [
            (true, false, true, Hindrance::NotReady),
            (true, false, false, Hindrance::NotReady),
            (true, true, true, Hindrance::Gate),
            (true, true, false, Hindrance::None),
            (false, false, true, Hindrance::None),
            (false, true, true, Hindrance::None),
        ] {
            let found = hindrance(is_new, is_ready, has_gate);
            assert_eq!(found, expected, "{is_new} {is_ready} {has_gate}");
        }
    }

    #[test]
    fn a_server_is_ready_where_each_entry_trusts_its_authority() {
        let entry = |name: &str, bundle: Option<&str>| {
            let bundle = bundle.map(|text| STANDARD.encode(text));
            json!({"name": format!("{name}.bulkhead.dev"), "clientConfig": {"caBundle": bundle}})
        };
        let stored = |webhooks: &[Value]| -> Sighting<DynamicObject> {
            let object = json!({
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingWebhookConfiguration",
                "metadata": {"name": "bulkhead"}, "webhooks": webhooks,
            });
            Ok(Some(Arc::new(serde_json::from_value(object).unwrap())))
        };
        let good = entry("advise", Some("ours"));
        let wrong =
            "it: the caBundle of enforce.bulkhead.dev is not the authority of the certificate";
        for (stored, expected) in [
            (Err("refused".to_owned()), Some("it is not known: refused")),
            (Ok(None), None),
            (stored(&[]), None),
            (stored(std::slice::from_ref(&good)), None),
            (stored(&[entry("enforce", Some("other")), good.clone()]), Some(wrong)),
            (stored(&[good.clone(), entry("enforce", None)]), Some(wrong)),
            // Of others nothing is known.
            (stored(&[good, json!({"name": "other.example"})]), None),
        ] {
            let found = obstacle("it", &stored, |bundle| bundle == b"ours");
            assert_eq!(found.as_deref(), expected, "{stored:?}");
        }
    }
}
