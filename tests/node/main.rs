//! What the documents say about reach, on a real node: kernel, containerd and kubelet.
//!
//! Starts the node of `testbed/node` (from the folder `BULKHEAD_TEST_NODE`, default `target/node`,
//! with the control plane in `BULKHEAD_TEST_CLUSTER`, default `target/cluster`). Needs root.

#[path = "../support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared by all test binaries; this one uses a part")]
mod support;
#[path = "../tier/mod.rs"]
#[expect(dead_code, reason = "shared by all tiers; this one uses a part")]
mod tier;

mod cases;
#[expect(dead_code, unused_imports, reason = "shared with the tier install")]
mod setup;

use std::process::ExitCode;

use setup::Node;
use tier::trials;

fn main() -> ExitCode {
    // Opened before there is another thread: all are to be in the network of the node.
    trials::run(4, cases::all(), Node::open)
}
