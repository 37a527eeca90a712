//! The image of the program, as `image/build` writes it with no engine: what it holds and says, that the
//! Dockerfile would give the same, that the program runs in it, and that it is the same each time.
//!
//! Reads the archive in the folder `BULKHEAD_TEST_IMAGE`, default `target/image`; a test needs root.

#[path = "../tier/programs.rs"]
#[expect(dead_code, reason = "for programs that are compiled; this one is written by image/build")]
mod programs;
#[path = "../support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared by all test binaries; this one uses a part")]
mod support;

mod cases;
mod setup;
