//! What the documents say about reach, on a real node: kernel, containerd and kubelet.
//!
//! Starts the node of `tests/node` (from the folder `BULKHEAD_TEST_NODE`, default `target/node`,
//! with the control plane in `BULKHEAD_TEST_CLUSTER`, default `target/cluster`). Needs root.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics fails, which is what it is for"
)]

mod node_cases;
mod node_support;
mod support;

use std::io::{Write as _, stderr};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Trial};

use node_cases::{Case, Done};
use node_support::Node;

fn main() -> ExitCode {
    let mut args = Arguments::from_args();
    // Tests wait for the node more than they compute.
    args.test_threads = args.test_threads.or(Some(4));
    let cases = node_cases::all();
    if args.list {
        let trials = cases.into_iter().map(|case| Trial::test(case.name, || Ok(())));
        return libtest_mimic::run(&args, trials.collect()).exit_code();
    }
    // Before there is any other thread: all are to be in the network of the node.
    let node = match Node::open() {
        Ok(node) => Arc::new(node),
        Err(reason) => {
            drop(writeln!(stderr(), "no node to test on: {reason}"));
            return ExitCode::FAILURE;
        }
    };
    let trials = cases.into_iter().map(|case| trial(case, &node));
    let conclusion = libtest_mimic::run(&args, trials.collect());
    // The trials are gone: this ends the node.
    drop(node);
    conclusion.exit_code()
}

fn trial(case: Case, node: &Arc<Node>) -> Trial {
    let node = Arc::clone(node);
    Trial::ignorable_test(case.name, move || {
        Ok(match (case.run)(&node) {
            Done::Yes => Completion::Completed,
            Done::Skipped(reason) => Completion::ignored_with(reason),
        })
    })
}
