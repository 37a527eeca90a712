//! The tests, one file per subject.

mod begin;
mod change;
mod outage;
mod power;

use crate::node_support::Node;
use crate::support::trials;

/// One test.
pub(crate) type Case = trials::Case<Node>;

pub(crate) fn all() -> Vec<Case> {
    let subjects = [begin::cases(), change::cases(), outage::cases(), power::cases()];
    subjects.into_iter().flatten().collect()
}

/// Refused where nobody answers, in every namespace that is judged.
const ENFORCED: &str = "--set-json=webhooks.enforce.namespaceSelector={}";
/// Denies what reaches far, warns about the rest.
const GUARDRAIL: &str = "--set=policy.preset=guardrail";
/// Shorter than the default, which these tests would wait for again and again.
const LAME_DUCK: &str = "--set=lameDuckSeconds=4";
