//! The chart with the image on a real node: installed, restarted, killed, cut from power, removed.
//!
//! Starts the node of `testbed/node`; helm and the image are those of the tests `chart` and `image`. Needs
//! root.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics fails, which is what it is for"
)]

mod install_cases;
mod install_support;
mod node_support;
mod support;

use std::process::ExitCode;

use node_support::Node;
use support::{helm, trials};

fn main() -> ExitCode {
    // One at a time: a webhook configuration is for the whole cluster. Opened before there is another
    // thread: all are to be in the network of the node.
    trials::run(1, install_cases::all(), || {
        helm::build()?;
        Node::with(&[install_support::image()?])
    })
}
