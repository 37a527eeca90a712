//! Bulkhead before a real API server: what users, kubectl and the audit log get to see.
//!
//! Starts the control plane of `tests/cluster` (from the folder `BULKHEAD_TEST_CLUSTER`, default
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

use std::io::{Write as _, stderr};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Trial};

use cluster_cases::{Case, Done};
use cluster_support::{Cluster, World};

fn main() -> ExitCode {
    let mut args = Arguments::from_args();
    // Tests wait for the API server more than they compute.
    args.test_threads = args.test_threads.or(Some(4));
    let cases = cluster_cases::all();
    if args.list {
        let trials = cases.into_iter().map(|case| Trial::test(case.name, || Ok(())));
        return libtest_mimic::run(&args, trials.collect()).exit_code();
    }
    let world = match Cluster::open() {
        Ok(cluster) => Arc::new(World::new(cluster)),
        Err(reason) => {
            drop(writeln!(stderr(), "no cluster to test in: {reason}"));
            return ExitCode::FAILURE;
        }
    };
    let trials = cases.into_iter().map(|case| trial(case, &world));
    let conclusion = libtest_mimic::run(&args, trials.collect());
    // The trials are gone: this deletes what they shared and ends the API server.
    drop(world);
    conclusion.exit_code()
}

fn trial(case: Case, world: &Arc<World>) -> Trial {
    let world = Arc::clone(world);
    Trial::ignorable_test(case.name, move || {
        Ok(match (case.run)(&world) {
            Done::Yes => Completion::Completed,
            Done::Skipped(reason) => Completion::ignored_with(reason),
        })
    })
}
