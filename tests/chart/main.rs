//! The Helm chart and what is made from it, with a real helm and a real API server.
//!
//! helm is looked for in the folder `BULKHEAD_TEST_HELM` (default `target/helm`) and compiled there
//! when it is missing; the API server is that of the tests `cluster`.

#[path = "../support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared by all test binaries; this one uses a part")]
mod support;
#[path = "../tier/mod.rs"]
#[expect(dead_code, reason = "shared by all tiers; this one uses a part")]
mod tier;

mod cases;
mod setup;

use std::process::ExitCode;

use setup::Cluster;
use tier::{helm, trials};

fn main() -> ExitCode {
    trials::run(4, cases::all(), || helm::build().and_then(|()| Cluster::open()))
}
