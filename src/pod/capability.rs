//! Which Linux capabilities a container runtime grants for `capabilities.add` and `.drop`.
//!
//! The API server validates no capability name, so the runtimes' own reading decides: containerd
//! `internal/cri/opts/spec_opts.go` `WithCapabilities`, CRI-O `SpecSetupCapabilities`.

use std::borrow::Cow;

use super::CapabilitySet;

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

/// `securityContext.capabilities`, read once: the lists may hold hundreds of thousands of entries.
#[derive(Clone, Debug, PartialEq)]
pub struct Capabilities<'a> {
    add: Vec<Cow<'a, str>>,
    drop: Vec<Cow<'a, str>>,
    /// By runtime, in the order of [`Runtime::ALL`].
    granted: [CapabilitySet; 2],
    /// The first entry of `add` that names SYS_PTRACE.
    first_sys_ptrace: Option<usize>,
    /// Whether `add` has `ALL`.
    adds_all: bool,
}

impl Default for Capabilities<'_> {
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new())
    }
}

impl<'a> Capabilities<'a> {
    /// The two lists, as written.
    pub fn new(add: Vec<Cow<'a, str>>, drop: Vec<Cow<'a, str>>) -> Self {
        let (added, dropped) = (CapabilityList::of(&add), CapabilityList::of(&drop));
        let granted = added.without(&dropped);
        let (first_sys_ptrace, adds_all) = (added.first_sys_ptrace, added.has_all);
        Self { add, drop, granted, first_sys_ptrace, adds_all }
    }

    /// `add`, as written.
    pub fn add(&self) -> &[Cow<'a, str>] {
        &self.add
    }

    /// `drop`, as written.
    pub fn drop(&self) -> &[Cow<'a, str>] {
        &self.drop
    }

    /// The indices in `add` of the entries that name SYS_PTRACE, ascending.
    pub fn sys_ptrace(&self) -> Vec<usize> {
        let first = self.first_sys_ptrace.unwrap_or(self.add.len());
        let names = self.add.iter().enumerate().skip(first);
        names.filter(|(_, name)| names_sys_ptrace(name)).map(|(index, _)| index).collect()
    }

    /// Takes SYS_PTRACE away: the entries that name it go, and beside `ALL` it is appended to `drop`.
    /// Nothing else is granted or taken by that, so the lists are not read again.
    pub fn remove_sys_ptrace(&mut self) {
        if self.first_sys_ptrace.take().is_some() {
            self.add.retain(|name| !names_sys_ptrace(name));
        }
        if self.adds_all {
            self.drop.push(Cow::Borrowed("SYS_PTRACE"));
        }
        self.granted = self.granted.map(|set| set.without(CapabilitySet::SYS_PTRACE));
    }

    /// The first of them.
    pub fn first_sys_ptrace(&self) -> Option<usize> {
        self.first_sys_ptrace
    }

    /// Whether `add` has `ALL`.
    pub fn adds_all(&self) -> bool {
        self.adds_all
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

/// What the entries of one list name.
#[derive(Default)]
struct CapabilityList {
    /// By runtime.
    named: [CapabilitySet; 2],
    first_sys_ptrace: Option<usize>,
    has_all: bool,
}

impl CapabilityList {
    fn of(names: &[Cow<'_, str>]) -> Self {
        let mut all = Self::default();
        for (index, name) in names.iter().enumerate() {
            let ([containerd, crio], [one, two]) = (&mut all.named, read(name));
            (*containerd, *crio) = (containerd.with(one), crio.with(two));
            all.has_all |= is_all(name);
            if all.first_sys_ptrace.is_none() && [one, two].contains(&CapabilitySet::SYS_PTRACE) {
                all.first_sys_ptrace = Some(index);
            }
        }
        all
    }

    /// `ALL` added, `ALL` dropped, then each added, then each dropped, in that order on both
    /// runtimes.
    fn without(&self, dropped: &Self) -> [CapabilitySet; 2] {
        let begin = |default| match (dropped.has_all, self.has_all) {
            (true, _) => CapabilitySet::EMPTY,
            (false, true) => CapabilitySet::FULL,
            (false, false) => default,
        };
        let ([added, added_crio], [gone, gone_crio]) = (self.named, dropped.named);
        [
            begin(CONTAINERD_DEFAULT).with(added).without(gone),
            begin(CRIO_DEFAULT).with(added_crio).without(gone_crio),
        ]
    }
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
            [CapabilitySet::EMPTY, CapabilitySet::in_any_case(bare)]
        }
        Some(_) | None => [CapabilitySet::in_any_case(&name); 2],
    }
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
    fn what_is_left_without_sys_ptrace_is_what_would_be_read() {
        let own = |names: &[&'static str]| names.iter().map(|name| Cow::Borrowed(*name)).collect();
        let lists: [&[&str]; 7] = [
            &[],
            &["ALL"],
            &["SYS_PTRACE"],
            &["KILL", "cap_sys_ptrace", "SYS_PTRACE", "x"],
            &["all", "\u{17f}YS_PTRACE", "NET_ADMIN"],
            &["NET_ADMIN"],
            &["CAP_SYS_PTRACE", "ALL"],
        ];
        for (add, drop) in lists.iter().flat_map(|add| lists.iter().map(move |drop| (add, drop))) {
            let mut without = Capabilities::new(own(add), own(drop));
            without.remove_sys_ptrace();
            let read = Capabilities::new(without.add.clone(), without.drop.clone());
            assert_eq!(without, read, "{add:?} {drop:?}");
            assert!(!read.add.iter().any(|name| names_sys_ptrace(name)), "{add:?}");
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
