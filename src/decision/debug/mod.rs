//! What `kubectl debug` would have to be told: a request that looks like one of its profiles is
//! judged again with the others, and what passes is printed as a command to type.

mod command;
mod profile;

use std::borrow::Cow;
use std::sync::Arc;

use self::profile::{PROFILES, Profile};
use super::text::{self, Advice};
use crate::controls::Edit;
use crate::patch;
use crate::pod::{Container, ContainerKind, PodView};
use crate::policy::{self, Asked, Change, Context, Mode, Repair, Ruling, Snapshot};

pub(super) use self::command::Command;

/// In larger pods nothing is looked for: each candidate is judged as the request was.
const MOST_CONTAINERS: usize = 64;

/// What to tell a user whose debug container, or copy of a pod for debugging, is found at fault.
pub(super) fn advise(
    change: &Change<'_>,
    rulings: &[Ruling],
    snapshot: &Snapshot,
    context: &Context<'_>,
) -> Option<String> {
    let counts = rulings.iter().filter(|ruling| !ruling.is_exempt() && ruling.mode >= Mode::Warn);
    let worst = counts.map(|ruling| ruling.mode).max()?;
    if change.pod().containers.len() > MOST_CONTAINERS {
        return None;
    }
    let attempt = Attempt::of(change, rulings, worst)?;
    // Where something is left to mend, nobody mends here.
    let mends = !rulings.iter().any(Ruling::is_repaired);
    let judge = Judge { snapshot, context, worst, mends };
    let like = Profile::like(&attempt.container.security);
    let passing = attempt
        .others(&like)
        .into_iter()
        .find(|other| attempt.changes(other).iter().all(|change| judge.passes(change)));
    let names = like.iter().filter_map(|place| PROFILES.get(*place)).map(|it| it.name);
    Some(text::debug(Advice {
        container: &attempt.container.name,
        like: (!judge.may_have_mended(&attempt)).then(|| names.collect()),
        in_copy: matches!(attempt.pod, Pod::Copied(..)),
        command: passing.map(|other| attempt.command(&other, context.namespace)),
    }))
}

/// What decides whether a change passes.
struct Judge<'s> {
    snapshot: &'s Snapshot,
    context: &'s Context<'s>,
    /// From this mode on a finding counts.
    worst: Mode,
    /// Whether the mutating phase comes first.
    mends: bool,
}

impl Judge<'_> {
    /// Whether the change brings nothing that counts and its user gets what was asked for: the
    /// debug container, which is the last one, as its profile sets it, and no process less in view.
    fn passes(&self, change: &Change<'_>) -> bool {
        let (repaired, rest) = if let Change::Create(pod) = change
            && self.mends
        {
            let foreseen = policy::foresee(self.snapshot, pod, self.context);
            (foreseen.repaired, foreseen.rest)
        } else {
            (Vec::new(), self.rulings(change))
        };
        let last = change.pod().containers.len().checked_sub(1);
        let is_asked_for = |ruling: &Ruling| {
            let place = ruling.finding.subject.container();
            place == last || ruling.finding.edit == Some(Edit::StopSharing)
        };
        let counts = |ruling: &Ruling| !ruling.is_exempt() && ruling.mode >= self.worst;
        let is_mended = |ruling: &Ruling| ruling.is_repaired() && is_asked_for(ruling);
        !repaired.iter().any(is_asked_for)
            && !rest.iter().any(|ruling| counts(ruling) || is_mended(ruling))
    }

    fn rulings(&self, change: &Change<'_>) -> Vec<Ruling> {
        policy::judge(self.snapshot, change, &change.scene(), self.context, Asked::All)
    }

    /// Whether the debug container may have been another one before the mutating phase: some
    /// profile would have been repaired to what it is now.
    fn may_have_mended(&self, attempt: &Attempt<'_, '_>) -> bool {
        let mut rules = self.snapshot.policies.iter().flat_map(|policy| &policy.rules);
        if !self.mends || rules.all(|rule| rule.repair == Repair::Never) {
            return false;
        }
        let now = &attempt.container.security;
        let others = PROFILES.iter().filter(|profile| profile.security() != *now);
        let mut asked = others.map(|profile| attempt.change(&Other::joining(profile)));
        asked.any(|change| {
            let edits = policy::repairs(&self.rulings(&change));
            let mended = patch::apply(change.pod(), &edits);
            mended.containers.last().is_some_and(|container| container.security == *now)
        })
    }
}

/// A request that `kubectl debug` may have made.
struct Attempt<'c, 'a> {
    pod: Pod<'c, 'a>,
    /// The container that was added, or that differs in the copy.
    container: &'c Container<'a>,
    /// Whether it will be there when its user reads this.
    is_there: bool,
}

/// The pod that is debugged, without the debug container.
enum Pod<'c, 'a> {
    /// As it is stored.
    Stored(&'c PodView<'a>),
    /// A copy, in which the container has this place.
    Copied(&'c PodView<'a>, usize),
}

/// Another way to ask.
#[derive(Clone, Copy)]
struct Other {
    profile: &'static Profile,
    way: Way,
    /// Whether the container keeps its name; else kubectl gives it one.
    named: bool,
}

/// What of the processes is in view.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Those of others.
    Joining,
    /// Its own, as far as a flag can say so.
    Alone,
    /// Its own, in a copy of the stored pod.
    Copying,
}

impl Other {
    fn joining(profile: &'static Profile) -> Self {
        Self { profile, way: Way::Joining, named: true }
    }
}

impl<'c, 'a> Attempt<'c, 'a> {
    fn of(change: &'c Change<'a>, rulings: &[Ruling], worst: Mode) -> Option<Self> {
        let containers = &change.pod().containers;
        let (pod, place) = match change {
            // Whoever adds several at once does not use kubectl; it adds the first one at fault
            // alone, whatever the others are.
            Change::Debug { old, .. } => {
                // Of a pair, the one that is added: it may be at either end.
                let scene = change.scene();
                let about = |ruling: &Ruling| {
                    let subject = ruling.finding.subject;
                    let ends =
                        subject.container().into_iter().chain(subject.pair().map(|it| it.to));
                    ends.into_iter().find(|place| scene.answers_for(*place))
                };
                let mut worst = rulings.iter().filter(|it| it.mode == worst && !it.is_exempt());
                (Pod::Stored(old), worst.find_map(about)?)
            }
            // A name of its user's (`-c`) does not tell a copy from a pod that somebody wrote with
            // a shell in it, which has no original; labels (`--keep-labels`) and the processes in
            // view (`--share-processes=false`, the profile legacy) may be of either kind.
            Change::Create(pod) if !pod.controlled => {
                let marked = |container: &Container<'_>| {
                    container.kind == ContainerKind::Regular && is_given(&container.name)
                };
                let place = containers.iter().position(marked)?;
                (Pod::Copied(pod, place), place)
            }
            Change::Create(_) | Change::Update { .. } | Change::Template(_) => return None,
        };
        Some(Self { pod, container: containers.get(place)?, is_there: worst < Mode::Deny })
    }

    /// Whether the container has the processes of others in view.
    fn joins(&self) -> bool {
        match self.pod {
            Pod::Stored(_) => self.container.target.is_some(),
            Pod::Copied(pod, _) => pod.share_process_namespace == Some(true),
        }
    }

    /// What else could be asked for, the nearest first: another profile that may do less, then the
    /// same and others without a view of the processes, then those in a copy.
    fn others(&self, like: &[usize]) -> Vec<Other> {
        let own = like.first().copied();
        let (less, same) = (own.map_or(0, |place| place + 1), own.unwrap_or(0));
        let mut ways = Vec::new();
        if self.joins() {
            ways.extend([(less, Way::Joining), (same, Way::Alone)]);
        } else {
            ways.push((less, Way::Alone));
        }
        // A copy has the node's processes in view as well.
        if matches!(self.pod, Pod::Stored(pod) if !pod.host_pid) {
            ways.push((same, Way::Copying));
        }
        // Whoever gave no name shall not give one; where the own one is taken by now, kubectl's
        // goes first and one that is like it second.
        let names: &[bool] = match (is_given(&self.container.name), self.is_there, &self.pod) {
            (true, ..) => &[false],
            (false, true, Pod::Stored(_)) => &[false, true],
            (false, ..) => &[true],
        };
        let each = |named: bool| {
            let offers = move |&(begin, way): &(usize, Way)| {
                Profile::offered(begin, own).map(move |profile| Other { profile, way, named })
            };
            ways.iter().flat_map(offers).collect::<Vec<_>>()
        };
        names.iter().copied().flat_map(each).collect()
    }

    /// The requests that must pass where it is asked in another way. Labels may have been kept, or
    /// put there by another webhook.
    fn changes(&self, other: &Other) -> Vec<Change<'a>> {
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
    fn change(&self, other: &Other) -> Change<'a> {
        let mut container = self.container.clone();
        container.security = other.profile.security();
        if !other.named {
            container.name = Cow::Borrowed(ANY);
        }
        if other.way != Way::Joining {
            container.target = None;
        }
        match self.pod {
            Pod::Copied(pod, place) => {
                let mut pod = pod.clone();
                pod.share_process_namespace = Some(other.way == Way::Joining);
                pod.containers.remove(place);
                pod.containers.push(container);
                Change::Create(pod)
            }
            Pod::Stored(old) if other.way == Way::Copying => Change::Create(copy(old, container)),
            Pod::Stored(old) => {
                let mut new = old.clone();
                new.containers.push(container);
                Change::Debug { new, old: old.clone() }
            }
        }
    }

    /// What to type.
    fn command(&self, other: &Other, namespace: &str) -> Command {
        let mut words = Command::new("kubectl debug -it");
        words.name("-n ", namespace, "NAMESPACE");
        match self.pod {
            Pod::Stored(pod) => words.name("", &pod.name, "POD"),
            Pod::Copied(..) => words.plain("", "POD"),
        }
        let is_copy = other.way == Way::Copying || matches!(self.pod, Pod::Copied(..));
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
        if let Pod::Copied(pod, _) = self.pod
            && !pod.containers.iter().any(|container| is_init(container))
        {
            // The original may have some, which were not judged.
            words.plain("", "--keep-init-containers=false");
        }
        match (is_copy, other.way, &self.container.target) {
            (true, Way::Alone | Way::Copying, _) => words.plain("", "--share-processes=false"),
            (false, Way::Joining, Some(target)) => words.name("--target=", target, "TARGET"),
            (true, Way::Joining, _) | (false, ..) => {}
        }
        words.plain("--profile=", other.profile.name);
        words
    }
}

/// What kubectl calls a container that its user gives no name, up to five letters at random.
const GIVEN: &str = "debugger-";

/// Such a name, for exceptions. No stored pod has it: a container that is there is not judged.
const ANY: &str = "debugger-?????";

fn is_given(name: &str) -> bool {
    // `SafeEncodeString` of k8s.io/apimachinery has these letters.
    let is_random = |letters: &str| {
        letters.len() == 5 && letters.chars().all(|it| "bcdfghjklmnpqrstvwxz2456789".contains(it))
    };
    name.strip_prefix(GIVEN).is_some_and(is_random)
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
