//! What the slow tiers share: how their cases are run, the programs they start, ways to ask them.

pub(crate) mod apiserver;
pub(crate) mod client;
pub(crate) mod helm;
pub(crate) mod kubectl;
pub(crate) mod programs;
pub(crate) mod random;
pub(crate) mod settings;
pub(crate) mod trials;

pub(crate) use trials::{cases, name};
