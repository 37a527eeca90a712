//! What one body costs: processor time of its thread, and memory at the peak.

use std::collections::BTreeMap;
use std::time::Duration;

use bulkhead::admission::{AcceptedKinds, decode, encode};
use bulkhead::decision::{Phase, decide};
use bulkhead::policy::{Context, Snapshot};
use jiff::Timestamp;
use peak_alloc::PeakAlloc;
use rustix::time::{ClockId, clock_gettime};

use crate::genes::Genome;
use crate::{body, policies};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// A body that takes longer is not measured again.
const ENOUGH: Duration = Duration::from_millis(200);

/// Of one review.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Of the review.
    pub(crate) bytes: usize,
    /// Of the answer; 0 where the review was refused.
    pub(crate) answer: usize,
    /// Processor time.
    pub(crate) time: Duration,
    /// Bytes that were allocated at once while it was answered, its own not counted.
    pub(crate) peak: usize,
}

/// What judges here.
pub(crate) struct Judge {
    policies: BTreeMap<&'static str, Snapshot>,
    /// Of the review that all others are compared with.
    pub(crate) medium: Duration,
}

impl Judge {
    /// Measures the review that all others are compared with first.
    pub(crate) fn new(medium: &str) -> Self {
        let policies = policies::all();
        let default = &policies["default"];
        let once = || {
            for _ in 0..20 {
                answer("validate", medium.as_bytes(), default).unwrap();
            }
        };
        let medium = (0..20).map(|_| taken(once)).min().unwrap() / 20;
        Self { policies, medium }
    }

    pub(crate) fn cost(&self, genome: &Genome) -> Cost {
        self.cost_at(genome, genome.number("size"))
    }

    /// The same of another size.
    pub(crate) fn cost_at(&self, genome: &Genome, size: usize) -> Cost {
        let text = body::review(genome, size);
        let (path, snapshot) = (genome.get("path"), &self.policies[genome.get("policy")]);
        ALLOCATOR.reset_peak_usage();
        let before = ALLOCATOR.current_usage();
        let mut length = 0;
        let mut once = || taken(|| length = answer(path, text.as_bytes(), snapshot).unwrap_or(0));
        let mut time = once();
        let peak = ALLOCATOR.peak_usage().saturating_sub(before);
        for _ in 0..2 {
            if time < ENOUGH {
                time = time.min(once());
            }
        }
        Cost { bytes: text.len(), answer: length, time, peak }
    }

    /// The time as a multiple of that of the medium review.
    pub(crate) fn ratio(&self, cost: &Cost) -> f64 {
        cost.time.as_secs_f64() / self.medium.as_secs_f64()
    }
}

/// The processor time of this thread for something.
fn taken(mut what: impl FnMut()) -> Duration {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
    };
    let begin = now();
    what();
    now().saturating_sub(begin)
}

/// What an endpoint does with a body, but for metrics and log; the bytes of its answer.
fn answer(path: &str, body: &[u8], snapshot: &Snapshot) -> Option<usize> {
    let (phase, paths) = match path {
        "mutate" => (Phase::Mutate, AcceptedKinds::Both),
        "advise" => (Phase::Advise, AcceptedKinds::Templates),
        _ => (Phase::Validate, AcceptedKinds::Pods),
    };
    let request = decode(body, paths).ok()?;
    let context = Context {
        namespace: &request.target.namespace,
        labels: None,
        requester: Some(&request.requester),
        nodes: None,
        now: Timestamp::UNIX_EPOCH,
    };
    let decided = request.change.as_ref().map(|change| decide(phase, change, snapshot, &context));
    encode(&request, &decided.unwrap_or_default()).ok().map(|answer| answer.len())
}
