//! Leader election: the holder of a Lease does what only one replica may do, by the protocol of
//! every controller in the cluster.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::{Api, PostParams};
use kube::{Client, Error};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::access::{ClusterError, within};
use super::replace;
use crate::names::NamespacedName;
use crate::registration::BULKHEAD;

/// How long a holder that is not heard of keeps it.
const LEASE_DURATION: Duration = Duration::from_secs(15);

/// A holder that could not renew it for so long stops to lead, before another one begins.
const RENEW_DEADLINE: Duration = Duration::from_secs(10);

/// Between attempts to acquire or renew it.
const RETRY_PERIOD: Duration = Duration::from_secs(2);

/// For releasing it at the end, so that another one need not wait.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);

/// What to do with a Lease.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Create,
    Renew,
    Acquire,
    Wait,
}

/// One replica's part in it.
struct Candidate {
    api: Api<Lease>,
    name: NamespacedName,
    label: String,
    identity: String,
    /// What was seen last, and since when: clocks of other machines are not trusted.
    seen: Option<(LeaseSpec, Instant)>,
}

/// Takes part until `stop`, and tells whether this replica leads.
pub async fn run_election(
    client: Client,
    name: NamespacedName,
    identity: String,
    (leading, stop): (watch::Sender<bool>, CancellationToken),
    failed: impl Fn(&ClusterError),
) {
    let label = format!("Lease {name}");
    let api = Api::namespaced(client, &name.namespace);
    let mut candidate = Candidate { api, name, label, identity, seen: None };
    let (mut renewed, mut told) = (Instant::now(), String::new());
    let mut ticks = interval(RETRY_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        match candidate.attempt().await {
            Ok(leads) => {
                renewed = Instant::now();
                told.clear();
                leading.send_if_modified(|now| std::mem::replace(now, leads) != leads);
            }
            Err(error) => {
                if renewed.elapsed() > RENEW_DEADLINE {
                    leading.send_if_modified(|now| std::mem::replace(now, false));
                }
                let reason = error.to_string();
                if reason != told {
                    failed(&error);
                    told = reason;
                }
            }
        }
    }
    if *leading.borrow() {
        leading.send_replace(false);
        // Nobody is there to be told if it fails; the others wait a little longer.
        drop(timeout(RELEASE_TIMEOUT, candidate.release()).await);
    }
}

impl Candidate {
    /// Creates, renews or takes it where that is right; whether it is held then.
    async fn attempt(&mut self) -> Result<bool, ClusterError> {
        let found = within("get", &self.label, self.api.get_opt(&self.name.name)).await?;
        let spec = found.as_ref().map(|lease| lease.spec.clone().unwrap_or_default());
        let turn = self.turn(spec.as_ref(), Instant::now());
        match (turn, found) {
            (Turn::Renew | Turn::Acquire, Some(lease)) => self.hold(lease).await,
            (Turn::Create, _) => self.create().await,
            _ => Ok(false),
        }
    }

    fn turn(&mut self, spec: Option<&LeaseSpec>, now: Instant) -> Turn {
        let Some(spec) = spec else { return Turn::Create };
        let holder = spec.holder_identity.as_deref().unwrap_or_default();
        if holder == self.identity {
            return Turn::Renew;
        }
        let since = match &self.seen {
            Some((known, since)) if known == spec => *since,
            _ => now,
        };
        self.seen = Some((spec.clone(), since));
        let lasts = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let lasts = lasts.map_or(LEASE_DURATION, Duration::from_secs);
        if holder.is_empty() || now.duration_since(since) > lasts {
            Turn::Acquire
        } else {
            Turn::Wait
        }
    }

    async fn create(&self) -> Result<bool, ClusterError> {
        let metadata = ObjectMeta { name: Some(self.name.name.clone()), ..ObjectMeta::default() };
        let lease = Lease { metadata, spec: Some(self.held(None)) };
        let params =
            PostParams { field_manager: Some(BULKHEAD.to_owned()), ..PostParams::default() };
        let created = async {
            match self.api.create(&params, &lease).await {
                Ok(_) => Ok(true),
                Err(Error::Api(status)) if status.code == 409 => Ok(false),
                Err(error) => Err(error),
            }
        };
        within("create", &self.label, created).await
    }

    async fn hold(&self, mut lease: Lease) -> Result<bool, ClusterError> {
        lease.spec = Some(self.held(lease.spec.as_ref()));
        replace(&self.api, (&self.label, &self.name.name), &lease).await
    }

    async fn release(&self) -> Result<(), ClusterError> {
        let found = within("get", &self.label, self.api.get_opt(&self.name.name)).await?;
        let Some(mut lease) = found else { return Ok(()) };
        let Some(spec) = lease.spec.as_mut() else { return Ok(()) };
        if spec.holder_identity.as_deref() == Some(&self.identity) {
            spec.holder_identity = Some(String::new());
            replace(&self.api, (&self.label, &self.name.name), &lease).await?;
        }
        Ok(())
    }

    fn held(&self, before: Option<&LeaseSpec>) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        let mine = before.filter(|spec| spec.holder_identity.as_ref() == Some(&self.identity));
        let changes = before.and_then(|spec| spec.lease_transitions).unwrap_or_default();
        LeaseSpec {
            acquire_time: mine.map_or_else(|| Some(now.clone()), |spec| spec.acquire_time.clone()),
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(LEASE_DURATION.as_secs()).ok(),
            lease_transitions: Some(
                changes.saturating_add(i32::from(before.is_some() && mine.is_none())),
            ),
            renew_time: Some(now),
            ..LeaseSpec::default()
        }
    }
}
