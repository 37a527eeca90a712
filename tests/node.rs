//! What the documents say about reach, on a real node: kernel, containerd and kubelet.
//!
//! Starts the node of `testbed/node` (from the folder `BULKHEAD_TEST_NODE`, default `target/node`,
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

use std::process::ExitCode;

use node_support::Node;
use support::trials;

fn main() -> ExitCode {
    // Opened before there is another thread: all are to be in the network of the node.
    trials::run(4, node_cases::all(), Node::open)
}
