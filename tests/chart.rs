//! The Helm chart and what is made from it, with a real helm and a real API server.
//!
//! helm is looked for in the folder `BULKHEAD_TEST_HELM` (default `target/helm`) and compiled there
//! when it is missing; the API server is that of the tests `cluster`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics fails, which is what it is for"
)]

mod chart_cases;
mod chart_support;
mod generated;
mod support;

use std::process::ExitCode;

use chart_support::Cluster;
use support::{helm, trials};

fn main() -> ExitCode {
    trials::run(4, chart_cases::all(), || helm::build().and_then(|()| Cluster::open()))
}
