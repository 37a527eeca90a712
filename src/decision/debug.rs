//! What `kubectl debug` would have to be told: a request that looks like one of its profiles is
//! judged again with the others, and what passes is printed as a command to type.

use std::borrow::Cow;

use super::text::{self, Advice};
use crate::pod::{Capabilities, Container, ContainerKind, ContainerSecurity, PodView};
use crate::policy::{self, Change, Context, Mode, Ruling, Snapshot};

/// A profile: what it sets on a container (`pkg/cmd/debug/profiles.go` of kubectl).
struct Profile {
    name: &'static str,
    privileged: bool,
    add: &'static [&'static str],
    /// Drops ALL, must not be root, and forbids privilege escalation.
    restricted: bool,
}

const fn profile(name: &'static str, add: &'static [&'static str]) -> Profile {
    Profile { name, privileged: false, add, restricted: false }
}

/// All profiles, those that may do more first. `legacy` sets what `baseline` does: nothing.
const PROFILES: [Profile; 6] = [
    Profile { privileged: true, ..profile("sysadmin", &[]) },
    profile("general", &["SYS_PTRACE"]),
    profile("netadmin", &["NET_ADMIN", "NET_RAW"]),
    profile("baseline", &[]),
    profile("legacy", &[]),
    Profile { restricted: true, ..profile("restricted", &[]) },
];

/// The profiles that anyone may be told to use; `netadmin` only who asked for it.
const OFFERED: [&str; 3] = ["general", "baseline", "restricted"];

/// Those that nobody is told to use: a privileged one, and one that kubectl will remove.
const NEVER: [&str; 2] = ["sysadmin", "legacy"];

impl Profile {
    /// What it sets.
    fn security(&self) -> ContainerSecurity<'static> {
        let names = |list: &[&'static str]| list.iter().copied().map(Cow::Borrowed).collect();
        ContainerSecurity {
            privileged: self.privileged,
            allow_privilege_escalation: self.restricted.then_some(false),
            run_as_user: None,
            run_as_group: None,
            run_as_non_root: self.restricted.then_some(true),
            capabilities: Capabilities {
                add: names(self.add),
                drop: names(if self.restricted { &["ALL"] } else { &[] }),
            },
        }
    }

    /// The places in [`PROFILES`] of those that set exactly what the container has.
    fn like(container: &Container<'_>) -> Vec<usize> {
        let is_like = |(place, profile): (usize, &Self)| {
            (profile.security() == container.security).then_some(place)
        };
        PROFILES.iter().enumerate().filter_map(is_like).collect()
    }
}

/// What to tell a user whose debug container, or copy of a pod for debugging, is found at fault.
pub(super) fn advise(
    change: &Change<'_>,
    rulings: &[Ruling],
    snapshot: &Snapshot,
    context: &Context<'_>,
) -> Option<String> {
    let counts = rulings.iter().filter(|ruling| !ruling.is_exempt() && ruling.mode >= Mode::Warn);
    let worst = counts.map(|ruling| ruling.mode).max()?;
    let attempt = Attempt::of(change, rulings, worst)?;
    let passes = |other: &Change<'_>| {
        let rulings = policy::judge(snapshot, other, context);
        !rulings.iter().any(|ruling| !ruling.is_exempt() && ruling.mode >= worst)
    };
    let passing = attempt.others().find(|other| passes(&attempt.change(other)));
    Some(text::debug(&Advice {
        container: &attempt.container.name,
        like: attempt
            .like
            .iter()
            .filter_map(|place| PROFILES.get(*place))
            .map(|it| it.name)
            .collect(),
        command: passing.map(|other| attempt.command(&other)),
    }))
}

/// A request that `kubectl debug` may have made.
struct Attempt<'c, 'a> {
    change: &'c Change<'a>,
    /// The container that was added, or that differs in the copy, and its place.
    container: &'c Container<'a>,
    place: usize,
    /// The profiles it looks like.
    like: Vec<usize>,
}

/// Another way to ask: a profile, and whether the processes of others are in view.
#[derive(Clone, Copy)]
struct Other {
    profile: &'static Profile,
    joins: bool,
}

impl<'c, 'a> Attempt<'c, 'a> {
    fn of(change: &'c Change<'a>, rulings: &[Ruling], worst: Mode) -> Option<Self> {
        let pod = change.pod();
        let at = |place: usize| Some((place, pod.containers.get(place)?));
        let (place, container) = match change {
            Change::Debug { .. } => {
                let about = |ruling: &Ruling| Some(ruling.finding.container.as_ref()?.place);
                let mut worst = rulings.iter().filter(|it| it.mode == worst && !it.is_exempt());
                at(worst.find_map(about)?)?
            }
            Change::Create(_) if is_copy(pod) => {
                let marked = |container: &Container<'_>| {
                    container.kind == ContainerKind::Regular && container.name.starts_with(GIVEN)
                };
                at(pod.containers.iter().position(marked)?)?
            }
            Change::Create(_) | Change::Update { .. } | Change::Template(_) => return None,
        };
        Some(Self { change, container, place, like: Profile::like(container) })
    }

    /// Whether the container has the processes of others in view.
    fn joins(&self) -> bool {
        match self.change {
            Change::Debug { .. } => self.container.target.is_some(),
            Change::Create(_) | Change::Update { .. } | Change::Template(_) => true,
        }
    }

    /// What else could be asked for, the nearest first: another profile that may do less, then the
    /// same and others without a view of the processes.
    fn others(&self) -> impl Iterator<Item = Other> {
        let first = self.like.first().copied();
        let (less, own) = (first.map_or(0, |place| place + 1), first.unwrap_or(0));
        let from = move |begin: usize, joins: bool| {
            let profiles = PROFILES.iter().enumerate().skip(begin);
            let offered = profiles.filter(move |(place, profile)| {
                let own = first == Some(*place) && !NEVER.contains(&profile.name);
                OFFERED.contains(&profile.name) || own
            });
            offered.map(move |(_, profile)| Other { profile, joins })
        };
        let joined = self.joins().then(|| from(less, true)).into_iter().flatten();
        joined.chain(from(if self.joins() { own } else { less }, false))
    }

    /// The request, asked in another way.
    fn change(&self, other: &Other) -> Change<'a> {
        let mut change = self.change.clone();
        let (Change::Create(pod) | Change::Debug { new: pod, .. }) = &mut change else {
            return change;
        };
        if matches!(self.change, Change::Create(_)) {
            pod.share_process_namespace = Some(other.joins);
        }
        if let Some(container) = pod.containers.get_mut(self.place) {
            container.security = other.profile.security();
            if !other.joins {
                container.target = None;
            }
        }
        change
    }

    /// What to type.
    fn command(&self, other: &Other) -> Vec<String> {
        let pod = self.change.pod();
        let mut words = vec!["kubectl debug -it".to_owned()];
        let is_copy = matches!(self.change, Change::Create(_));
        if is_copy {
            // Warned about, the copy is there by now: its name is taken.
            words.extend(["POD", "--copy-to=COPY"].map(str::to_owned));
        } else {
            words.push(filled(&pod.name, "POD", 63));
        }
        words.push(format!("--image={}", filled(&self.container.image, "IMAGE", 140)));
        // What was judged has this name; kubectl would give another one.
        if !self.container.name.starts_with(GIVEN) {
            words.push(format!("-c {}", filled(&self.container.name, "NAME", 63)));
        }
        match (is_copy, other.joins, &self.container.target) {
            (true, false, _) => words.push("--share-processes=false".to_owned()),
            (false, true, Some(target)) => {
                words.push(format!("--target={}", filled(target, "TARGET", 63)));
            }
            (true, true, _) | (false, _, _) => {}
        }
        words.push(format!("--profile={}", other.profile.name));
        words
    }
}

/// What kubectl calls a container that its user gives no name.
const GIVEN: &str = "debugger-";

/// Whether the pod looks like what `kubectl debug --copy-to` makes: no controller, labels removed,
/// processes shared.
fn is_copy(pod: &PodView<'_>) -> bool {
    !pod.controlled && pod.labels.is_empty() && pod.share_process_namespace == Some(true)
}

/// A word for a shell. What would need quotes, or is so long that the line would be, is left for the
/// user to fill in.
fn filled(word: &str, placeholder: &str, longest: usize) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/:@+".contains(letter);
    let fits = (1..=longest).contains(&word.len()) && word.chars().all(plain);
    if fits { word.to_owned() } else { placeholder.to_owned() }
}
