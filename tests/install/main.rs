//! The chart with the image on a real node: installed, restarted, killed, cut from power, removed.
//!
//! Starts the node of `testbed/node`; helm and the image are those of the tests `chart` and `image`. Needs
//! root.

#[path = "../support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared by all test binaries; this one uses a part")]
mod support;
#[path = "../tier/mod.rs"]
#[expect(dead_code, reason = "shared by all tiers; this one uses a part")]
mod tier;

#[path = "../node/setup/mod.rs"]
#[expect(dead_code, unused_imports, reason = "of the tier node; a release needs no probes")]
mod node;

mod cases;
mod setup;

use std::process::ExitCode;

use node::Node;
use tier::{helm, trials};

fn main() -> ExitCode {
    // One at a time: a webhook configuration is for the whole cluster. Opened before there is another
    // thread: all are to be in the network of the node.
    trials::run(1, cases::all(), || {
        helm::build()?;
        Node::with(&[setup::image()?])
    })
}
