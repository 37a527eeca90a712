//! The words for why something is reached or not.

use super::super::cause::Cause;
use super::super::matrix::{Matrix, Target};
use super::super::process::User;

impl Cause {
    /// The cause in a few words, for a line that has little room.
    pub(super) fn brief(self) -> &'static str {
        match self {
            Self::SysPtrace => "by SYS_PTRACE",
            Self::SameIds => "equal ids",
            Self::Kill => "by KILL",
            Self::Perfmon => "by PERFMON or SYS_ADMIN",
            Self::BecomesOther => "as root it takes on their ids",
            Self::ImageDecides => "the image decides the ids",
            Self::SetuidBinary => "by a setuid binary",
            Self::DacLimits => "from memory",
            Self::RuntimeDependent => "depends on the runtime",
            Self::SharedProcesses | Self::Target | Self::HostPid => "in view",
            Self::DifferentIds => "different ids",
            Self::CapabilitySuperset => "more capabilities",
            Self::SeparateProcesses => "not in view",
            Self::NeverConcurrent => "never at the same time",
        }
    }
}

impl Matrix<'_, '_> {
    /// A cause in plain words, with the names of the containers.
    pub(in crate::reach) fn cause_detail(&self, cause: Cause, from: usize, to: Target) -> String {
        let one = self.name(from).unwrap_or(NODE_PROCESS);
        let two = match to {
            Target::Container(to) => self.name(to).unwrap_or(NODE_PROCESS),
            Target::Node => NODE_PROCESS,
        };
        match cause {
            Cause::SysPtrace => format!("{one} has SYS_PTRACE, which traces every process it sees"),
            Cause::SameIds => self.same_ids(from, to),
            Cause::Kill => format!("{one} has KILL, which signals every process it sees"),
            Cause::Perfmon => format!(
                "{one} has PERFMON or SYS_ADMIN, which newer kernels (6.18) let read an environment"
            ),
            Cause::BecomesOther => {
                format!("{one} can take on the ids of {two} by SETUID or SETGID")
            }
            Cause::ImageDecides => self.open_ids(from, to),
            Cause::SetuidBinary => format!(
                "without allowPrivilegeEscalation: false a setuid or file-capability binary in the image of {one} can give it other ids and its bounding set"
            ),
            Cause::DacLimits => format!(
                "/proc/PID/environ belongs to the user of {two}; the same bytes can be read from memory"
            ),
            Cause::RuntimeDependent => {
                "containerd and CRI-O grant different capabilities for this spec".to_owned()
            }
            Cause::SharedProcesses => {
                "the containers share one PID namespace (shareProcessNamespace)".to_owned()
            }
            Cause::Target => self.joined(from, to),
            Cause::HostPid => "every container sees the processes of the node (hostPID)".to_owned(),
            Cause::DifferentIds => {
                format!("{one} does not have the user and group of {two}, and cannot take them on")
            }
            Cause::CapabilitySuperset => {
                format!("{two} has capabilities that {one} can never have")
            }
            Cause::SeparateProcesses => "each has a PID namespace of its own".to_owned(),
            Cause::NeverConcurrent => "they never run at the same time".to_owned(),
        }
    }

    fn same_ids(&self, from: usize, to: Target) -> String {
        let pair = match to {
            Target::Container(to) => self.pair(from, to),
            Target::Node => None,
        };
        match pair.map(|pair| (pair.from.user, pair.from.group, pair.to.group)) {
            Some((User::Known(uid), Some(one), Some(two))) if one == two => {
                format!("both run as user {uid} and group {one}")
            }
            Some((User::Known(uid), ..)) => format!("both run as user {uid}"),
            _ => "both run as the user of one image".to_owned(),
        }
    }

    fn open_ids(&self, from: usize, to: Target) -> String {
        let open = |index: &usize| {
            let process = self.processes.get(*index);
            process.is_some_and(|it| it.follows_image() || it.group.is_none())
        };
        let names: Vec<_> =
            ends(from, to).filter(open).filter_map(|index| self.name(index)).collect();
        format!("the image decides the ids of {}", names.join(" and "))
    }

    fn joined(&self, from: usize, to: Target) -> String {
        let pair = ends(from, to).filter_map(|index| self.pod.containers.get(index));
        let joins = pair.filter_map(|it| Some((it, it.target.as_ref()?)));
        let joins: Vec<_> = joins
            .map(|(it, target)| format!("{} joined the processes of {target}", it.name))
            .collect();
        format!("{} (targetContainerName)", joins.join(" and "))
    }
}

/// Instead of the name of a process of the node.
const NODE_PROCESS: &str = "a process of the node";

/// The containers of a pair.
fn ends(from: usize, to: Target) -> impl Iterator<Item = usize> {
    let to = match to {
        Target::Container(to) => Some(to),
        Target::Node => None,
    };
    std::iter::once(from).chain(to)
}
