//! The words for why something is reached or not.

use super::super::cause::Cause;
use super::super::matrix::{Matrix, Target};
use super::super::process::{Process, User};

impl Matrix<'_, '_> {
    /// A cause in a few words, for a line that has little room. `it` is the container that reaches.
    pub(super) fn brief(&self, cause: Cause, from: usize, to: Target) -> &'static str {
        match cause {
            Cause::Privileged => "it is privileged",
            Cause::SysPtrace => "it has SYS_PTRACE",
            Cause::Perfmon => "it has PERFMON or SYS_ADMIN",
            Cause::HostPid => "hostPID",
            Cause::SameIds => "same user",
            Cause::BecomesOther if self.is_root(from) => "as root it can become any user",
            Cause::BecomesOther => "it may be root, which can become any user",
            Cause::SetuidBinary => "allowPrivilegeEscalation is not false",
            Cause::Kill => "it has KILL",
            Cause::RuntimeDependent => "it depends on the runtime",
            Cause::DacLimits => "from memory",
            Cause::SharedProcesses => "shareProcessNamespace",
            Cause::Target => "targetContainerName",
            Cause::DifferentIds => "they run as different users",
            Cause::CapabilitySuperset => "it has fewer capabilities",
            Cause::SeparateProcesses => "each has a PID namespace of its own",
            Cause::NeverConcurrent => "they never run at the same time",
            Cause::ImageDecides => self.unknown(from, to).brief(),
        }
    }

    /// A cause in plain words, with the names of the containers.
    pub(in crate::reach) fn cause_detail(&self, cause: Cause, from: usize, to: Target) -> String {
        let one = self.name(from).unwrap_or(NODE_PROCESS);
        let two = match to {
            Target::Container(to) => self.name(to).unwrap_or(NODE_PROCESS),
            Target::Node => NODE_PROCESS,
        };
        match cause {
            Cause::Privileged => {
                format!("{one} is privileged, which gives it every capability, SYS_PTRACE included")
            }
            Cause::SysPtrace => self.traces(from, one),
            Cause::SameIds => self.same_ids(from, to),
            Cause::Perfmon => format!(
                "{one} has PERFMON or SYS_ADMIN, which newer kernels (6.18) let read an environment"
            ),
            Cause::BecomesOther => {
                let is = if self.is_root(from) { "is" } else { "may be" };
                format!("{one} {is} root, which takes on any ids by SETUID or SETGID")
            }
            Cause::ImageDecides => self.unknown(from, to).detail(one, two),
            Cause::SetuidBinary => format!(
                "without allowPrivilegeEscalation: false a setuid or file-capability binary in the image of {one} can give it other ids and its bounding set"
            ),
            Cause::Kill => format!("{one} has KILL, which signals every process it sees"),
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

    fn is_root(&self, container: usize) -> bool {
        self.processes.get(container).is_some_and(|it| it.user == User::Known(0))
    }

    /// What SYS_PTRACE does for a container, which only root holds from the start.
    fn traces(&self, from: usize, name: &str) -> String {
        let user = self.processes.get(from).map(|it| (it.user, it.privileged));
        match user {
            Some((User::Any, false)) => format!(
                "{name} adds SYS_PTRACE: if it runs as root (runAsUser is not set), it traces every process it sees"
            ),
            Some((User::NonRoot, false)) => latent(name),
            Some((User::Known(uid), false)) if uid != 0 => latent(name),
            _ => format!("{name} has SYS_PTRACE, which traces every process it sees"),
        }
    }

    fn same_ids(&self, from: usize, to: Target) -> String {
        let pair = match to {
            Target::Container(to) => self.pair(from, to),
            Target::Node => return "a process of the node may run as the same user".to_owned(),
        };
        match pair.map(|pair| (pair.from.user, pair.from.group, pair.to.group)) {
            Some((User::Known(uid), Some(one), Some(two))) if one == two => {
                format!("both run as user {uid} and group {one}")
            }
            Some((User::Known(uid), ..)) => format!("both run as user {uid}"),
            _ => "both run as the user of one image".to_owned(),
        }
    }

    /// What the spec leaves open of the ids of a pair.
    fn unknown(&self, from: usize, to: Target) -> Unknown {
        let to = match to {
            Target::Container(to) => self.processes.get(to),
            Target::Node => None,
        };
        let from = self.processes.get(from);
        let open = |process: Option<&Process>| process.is_some_and(Process::follows_image);
        match (open(from), open(to)) {
            (true, true) => Unknown::Users,
            (true, false) => Unknown::User,
            (false, true) => Unknown::OtherUser,
            (false, false) => Unknown::Groups,
        }
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

/// Which ids of a pair the spec does not say.
#[derive(Clone, Copy)]
enum Unknown {
    /// The users of both.
    Users,
    /// The user of the one that reaches.
    User,
    /// The user of the one that is reached.
    OtherUser,
    /// A group, or both.
    Groups,
}

impl Unknown {
    fn brief(self) -> &'static str {
        match self {
            Self::Users => "both may run as the same user: runAsUser is not set",
            Self::User => "it may run as any user: runAsUser is not set",
            Self::OtherUser => "the other may run as any user: runAsUser is not set",
            Self::Groups => "both may run as the same group: runAsGroup is not set",
        }
    }

    fn detail(self, one: &str, two: &str) -> String {
        match self {
            Self::Users => {
                format!("{one} and {two} may run as the same user: runAsUser is not set")
            }
            Self::User => format!("{one} may run as any user: runAsUser is not set"),
            Self::OtherUser => format!("{two} may run as any user: runAsUser is not set"),
            Self::Groups => {
                format!("{one} and {two} may run as the same group: runAsGroup is not set")
            }
        }
    }
}

fn latent(name: &str) -> String {
    format!(
        "{name} adds SYS_PTRACE: it does not start as root, but a setuid or file-capability binary in its image can use it"
    )
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
