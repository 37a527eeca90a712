//! One webhook configuration: what is known of it, what stays in it, and what the leader puts back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kube::api::DynamicObject;

use super::Followed;
use super::webhooks::RESYNC_PERIOD;
use super::{Repairs, Undone};
use crate::cluster::{Registrar, Seen};
use crate::metrics::{Metrics, Stage};
use crate::registration::{PLATFORMS, Plan, Platform};

/// Until the next attempt to register.
const RETRY_DELAY: Duration = Duration::from_secs(5);

/// A configuration, and the last that was known of it.
pub(super) struct Configuration {
    followed: Followed,
    /// An error until it was read once.
    pub(super) stored: Seen<DynamicObject>,
    /// The version that our last write has replaced: it may be told only now.
    replaced: Option<String>,
    /// The uid of the one that was seen with entries: were that empty, it would be damage. One that
    /// was made anew is as at the beginning.
    filled: Option<String>,
    repairs: Repairs,
    /// Why it could not be written, as it was logged.
    told: String,
    /// Whose requirements are in it, once for each webhook.
    tolerated: Vec<&'static Platform>,
    /// Of which platforms that was logged.
    platforms: Vec<&'static str>,
}

impl Configuration {
    pub(super) fn new(followed: Followed) -> Self {
        Self {
            followed,
            stored: Err("it was not read yet".to_owned()),
            replaced: None,
            filled: None,
            repairs: Repairs::default(),
            told: String::new(),
            tolerated: Vec::new(),
            platforms: Vec::new(),
        }
    }

    pub(super) fn label(&self) -> String {
        self.followed.registrar.label()
    }

    /// Whether it was never seen with entries of ours.
    pub(super) fn is_new(&self) -> bool {
        matches!(&self.stored, Ok(Some(stored)) if stored.metadata.uid != self.filled)
    }

    /// Takes what is seen.
    pub(super) fn look(&mut self) {
        let seen = self.followed.seen.borrow_and_update().clone();
        // What was known stays in use.
        let is_news = match &seen {
            Ok(Some(seen)) => seen.metadata.resource_version != self.replaced,
            Ok(None) => true,
            Err(_) => self.stored.is_err(),
        };
        if is_news {
            self.stored = seen;
        }
        self.tolerated.clear();
        if let Ok(Some(stored)) = &self.stored {
            if !Registrar::trusted(stored).is_empty() {
                self.filled.clone_from(&stored.metadata.uid);
            }
            self.tolerated = self.followed.registrar.tolerated(stored);
        }
        self.tell_tolerated();
    }

    /// How many of the webhooks carry what this platform requires.
    pub(super) fn tolerates(&self, platform: &Platform) -> usize {
        self.tolerated.iter().filter(|one| one.id == platform.id).count()
    }

    /// Tells of each platform once: it may come and go with every repair of something else.
    fn tell_tolerated(&mut self) {
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

    /// Writes what is missing; how long to wait for the next look.
    pub(super) async fn register(&mut self, authority: &str, metrics: &Metrics) -> Duration {
        let stored = match &self.stored {
            Err(_) => return RESYNC_PERIOD,
            Ok(None) => {
                let label = self.label();
                let reason = format!("{label} is not there; it has to be, without webhooks");
                return self.failed(reason, metrics);
            }
            Ok(Some(stored)) => Arc::clone(stored),
        };
        self.repairs.about(stored.metadata.uid.as_deref());
        let registrar = &self.followed.registrar;
        let Some(plan) = registrar.plan(&stored, authority) else { return RESYNC_PERIOD };
        if plan.differences.is_empty() {
            self.settled(&stored, &plan);
            return RESYNC_PERIOD;
        }
        let undone = self.repairs.undone(&plan.differences);
        // What is ours to change waits for no fight.
        let fights = if undone.len() == plan.differences.len() { undone.as_slice() } else { &[] };
        let now = Instant::now();
        let wait = self.repairs.wait(fights, now);
        if !wait.is_zero() {
            return wait;
        }
        self.repairs.writes(now);
        match registrar.carry_out(&stored, &plan).await {
            Ok(Some(written)) => {
                self.settled(&stored, &plan);
                self.tell_written(&undone, metrics);
                self.replaced.clone_from(&stored.metadata.resource_version);
                self.stored = Ok(Some(Arc::new(written)));
                // It may be undone already, within the request.
                Duration::ZERO
            }
            // Somebody else was faster; what they wrote is seen next.
            Ok(None) => RETRY_DELAY,
            Err(error) => self.failed(error.to_string(), metrics),
        }
    }

    /// What is stored, or was just written, is right.
    fn settled(&mut self, stored: &DynamicObject, plan: &Plan) {
        self.told.clear();
        self.filled.clone_from(&stored.metadata.uid);
        self.repairs.right(plan.plain.clone());
    }

    fn tell_written(&mut self, undone: &[Undone], metrics: &Metrics) {
        metrics.managed.registered();
        let configuration = self.label();
        if undone.is_empty() {
            tracing::info!(configuration, "webhooks registered");
            return;
        }
        let now = Instant::now();
        self.repairs.repaired(undone, now);
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
            next_after_s = self.repairs.wait(undone, now).as_secs(),
            "webhooks repaired: somebody had changed them"
        );
    }

    /// Tells what is wrong, once.
    fn failed(&mut self, reason: String, metrics: &Metrics) -> Duration {
        if self.told != reason {
            metrics.error(Stage::Cluster);
            tracing::error!(reason, "the webhooks are not registered as they should be");
            self.told = reason;
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
