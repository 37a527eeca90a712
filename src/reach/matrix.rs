//! The answers of one pod, for each container and target.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

use super::Model;
use super::aspect::{Answer, Answers, Aspect, Aspects};
use super::case::{Case, Conditions};
use super::fresh::FreshIds;
use super::kernel::{Rule, Rules};
use super::process::{Process, ProcessPair};
use crate::pod::{CapabilitySet, PodView, Runtime};

/// What a container may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A container, by its index in [`PodView::containers`].
    Container(usize),
    /// The processes of the node, which are in view with `hostPID`.
    Node,
}

/// Who reaches whom in one pod. Containers are named by their index in [`PodView::containers`]; an
/// index of none reaches nothing.
///
/// An answer is worked out when it is first asked for, and is then a value: the webhook asks for
/// few pairs of a debug request, and `bulkhead reach` for each of them several times.
#[derive(Clone, Debug)]
pub struct Matrix<'p, 'a> {
    pub(super) pod: &'p PodView<'a>,
    pub(super) model: Model,
    pub(super) processes: Vec<Process>,
    /// For each container, the number of the processes that are like its own.
    classes: Vec<usize>,
    answers: OnceCell<Memo>,
    seats: Vec<Seat>,
    /// For each PID namespace, the containers in it.
    members: Vec<Vec<usize>>,
    /// Two ids that no container has.
    pub(super) fresh: FreshIds,
    /// For each PID namespace, what its containers reach itself or through others.
    pub(super) views: OnceCell<Vec<View>>,
}

/// What the containers of one PID namespace reach: by `from`, then by `to`.
pub(super) type View = Vec<Vec<Answers>>;

/// Where a container is: the number of its PID namespace, and its index among the members.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub(super) view: usize,
    pub(super) index: usize,
}

/// Containers of one class share their answers up to so many classes. The square of more takes more
/// than it saves: then each pair of one PID namespace has an answer of its own.
const MOST_CLASSES: usize = 256;

/// The answers that are known so far.
#[derive(Clone, Debug)]
enum Memo {
    /// By the classes of a pair.
    OfClasses { count: usize, cells: Vec<Cell<Option<Answers>>> },
    /// By the PID namespace of a pair, and the indices of both among its members.
    OfSeats(Vec<Vec<Cell<Option<Answers>>>>),
}

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
pub(super) enum Sight {
    /// They are in one PID namespace and can run at the same time.
    Sees,
    /// Each is in a PID namespace of its own.
    Apart,
    /// They never run at the same time.
    NeverTogether,
}

impl<'p, 'a> Matrix<'p, 'a> {
    pub(super) fn new(model: &Model, pod: &'p PodView<'a>) -> Self {
        let numbers = pod.process_views();
        let mut members = vec![Vec::new(); numbers.iter().max().map_or(0, |last| last + 1)];
        let mut seat = |(container, view): (usize, usize)| {
            let mut index = 0;
            if let Some(members) = members.get_mut(view) {
                index = members.len();
                members.push(container);
            }
            Seat { view, index }
        };
        let seats = numbers.into_iter().enumerate().map(&mut seat).collect();
        let processes = Process::all(model, pod);
        Self {
            pod,
            model: model.clone(),
            fresh: FreshIds::beyond(&processes),
            classes: classes(&processes),
            processes,
            answers: OnceCell::new(),
            seats,
            members,
            views: OnceCell::new(),
        }
    }

    /// The pod.
    pub fn pod(&self) -> &'p PodView<'a> {
        self.pod
    }

    /// What container `from` reaches of `to` itself.
    ///
    /// Of the node's processes, yes is what it reaches of every one of them, root with all
    /// capabilities included; anything else is possible, because the node may run a process of any
    /// ids. Without `hostPID` it is no.
    pub fn direct(&self, from: usize, to: Target) -> Answers {
        match to {
            Target::Container(to) => self.of_container(from, to),
            Target::Node => self.of_node(from),
        }
    }

    fn of_container(&self, from: usize, to: usize) -> Answers {
        let (Sight::Sees, Some(pair)) = (self.sight(from, to), self.pair(from, to)) else {
            return Answers::NO;
        };
        let Some(known) = self.known(from, to) else { return self.between(pair) };
        known.get().unwrap_or_else(|| {
            let answers = self.between(pair);
            known.set(Some(answers));
            answers
        })
    }

    fn of_node(&self, from: usize) -> Answers {
        let Some(from) = self.processes.get(from).filter(|_| self.pod.host_pid) else {
            return Answers::NO;
        };
        let all = Process::OF_NODE.iter().flat_map(|to| self.cases(ProcessPair { from, to }));
        let yes = all.map(|case| case.answers(self.model.rules).at_least(Answer::Yes));
        Answers::new(yes.fold(Aspects::ALL, Aspects::and), Aspects::ALL)
    }

    /// What of `to` is reached through others only, or is surer by that. Who reaches its memory
    /// needs nobody else for the rest of it.
    pub fn further(&self, from: usize, to: Target) -> Aspects {
        let (direct, transitive) = (self.direct(from, to), self.transitive(from, to));
        let more = [Answer::Yes, Answer::Possible].map(|sure| {
            let alone = direct.at_least(sure);
            if alone.has(Aspect::Memory) {
                Aspects::NONE
            } else {
                transitive.at_least(sure).without(alone)
            }
        });
        more.into_iter().fold(Aspects::NONE, Aspects::with)
    }

    /// Whether no container reaches anything of another one or of the node.
    pub fn is_empty(&self) -> bool {
        let reaches = |from| {
            let mut others = self.neighbours(from).map(Target::Container);
            others.any(|to| self.transitive(from, to).strongest() != Answer::No)
        };
        !self.pod.host_pid && !(0..self.processes.len()).any(reaches)
    }

    /// Every container, and the node where its processes are in view.
    pub fn targets(&self) -> impl Iterator<Item = Target> + use<> {
        let node = self.pod.host_pid.then_some(Target::Node);
        (0..self.processes.len()).map(Target::Container).chain(node)
    }

    /// The other containers in the PID namespace of `from`: the only ones it can reach.
    pub fn neighbours(&self, from: usize) -> impl Iterator<Item = usize> {
        let members = self.seats.get(from).and_then(|seat| self.members.get(seat.view));
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

    /// The numbers of two containers that answers, and remedies by what they are, depend on: pairs
    /// of equal numbers have equal ones, where both containers are of the same kinds.
    pub fn classes(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        self.classes.get(from).copied().zip(self.classes.get(to).copied())
    }

    /// The most capabilities that the process of a container can ever have.
    pub fn bounding(&self, container: usize, runtime: Runtime) -> CapabilitySet {
        let process = self.processes.get(container);
        process.map_or(CapabilitySet::EMPTY, |it| it.bounding(runtime))
    }

    /// Where the answer for a pair is kept.
    fn known(&self, from: usize, to: usize) -> Option<&Cell<Option<Answers>>> {
        match self.answers.get_or_init(|| self.memo()) {
            Memo::OfClasses { count, cells } => {
                let (from, to) = self.classes(from, to)?;
                cells.get(from * count + to)
            }
            Memo::OfSeats(views) => {
                let (from, to) = self.seats.get(from).zip(self.seats.get(to))?;
                let count = self.members.get(from.view)?.len();
                views.get(from.view)?.get(from.index * count + to.index)
            }
        }
    }

    fn memo(&self) -> Memo {
        let unknown = |count: usize| vec![Cell::new(None); count * count];
        let count = self.classes.iter().max().map_or(0, |last| last + 1);
        if count <= MOST_CLASSES {
            Memo::OfClasses { count, cells: unknown(count) }
        } else {
            // Most PID namespaces have one member, and no pair.
            let count = |members: &Vec<usize>| if members.len() < 2 { 0 } else { members.len() };
            Memo::OfSeats(self.members.iter().map(|members| unknown(count(members))).collect())
        }
    }

    pub(super) fn members(&self) -> &[Vec<usize>] {
        &self.members
    }

    pub(super) fn seat(&self, container: usize) -> Option<Seat> {
        self.seats.get(container).copied()
    }

    pub(super) fn pair(&self, from: usize, to: usize) -> Option<ProcessPair<'_>> {
        let (from, to) = self.processes.get(from).zip(self.processes.get(to))?;
        Some(ProcessPair { from, to })
    }

    pub(super) fn between(&self, pair: ProcessPair<'_>) -> Answers {
        // Yes in every case, no in every case, or possible.
        let of = |rules| {
            let cases = Case::each(pair, self.conditions(rules)).map(|case| case.answers(rules));
            cases.reduce(Answers::whichever).unwrap_or_default()
        };
        let answers = of(self.model.rules);
        if !pair.from.is_twin(pair.to) {
            return answers;
        }
        // A tag may be another image by the time the second container is started: never is more
        // than one image can promise.
        let apart = of(self.model.rules.except(Rule::SameImage));
        Answers::new(answers.at_least(Answer::Yes), apart.at_least(Answer::Possible))
    }

    pub(super) fn cases<'m>(&self, pair: ProcessPair<'m>) -> impl Iterator<Item = Case> + use<'m> {
        Case::each(pair, self.conditions(self.model.rules))
    }

    fn conditions(&self, rules: Rules) -> Conditions {
        let initial = self.pod.host_users != Some(false);
        Conditions { runtimes: self.model.runtimes, initial, rules }
    }

    pub(super) fn sight(&self, from: usize, to: usize) -> Sight {
        let seats = (self.seats.get(from), self.seats.get(to));
        let containers = (self.pod.containers.get(from), self.pod.containers.get(to));
        match (seats, containers) {
            ((Some(one), Some(two)), (Some(viewer), Some(seen))) => {
                match (viewer.runs_beside(seen), one.view == two.view) {
                    (false, _) => Sight::NeverTogether,
                    (true, true) => Sight::Sees,
                    (true, false) => Sight::Apart,
                }
            }
            _ => Sight::Apart,
        }
    }
}
