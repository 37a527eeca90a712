//! Findings on pairs of containers: what one reaches of another, in words.

use super::ContainerRef;
use crate::pod::Secrets;
use crate::reach::{Answer, Answers, Aspect, Aspects, Cause};

/// The second container of a finding on a pair, and what the first reaches of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The container that is reached.
    pub to: ContainerRef,
    /// What is reached, of the aspects that count.
    pub answers: Answers,
    /// Whether a chain by way of other containers leads there, and nothing shorter.
    pub through_others: bool,
    /// The rule that says most about why.
    pub cause: Cause,
    /// What of Secrets is in the environment of `to`.
    pub secrets: Secrets,
    /// What ends it for every pair of this kind: an imperative clause.
    pub sharing: &'static str,
}

impl Pair {
    /// The aspects that are reached, for certain or possibly.
    pub fn aspects(&self) -> Aspects {
        self.answers.at_least(Answer::Possible)
    }

    /// What one container reaches of others, the like ones together.
    pub fn told(pairs: &[&Self]) -> String {
        let groups: Vec<_> = alike(pairs).iter().map(|group| phrase(group)).collect();
        groups.join("; ")
    }

    /// Whether the environment with values from Secrets is among them.
    fn shows_secrets(&self) -> bool {
        self.aspects().has(Aspect::Environ)
    }
}

/// What container `from` reaches of the others: a clause that follows the path of `from`.
pub(super) fn detail(from: &str, pairs: &[&Pair]) -> String {
    format!("({from}) {}", Pair::told(pairs))
}

fn alike<'p>(pairs: &[&'p Pair]) -> Vec<Vec<&'p Pair>> {
    let mut groups: Vec<Vec<&Pair>> = Vec::new();
    let like = |one: &Pair, other: &Pair| {
        one.answers == other.answers
            && one.cause == other.cause
            && one.through_others == other.through_others
    };
    for pair in pairs {
        match groups.iter_mut().find(|group| group.first().is_some_and(|it| like(it, pair))) {
            Some(group) => group.push(pair),
            None => groups.push(vec![pair]),
        }
    }
    groups
}

/// `may read environment (3 variables from secrets), files of app, db (the image decides the ids)`.
fn phrase(group: &[&Pair]) -> String {
    let Some(first) = group.first() else { return String::new() };
    let names: Vec<_> = group.iter().map(|pair| pair.to.name.as_str()).collect();
    let names = names.join(", ");
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
    let why = if first.through_others { "through others" } else { first.cause.brief() };
    format!("{what} ({why})")
}

fn word(aspect: Aspect, group: &[&Pair]) -> String {
    match aspect {
        Aspect::Environ => {
            let shown = group.iter().filter(|pair| pair.shows_secrets());
            let (variables, whole) = shown.fold((0, 0), |(variables, whole), pair| {
                (variables + pair.secrets.variables, whole + pair.secrets.whole)
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
