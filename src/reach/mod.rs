//! Who can reach whom: for each ordered pair of a pod's containers, what the process of the first
//! reaches of the second, by which rule of the kernel, and how sure that is.
//!
//! Comes in: a [`PodView`] and a [`Model`], which says what is assumed beside it. Goes out:
//! [`Reach`], which answers for each pair and aspect with yes, possible or no, with its causes and
//! with what would turn it to no. The room is pure; `testbed/node` compares its answers with what
//! real containers can do to each other on a real kernel.

mod aspect;
mod case;
mod cause;
mod groups;
mod kernel;
mod process;
mod remedy;
mod transitive;

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

pub use aspect::{Answer, Answers, Aspect, Aspects};
pub use cause::{Cause, Reason};
pub use groups::Groups;
pub use kernel::Rule;
pub use process::ImageUser;
pub use remedy::{Hardening, Remedy, Sharing};
pub use transitive::Transitive;

use crate::pod::{PodView, Runtime};
use case::Case;
use kernel::Rules;
use process::Process;

/// What is taken for granted beside the pod.
#[derive(Clone, Debug)]
pub struct Model {
    runtimes: &'static [Runtime],
    users: BTreeMap<String, ImageUser>,
    rules: Rules,
}

impl Default for Model {
    fn default() -> Self {
        Self { runtimes: &Runtime::ALL, users: BTreeMap::new(), rules: Rules::ALL }
    }
}

impl Model {
    /// The same for one runtime; without, an answer must hold for every one.
    #[must_use]
    pub fn on(mut self, runtime: Runtime) -> Self {
        self.runtimes = match runtime {
            Runtime::Containerd => &[Runtime::Containerd],
            Runtime::CriO => &[Runtime::CriO],
        };
        self
    }

    /// The same with a known user of the image of the container of this name. It counts where the
    /// spec leaves the user to the image.
    #[must_use]
    pub fn with_image_user(mut self, container: &str, user: ImageUser) -> Self {
        self.users.insert(container.to_owned(), user);
        self
    }

    /// The same without one of its rules: for tests that show that the rule is needed.
    #[must_use]
    pub fn without(mut self, rule: Rule) -> Self {
        self.rules = self.rules.except(rule);
        self
    }

    /// Looks at a pod. Linear in its containers; pairs are answered when they are asked for.
    pub fn reach<'p, 'a>(&self, pod: &'p PodView<'a>) -> Reach<'p, 'a> {
        let views = pod.process_views();
        let mut members = vec![Vec::new(); views.iter().max().map_or(0, |last| last + 1)];
        for (place, view) in views.iter().enumerate() {
            if let Some(members) = members.get_mut(*view) {
                members.push(place);
            }
        }
        let processes = Process::all(self, pod);
        let classes = classes(&processes);
        Reach {
            pod,
            fresh: remedy::fresh(&processes),
            processes,
            known: OnceCell::new(),
            classes,
            views,
            members,
            runtimes: self.runtimes,
            rules: self.rules,
        }
    }
}

/// Who reaches whom in one pod. Containers are named by their places in [`PodView::containers`];
/// a place that is none reaches nothing.
#[derive(Clone, Debug)]
pub struct Reach<'p, 'a> {
    pod: &'p PodView<'a>,
    processes: Vec<Process>,
    /// For each container, the number of the processes that are like its own.
    classes: Vec<usize>,
    /// By the classes of a pair, what was answered: it is made at the first question.
    known: OnceCell<Vec<Cell<Option<Answers>>>>,
    /// For each container, the number of its PID namespace.
    views: Vec<usize>,
    /// For each PID namespace, the containers in it.
    members: Vec<Vec<usize>>,
    /// Two ids that no container has.
    fresh: (i64, i64),
    runtimes: &'static [Runtime],
    rules: Rules,
}

/// Answers are kept for so many classes squared, and made anew for more.
const MOST_CLASSES: usize = 256;

/// For each process a number that it shares with those that are alike to every rule.
fn classes(processes: &[Process]) -> Vec<usize> {
    let mut numbers = BTreeMap::new();
    let mut number = |process| {
        let next = numbers.len();
        *numbers.entry(process).or_insert(next)
    };
    processes.iter().map(|process| number(process.like())).collect()
}

/// Whether one container sees the processes of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    /// They are in one PID namespace and can run at the same time.
    Sees,
    /// Each is in a PID namespace of its own.
    Apart,
    /// They never run at the same time.
    NeverTogether,
}

impl Reach<'_, '_> {
    /// What container `from` reaches of container `to`.
    pub fn answers(&self, from: usize, to: usize) -> Answers {
        match (self.sight(from, to), self.processes.get(from), self.processes.get(to)) {
            (Sight::Sees, Some(one), Some(two)) => {
                let Some(known) = self.known((from, to)) else { return self.between(one, two) };
                known.get().unwrap_or_else(|| {
                    let answers = self.between(one, two);
                    known.set(Some(answers));
                    answers
                })
            }
            _ => Answers::NO,
        }
    }

    /// The numbers of two containers that answer, and remedies by what they are, depend on: pairs
    /// of equal numbers have equal ones, where both containers are of the same kinds.
    pub fn classes(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        self.classes.get(from).copied().zip(self.classes.get(to).copied())
    }

    /// Where the answer of a pair is kept; nowhere when that would take more than it saves.
    fn known(&self, (from, to): (usize, usize)) -> Option<&Cell<Option<Answers>>> {
        let count = self.classes.iter().max().map_or(0, |last| last + 1);
        if count > MOST_CLASSES {
            return None;
        }
        let (from, to) = self.classes(from, to)?;
        self.known.get_or_init(|| vec![Cell::new(None); count * count]).get(from * count + to)
    }

    /// What container `from` reaches of the node's processes; `None` without `hostPID`. Yes is
    /// what it reaches of every one of them, root with all capabilities included; anything else is
    /// possible, because the node may run a process of any ids.
    pub fn node(&self, from: usize) -> Option<Answers> {
        let one = self.processes.get(from).filter(|_| self.pod.host_pid)?;
        let all = Process::OF_NODE.iter().flat_map(|it| self.cases(one, it));
        let yes = all.map(|case| case.answers(self.rules).at_least(Answer::Yes));
        let yes = yes.fold(Aspects::ALL, Aspects::and);
        Some(Answers::new(yes, Aspects::ALL))
    }

    /// The other containers in the PID namespace of `from`: the only ones it can reach.
    pub fn neighbours(&self, from: usize) -> impl Iterator<Item = usize> {
        let members = self.views.get(from).and_then(|view| self.members.get(*view));
        members.into_iter().flatten().copied().filter(move |to| *to != from)
    }

    /// How many ordered pairs of containers have a PID namespace in common.
    pub fn pairs(&self) -> usize {
        let pairs = |members: &Vec<usize>| members.len() * members.len().saturating_sub(1);
        self.members.iter().map(pairs).sum()
    }

    /// How many containers the fullest PID namespace holds.
    pub fn fullest(&self) -> usize {
        self.members.iter().map(Vec::len).max().unwrap_or_default()
    }

    fn between(&self, from: &Process, to: &Process) -> Answers {
        // Yes in every case, no in every case, or possible.
        let of = |rules| {
            let cases = self.cases_by((from, to), rules).map(|case| case.answers(rules));
            cases.reduce(Answers::whichever).unwrap_or_default()
        };
        let answers = of(self.rules);
        if !from.is_twin(to) {
            return answers;
        }
        // A tag may be another image by the time the second container is started: never is more
        // than one image can promise.
        let apart = of(self.rules.except(Rule::SameImage));
        Answers::new(answers.at_least(Answer::Yes), apart.at_least(Answer::Possible))
    }

    fn cases(&self, from: &Process, to: &Process) -> impl Iterator<Item = Case> {
        self.cases_by((from, to), self.rules)
    }

    fn cases_by(&self, pair: (&Process, &Process), rules: Rules) -> impl Iterator<Item = Case> {
        let initial = self.pod.host_users != Some(false);
        Case::each(pair, (self.runtimes, initial), rules)
    }

    fn sight(&self, from: usize, to: usize) -> Sight {
        let views = (self.views.get(from), self.views.get(to));
        let containers = (self.pod.containers.get(from), self.pod.containers.get(to));
        match (views, containers) {
            ((Some(one), Some(two)), (Some(viewer), Some(seen))) => {
                match (viewer.runs_beside(seen), one == two) {
                    (false, _) => Sight::NeverTogether,
                    (true, true) => Sight::Sees,
                    (true, false) => Sight::Apart,
                }
            }
            _ => Sight::Apart,
        }
    }
}

impl Process {
    /// The best guarded processes of a node: root, and a user that no container has.
    const OF_NODE: [Self; 2] = [Self::of_node(0), Self::of_node(-1)];
}
