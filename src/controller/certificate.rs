//! The certificate in the Secret: made when the Secret is empty, by whichever replica is first;
//! renewed and mended by the leader; read by all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::Api;
use tokio::sync::watch;
use tokio::time::sleep;

use super::Current;
use crate::cluster::{self, Seen};
use crate::metrics::{Metrics, Stage};
use crate::tls::{Certificate, SecretContents, TlsError, renew_at};

/// Until the next look when nothing happens: clocks jump, and machines sleep.
const RESYNC_PERIOD: Duration = Duration::from_mins(1);

/// Until the next attempt to write.
const RETRY_DELAY: Duration = Duration::from_secs(5);

/// Keeps it.
pub struct CertificateReconciler {
    /// To write it.
    pub api: Api<Secret>,
    pub label: String,
    pub name: String,
    pub names: Vec<String>,
    pub leaf: Duration,
    pub metrics: Arc<Metrics>,
    pub certificates: watch::Sender<Result<Arc<Current>, String>>,
    /// What was last taken from the Secret.
    pub contents: Option<SecretContents>,
    /// The last reason that was logged.
    pub told: String,
}

impl CertificateReconciler {
    /// For ever.
    pub async fn run(
        mut self,
        mut seen: watch::Receiver<Seen<Secret>>,
        mut leading: watch::Receiver<bool>,
    ) {
        loop {
            let (secret, leads) = (seen.borrow_and_update().clone(), *leading.borrow_and_update());
            let next = match secret {
                Ok(Some(secret)) => self.look(&secret, leads).await,
                Ok(None) => {
                    let problem = format!("{} is not there; it has to be, empty", self.label);
                    self.problem(problem, Stage::Certificate);
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
    /// long to wait for the next look.
    async fn look(&mut self, secret: &Secret, leads: bool) -> Duration {
        let now = Timestamp::now();
        let data = data(secret);
        if data.is_empty() {
            return self.write(secret, SecretContents::make(&self.names, self.leaf, now)).await;
        }
        let contents = SecretContents::read(&data);
        let checked = match &contents {
            Ok(contents) => contents.certificate(&self.names, now),
            Err(_) => Err(TlsError::Parse),
        };
        match (contents, checked) {
            (Ok(contents), Ok(certificate)) => {
                let due = renew_at(&certificate);
                self.take(&contents, certificate);
                if leads && now >= due {
                    return self.write(secret, contents.renewed(&self.names, self.leaf, now)).await;
                }
                Duration::try_from(now.duration_until(due))
                    .map_or(RESYNC_PERIOD, |left| left.min(RESYNC_PERIOD))
            }
            (contents, checked) => {
                let error = match &contents {
                    Ok(_) => checked.err().map(|error| error.to_string()),
                    Err(error) => Some(error.to_string()),
                };
                let reason = error.unwrap_or_default();
                let problem = format!("{} cannot be served: {reason}", self.label);
                self.problem(problem, Stage::Certificate);
                if !leads {
                    return RESYNC_PERIOD;
                }
                let mended = match contents {
                    Ok(contents) => contents.renewed(&self.names, self.leaf, now),
                    Err(_) => SecretContents::make(&self.names, self.leaf, now),
                };
                self.write(secret, mended).await
            }
        }
    }

    fn take(&mut self, contents: &SecretContents, certificate: Certificate) {
        self.told.clear();
        if self.contents.as_ref() == Some(contents) {
            return;
        }
        self.contents = Some(contents.clone());
        if let Ok(not_after) = contents.authority_not_after() {
            self.metrics.managed.authority_loaded(not_after);
        }
        let authority = contents.authority().to_owned();
        drop(self.certificates.send_replace(Ok(Arc::new(Current { certificate, authority }))));
    }

    /// Writes unless somebody else was first, whose work is then seen like one's own.
    async fn write(
        &mut self,
        secret: &Secret,
        contents: Result<SecretContents, TlsError>,
    ) -> Duration {
        let data = match contents {
            Ok(contents) => contents.data(),
            Err(error) => {
                self.problem(error.to_string(), Stage::Certificate);
                return RETRY_DELAY;
            }
        };
        let data = data.into_iter().map(|(name, bytes)| (name, ByteString(bytes))).collect();
        let filled = Secret { data: Some(data), ..secret.clone() };
        match cluster::replace(&self.api, (&self.label, &self.name), &filled).await {
            Ok(true) => tracing::info!(secret = self.name, "a certificate was made"),
            Ok(false) => tracing::info!(secret = self.name, "another replica was first"),
            Err(error) => self.problem(error.to_string(), Stage::Cluster),
        }
        RETRY_DELAY
    }

    /// Tells what is wrong, once; what is served stays.
    fn problem(&mut self, problem: String, stage: Stage) {
        self.waiting(&problem);
        if self.told != problem {
            self.metrics.error(stage);
            tracing::error!(
                problem,
                "the certificate is not what it should be; the last good one stays in use"
            );
            self.told = problem;
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
