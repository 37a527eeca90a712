//! The image of the program, as `image/build` writes it with no engine: what it holds and says, that the
//! Dockerfile would give the same, that the program runs in it, and that it is the same each time.
//!
//! Reads the archive in the folder `BULKHEAD_TEST_IMAGE`, default `target/image`; a test needs root.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics fails, which is what it is for"
)]

mod image_cases;
mod support;
