//! Bulkhead before a real API server: what users, kubectl and the audit log get to see.
//!
//! Starts the control plane of `testbed/cluster` (from the folder `BULKHEAD_TEST_CLUSTER`, default
//! `target/cluster`; it is compiled there when it is missing). With `BULKHEAD_TEST_KUBECONFIG` the
//! same tests run in another cluster, which calls the webhooks at `BULKHEAD_TEST_WEBHOOK_HOST`
//! (default 127.0.0.1) and whose audit log is the file `BULKHEAD_TEST_AUDIT_LOG`, if there is one.

#[path = "../support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared by all test binaries; this one uses a part")]
mod support;
#[path = "../tier/mod.rs"]
#[expect(dead_code, reason = "shared by all tiers; this one uses a part")]
mod tier;

mod cases;
mod setup;

use std::process::ExitCode;

use setup::{Cluster, World};
use tier::trials;

fn main() -> ExitCode {
    trials::run(4, cases::all(), || Cluster::open().map(World::new))
}
