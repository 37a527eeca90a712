//! The tests, one file per subject.

mod applied;
mod authority;
mod checked;
mod generated;
mod helm;
mod installed;
mod labels;
mod parent;
mod pods;
mod refusals;
mod rendered;
mod selectors;
mod served;

use crate::chart_support::Cluster;
use crate::support::trials;

/// One test.
pub(crate) type Case = trials::Case<Cluster>;

/// A test that asks no API server.
fn offline(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Case {
    Case::new(name, |_| run())
}

pub(crate) fn all() -> Vec<Case> {
    let subjects = [
        generated::cases(),
        rendered::cases(),
        refusals::cases(),
        selectors::cases(),
        served::cases(),
        checked::cases(),
        authority::cases(),
        installed::cases(),
        labels::cases(),
        pods::cases(),
        parent::cases(),
        applied::cases(),
    ];
    subjects.into_iter().flatten().collect()
}
