//! The tests, one file per subject.

mod api_server;
mod authority;
mod check;
mod documents;
mod flags;
mod generated;
mod images;
mod labels;
mod older_names;
mod pods;
mod refusals;
mod rendered;
mod selectors;
mod server_side_apply;
mod subchart;
mod upgrades;

use crate::setup::Cluster;
use crate::tier::trials;

/// One test.
pub(crate) type Case = trials::Case<Cluster>;

/// A test that asks no API server.
fn offline(name: String, run: impl FnOnce() + Send + 'static) -> Case {
    Case::new(name, |_| run())
}

pub(crate) fn all() -> Vec<Case> {
    let subjects = [
        generated::cases(),
        rendered::cases(),
        refusals::cases(),
        selectors::cases(),
        api_server::cases(),
        check::cases(),
        authority::cases(),
        upgrades::cases(),
        documents::cases(),
        flags::cases(),
        images::cases(),
        labels::cases(),
        older_names::cases(),
        pods::cases(),
        subchart::cases(),
        server_side_apply::cases(),
    ];
    subjects.into_iter().flatten().collect()
}
