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

use std::io::{Write as _, stderr};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use chart_support::Cluster;

fn main() -> ExitCode {
    let mut args = Arguments::from_args();
    // Tests wait for helm and the API server more than they compute.
    args.test_threads = args.test_threads.or(Some(4));
    let cases = chart_cases::all();
    if args.list {
        let trials = cases.into_iter().map(|case| Trial::test(case.name, || Ok(())));
        return libtest_mimic::run(&args, trials.collect()).exit_code();
    }
    let opened = chart_cases::build().and_then(|()| Cluster::open());
    let cluster = match opened {
        Ok(cluster) => Arc::new(cluster),
        Err(reason) => {
            drop(writeln!(stderr(), "nothing to test with: {reason}"));
            return ExitCode::FAILURE;
        }
    };
    let trials = cases.into_iter().map(|case| {
        let cluster = Arc::clone(&cluster);
        Trial::test(case.name, move || {
            (case.run)(&cluster);
            Ok(())
        })
    });
    let conclusion = libtest_mimic::run(&args, trials.collect());
    // The trials are gone: this deletes what they made and ends the API server.
    drop(cluster);
    conclusion.exit_code()
}
