//! The image of the program, as `image/build` writes it with no engine: what it holds and says, that the
//! Dockerfile would give the same, that the program runs in it, and that it is the same each time.
//!
//! Reads the archive in the folder `BULKHEAD_TEST_IMAGE`, default `target/image`; a test needs root.

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "shared by all test binaries, each of which uses a part")]
mod support;
#[path = "../tier/mod.rs"]
#[expect(dead_code, reason = "shared by all slow tiers, each of which uses a part")]
mod tier;

mod cases;
mod setup;
