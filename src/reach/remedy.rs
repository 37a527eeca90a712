//! The smallest change that closes what one container reaches of another, found by trying.

use std::collections::BTreeSet;

use super::Reach;
use super::aspect::{Answer, Aspects};
use super::process::{Process, User};
use crate::pod::{CapabilitySet, ContainerKind, Runtime};

/// What ends the common view of processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// `shareProcessNamespace: false`.
    Pod,
    /// `hostPID: false`.
    Node,
    /// No `targetContainerName` on the ephemeral container at this place.
    Target(usize),
    /// Debugging a copy that does not share its processes: the pod runs, and that cannot change.
    PodOfDebugger,
    /// Debugging a copy without `hostPID`.
    NodeOfDebugger,
}

/// A change to one container's `securityContext`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hardening {
    /// Not `privileged`.
    Unprivileged,
    /// `runAsUser` and `runAsGroup` that no other container of the pod has. On the container: a
    /// `runAsGroup` of the pod without its `runAsUser` is refused by containerd.
    OwnIds,
    /// `capabilities: {drop: [ALL]}`, and nothing added.
    DropAll,
    /// `allowPrivilegeEscalation: false`.
    NoEscalation,
}

/// Two ways out: an end to sharing always works; hardening works while processes stay shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What ends the common view; `None` where there is none.
    pub sharing: Option<Sharing>,
    /// The fewest changes that close it without that, each with the place of its container; empty
    /// where no change does, such as for the command line, which is open to all who see it.
    pub hardening: Vec<(usize, Hardening)>,
}

/// The changes to try, of the one that reaches (`true`) and of the one that is reached. The
/// earlier ones are preferred.
const CHANGES: [(bool, Hardening); 5] = [
    (true, Hardening::NoEscalation),
    (true, Hardening::DropAll),
    (true, Hardening::OwnIds),
    (false, Hardening::OwnIds),
    (true, Hardening::Unprivileged),
];

/// The users and groups that are tried begin here: above those of most images.
const FRESH: i64 = 10_001;

impl Reach<'_, '_> {
    /// What would turn the answer for each of these aspects to no.
    pub fn remedy(&self, from: usize, to: usize, aspects: Aspects) -> Remedy {
        let sharing = self.sharing(from, to);
        let pair = self.processes.get(from).zip(self.processes.get(to));
        // Beside an ephemeral container the others run already: they cannot change any more.
        let (one, two) = (self.is_ephemeral(from), self.is_ephemeral(to));
        let open = if one || two { (one, two) } else { (true, true) };
        let found = pair.and_then(|(one, two)| self.harden((*one, *two), open, aspects));
        let place = |(own, change)| (if own { from } else { to }, change);
        Remedy { sharing, hardening: found.into_iter().flatten().map(place).collect() }
    }

    fn is_ephemeral(&self, place: usize) -> bool {
        let container = self.pod.containers.get(place);
        container.is_some_and(|it| it.kind == ContainerKind::Ephemeral)
    }

    /// What ends the common view of two containers; `None` where they have none.
    pub fn sharing(&self, from: usize, to: usize) -> Option<Sharing> {
        let shares = from != to && self.views.get(from) == self.views.get(to);
        shares.then(|| self.shared_by(from, to))
    }

    fn shared_by(&self, from: usize, to: usize) -> Sharing {
        let debug = self.is_ephemeral(from) || self.is_ephemeral(to);
        match (self.pod.host_pid, self.pod.share_process_namespace, debug) {
            (true, _, false) => return Sharing::Node,
            (true, _, true) => return Sharing::NodeOfDebugger,
            (false, Some(true), false) => return Sharing::Pod,
            (false, Some(true), true) => return Sharing::PodOfDebugger,
            (false, Some(false) | None, _) => {}
        }
        let joins = |place: &usize| {
            let container = self.pod.containers.get(*place);
            container.is_some_and(|it| it.kind == ContainerKind::Ephemeral && it.target.is_some())
        };
        [from, to].into_iter().find(joins).map_or(Sharing::Pod, Sharing::Target)
    }

    /// The smallest set of changes that the model itself finds enough.
    /// `open` says which of the two can change.
    fn harden(
        &self,
        pair: (Process, Process),
        open: (bool, bool),
        aspects: Aspects,
    ) -> Option<Vec<(bool, Hardening)>> {
        let chosen = |set: u32| {
            let all = CHANGES.iter().enumerate();
            all.filter(move |(bit, _)| set & (1 << bit) != 0).map(|(_, change)| *change)
        };
        let makes_a_difference = |(own, change): &(bool, Hardening)| {
            let (process, can) = if *own { (&pair.0, open.0) } else { (&pair.1, open.1) };
            can && change.changes(process)
        };
        let mut sets =
            smallest_first().filter(|set| chosen(*set).all(|it| makes_a_difference(&it)));
        let enough = sets.find(|set| {
            let (one, two) = chosen(*set).fold(pair, |pair, it| apply(pair, it, self.fresh));
            // The API server refuses both beside allowPrivilegeEscalation: false.
            let refused = (one.privileged || one.names_sys_admin) && one.no_new_privs;
            !refused && !self.between(&one, &two).at_least(Answer::Possible).meets(aspects)
        });
        enough.map(|set| chosen(set).collect())
    }
}

/// Every set of [`CHANGES`], a bit for each.
fn smallest_first() -> impl Iterator<Item = u32> {
    let all = 0..1_u32 << CHANGES.len();
    let sizes = 0..=all.end.trailing_zeros();
    sizes.flat_map(move |size| all.clone().filter(move |set| set.count_ones() == size))
}

/// Two ids that none of the processes has.
pub(super) fn fresh(processes: &[Process]) -> (i64, i64) {
    let users = processes.iter().filter_map(|it| match it.user {
        User::Known(uid) => Some(uid),
        User::NonRoot | User::Any => None,
    });
    let taken: BTreeSet<i64> = users.chain(processes.iter().filter_map(|it| it.group)).collect();
    let mut free = (FRESH..).filter(|id| !taken.contains(id));
    (free.next().unwrap_or(FRESH), free.next().unwrap_or(FRESH))
}

impl Hardening {
    /// Whether it makes a difference to a process.
    fn changes(self, process: &Process) -> bool {
        match self {
            Self::Unprivileged => process.privileged,
            Self::OwnIds => true,
            Self::DropAll => {
                let has = |it: &Runtime| process.bounding(*it) != CapabilitySet::EMPTY;
                Runtime::ALL.iter().any(has)
            }
            Self::NoEscalation => !process.no_new_privs,
        }
    }
}

fn apply(
    (mut from, mut to): (Process, Process),
    (own, change): (bool, Hardening),
    (first, second): (i64, i64),
) -> (Process, Process) {
    let (process, id) = if own { (&mut from, first) } else { (&mut to, second) };
    *process = match change {
        Hardening::OwnIds => process.owned_by(id, id),
        Hardening::DropAll => process.without_capabilities(),
        Hardening::NoEscalation => process.confined(),
        Hardening::Unprivileged => process.unprivileged(),
    };
    (from, to)
}
