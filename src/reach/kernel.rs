//! What the kernel lets one process do to another (`kernel/ptrace.c` `__ptrace_may_access`,
//! `security/commoncap.c` `cap_ptrace_access_check`, `fs/proc/base.c`, `kernel/signal.c`), for two
//! processes in one PID namespace and one user namespace, the target an ordinary dumpable one.

use super::aspect::{Aspect, Aspects};
use crate::pod::CapabilitySet;

/// A rule that the model stands on. Each can be switched off, so that the comparison with a real
/// kernel can show that it would notice (`tests/node/cases/proof/`); nothing else does that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// SYS_PTRACE traces everybody.
    SysPtrace,
    /// Equal ids trace.
    EqualIds,
    /// For that the group must be equal, too.
    EqualGroup,
    /// For that the target may have no capability that the tracer lacks.
    CapabilitySuperset,
    /// `/proc/PID/environ` belongs to the target's user (mode 0400).
    OwnerReads,
    /// KILL signals everybody.
    Kill,
    /// An equal user signals.
    EqualUser,
    /// `PERFMON` and `SYS_ADMIN` read an environment without tracing (Linux 6.18; older ones do not).
    Perfmon,
    /// That takes the initial user namespace.
    PerfmonInitial,
    /// A process that is not root starts without capabilities.
    ExecveEmpties,
    /// Binaries in the image change identity, unless `no_new_privs` is set.
    SetuidBinary,
    /// No binary gives more than the bounding set.
    BoundingSet,
    /// `allowPrivilegeEscalation: false` sets `no_new_privs`.
    NoNewPrivs,
    /// SETUID takes on any user.
    SetUser,
    /// SETGID takes on any group.
    SetGroup,
    /// Capabilities survive such a change (`PR_SET_KEEPCAPS`).
    KeepCapabilities,
    /// Ids that the spec leaves open may be equal.
    ImageDecides,
    /// One image gives one user, and one group to one user.
    SameImage,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 18] = [
        Self::SysPtrace,
        Self::EqualIds,
        Self::EqualGroup,
        Self::CapabilitySuperset,
        Self::OwnerReads,
        Self::Kill,
        Self::EqualUser,
        Self::Perfmon,
        Self::PerfmonInitial,
        Self::ExecveEmpties,
        Self::SetuidBinary,
        Self::BoundingSet,
        Self::NoNewPrivs,
        Self::SetUser,
        Self::SetGroup,
        Self::KeepCapabilities,
        Self::ImageDecides,
        Self::SameImage,
    ];
}

/// The rules that are in force: a bit for each that is not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules(u32);

impl Rules {
    /// All of them.
    pub(super) const ALL: Self = Self(0);

    /// The same but one.
    pub(super) fn except(self, rule: Rule) -> Self {
        Self(self.0 | 1 << rule as u32)
    }

    /// Whether a rule is in force.
    pub(super) fn have(self, rule: Rule) -> bool {
        self.0 & 1 << rule as u32 == 0
    }
}

/// By which means a process reaches another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    /// SYS_PTRACE.
    SysPtrace,
    /// Equal ids, and no capability that only the target has.
    EqualIds,
    /// KILL.
    Kill,
    /// An equal user id alone.
    EqualUser,
    /// `PERFMON` or `SYS_ADMIN`.
    Perfmon,
}

impl Means {
    pub(super) const ALL: [Self; 5] =
        [Self::SysPtrace, Self::EqualIds, Self::Kill, Self::EqualUser, Self::Perfmon];
}

/// A process as it stands before another one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// Its effective and permitted capabilities.
    pub(super) capabilities: CapabilitySet,
    /// Whether its user id is the target's.
    pub(super) same_user: bool,
    /// Whether its group id is the target's.
    pub(super) same_group: bool,
    /// The target's permitted capabilities.
    pub(super) target: CapabilitySet,
    /// Whether both are in the initial user namespace.
    pub(super) initial: bool,
}

const PERFMON: CapabilitySet = CapabilitySet::PERFMON.with(CapabilitySet::SYS_ADMIN);
const READS_ANY: CapabilitySet = CapabilitySet::DAC_OVERRIDE.with(CapabilitySet::DAC_READ_SEARCH);

impl Standing {
    /// What it reaches by these means.
    pub(super) fn by(self, means: Means, rules: Rules) -> Aspects {
        let has = |wanted| self.capabilities.meets(wanted);
        let reads = self.same_user || has(READS_ANY) || !rules.have(Rule::OwnerReads);
        let environ = Aspects::one(Aspect::Environ).when(reads);
        let signal = Aspects::one(Aspect::Signal);
        match means {
            Means::SysPtrace => {
                let holds = has(CapabilitySet::SYS_PTRACE) && rules.have(Rule::SysPtrace);
                Aspects::TRACED.with(environ).when(holds)
            }
            Means::EqualIds => {
                let group = self.same_group || !rules.have(Rule::EqualGroup);
                let superset = self.capabilities.contains(self.target)
                    || !rules.have(Rule::CapabilitySuperset);
                let holds = self.same_user && group && superset && rules.have(Rule::EqualIds);
                Aspects::TRACED.with(environ).when(holds)
            }
            Means::Kill => signal.when(has(CapabilitySet::KILL) && rules.have(Rule::Kill)),
            Means::EqualUser => signal.when(self.same_user && rules.have(Rule::EqualUser)),
            Means::Perfmon => {
                let here = self.initial || !rules.have(Rule::PerfmonInitial);
                environ.when(has(PERFMON) && here && rules.have(Rule::Perfmon))
            }
        }
    }

    /// What it reaches for certain, on every kernel.
    pub(super) fn certain(self, rules: Rules) -> Aspects {
        let sure = Means::ALL.into_iter().filter(|means| *means != Means::Perfmon);
        sure.fold(Aspects::NONE, |all, means| all.with(self.by(means, rules)))
    }

    /// What it reaches at best. Memory holds the bytes of the environment.
    pub(super) fn at_best(self, rules: Rules) -> Aspects {
        let all = Means::ALL.into_iter();
        let all = all.fold(Aspects::NONE, |all, means| all.with(self.by(means, rules)));
        all.with(Aspects::one(Aspect::Environ).when(all.has(Aspect::Memory)))
    }
}
