//! What every picture of a pod shows: which containers, and how bad a pair is.

use super::{Subject, words};
use crate::reach::{Answer, Answers, Aspect, Aspects};

/// More containers make no picture that anybody can read.
pub(super) const LARGEST: usize = 64;

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
        let rest = answers.only(words::beyond_view()).strongest();
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

    /// What says it without colour.
    pub(super) fn sign(self) -> char {
        match self {
            Self::Nothing => ' ',
            Self::Sees => '·',
            Self::MayReach => '◇',
            Self::Reaches => '◆',
            Self::MayTakeOver => '○',
            Self::TakesOver => '●',
        }
    }
}

/// One cell: a container, and a container or the node.
pub(super) struct Cell {
    pub(super) answers: Answers,
    pub(super) grade: Grade,
    /// Reached by way of others only, or surer by that.
    pub(super) further: Aspects,
}

impl Cell {
    /// Nothing is reached.
    pub(super) fn empty() -> Self {
        Self { answers: Answers::NO, grade: Grade::Nothing, further: Aspects::NONE }
    }
}

/// The containers that are in the picture.
pub(super) struct Picture {
    /// Those that reach another one or are reached.
    pub(super) places: Vec<usize>,
    /// The others.
    pub(super) apart: Vec<usize>,
}

impl Picture {
    pub(super) fn of(subject: &Subject<'_, '_>) -> Self {
        let meets = |place: &usize| {
            subject.pod.host_pid
                || subject.reach().neighbours(*place).any(|other| {
                    let both = subject.at_last(*place, other).or(subject.at_last(other, *place));
                    both.strongest() != Answer::No
                })
        };
        let (places, apart) = (0..subject.size()).partition(meets);
        Self { places, apart }
    }

    /// Why there is no matrix; `None` where there is one.
    pub(super) fn without(&self) -> Option<String> {
        match self.places.len() {
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
            _ if self.places.is_empty() => None,
            [] => None,
            [one] => Some(format!(
                "{} reaches no other container, and no other reaches it",
                subject.container(*one)
            )),
            few @ ([_, _] | [_, _, _] | [_, _, _, _]) => {
                let names: Vec<_> = few.iter().map(|place| subject.container(*place)).collect();
                Some(format!("{} reach {rest}", names.join(", ")))
            }
            many => Some(format!("{} more containers reach {rest}", many.len())),
        }
    }
}

/// A pair in the picture.
pub(super) fn cell(subject: &Subject<'_, '_>, from: usize, to: usize) -> Cell {
    Cell {
        answers: subject.reach().answers(from, to),
        grade: Grade::of(subject.at_last(from, to)),
        further: subject.further(from, to),
    }
}

/// A container and the node; `None` without `hostPID`.
pub(super) fn node(subject: &Subject<'_, '_>, from: usize) -> Option<Cell> {
    let answers = subject.reach().node(from)?;
    Some(Cell { answers, grade: Grade::of(answers), further: Aspects::NONE })
}

/// A cell in words.
pub(super) fn told(from: &str, to: &str, cell: &Cell) -> String {
    let each =
        Aspect::ALL.map(|it| format!("{} {}", words::aspect(it), cell.answers.of(it).as_str()));
    let more = if cell.further.is_empty() {
        String::new()
    } else {
        format!("; by way of others more of: {}", cell.further)
    };
    format!("{from} to {to}: {}: {}{more}", cell.grade.words(), each.join(", "))
}
