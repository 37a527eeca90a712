//! The worst bodies that anybody can send, which a search looks for: none takes more than so many
//! times what a medium one takes, in time and in memory.
//!
//! The short form tries the known ones (`tests/fixtures/worst.txt`) and some others, within bounds
//! that a busy machine and a build without optimisation keep. The long one (`make soak`) tries as
//! many as `BULKHEAD_SOAK_BODIES` says, by the seed `BULKHEAD_SOAK_SEED`, and sends the worst to the
//! program itself.

#[path = "../support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared by all test binaries; this one uses a part")]
mod support;
#[path = "../tier/mod.rs"]
#[expect(dead_code, reason = "shared by all tiers; this one uses a part")]
mod tier;

#[path = "../../benches/bodies.rs"]
mod bodies;

mod body;
mod cases;
mod cost;
mod genes;
mod policies;
mod search;
mod served;

use std::process::ExitCode;

use cost::Judge;
use tier::trials;

fn main() -> ExitCode {
    // One at a time: memory is counted for the whole process.
    trials::run(1, cases::all(), || Ok(Judge::new(&medium())))
}

/// The review that all others are compared with.
fn medium() -> String {
    let medium = bodies::all().into_iter().find(|body| body.name == "medium");
    medium.unwrap().json
}
