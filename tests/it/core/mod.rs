//! The core: from a pod to a verdict.

mod controls;
mod exceptions;
mod lines;
mod modes;
mod pairs;
mod properties;
