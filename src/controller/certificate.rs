//! The certificate in the Secret: made when the Secret is empty, by whichever replica is first;
//! renewed and recreated by the leader; read by all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::Api;
use tokio::sync::watch;
use tokio::time::sleep;

use super::{CertificateWatch, Current, RESYNC_PERIOD, RETRY_DELAY};
use crate::cluster::{self, Sighting};
use crate::metrics::{Metrics, Stage};
use crate::names::NamespacedName;
use crate::telemetry::{OncePerReason, chain};
use crate::tls::{Certificate, SecretContents, TlsError, renew_at};

/// What a Secret holds, and whether it can be served.
#[derive(Debug)]
enum SecretState {
    /// Nothing yet.
    Empty,
    /// Something else than what is kept there.
    Unreadable(TlsError),
    /// An authority and a leaf, of which one is not right.
    Unusable(SecretContents, TlsError),
    /// What can be served.
    Valid(SecretContents, Certificate),
}

/// What is to be done about it.
#[derive(Debug, PartialEq, Eq)]
enum Action<'s> {
    /// Nothing, for so long.
    Wait(Duration),
    /// An authority is made, and a leaf of it.
    Make,
    /// Another leaf, of the same authority where that can sign.
    Renew(&'s SecretContents),
}

impl SecretState {
    fn read(data: &BTreeMap<String, Vec<u8>>, names: &[String], now: Timestamp) -> Self {
        if data.is_empty() {
            return Self::Empty;
        }
        match SecretContents::read(data) {
            Err(error) => Self::Unreadable(error),
            Ok(contents) => match contents.certificate(names, now) {
                Err(error) => Self::Unusable(contents, error),
                Ok(certificate) => Self::Valid(contents, certificate),
            },
        }
    }

    /// Only an empty one is written by anyone; the rest is the leader's.
    fn action(&self, leads: bool, now: Timestamp) -> Action<'_> {
        match self {
            Self::Empty => Action::Make,
            Self::Unreadable(_) if leads => Action::Make,
            Self::Unusable(contents, _) if leads => Action::Renew(contents),
            Self::Unreadable(_) | Self::Unusable(..) => Action::Wait(RESYNC_PERIOD),
            Self::Valid(contents, certificate) => {
                let due = renew_at(certificate);
                if leads && now >= due {
                    return Action::Renew(contents);
                }
                let left = Duration::try_from(now.duration_until(due)).unwrap_or(RESYNC_PERIOD);
                Action::Wait(left.min(RESYNC_PERIOD))
            }
        }
    }
}

/// What a leaf is made for.
#[derive(Clone, Debug)]
pub struct LeafRequest {
    /// What callers ask for.
    pub names: Vec<String>,
    /// How long it is valid.
    pub lifetime: Duration,
}

/// Reconciles the Secret, and publishes which certificate is in it.
pub struct CertificateReconciler {
    api: Api<Secret>,
    label: String,
    name: String,
    leaf: LeafRequest,
    metrics: Arc<Metrics>,
    certificates: watch::Sender<Result<Arc<Current>, String>>,
    /// What was last taken from the Secret.
    contents: Option<SecretContents>,
    failures: OncePerReason,
}

impl CertificateReconciler {
    /// Of one Secret, and what it will publish.
    pub fn new(
        api: Api<Secret>,
        secret: &NamespacedName,
        leaf: LeafRequest,
        metrics: Arc<Metrics>,
    ) -> (Self, CertificateWatch) {
        let (certificates, certified) = watch::channel(Err("it was not read yet".to_owned()));
        let (label, name) = (Self::label(secret), secret.name.clone());
        let (contents, failures) = (None, OncePerReason::default());
        let new = Self { api, label, name, leaf, metrics, certificates, contents, failures };
        (new, certified)
    }

    /// What the Secret is called in messages.
    pub fn label(secret: &NamespacedName) -> String {
        format!("Secret {secret}")
    }

    /// Reconciles whenever the Secret or the leader changes, for ever.
    pub async fn run(
        mut self,
        mut seen: watch::Receiver<Sighting<Secret>>,
        mut leading: watch::Receiver<bool>,
    ) {
        loop {
            let (secret, leads) = (seen.borrow_and_update().clone(), *leading.borrow_and_update());
            let next = match secret {
                Ok(Some(secret)) => self.reconcile(&secret, leads).await,
                Ok(None) => {
                    let label = &self.label;
                    let problem =
                        format!("{label} does not exist; create it without data (the chart does)");
                    self.problem(&problem, Stage::Certificate);
                    RESYNC_PERIOD
                }
                // It is logged where it is seen.
                Err(reason) => {
                    self.waiting(&reason);
                    RESYNC_PERIOD
                }
            };
            tokio::select! {
                changed = seen.changed() => if changed.is_err() { return },
                changed = leading.changed() => if changed.is_err() { return },
                () = sleep(next) => {}
            }
        }
    }

    /// Takes what is in the Secret, and writes where that is this replica's business; returns how
    /// long to wait until the next time.
    async fn reconcile(&mut self, secret: &Secret, leads: bool) -> Duration {
        let now = Timestamp::now();
        let LeafRequest { names, lifetime } = self.leaf.clone();
        let state = SecretState::read(&data(secret), &names, now);
        match &state {
            SecretState::Empty => {}
            SecretState::Valid(contents, certificate) => self.take(contents, certificate),
            SecretState::Unreadable(error) | SecretState::Unusable(_, error) => {
                let problem = format!("{} cannot be served: {error}", self.label);
                self.problem(&problem, Stage::Certificate);
            }
        }
        let contents = match state.action(leads, now) {
            Action::Wait(next) => return next,
            Action::Make => SecretContents::make(&names, lifetime, now),
            Action::Renew(contents) => contents.renewed(&names, lifetime, now),
        };
        match contents {
            Ok(contents) => self.write(secret, &contents).await,
            Err(error) => self.problem(&error.to_string(), Stage::Certificate),
        }
        RETRY_DELAY
    }

    fn take(&mut self, contents: &SecretContents, certificate: &Certificate) {
        self.failures.clear();
        if self.contents.as_ref() == Some(contents) {
            return;
        }
        self.contents = Some(contents.clone());
        if let Ok(not_after) = contents.authority_not_after() {
            self.metrics.managed.authority_loaded(not_after);
        }
        let authority = contents.authority().to_owned();
        let current = Current { certificate: certificate.clone(), authority };
        drop(self.certificates.send_replace(Ok(Arc::new(current))));
    }

    /// Writes unless somebody else was first, whose work is then seen like one's own.
    async fn write(&mut self, secret: &Secret, contents: &SecretContents) {
        let data = contents.data().into_iter();
        let data = data.map(|(name, bytes)| (name, ByteString(bytes))).collect();
        let filled = Secret { data: Some(data), ..secret.clone() };
        match cluster::replace(&self.api, (&self.label, &self.name), &filled).await {
            Ok(true) => tracing::info!(secret = self.name, "wrote a new certificate"),
            Ok(false) => {
                tracing::info!(secret = self.name, "another replica wrote the certificate first");
            }
            Err(error) => self.problem(&chain(&error), Stage::Cluster),
        }
    }

    /// Tells what is wrong, once; what is served stays.
    fn problem(&mut self, problem: &str, stage: Stage) {
        self.waiting(problem);
        if self.failures.is_news(problem) {
            self.metrics.error(stage);
            tracing::error!(
                problem,
                "the certificate is not what it should be; the last good one stays in use"
            );
        }
    }

    /// Why there is no certificate, unless there is one.
    fn waiting(&self, reason: &str) {
        self.certificates.send_if_modified(|current| match current {
            Ok(_) => false,
            Err(known) => {
                let changed = known != reason;
                reason.clone_into(known);
                changed
            }
        });
    }
}

fn data(secret: &Secret) -> BTreeMap<String, Vec<u8>> {
    let data = secret.data.iter().flatten();
    data.map(|(name, bytes)| (name.clone(), bytes.0.clone())).collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const LIFETIME: Duration = Duration::from_hours(90 * 24);
    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn names() -> Vec<String> {
        vec!["bulkhead.ops.svc".to_owned()]
    }

    fn describe(action: &Action<'_>) -> &'static str {
        match action {
            Action::Wait(left) if *left == RESYNC_PERIOD => "resync",
            Action::Wait(_) => "wait",
            Action::Make => "make",
            Action::Renew(_) => "renew",
        }
    }

    #[test]
    fn what_is_done_depends_on_what_is_there_and_on_who_leads() {
        let now = Timestamp::now();
        let made =
            |days: i32| SecretContents::make(&names(), LIFETIME, now - DAY * days).unwrap().data();
        let with = |key: &str, bytes: &[u8]| {
            let mut data = made(0);
            data.insert(key.to_owned(), bytes.to_vec());
            data
        };
        let without_key = || {
            let mut data = made(0);
            data.remove("ca.key");
            data
        };
        let mixed = with("tls.crt", &made(0)["tls.crt"]);
        let soon = SecretContents::make(
            &names(),
            LIFETIME,
            now - DAY * 60 + SignedDuration::from_secs(30),
        );
        let elsewhere = SecretContents::make(&["other.example".to_owned()], LIFETIME, now);
        // The data, and what the leader and another replica do.
        let table = [
            ("empty", BTreeMap::new(), "make", "make"),
            ("a part is missing", without_key(), "make", "resync"),
            ("a part is no text", with("tls.crt", b"\xff"), "make", "resync"),
            ("a part is no PEM", with("tls.crt", b"x"), "renew", "resync"),
            ("of two pairs", mixed, "renew", "resync"),
            ("for another name", elsewhere.unwrap().data(), "renew", "resync"),
            ("expired", made(91), "renew", "resync"),
            ("due", made(61), "renew", "resync"),
            ("due in half a minute or so", soon.unwrap().data(), "wait", "wait"),
            ("new", made(0), "resync", "resync"),
        ];
        for (what, data, leader, other) in table {
            let state = SecretState::read(&data, &names(), now);
            assert_eq!(describe(&state.action(true, now)), leader, "{what}, by the leader");
            assert_eq!(describe(&state.action(false, now)), other, "{what}, by another");
        }
    }
}
