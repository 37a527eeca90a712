//! The tests, one file per subject.

mod authority;
mod generated;
mod helm;
mod installed;
mod refusals;
mod rendered;
mod selectors;
mod served;

use crate::chart_support::Cluster;

pub(crate) use helm::build;

/// One test.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) run: Box<dyn FnOnce(&Cluster) + Send>,
}

impl Case {
    fn new(name: impl Into<String>, run: impl FnOnce(&Cluster) + Send + 'static) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }

    /// One that asks no API server.
    fn offline(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Self {
        Self::new(name, |_| run())
    }
}

pub(crate) fn all() -> Vec<Case> {
    let subjects = [
        generated::cases(),
        rendered::cases(),
        refusals::cases(),
        selectors::cases(),
        served::cases(),
        authority::cases(),
        installed::cases(),
    ];
    subjects.into_iter().flatten().collect()
}
