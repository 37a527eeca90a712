//! The smallest change that closes what one container reaches of another, found by trying.

use super::aspect::{Answer, Aspects};
use super::fresh::FreshIds;
use super::matrix::{Matrix, Target};
use super::process::{Process, ProcessPair};
use crate::pod::{CapabilitySet, ContainerKind, Runtime};

/// What ends the common view of processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// `shareProcessNamespace: false`.
    Pod,
    /// `hostPID: false`.
    Node,
    /// No `targetContainerName` on the ephemeral container of this index.
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
    /// The fewest changes that close it without that, each with the index of its container; empty
    /// where no change does, such as for the command line, which is open to all who see it.
    pub hardening: Vec<(usize, Hardening)>,
}

/// One of the two containers of a pair.
#[derive(Clone, Copy)]
enum End {
    /// The one that reaches.
    From,
    /// The one that is reached.
    To,
}

/// A change to one end.
#[derive(Clone, Copy)]
struct Change {
    end: End,
    hardening: Hardening,
}

const fn change(end: End, hardening: Hardening) -> Change {
    Change { end, hardening }
}

/// The changes to try. The earlier ones are preferred.
const CHANGES: [Change; 5] = [
    change(End::From, Hardening::NoEscalation),
    change(End::From, Hardening::DropAll),
    change(End::From, Hardening::OwnIds),
    change(End::To, Hardening::OwnIds),
    change(End::From, Hardening::Unprivileged),
];

/// The processes of a pair whose ends may change.
#[derive(Clone, Copy)]
struct Ends {
    from: Process,
    to: Process,
    /// Whether the first can change, and whether the second can.
    from_changes: bool,
    to_changes: bool,
}

impl Ends {
    /// Whether a change is possible and makes a difference.
    fn allow(&self, change: Change) -> bool {
        let (process, changes) = match change.end {
            End::From => (&self.from, self.from_changes),
            End::To => (&self.to, self.to_changes),
        };
        changes && change.hardening.changes(process)
    }

    fn apply(&mut self, change: Change, fresh: FreshIds) {
        let (process, id) = match change.end {
            End::From => (&mut self.from, fresh.from),
            End::To => (&mut self.to, fresh.to),
        };
        *process = match change.hardening {
            Hardening::OwnIds => process.owned_by(id, id),
            Hardening::DropAll => process.without_capabilities(),
            Hardening::NoEscalation => process.confined(),
            Hardening::Unprivileged => process.unprivileged(),
        };
    }

    /// Whether the API server refuses the first: it takes neither together with
    /// allowPrivilegeEscalation: false.
    fn is_refused(&self) -> bool {
        (self.from.privileged || self.from.names_sys_admin) && self.from.no_new_privs
    }
}

impl Matrix<'_, '_> {
    /// What would turn the answer for each of these aspects to no.
    pub fn remedy(&self, from: usize, to: Target, aspects: Aspects) -> Remedy {
        let Target::Container(to) = to else {
            return Remedy { sharing: Some(Sharing::Node), hardening: Vec::new() };
        };
        // Next to an ephemeral container the others run already: they cannot change any more.
        let (one, two) = (self.is_ephemeral(from), self.is_ephemeral(to));
        let (from_changes, to_changes) = if one || two { (one, two) } else { (true, true) };
        let pair = self.pair(from, to);
        let ends = pair.map(|it| Ends { from: *it.from, to: *it.to, from_changes, to_changes });
        let found = ends.and_then(|ends| self.harden(ends, aspects));
        let at = |change: Change| match change.end {
            End::From => (from, change.hardening),
            End::To => (to, change.hardening),
        };
        let hardening = found.into_iter().flatten().map(at).collect();
        Remedy { sharing: self.sharing(from, to), hardening }
    }

    fn is_ephemeral(&self, container: usize) -> bool {
        let container = self.pod.containers.get(container);
        container.is_some_and(|it| it.kind == ContainerKind::Ephemeral)
    }

    /// What ends the common view of two containers; `None` where they have none.
    pub fn sharing(&self, from: usize, to: usize) -> Option<Sharing> {
        let view = |container| self.seat(container).map(|seat| seat.view);
        let shares = from != to && view(from) == view(to);
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
        let joins = |index: &usize| {
            let container = self.pod.containers.get(*index);
            container.is_some_and(|it| it.kind == ContainerKind::Ephemeral && it.target.is_some())
        };
        [from, to].into_iter().find(joins).map_or(Sharing::Pod, Sharing::Target)
    }

    /// The smallest set of changes that the model itself finds enough.
    fn harden(&self, ends: Ends, aspects: Aspects) -> Option<Vec<Change>> {
        let chosen = |set: u32| {
            let all = CHANGES.iter().enumerate();
            all.filter(move |(bit, _)| set & (1 << bit) != 0).map(|(_, change)| *change)
        };
        let mut sets = smallest_first().filter(|set| chosen(*set).all(|it| ends.allow(it)));
        let enough = sets.find(|set| {
            let mut then = ends;
            chosen(*set).for_each(|change| then.apply(change, self.fresh));
            let answers = || self.between(ProcessPair { from: &then.from, to: &then.to });
            !then.is_refused() && !answers().at_least(Answer::Possible).meets(aspects)
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
