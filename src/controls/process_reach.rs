//! Hazard: one container reads another's environment, files or memory, or signals it, by whatever
//! kernel rule allows it.
//!
//! Fields: all that decide identity, capabilities and PID namespaces.
//!
//! Allowed: pairs of containers where the first does not reach a listed aspect of the second.
//!
//! Repair: none.
//!
//! Since: the settings are read and checked; the model behind them is not in this version, so the
//! control finds nothing, and `serve` says so when a policy uses it.

use super::{Control, Descriptor, Finding};
use crate::pod::PodView;

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "process-reach",
    summary: "a container reaches a listed aspect of another",
    repairs: false,
};

/// The control `process-reach` with its settings.
#[derive(Clone, Debug)]
pub struct ProcessReach {
    /// The aspects that count.
    pub aspects: Vec<Aspect>,
    /// How sure a reach must be to count.
    pub certainty: PairCertainty,
    /// Whether a reach through a third container counts.
    pub transitive: bool,
}

/// What one container may reach of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// The environment, `/proc/PID/environ`.
    Environ,
    /// Files below `/proc/PID/root`.
    Filesystem,
    /// Memory: `/proc/PID/mem`, ptrace, `process_vm_readv`.
    Memory,
    /// Open descriptors.
    Descriptors,
    /// Signals.
    Signal,
    /// The command line, `/proc/PID/cmdline`.
    Cmdline,
}

/// How sure a reach must be to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PairCertainty {
    /// Whatever the image's user.
    Yes,
    /// Unless it is excluded.
    #[default]
    Possible,
}

impl Control for ProcessReach {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn inspect(&self, _: &PodView<'_>) -> Vec<Finding> {
        Vec::new()
    }
}
