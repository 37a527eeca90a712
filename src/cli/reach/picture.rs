//! What every picture of a pod shows: which containers, and how bad a pair is.

use super::Subject;
use crate::reach::{Answer, Answers, Aspect, Aspects, Target};

/// More containers make no picture that anybody can read.
pub(super) const LARGEST: usize = 64;

/// The names of columns are cut here; their whole is in the title of each cell.
pub(super) const NAME: usize = 28;

/// What a pair comes to: whoever writes a process's memory runs code as that process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    Nothing,
    Sees,
    MayReach,
    Reaches,
    MayTakeOver,
    TakesOver,
}

impl Grade {
    /// Every one that is explained, the worst first.
    pub(super) const SHOWN: [Self; 5] =
        [Self::TakesOver, Self::MayTakeOver, Self::Reaches, Self::MayReach, Self::Sees];

    /// Of the answers for a pair.
    pub(super) fn of(answers: Answers) -> Self {
        let rest = answers.only(Aspects::BEYOND_VIEW).strongest();
        match (answers.of(Aspect::Memory), rest, answers.strongest()) {
            (Answer::Yes, ..) => Self::TakesOver,
            (Answer::Possible, ..) => Self::MayTakeOver,
            (_, Answer::Yes, _) => Self::Reaches,
            (_, Answer::Possible, _) => Self::MayReach,
            (.., Answer::Yes | Answer::Possible) => Self::Sees,
            (.., Answer::No) => Self::Nothing,
        }
    }

    /// The name of its class in styles.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Sees => "sees",
            Self::MayReach => "mayreach",
            Self::Reaches => "reaches",
            Self::MayTakeOver => "maytake",
            Self::TakesOver => "takes",
        }
    }

    /// What it means.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Sees => "sees the command line only (C)",
            Self::MayReach => "may reach something, not memory (e, f, d, s)",
            Self::Reaches => "reaches something, not memory (E, F, D, S)",
            Self::MayTakeOver => "may take over: memory possible (m)",
            Self::TakesOver => "takes over: memory (M)",
        }
    }

    /// The letter that says it without colour.
    pub(super) fn letter(self) -> char {
        match self {
            Self::Nothing => ' ',
            Self::Sees => 'C',
            Self::MayReach => 's',
            Self::Reaches => 'S',
            Self::MayTakeOver => 'm',
            Self::TakesOver => 'M',
        }
    }

    /// In a few words, for a list of pods.
    pub(super) fn short(self) -> &'static str {
        match self {
            Self::Nothing => "nothing is reached",
            Self::Sees => "sees command lines",
            Self::MayReach => "may reach something",
            Self::Reaches => "reaches something",
            Self::MayTakeOver => "may take over",
            Self::TakesOver => "takes over",
        }
    }
}

/// One cell: what a container reaches of a target.
pub(super) struct Cell {
    /// Itself or through others: letters, colour and words are all of these.
    pub(super) answers: Answers,
    pub(super) grade: Grade,
    /// Reached through others only, or surer by that.
    pub(super) further: Aspects,
}

/// The containers that are in the picture.
pub(super) struct Picture {
    /// Those that reach another one or are reached.
    pub(super) containers: Vec<usize>,
    /// The others.
    pub(super) apart: Vec<usize>,
}

impl Picture {
    pub(super) fn of(subject: &Subject<'_, '_>) -> Self {
        let matrix = &subject.matrix;
        let reaches =
            |from, to| matrix.transitive(from, Target::Container(to)).strongest() != Answer::No;
        let meets = |one: &usize| {
            let mut others = matrix.neighbours(*one);
            subject.pod.host_pid || others.any(|other| reaches(*one, other) || reaches(other, *one))
        };
        let (containers, apart) = (0..subject.size()).partition(meets);
        Self { containers, apart }
    }

    /// Where its rows lead to.
    pub(super) fn columns(&self, subject: &Subject<'_, '_>) -> impl Iterator<Item = Target> {
        let node = subject.pod.host_pid.then_some(Target::Node);
        self.containers.iter().copied().map(Target::Container).chain(node)
    }

    /// Why there is no matrix; `None` where there is one.
    pub(super) fn without(&self) -> Option<String> {
        match self.containers.len() {
            0 => Some("no container reaches another one".to_owned()),
            1..=LARGEST => None,
            many => Some(format!(
                "{many} containers that reach each other are more than the {LARGEST} that make a readable matrix; --output json has every pair"
            )),
        }
    }

    /// The containers that are left out, in a few words.
    pub(super) fn left_out(&self, subject: &Subject<'_, '_>) -> Option<String> {
        let rest = "no other container, and no other reaches them";
        match self.apart.as_slice() {
            _ if self.containers.is_empty() => None,
            [] => None,
            [one] => Some(format!(
                "{} reaches no other container, and no other reaches it",
                subject.container(*one)
            )),
            few @ ([_, _] | [_, _, _] | [_, _, _, _]) => {
                let names: Vec<_> = few.iter().map(|index| subject.container(*index)).collect();
                Some(format!("{} reach {rest}", names.join(", ")))
            }
            many => Some(format!("{} more containers reach {rest}", many.len())),
        }
    }
}

/// A pair in the picture.
pub(super) fn cell(subject: &Subject<'_, '_>, from: usize, to: Target) -> Cell {
    let answers = subject.matrix.transitive(from, to);
    Cell { answers, grade: Grade::of(answers), further: subject.matrix.further(from, to) }
}

/// A target, as a title names it.
pub(super) fn name<'s>(subject: &'s Subject<'_, '_>, target: Target) -> &'s str {
    match target {
        Target::Container(index) => subject.container(index),
        Target::Node => "the node",
    }
}

/// A cell in words.
pub(super) fn title(subject: &Subject<'_, '_>, from: usize, to: Target, cell: &Cell) -> String {
    let (from, to) = (subject.container(from), name(subject, to));
    let each = Aspect::ALL.map(|it| format!("{} {}", it.phrase(), cell.answers.of(it).as_str()));
    let more = if cell.further.is_empty() {
        String::new()
    } else {
        let each: Vec<_> = cell.further.iter().map(Aspect::phrase).collect();
        format!("; through another container: {}", each.join(", "))
    };
    format!("{from} to {to}: {}: {}{more}", cell.grade.words(), each.join(", "))
}
