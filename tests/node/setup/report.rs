//! What the probe of a container prints, see `testbed/node/probe`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The latest round of a container, with all that it ever saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Report {
    #[serde(rename = "self")]
    pub(crate) name: String,
    pub(crate) round: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) groups: Vec<u32>,
    pub(crate) caps: Capabilities,
    pub(crate) nnp: bool,
    pub(crate) seccomp: u32,
    /// `kernel.yama.ptrace_scope`, -1 where there is no Yama.
    pub(crate) yama: i32,
    /// The inode of its PID namespace.
    pub(crate) pidns: u64,
    /// The inode of its user namespace.
    pub(crate) userns: u64,
    /// Of its first process, there.
    pub(crate) pid: u32,
    /// The other containers of the pod whose processes it sees. Of one that has ended it is what
    /// was measured last.
    pub(crate) sees: BTreeMap<String, Reach>,
    /// Kubelet and containerd, if it sees them.
    pub(crate) node: Option<Reach>,
}

/// Sets of capabilities, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Capabilities {
    pub(crate) eff: String,
    pub(crate) prm: String,
    pub(crate) inh: String,
    pub(crate) bnd: String,
    pub(crate) amb: String,
}

/// What worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reach {
    /// With the identity and capabilities that the container's process has.
    pub(crate) started: Ways,
    /// Or after all changes of identity that kernel and image allow.
    pub(crate) worst: Ways,
}

/// The ways to another process, each tried by itself.
#[expect(clippy::struct_excessive_bools, reason = "each is an observation of its own")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ways {
    pub(crate) cmdline: bool,
    pub(crate) environ: bool,
    /// A world-readable file through `/proc/PID/root`.
    pub(crate) root: bool,
    pub(crate) mem: bool,
    pub(crate) ptrace: bool,
    pub(crate) vm_read: bool,
    /// Following an entry of `/proc/PID/fd`.
    pub(crate) fd: bool,
    pub(crate) getfd: bool,
    /// Listing `/proc/PID/fd`.
    pub(crate) fd_list: bool,
    pub(crate) signal: bool,
}

impl Ways {
    /// Nothing but what all processes of a PID namespace see of each other.
    pub(crate) const SEEN: Self = Self {
        cmdline: true,
        environ: false,
        root: false,
        mem: false,
        ptrace: false,
        vm_read: false,
        fd: false,
        getfd: false,
        fd_list: false,
        signal: false,
    };
    /// All of it.
    pub(crate) const FULL: Self = Self {
        cmdline: true,
        environ: true,
        root: true,
        mem: true,
        ptrace: true,
        vm_read: true,
        fd: true,
        getfd: true,
        fd_list: true,
        signal: true,
    };
}

/// The lines of a container's log as reports; what is not one is left out.
pub(super) fn rounds(log: &str) -> Vec<Report> {
    log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The last round, with the last results for those that are gone by then.
pub(super) fn merge(rounds: Vec<Report>) -> Option<Report> {
    let mut sees = BTreeMap::new();
    let mut last = None;
    for mut round in rounds {
        sees.append(&mut round.sees);
        last = Some(round);
    }
    last.map(|report| Report { sees, ..report })
}
