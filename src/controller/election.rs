//! Leader election: the holder of a Lease does what only one replica may do, by the protocol of
//! every controller in the cluster.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::LeaseSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::cluster::{ClusterError, Leases};
use crate::telemetry::{OncePerReason, chain};

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
    identity: String,
    /// What was seen last, and since when: clocks of other machines are not trusted.
    seen: Option<(LeaseSpec, Instant)>,
}

/// Takes part until `stop`, and publishes whether this replica leads.
pub async fn run_election(
    leases: Leases,
    identity: String,
    (leading, stop): (watch::Sender<bool>, CancellationToken),
    failed: impl Fn(&ClusterError),
) {
    let mut candidate = Candidate { identity, seen: None };
    let (mut renewed, mut failures) = (Instant::now(), OncePerReason::default());
    let mut ticks = interval(RETRY_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        match attempt(&leases, &mut candidate).await {
            Ok(leads) => {
                renewed = Instant::now();
                failures.clear();
                leading.send_if_modified(|now| std::mem::replace(now, leads) != leads);
            }
            Err(error) => {
                if has_to_stop(renewed.elapsed()) {
                    leading.send_if_modified(|now| std::mem::replace(now, false));
                }
                if failures.is_news(&chain(&error)) {
                    failed(&error);
                }
            }
        }
    }
    if *leading.borrow() {
        leading.send_replace(false);
        // Nobody needs to know if it fails; the others wait a little longer.
        drop(timeout(RELEASE_TIMEOUT, release(&leases, &candidate)).await);
    }
}

/// Creates, renews or acquires it where that is right; whether it is held then.
async fn attempt(leases: &Leases, candidate: &mut Candidate) -> Result<bool, ClusterError> {
    let found = leases.get().await?;
    let spec = found.as_ref().map(|lease| lease.spec.clone().unwrap_or_default());
    let turn = candidate.turn(spec.as_ref(), Instant::now());
    let held = || candidate.held(spec.as_ref(), Timestamp::now());
    match (turn, found) {
        (Turn::Renew | Turn::Acquire, Some(mut lease)) => {
            lease.spec = Some(held());
            leases.replace(&lease).await
        }
        (Turn::Create, _) => leases.create(held()).await,
        _ => Ok(false),
    }
}

async fn release(leases: &Leases, candidate: &Candidate) -> Result<(), ClusterError> {
    let Some(mut lease) = leases.get().await? else { return Ok(()) };
    let Some(spec) = lease.spec.as_mut().filter(|spec| candidate.holds(spec)) else {
        return Ok(());
    };
    spec.holder_identity = Some(String::new());
    leases.replace(&lease).await.map(|_| ())
}

/// Whether a holder that could not renew for so long stops to lead.
fn has_to_stop(since_renewal: Duration) -> bool {
    since_renewal > RENEW_DEADLINE
}

impl Candidate {
    fn holds(&self, spec: &LeaseSpec) -> bool {
        spec.holder_identity.as_ref() == Some(&self.identity)
    }

    fn turn(&mut self, spec: Option<&LeaseSpec>, now: Instant) -> Turn {
        let Some(spec) = spec else { return Turn::Create };
        if self.holds(spec) {
            return Turn::Renew;
        }
        let since = match &self.seen {
            Some((known, since)) if known == spec => *since,
            _ => now,
        };
        self.seen = Some((spec.clone(), since));
        let lasts = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let lasts = lasts.map_or(LEASE_DURATION, Duration::from_secs);
        let is_free = spec.holder_identity.as_ref().is_none_or(String::is_empty);
        if is_free || now.duration_since(since) > lasts { Turn::Acquire } else { Turn::Wait }
    }

    /// As this replica holds it from now on.
    fn held(&self, before: Option<&LeaseSpec>, now: Timestamp) -> LeaseSpec {
        let now = MicroTime(now);
        let mine = before.filter(|spec| self.holds(spec));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(holder: &str, renewed: i64, seconds: Option<i32>) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: seconds,
            lease_transitions: Some(3),
            renew_time: Some(MicroTime(Timestamp::from_second(renewed).unwrap())),
            ..LeaseSpec::default()
        }
    }

    fn candidate() -> Candidate {
        Candidate { identity: "me".to_owned(), seen: None }
    }

    #[test]
    fn a_lease_is_acquired_when_its_holder_was_not_heard_of_for_its_duration() {
        let begin = Instant::now();
        let (other, later) = (spec("other", 1, Some(15)), spec("other", 2, Some(15)));
        let (long, unsaid) = (spec("other", 1, Some(60)), spec("other", 1, None));
        // Seconds since the beginning, what is read then, and what is done about it.
        let histories: &[&[(u64, Option<&LeaseSpec>, Turn)]] = &[
            &[(0, None, Turn::Create)],
            &[(0, Some(&spec("me", 1, Some(15))), Turn::Renew)],
            &[(0, Some(&spec("", 1, Some(15))), Turn::Acquire)],
            &[(0, Some(&LeaseSpec::default()), Turn::Acquire)],
            &[
                (0, Some(&other), Turn::Wait),
                (15, Some(&other), Turn::Wait),
                (16, Some(&other), Turn::Acquire),
            ],
            // Whatever its clock says: it was heard of.
            &[
                (0, Some(&other), Turn::Wait),
                (14, Some(&later), Turn::Wait),
                (29, Some(&later), Turn::Wait),
                (30, Some(&later), Turn::Acquire),
            ],
            &[
                (0, Some(&long), Turn::Wait),
                (60, Some(&long), Turn::Wait),
                (61, Some(&long), Turn::Acquire),
            ],
            &[(0, Some(&unsaid), Turn::Wait), (16, Some(&unsaid), Turn::Acquire)],
        ];
        for history in histories {
            let mut candidate = candidate();
            for (after, spec, expected) in *history {
                let turn = candidate.turn(*spec, begin + Duration::from_secs(*after));
                assert_eq!(turn, *expected, "{spec:?} after {after} s");
            }
        }
    }

    #[test]
    fn a_leader_stops_before_another_one_begins() {
        for (seconds, stops) in [(0, false), (10, false), (11, true)] {
            assert_eq!(has_to_stop(Duration::from_secs(seconds)), stops, "{seconds}");
        }
        assert!(RENEW_DEADLINE < LEASE_DURATION && RETRY_PERIOD < RENEW_DEADLINE);
    }

    #[test]
    fn what_is_written_says_since_when_and_how_often_it_changed_hands() {
        let (candidate, now) = (candidate(), Timestamp::from_second(100).unwrap());
        let at = |second| Some(MicroTime(Timestamp::from_second(second).unwrap()));
        let mine = LeaseSpec { acquire_time: at(7), ..spec("me", 8, Some(15)) };
        for (before, acquired, transitions) in [
            (None, at(100), 0),
            (Some(mine), at(7), 3),
            (Some(spec("other", 8, Some(15))), at(100), 4),
            (Some(spec("", 8, Some(15))), at(100), 4),
        ] {
            let held = candidate.held(before.as_ref(), now);
            assert_eq!(held.acquire_time, acquired, "{before:?}");
            assert_eq!(held.lease_transitions, Some(transitions), "{before:?}");
            assert_eq!(held.renew_time, at(100));
            assert_eq!(held.lease_duration_seconds, Some(15));
            assert!(candidate.holds(&held));
        }
    }
}
