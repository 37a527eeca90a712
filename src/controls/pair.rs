//! Findings on pairs of containers.

use crate::reach::{Answer, Answers, Aspects};

/// An ordered pair of containers, by their indices, and what the first reaches of the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The container that reaches.
    pub from: usize,
    /// The container that is reached.
    pub to: usize,
    /// What is reached, of the aspects that count.
    pub answers: Answers,
    /// Whether ways through other containers count, and one is needed.
    pub chain: Chain,
}

/// What ways through other containers have to do with a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chain {
    /// They do not count.
    Ignored,
    /// They count, and there is a direct way.
    Counted,
    /// Only such a way leads there.
    Needed,
}

impl Pair {
    /// The aspects that are reached, for certain or possibly.
    pub fn aspects(&self) -> Aspects {
        self.answers.at_least(Answer::Possible)
    }
}
