use std::borrow::Cow;

use crate::pod::{Capabilities, ContainerSecurity};

/// A profile: what it sets on a container (`pkg/cmd/debug/profiles.go` of kubectl).
pub(super) struct Profile {
    pub(super) name: &'static str,
    privileged: bool,
    add: &'static [&'static str],
    /// Drops ALL, must not be root, and forbids privilege escalation.
    restricted: bool,
}

const fn profile(name: &'static str, add: &'static [&'static str]) -> Profile {
    Profile { name, privileged: false, add, restricted: false }
}

/// All profiles, those that may do more first. `legacy` sets what `baseline` does: nothing.
pub(super) const PROFILES: [Profile; 6] = [
    Profile { privileged: true, ..profile("sysadmin", &[]) },
    profile("general", &["SYS_PTRACE"]),
    profile("netadmin", &["NET_ADMIN", "NET_RAW"]),
    profile("baseline", &[]),
    profile("legacy", &[]),
    Profile { restricted: true, ..profile("restricted", &[]) },
];

/// The profiles that may be advised to anyone; `netadmin` only who asked for it.
const OFFERED: [&str; 3] = ["general", "baseline", "restricted"];

/// Those that are advised to nobody: a privileged one, and one that kubectl will remove.
const NEVER: [&str; 2] = ["sysadmin", "legacy"];

impl Profile {
    /// What it sets.
    pub(super) fn security(&self) -> ContainerSecurity<'static> {
        let names = |list: &[&'static str]| list.iter().copied().map(Cow::Borrowed).collect();
        ContainerSecurity {
            privileged: self.privileged,
            allow_privilege_escalation: self.restricted.then_some(false),
            run_as_non_root: self.restricted.then_some(true),
            capabilities: Capabilities::new(
                names(self.add),
                names(if self.restricted { &["ALL"] } else { &[] }),
            ),
            ..ContainerSecurity::default()
        }
    }

    /// The indices in [`PROFILES`] of those that set exactly this.
    pub(super) fn like(security: &ContainerSecurity<'_>) -> Vec<usize> {
        let is_like =
            |(index, profile): (usize, &Self)| (profile.security() == *security).then_some(index);
        PROFILES.iter().enumerate().filter_map(is_like).collect()
    }

    /// From this index in [`PROFILES`] on, what may be offered to who asked for the one at `own`.
    pub(super) fn offered(begin: usize, own: Option<usize>) -> impl Iterator<Item = &'static Self> {
        let profiles = PROFILES.iter().enumerate().skip(begin);
        let is_offered = move |(index, profile): &(usize, &Self)| {
            let asked_for = own == Some(*index) && !NEVER.contains(&profile.name);
            OFFERED.contains(&profile.name) || asked_for
        };
        profiles.filter(is_offered).map(|(_, profile)| profile)
    }
}
