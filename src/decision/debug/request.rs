//! A request that `kubectl debug` may have made, and how else its user could ask.

use std::borrow::Cow;
use std::sync::Arc;

use super::command::Command;
use super::profile::Profile;
use crate::pod::{Container, ContainerKind, PodView};
use crate::policy::{Change, Mode, Ruling};

/// A request that `kubectl debug` may have made.
pub(super) struct DebugRequest<'c, 'a> {
    pod: DebugPod<'c, 'a>,
    /// The container that was added, or that differs in the copy.
    pub(super) container: &'c Container<'a>,
    /// Whether it will be there when its user reads this.
    is_there: bool,
}

/// The pod that is debugged.
enum DebugPod<'c, 'a> {
    /// Itself as it is stored, without the debug container.
    Original(&'c PodView<'a>),
    /// A copy, in which the debug container has this index.
    Copy(&'c PodView<'a>, usize),
}

/// Another way to ask.
#[derive(Clone, Copy)]
pub(super) struct Alternative {
    profile: &'static Profile,
    processes: Processes,
    /// Whether the container keeps its name; else kubectl gives it one.
    named: bool,
}

/// What of the processes is in view.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Processes {
    /// Those of others.
    Shared,
    /// Its own, as far as a flag can say so.
    Own,
    /// Its own, in a copy of the stored pod.
    OwnInCopy,
}

impl Alternative {
    pub(super) fn joining(profile: &'static Profile) -> Self {
        Self { profile, processes: Processes::Shared, named: true }
    }
}

impl<'c, 'a> DebugRequest<'c, 'a> {
    pub(super) fn of(change: &'c Change<'a>, rulings: &[Ruling], worst: Mode) -> Option<Self> {
        let containers = &change.pod().containers;
        let (pod, index) = match change {
            // Whoever adds several at once does not use kubectl; it adds the first one at fault
            // alone, whatever the others are.
            Change::Debug { old, .. } => {
                // Of a pair, the one that is added: it may be at either end.
                let scene = change.scene();
                let about = |ruling: &Ruling| {
                    let subject = ruling.finding.subject;
                    let ends =
                        subject.container().into_iter().chain(subject.pair().map(|it| it.to));
                    ends.into_iter().find(|index| scene.answers_for(*index))
                };
                let mut worst = rulings.iter().filter(|it| it.mode == worst && !it.is_exempt());
                (DebugPod::Original(old), worst.find_map(about)?)
            }
            // A name of its user's (`-c`) does not distinguish a copy from a pod that somebody wrote with
            // a shell in it, which has no original; labels (`--keep-labels`) and the processes in
            // view (`--share-processes=false`, the profile legacy) may be of either kind.
            Change::Create(pod) if !pod.controlled => {
                let marked = |container: &Container<'_>| {
                    container.kind == ContainerKind::Regular && is_generated(&container.name)
                };
                let index = containers.iter().position(marked)?;
                (DebugPod::Copy(pod, index), index)
            }
            Change::Create(_) | Change::Update { .. } | Change::Template { .. } => return None,
        };
        Some(Self { pod, container: containers.get(index)?, is_there: worst < Mode::Deny })
    }

    /// Whether it is for a copy, whose original is not known.
    pub(super) fn is_copy(&self) -> bool {
        matches!(self.pod, DebugPod::Copy(..))
    }

    /// Whether the container has the processes of others in view.
    fn joins(&self) -> bool {
        match self.pod {
            DebugPod::Original(_) => self.container.target.is_some(),
            DebugPod::Copy(pod, _) => pod.share_process_namespace == Some(true),
        }
    }

    /// What else could be asked for, the nearest first: another profile that may do less, then the
    /// same and others without a view of the processes, then those in a copy.
    pub(super) fn alternatives(&self, like: &[usize]) -> Vec<Alternative> {
        let own = like.first().copied();
        let (less, same) = (own.map_or(0, |index| index + 1), own.unwrap_or(0));
        let mut offered = Vec::new();
        if self.joins() {
            offered.extend([(less, Processes::Shared), (same, Processes::Own)]);
        } else {
            offered.push((less, Processes::Own));
        }
        // A copy has the node's processes in view as well.
        if matches!(self.pod, DebugPod::Original(pod) if !pod.host_pid) {
            offered.push((same, Processes::OwnInCopy));
        }
        // Whoever gave no name shall not give one; where the own one is taken by now, kubectl's
        // goes first and one that is like it second.
        let names: &[bool] = match (is_generated(&self.container.name), self.is_there, &self.pod) {
            (true, ..) => &[false],
            (false, true, DebugPod::Original(_)) => &[false, true],
            (false, ..) => &[true],
        };
        let each = |named: bool| {
            let offers = move |&(begin, processes): &(usize, Processes)| {
                Profile::offered(begin, own).map(move |profile| Alternative {
                    profile,
                    processes,
                    named,
                })
            };
            offered.iter().flat_map(offers).collect::<Vec<_>>()
        };
        names.iter().copied().flat_map(each).collect()
    }

    /// The requests that must pass where it is asked in another way. Labels may have been kept, or
    /// put there by another webhook.
    pub(super) fn changes(&self, other: &Alternative) -> Vec<Change<'a>> {
        let change = self.change(other);
        let Change::Create(pod) = &change else { return vec![change] };
        if pod.labels.is_empty() {
            return vec![change];
        }
        let mut bare = pod.clone();
        bare.labels = Arc::default();
        vec![Change::Create(bare), change]
    }

    /// The request, asked in another way: its debug container is the last one.
    pub(super) fn change(&self, other: &Alternative) -> Change<'a> {
        let mut container = self.container.clone();
        container.security = other.profile.security();
        if !other.named {
            container.name = Cow::Borrowed(ANY_GENERATED);
        }
        if other.processes != Processes::Shared {
            container.target = None;
        }
        match self.pod {
            DebugPod::Copy(pod, index) => {
                let mut pod = pod.clone();
                pod.share_process_namespace = Some(other.processes == Processes::Shared);
                pod.containers.remove(index);
                pod.containers.push(container);
                Change::Create(pod)
            }
            DebugPod::Original(old) if other.processes == Processes::OwnInCopy => {
                Change::Create(copy(old, container))
            }
            DebugPod::Original(old) => {
                let mut new = old.clone();
                new.containers.push(container);
                Change::Debug { new, old: old.clone() }
            }
        }
    }

    /// What to type.
    pub(super) fn command(&self, other: &Alternative, namespace: &str) -> Command {
        let mut words = Command::new("kubectl debug -it");
        words.name("-n ", namespace, "NAMESPACE");
        match self.pod {
            DebugPod::Original(pod) => words.name("", &pod.name, "POD"),
            DebugPod::Copy(..) => words.plain("", "POD"),
        }
        let is_copy = other.processes == Processes::OwnInCopy || self.is_copy();
        if is_copy {
            // Warned about, a copy is there by now: its name is taken.
            words.plain("", "--copy-to=COPY");
        }
        words.image(&self.container.image);
        if other.named {
            // The same of a container in the stored pod.
            let name = if self.is_there && !is_copy { "" } else { &*self.container.name };
            words.name("-c ", name, "NAME");
        }
        if let DebugPod::Copy(pod, _) = self.pod
            && !pod.containers.iter().any(|container| is_init(container))
        {
            // The original may have some, which were not judged.
            words.plain("", "--keep-init-containers=false");
        }
        match (is_copy, other.processes, &self.container.target) {
            (true, Processes::Own | Processes::OwnInCopy, _) => {
                words.plain("", "--share-processes=false");
            }
            (false, Processes::Shared, Some(target)) => words.name("--target=", target, "TARGET"),
            (true, Processes::Shared, _) | (false, ..) => {}
        }
        words.plain("--profile=", other.profile.name);
        words
    }
}

/// What kubectl calls a container that its user gives no name, up to five letters at random.
const GENERATED: &str = "debugger-";

/// Such a name, for exceptions. No stored pod has it: a container that is there is not judged.
const ANY_GENERATED: &str = "debugger-?????";

fn is_generated(name: &str) -> bool {
    // `SafeEncodeString` of k8s.io/apimachinery has these letters.
    let is_random = |letters: &str| {
        letters.len() == 5 && letters.chars().all(|it| "bcdfghjklmnpqrstvwxz2456789".contains(it))
    };
    name.strip_prefix(GENERATED).is_some_and(is_random)
}

fn is_init(container: &Container<'_>) -> bool {
    matches!(container.kind, ContainerKind::Init | ContainerKind::Sidecar)
}

/// What `kubectl debug --copy-to --share-processes=false` makes of a stored pod: no owner, labels
/// or annotations, no ephemeral containers; the init containers stay.
fn copy<'a>(stored: &PodView<'a>, mut container: Container<'a>) -> PodView<'a> {
    let mut pod = stored.clone();
    pod.labels = Arc::default();
    (pod.controlled, pod.mirror) = (false, false);
    pod.share_process_namespace = Some(false);
    pod.containers.retain(|one| one.kind != ContainerKind::Ephemeral);
    container.kind = ContainerKind::Regular;
    pod.containers.push(container);
    pod
}
