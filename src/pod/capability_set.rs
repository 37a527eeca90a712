//! The kernel's capabilities and sets of them.

/// The kernel's capabilities, each at the place of its bit (`linux/capability.h`).
const NAMES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// A set of capabilities that the kernel knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CapabilitySet(u64);

impl CapabilitySet {
    /// No capability.
    pub const EMPTY: Self = Self(0);
    /// Every capability of the kernel's list.
    pub const FULL: Self = Self((1 << NAMES.len()) - 1);

    /// Reading through `DAC_OVERRIDE`: files and folders whatever their mode.
    pub const DAC_OVERRIDE: Self = Self::named("DAC_OVERRIDE");
    /// Reading of files and folders whatever their mode.
    pub const DAC_READ_SEARCH: Self = Self::named("DAC_READ_SEARCH");
    /// May signal any process.
    pub const KILL: Self = Self::named("KILL");
    /// May switch to any group.
    pub const SETGID: Self = Self::named("SETGID");
    /// May switch to any user.
    pub const SETUID: Self = Self::named("SETUID");
    /// May trace any process.
    pub const SYS_PTRACE: Self = Self::named("SYS_PTRACE");
    /// Administration of nearly everything; holds what `PERFMON` does.
    pub const SYS_ADMIN: Self = Self::named("SYS_ADMIN");
    /// Observation of performance.
    pub const PERFMON: Self = Self::named("PERFMON");

    /// The set of one capability by its kernel name without `CAP_`; empty for any other name,
    /// because a name the kernel does not know grants nothing.
    pub const fn named(name: &str) -> Self {
        let (mut known, mut bit): (&[&str], u64) = (&NAMES, 1);
        while let [first, rest @ ..] = known {
            if same(first.as_bytes(), name.as_bytes()) {
                return Self(bit);
            }
            (known, bit) = (rest, bit << 1);
        }
        Self::EMPTY
    }

    /// The set of one capability by its name in any case; empty for any other name.
    pub(super) fn in_any_case(name: &str) -> Self {
        let is_it = |one: &&str| one.len() == name.len() && one.eq_ignore_ascii_case(name);
        NAMES.iter().position(is_it).map_or(Self::EMPTY, |bit| Self(1 << bit))
    }

    /// Whether some capability is in both sets.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The set of several capabilities.
    pub(super) const fn of(mut names: &[&str]) -> Self {
        let mut set = Self::EMPTY;
        while let [first, rest @ ..] = names {
            (set, names) = (set.with(Self::named(first)), rest);
        }
        set
    }

    /// Whether every capability of `other` is in this set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// This set and the other together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Whether two names are the same, for use before the program runs.
const fn same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([first, rest @ ..], [second, others @ ..]) = (one, other) {
        if *first != *second {
            return false;
        }
        (one, other) = (rest, others);
    }
    one.is_empty() && other.is_empty()
}
