//! The tests, one file per subject.

mod changes;
mod first_minutes;
mod older;
mod outage;
mod policy_text;
mod power_cut;
mod quickstart;

use crate::node::Node;
use crate::tier::trials;

/// One test.
pub(crate) type Case = trials::Case<Node>;

pub(crate) fn all() -> Vec<Case> {
    let subjects = [
        first_minutes::cases(),
        changes::cases(),
        older::cases(),
        policy_text::cases(),
        outage::cases(),
        power_cut::cases(),
        quickstart::cases(),
    ];
    subjects.into_iter().flatten().collect()
}

/// Refused where nobody answers, in every namespace that is judged.
const ENFORCED: &str = "--set-json=webhooks.enforce.namespaceSelector={}";
/// Denies what reaches far, warns about the rest.
const GUARDRAIL: &str = "--set=policy.preset=guardrail";
/// Shorter than the default, which these tests would wait for again and again.
const LAME_DUCK: &str = "--set=lameDuckSeconds=4";
