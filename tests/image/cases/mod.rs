//! The tests, one file per subject.

mod contents;
mod runs;
mod written;
