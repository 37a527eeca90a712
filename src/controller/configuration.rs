//! One webhook configuration: what is known of it, what stays in it, and what the leader puts back.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use kube::api::DynamicObject;
use tokio::sync::watch;

use super::configuration_state::{Action, ConfigurationState};
use super::{RESYNC_PERIOD, RETRY_DELAY, Reversal};
use crate::cluster::{Registrar, Sighting};
use crate::metrics::{Metrics, Stage};
use crate::registration::{PLATFORMS, Plan, Platform, Registration, WebhookKind, tolerated};
use crate::telemetry::{OncePerReason, chain};

/// A configuration, and what is ours of it.
pub struct ConfigurationHandle {
    /// Its kind.
    pub kind: WebhookKind,
    /// The whole entries, or `None` where only the bundle is ours.
    pub whole: Option<Registration>,
    /// Who reads and writes it.
    pub registrar: Registrar,
    /// The last state, or why there is none.
    pub seen: watch::Receiver<Sighting<DynamicObject>>,
}

/// A configuration, and the last that was known of it.
pub(super) struct Configuration {
    followed: ConfigurationHandle,
    state: ConfigurationState,
    failures: OncePerReason,
    /// Whose requirements are in it, once for each webhook.
    tolerated: Vec<&'static Platform>,
    /// Of which platforms that was logged.
    platforms: Vec<&'static str>,
}

impl Configuration {
    pub(super) fn new(followed: ConfigurationHandle) -> Self {
        Self {
            followed,
            state: ConfigurationState::new(),
            failures: OncePerReason::default(),
            tolerated: Vec::new(),
            platforms: Vec::new(),
        }
    }

    pub(super) fn label(&self) -> String {
        self.followed.registrar.label()
    }

    pub(super) fn stored(&self) -> &Sighting<DynamicObject> {
        &self.state.stored
    }

    pub(super) fn is_new(&self) -> bool {
        self.state.is_new()
    }

    /// Takes what is seen.
    pub(super) fn take(&mut self) {
        let seen = self.followed.seen.borrow_and_update().clone();
        self.state.take(seen);
        self.tolerated = match &self.state.stored {
            Ok(Some(stored)) => {
                let ConfigurationHandle { kind, whole, .. } = &self.followed;
                tolerated(*kind, whole.as_ref(), &(&**stored).into())
            }
            _ => Vec::new(),
        };
        self.log_tolerated();
    }

    /// How many of the webhooks carry what this platform requires.
    pub(super) fn tolerates(&self, platform: &Platform) -> usize {
        self.tolerated.iter().filter(|one| one.id == platform.id).count()
    }

    /// Logs each platform once: it may come and go with every repair of something else.
    fn log_tolerated(&mut self) {
        for platform in &PLATFORMS {
            let webhooks = self.tolerates(platform);
            if webhooks > 0 && !self.platforms.contains(&platform.id) {
                self.platforms.push(platform.id);
                tracing::warn!(
                    configuration = self.label(),
                    platform = platform.name,
                    webhooks,
                    "the platform requires more of the namespaceSelectors, which is left to it: \
                     what it excludes is not judged"
                );
            }
        }
    }

    /// Writes what is missing; how long to wait until the next time.
    pub(super) async fn reconcile(&mut self, authority: &str, metrics: &Metrics) -> Duration {
        let ConfigurationHandle { kind, whole, registrar, .. } = &self.followed;
        let now = Instant::now();
        match self.state.action((*kind, whole.as_ref()), authority, now) {
            Action::Wait(next) => next,
            Action::ReportAbsent => {
                let label = self.label();
                let reason = format!("{label} is not there; it has to be, without webhooks");
                self.failed(&reason, metrics)
            }
            Action::Accept(stored, plan) => {
                self.accept(&stored, &plan);
                RESYNC_PERIOD
            }
            Action::Write(stored, plan, undone) => {
                self.state.repairs.writes(now);
                match registrar.carry_out(&stored, &plan).await {
                    Ok(Some(written)) => {
                        self.accept(&stored, &plan);
                        self.log_written(&undone, metrics);
                        self.state.replace(&stored, written);
                        // It may be undone already, within the request.
                        Duration::ZERO
                    }
                    // Somebody else was faster; what they wrote is seen next.
                    Ok(None) => RETRY_DELAY,
                    Err(error) => self.failed(&chain(&error), metrics),
                }
            }
        }
    }

    fn accept(&mut self, stored: &DynamicObject, plan: &Plan) {
        self.failures.clear();
        self.state.accept(stored, plan);
    }

    fn log_written(&mut self, undone: &[Reversal], metrics: &Metrics) {
        metrics.managed.registered();
        let configuration = self.label();
        if undone.is_empty() {
            tracing::info!(configuration, "webhooks registered");
            return;
        }
        let now = Instant::now();
        let repairs = &mut self.state.repairs;
        repairs.repaired(undone, now);
        let managers: BTreeSet<_> = undone.iter().map(|(.., manager)| manager.as_str()).collect();
        let fields: Vec<_> =
            undone.iter().map(|(entry, field, _)| format!("{field} of {entry}")).collect();
        for (_, field, _) in undone {
            metrics.managed.repaired(field);
        }
        tracing::warn!(
            configuration,
            manager = Vec::from_iter(managers).join(", "),
            fields = fields.join(", "),
            next_after_s = repairs.wait(undone, now).as_secs(),
            "webhooks repaired: somebody had changed them"
        );
    }

    /// Tells what is wrong, once.
    fn failed(&mut self, reason: &str, metrics: &Metrics) -> Duration {
        if self.failures.is_news(reason) {
            metrics.error(Stage::Cluster);
            tracing::error!(reason, "cannot update the webhook configuration");
        }
        RETRY_DELAY
    }
}

/// Waits for news of either.
pub(super) async fn changed(configurations: Option<&mut [Configuration; 2]>) {
    match configurations {
        Some([one, other]) => tokio::select! {
            _ = one.followed.seen.changed() => {}
            _ = other.followed.seen.changed() => {}
        },
        None => std::future::pending().await,
    }
}
