//! The verbs of the command line, as people and scripts use them.

mod check;
mod examples;
mod explain;
mod flags;
mod reach;
