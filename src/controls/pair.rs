//! Findings on pairs of containers: what one reaches of another, in words.

use crate::pod::Secrets;
use crate::reach::{Answer, Answers, Aspect, Aspects};
use crate::text;

/// An ordered pair of containers, by their places, and what the first reaches of the second.
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

/// Something that is reached, as it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached<'n> {
    /// Its name.
    pub name: &'n str,
    /// What is reached of it.
    pub answers: Answers,
    /// By which rule, in a few words.
    pub why: &'static str,
    /// What of Secrets is in its environment.
    pub secrets: Secrets,
}

impl Reached<'_> {
    /// What one container reaches of others, the like ones together, and how many more there are.
    pub fn told(all: &[Self], more: usize) -> String {
        let mut phrases: Vec<_> = alike(all).iter().map(|group| phrase(group)).collect();
        if more > 0 {
            phrases.push(format!("and {more} more"));
        }
        phrases.join("; ")
    }

    fn aspects(&self) -> Aspects {
        self.answers.at_least(Answer::Possible)
    }

    /// Whether the environment with values from Secrets is among them.
    fn shows_secrets(&self) -> bool {
        self.aspects().has(Aspect::Environ)
    }
}

fn alike<'r, 'n>(all: &'r [Reached<'n>]) -> Vec<Vec<&'r Reached<'n>>> {
    let mut groups: Vec<Vec<&Reached<'_>>> = Vec::new();
    let like = |one: &Reached<'_>, other: &Reached<'_>| {
        one.answers == other.answers && one.why == other.why
    };
    for reached in all {
        match groups.iter_mut().find(|group| group.first().is_some_and(|it| like(it, reached))) {
            Some(group) => group.push(reached),
            None => groups.push(vec![reached]),
        }
    }
    groups
}

/// `may read environment (3 variables from secrets), files of app, db (the image decides the ids)`.
fn phrase(group: &[&Reached<'_>]) -> String {
    let Some(first) = group.first() else { return String::new() };
    let names = text::listed(group.iter().map(|it| it.name), usize::MAX);
    let (yes, open) = (first.answers.at_least(Answer::Yes), first.aspects());
    let signal = Aspects::one(Aspect::Signal);
    let words = |aspects: Aspects| {
        let words: Vec<_> =
            aspects.without(signal).iter().map(|aspect| word(aspect, group)).collect();
        words.join(", ")
    };
    let mut clauses = Vec::new();
    for (verb, aspects) in [("reads", yes), ("may read", open.without(yes))] {
        if !aspects.without(signal).is_empty() {
            clauses.push(format!("{verb} {}", words(aspects)));
        }
    }
    let reads = clauses.join(" and ");
    let verb = if yes.meets(signal) { "signals" } else { "may signal" };
    let what = match (reads.is_empty(), open.meets(signal)) {
        (true, _) => format!("{verb} {names}"),
        (false, false) => format!("{reads} of {names}"),
        (false, true) => format!("{reads} of and {verb} {names}"),
    };
    format!("{what} ({})", first.why)
}

fn word(aspect: Aspect, group: &[&Reached<'_>]) -> String {
    match aspect {
        Aspect::Environ => {
            let shown = group.iter().filter(|it| it.shows_secrets());
            let (variables, whole) = shown.fold((0, 0), |(variables, whole), it| {
                (variables + it.secrets.variables, whole + it.secrets.whole)
            });
            let count = |number: usize, one: &str, many: &str| {
                (number > 0).then(|| format!("{number} {}", if number == 1 { one } else { many }))
            };
            let counts = [
                count(variables, "variable from secrets", "variables from secrets"),
                count(whole, "whole secret", "whole secrets"),
            ];
            let counts: Vec<_> = counts.into_iter().flatten().collect();
            if counts.is_empty() {
                "environment".to_owned()
            } else {
                format!("environment ({})", counts.join(", "))
            }
        }
        Aspect::Filesystem => "files".to_owned(),
        Aspect::Cmdline => "command line".to_owned(),
        Aspect::Memory | Aspect::Descriptors | Aspect::Signal => aspect.as_str().to_owned(),
    }
}
