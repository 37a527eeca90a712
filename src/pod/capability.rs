//! Which Linux capabilities a container runtime grants for `capabilities.add` and `.drop`.
//!
//! The API server validates no capability name, so the runtimes' own reading decides: containerd
//! `internal/cri/opts/spec_opts.go` `WithCapabilities`, CRI-O `SpecSetupCapabilities`.

use std::borrow::Cow;

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

/// What containerd 2.4 grants by default (`pkg/oci/spec.go` `defaultUnixCaps`).
const CONTAINERD_DEFAULT: CapabilitySet = CapabilitySet::of(&[
    "CHOWN",
    "DAC_OVERRIDE",
    "FSETID",
    "FOWNER",
    "MKNOD",
    "NET_RAW",
    "SETGID",
    "SETUID",
    "SETFCAP",
    "SETPCAP",
    "NET_BIND_SERVICE",
    "SYS_CHROOT",
    "KILL",
    "AUDIT_WRITE",
]);

/// What CRI-O 1.37 grants by default; an administrator may change it.
const CRIO_DEFAULT: CapabilitySet = CapabilitySet::of(&[
    "CHOWN",
    "DAC_OVERRIDE",
    "FSETID",
    "FOWNER",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "NET_BIND_SERVICE",
    "KILL",
]);

/// A container runtime whose reading of capability names is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// containerd 2.
    Containerd,
    /// CRI-O.
    CriO,
}

impl Runtime {
    /// Both; where a spec leaves the runtime open, the worse one counts.
    pub const ALL: [Self; 2] = [Self::Containerd, Self::CriO];
}

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
    /// Signals to anybody.
    pub const KILL: Self = Self::named("KILL");
    /// Any group for oneself.
    pub const SETGID: Self = Self::named("SETGID");
    /// Any user for oneself.
    pub const SETUID: Self = Self::named("SETUID");
    /// Tracing of anybody.
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

    /// Whether some capability is in both sets.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The set of several capabilities.
    const fn of(mut names: &[&str]) -> Self {
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

    fn without(self, other: Self) -> Self {
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

/// `securityContext.capabilities`, read once: the lists may hold hundreds of thousands of entries.
#[derive(Clone, Debug, PartialEq)]
pub struct Capabilities<'a> {
    add: Vec<Cow<'a, str>>,
    drop: Vec<Cow<'a, str>>,
    /// By runtime, in the order of [`Runtime::ALL`].
    granted: [CapabilitySet; 2],
}

impl Default for Capabilities<'_> {
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new())
    }
}

impl<'a> Capabilities<'a> {
    /// The two lists, as written.
    pub fn new(add: Vec<Cow<'a, str>>, drop: Vec<Cow<'a, str>>) -> Self {
        let granted = granted(&add, &drop);
        Self { add, drop, granted }
    }

    /// `add`, as written.
    pub fn add(&self) -> &[Cow<'a, str>] {
        &self.add
    }

    /// `drop`, as written.
    pub fn drop(&self) -> &[Cow<'a, str>] {
        &self.drop
    }

    /// The places in `add` of the entries that name SYS_PTRACE, ascending.
    pub fn sys_ptrace(&self) -> Vec<usize> {
        let names = self.add.iter().enumerate();
        names.filter(|(_, name)| names_sys_ptrace(name)).map(|(place, _)| place).collect()
    }

    /// Whether `add` has `ALL`.
    pub fn adds_all(&self) -> bool {
        self.add.iter().any(|name| is_all(name))
    }

    /// The bounding set a runtime gives an unprivileged container.
    pub fn granted(&self, runtime: Runtime) -> CapabilitySet {
        let [containerd, crio] = self.granted;
        match runtime {
            Runtime::Containerd => containerd,
            Runtime::CriO => crio,
        }
    }
}

/// `ALL` added, `ALL` dropped, then each added, then each dropped, in that order on both runtimes.
fn granted(add: &[Cow<'_, str>], drop: &[Cow<'_, str>]) -> [CapabilitySet; 2] {
    let read_all = |names: &[Cow<'_, str>]| {
        let mut all = ([CapabilitySet::EMPTY; 2], false);
        for name in names {
            let ([containerd, crio], [one, two]) = (&mut all.0, read(name));
            (*containerd, *crio) = (containerd.with(one), crio.with(two));
            all.1 |= is_all(name);
        }
        all
    };
    let (([added, added_crio], adds_all), ([dropped, dropped_crio], drops_all)) =
        (read_all(add), read_all(drop));
    let begin = |default| match (drops_all, adds_all) {
        (true, _) => CapabilitySet::EMPTY,
        (false, true) => CapabilitySet::FULL,
        (false, false) => default,
    };
    [
        begin(CONTAINERD_DEFAULT).with(added).without(dropped),
        begin(CRIO_DEFAULT).with(added_crio).without(dropped_crio),
    ]
}

/// Whether a runtime reads `name` as all capabilities (`CAP_ALL` is not).
fn is_all(name: &str) -> bool {
    name.eq_ignore_ascii_case("ALL")
}

/// Whether some runtime reads `name` as `SYS_PTRACE`, with or without `CAP_`.
fn names_sys_ptrace(name: &str) -> bool {
    read(name).contains(&CapabilitySet::SYS_PTRACE)
}

/// No longer text, in bytes, names a capability: the longest name with its prefix, where a letter
/// of two bytes may stand for each.
const LONGEST: usize = 2 * "CAP_CHECKPOINT_RESTORE".len();

/// The capability one entry names, by runtime. containerd puts `CAP_` before every name, so `CAP_X`
/// becomes a name that the kernel does not know; CRI-O puts it only where it is missing.
fn read(name: &str) -> [CapabilitySet; 2] {
    if name.len() > LONGEST {
        return [CapabilitySet::EMPTY; 2];
    }
    let name = if name.is_ascii() { Cow::Borrowed(name) } else { Cow::Owned(go_upper(name)) };
    match name.split_at_checked(4) {
        Some((prefix, bare)) if prefix.eq_ignore_ascii_case("CAP_") => {
            [CapabilitySet::EMPTY, known(bare)]
        }
        Some(_) | None => [known(&name); 2],
    }
}

/// The capability of this name, in any case.
fn known(name: &str) -> CapabilitySet {
    let is_it = |one: &&str| one.len() == name.len() && one.eq_ignore_ascii_case(name);
    NAMES.iter().position(is_it).map_or(CapabilitySet::EMPTY, |bit| CapabilitySet(1 << bit))
}

/// Go's `strings.ToUpper`: the simple mapping, rune by rune. It turns U+017F (long s) into `S`, so
/// ASCII upper-casing alone would miss a spelling that both runtimes grant.
fn go_upper(name: &str) -> String {
    name.chars()
        .map(|letter| {
            let mut upper = letter.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(single), None) => single,
                _ => letter,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(add: &[&'static str], drop: &[&'static str], runtime: Runtime) -> bool {
        let own = |names: &[&'static str]| names.iter().map(|name| Cow::Borrowed(*name)).collect();
        let capabilities = Capabilities::new(own(add), own(drop));
        capabilities.granted(runtime).contains(CapabilitySet::named("SYS_PTRACE"))
    }

    #[test]
    fn sys_ptrace_is_granted_by_the_truth_table() {
        // (add, drop, containerd, CRI-O)
        type Row = (&'static [&'static str], &'static [&'static str], bool, bool);
        let table: &[Row] = &[
            (&[], &[], false, false),
            (&[], &["ALL"], false, false),
            (&["SYS_PTRACE"], &[], true, true),
            (&["sys_ptrace"], &[], true, true),
            (&["Sys_Ptrace"], &[], true, true),
            (&["\u{17f}YS_PTRACE"], &[], true, true),
            (&["cap_\u{17f}ys_ptrace"], &[], false, true),
            (&["SYS_PTRACE"], &["ALL"], true, true),
            (&["SYS_PTRACE"], &["all"], true, true),
            (&["SYS_PTRACE"], &["SYS_PTRACE"], false, false),
            (&["SYS_PTRACE"], &["sys_ptrace"], false, false),
            (&["SYS_PTRACE"], &["CAP_SYS_PTRACE"], true, false),
            (&["ALL"], &[], true, true),
            (&["all"], &[], true, true),
            (&["CAP_ALL"], &[], false, false),
            (&["ALL"], &["SYS_PTRACE"], false, false),
            (&["ALL"], &["ALL"], false, false),
            (&["ALL", "SYS_PTRACE"], &["ALL"], true, true),
            (&["CAP_SYS_PTRACE"], &[], false, true),
            (&["Cap_Sys_Ptrace"], &[], false, true),
            (&["CAP_CAP_SYS_PTRACE"], &[], false, false),
            (&[" SYS_PTRACE"], &[], false, false),
            (&["SYS_PTRACE "], &[], false, false),
            (&["PTRACE"], &[], false, false),
            (
                &["SYS_ADMIN", "DAC_READ_SEARCH", "CHECKPOINT_RESTORE", "PERFMON", "BPF"],
                &[],
                false,
                false,
            ),
        ];
        for (add, drop, containerd, crio) in table {
            assert_eq!(
                grants(add, drop, Runtime::Containerd),
                *containerd,
                "containerd {add:?} {drop:?}"
            );
            assert_eq!(grants(add, drop, Runtime::CriO), *crio, "CRI-O {add:?} {drop:?}");
        }
    }

    #[test]
    fn default_sets_hold_what_the_runtimes_document() {
        let none = Capabilities::default();
        for runtime in Runtime::ALL {
            let set = none.granted(runtime);
            assert!(set.contains(CapabilitySet::of(&["KILL", "SETUID", "SETGID"])), "{runtime:?}");
            assert!(!set.contains(CapabilitySet::named("SYS_PTRACE")), "{runtime:?}");
        }
        let mknod = CapabilitySet::named("MKNOD");
        assert!(none.granted(Runtime::Containerd).contains(mknod));
        assert!(!none.granted(Runtime::CriO).contains(mknod));
    }

    #[test]
    fn constants_are_the_capabilities_they_are_called() {
        let all = [
            (CapabilitySet::DAC_OVERRIDE, "DAC_OVERRIDE"),
            (CapabilitySet::DAC_READ_SEARCH, "DAC_READ_SEARCH"),
            (CapabilitySet::KILL, "KILL"),
            (CapabilitySet::SETGID, "SETGID"),
            (CapabilitySet::SETUID, "SETUID"),
            (CapabilitySet::SYS_PTRACE, "SYS_PTRACE"),
            (CapabilitySet::SYS_ADMIN, "SYS_ADMIN"),
            (CapabilitySet::PERFMON, "PERFMON"),
        ];
        for (constant, name) in all {
            assert_eq!(constant, CapabilitySet::named(name), "{name}");
        }
    }

    #[test]
    fn go_upper_keeps_letters_whose_upper_case_is_longer() {
        assert_eq!(go_upper("stra\u{df}e"), "STRA\u{df}E");
        assert_eq!(go_upper("\u{131}"), "I");
    }
}
