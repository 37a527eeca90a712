//! The control `process-reach`; [`DESCRIPTOR`] explains it.

use super::{Control, Descriptor, Explanation, Finding, Setting};
use crate::pod::PodView;

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "process-reach",
    summary: "a container reaches a listed aspect of another",
    repairs: false,
    explanation: Explanation {
        hazard: &[
            "This version finds nothing with this control: its settings are read and checked, the \
             model behind them is not built yet, and `serve` says so when a policy uses it. What \
             it is for:",
            "One container reads another's environment, files or memory, or signals it, by \
             whichever rule allows that. The other controls look at single fields; this one is \
             about their effect on each ordered pair of containers: who is in whose PID namespace, \
             which uid, gid and capabilities each process has, what it can become by setuid \
             binaries or by SETUID and SETGID, and what the kernel's `ptrace_may_access` says to \
             all that.",
        ],
        fields: &["All that decide PID namespaces, identity and capabilities; see \
             share-process-namespace and ptrace-capability."],
        allowed: &[
            "In this version, everything. Later, pairs of containers where the first does not \
             reach a listed aspect of the second: for environment, files and memory that takes \
             separate PID namespaces, or a uid or gid that is known at both and differs, dropped \
             capabilities and `allowPrivilegeEscalation: false`.",
        ],
        repair: &["None: which of several fields should change is for the author to say."],
        since: &[
            "No version of Bulkhead yet. The kernel's rules are the same under every supported \
             Kubernetes.",
        ],
        settings: &[
            Setting {
                name: "aspects",
                values: &["environ", "filesystem", "memory", "descriptors", "signal", "cmdline"],
                many: true,
                default: Some("[environ, filesystem, memory]"),
                meaning: "What is not to be reached: the environment, files below \
                          `/proc/PID/root`, memory (and ptrace), open descriptors, the right to \
                          send signals, the command line.",
            },
            Setting {
                name: "certainty",
                values: &["\"Yes\"", "Possible"],
                many: false,
                default: Some("Possible"),
                meaning: "How sure a reach must be to count: `\"Yes\"`, whatever the image's user \
                          (quoted, for YAML takes a plain Yes as true); `Possible`, unless it is \
                          excluded.",
            },
            Setting {
                name: "transitive",
                values: &["false", "true"],
                many: false,
                default: Some("false"),
                meaning: "Whether a reach through a third container counts.",
            },
        ],
        example: None,
    },
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
