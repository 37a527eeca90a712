//! What the certificate and the webhook configurations mean together: whether callers trust what
//! is served, and what the leader has to write.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::api::DynamicObject;
use tokio::sync::watch;
use tokio::time::sleep;

use super::answered::{Answered, SOON};
use super::{Begun, Certified, Current, Followed};
use crate::cluster::{Mended, Registrar, Seen};
use crate::metrics::{Metrics, Stage};
use crate::server::Readiness;
use crate::tls::Published;

/// Until the next attempt to register.
const AGAIN: Duration = Duration::from_secs(5);

/// Otherwise: what is served expires without an event.
const LOOK: Duration = Duration::from_mins(1);

/// A configuration, and the last that was known of it.
struct Configuration {
    followed: Followed,
    /// An error until it was read once.
    stored: Seen<DynamicObject>,
    /// The uid of the one that was seen with entries: were that empty, it would be damage. One that
    /// was made anew is as at the beginning.
    filled: Option<String>,
    /// Why it could not be written, as it was logged.
    told: String,
}

/// Serves each new certificate, and keeps readiness and registration right.
pub(in crate::app) struct Overseer {
    tls: Published,
    readiness: Arc<Readiness>,
    metrics: Arc<Metrics>,
    certified: Certified,
    leading: watch::Receiver<bool>,
    configurations: Option<[Configuration; 2]>,
    answered: Option<Answered>,
}

impl Overseer {
    pub(in crate::app) fn new(
        begun: Begun,
        tls: Published,
        readiness: Arc<Readiness>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let configurations = begun.followed.map(|both| {
            both.map(|followed| Configuration {
                followed,
                stored: Err("it was not read yet".to_owned()),
                filled: None,
                told: String::new(),
            })
        });
        let Begun { certified, leading, answered, .. } = begun;
        Self { tls, readiness, metrics, certified, leading, configurations, answered }
    }

    pub(in crate::app) async fn oversee(mut self) {
        let mut served = None;
        loop {
            let current = self.certified.borrow_and_update().clone();
            let leads = *self.leading.borrow_and_update();
            let mut next = LOOK;
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
        self.readiness.serves(certificate.not_after);
        self.metrics.certificate_loaded(certificate.not_after);
        tracing::info!(not_after = %certificate.not_after, "certificate in use");
    }

    /// Takes what is seen, and decides whether that lets the server be ready.
    fn look(&mut self, current: &Current) {
        let now = Timestamp::now();
        let mut obstacle = None;
        for one in self.configurations.iter_mut().flatten() {
            let label = one.followed.registrar.label();
            let seen = one.followed.seen.borrow_and_update();
            // What was known stays in use.
            if seen.is_ok() || one.stored.is_err() {
                one.stored.clone_from(&seen);
            }
            drop(seen);
            if let Err(reason) = &one.stored {
                obstacle = Some(format!("{label} is not known: {reason}"));
            }
            let Ok(Some(stored)) = &one.stored else { continue };
            for (entry, bundle) in Registrar::trusted(stored) {
                one.filled.clone_from(&stored.metadata.uid);
                let trusted =
                    bundle.is_some_and(|bundle| current.certificate.chains_to(&bundle, now));
                if !trusted {
                    obstacle = Some(format!(
                        "{label}: the caBundle of {entry} is not the authority of the certificate"
                    ));
                }
            }
        }
        self.readiness.keep_back(obstacle);
    }

    /// Writes what is missing; returns how long to wait for the next look.
    async fn register(&mut self, current: &Current) -> Duration {
        let mut next = self.hindered().await;
        for one in self.configurations.iter_mut().flatten() {
            // Not for repairs: they are right in an outage, too.
            if next.is_some() && one.is_new() {
                continue;
            }
            if !one.register(&current.authority, &self.metrics).await {
                next = Some(next.unwrap_or(AGAIN).min(AGAIN));
            }
        }
        next.unwrap_or(LOOK)
    }

    /// How long to wait with configurations that are still as the chart has made them.
    async fn hindered(&mut self) -> Option<Duration> {
        let is_new = self.configurations.iter().flatten().any(Configuration::is_new);
        if is_new && self.readiness.obstacle(Timestamp::now()).is_some() {
            return Some(LOOK);
        }
        let answered = self.answered.as_mut()?;
        if is_new {
            return (!answered.look(&self.metrics).await).then_some(SOON);
        }
        answered.rest();
        None
    }
}

impl Configuration {
    /// Whether it was never seen with entries of ours.
    fn is_new(&self) -> bool {
        matches!(&self.stored, Ok(Some(stored)) if stored.metadata.uid != self.filled)
    }

    async fn register(&mut self, authority: &str, metrics: &Metrics) -> bool {
        let registrar = &self.followed.registrar;
        let configuration = registrar.label();
        let failed = match &self.stored {
            Err(_) => return true,
            Ok(None) => format!("{configuration} is not there; it has to be, without webhooks"),
            Ok(Some(stored)) => match registrar.mend(stored, authority).await {
                Ok(Mended::Stale) => return false,
                Ok(mended) => {
                    self.told.clear();
                    self.filled.clone_from(&stored.metadata.uid);
                    if mended == Mended::Changed {
                        metrics.registered();
                        tracing::info!(configuration, "webhooks registered");
                    }
                    return true;
                }
                Err(error) => error.to_string(),
            },
        };
        if self.told != failed {
            metrics.error(Stage::Cluster);
            tracing::error!(reason = failed, "the webhooks are not registered as they should be");
            self.told = failed;
        }
        false
    }
}

async fn changed(configurations: Option<&mut [Configuration; 2]>) {
    match configurations {
        Some([one, other]) => tokio::select! {
            _ = one.followed.seen.changed() => {}
            _ = other.followed.seen.changed() => {}
        },
        None => std::future::pending().await,
    }
}
