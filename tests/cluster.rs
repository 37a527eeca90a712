//! Bulkhead before a real API server: what users, kubectl and the audit log get to see.
//!
//! Starts the control plane of `testbed/cluster` (from the folder `BULKHEAD_TEST_CLUSTER`, default
//! `target/cluster`; it is compiled there when it is missing). With `BULKHEAD_TEST_KUBECONFIG` the
//! same tests run in another cluster, which calls the webhooks at `BULKHEAD_TEST_WEBHOOK_HOST`
//! (default 127.0.0.1) and whose audit log is the file `BULKHEAD_TEST_AUDIT_LOG`, if there is one.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics fails, which is what it is for"
)]

mod cluster_cases;
mod cluster_support;
mod support;

use std::process::ExitCode;

use cluster_support::{Cluster, World};
use support::trials;

fn main() -> ExitCode {
    trials::run(4, cluster_cases::all(), || Cluster::open().map(World::new))
}
