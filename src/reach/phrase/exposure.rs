//! The words for what is reached of a target.

use std::borrow::Cow;

use super::super::aspect::{Answer, Answers, Aspect, Aspects};
use super::super::matrix::{Matrix, Target};
use crate::pod::Secrets;
use crate::text;

/// What of one target is reached, and what belongs into a sentence on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure<'p> {
    /// The name of the target.
    name: &'p str,
    answers: Answers,
    /// By which rule, in a few words.
    why: &'static str,
    /// What of Secrets is in its environment.
    secrets: Secrets,
}

impl<'p> Matrix<'p, '_> {
    /// That a container reaches this of a target, and by which rule.
    pub fn exposure(&self, from: usize, to: Target, answers: Answers) -> Exposure<'p> {
        let cause = self.main_cause(from, to, answers.at_least(Answer::Possible));
        self.exposed(to, answers, cause.brief())
    }

    /// That this of a target is reached by way of others.
    pub fn exposure_through_others(&self, to: Target, answers: Answers) -> Exposure<'p> {
        self.exposed(to, answers, "through others")
    }

    fn exposed(&self, to: Target, answers: Answers, why: &'static str) -> Exposure<'p> {
        let (name, secrets) = match to {
            Target::Container(to) => {
                let container = self.pod.containers.get(to);
                (self.name(to), container.map(|it| it.secrets))
            }
            Target::Node => (Some("the node's processes"), None),
        };
        Exposure {
            name: name.unwrap_or_default(),
            answers,
            why,
            secrets: secrets.unwrap_or_default(),
        }
    }
}

impl Exposure<'_> {
    /// What one container reaches of others, the like ones together, and how many more there are:
    /// `may read environment (3 variables from secrets), files of app, db (the image decides the ids)`.
    pub fn clauses(all: &[Self], more: usize) -> String {
        let mut clauses: Vec<_> = alike(all).iter().map(|group| clause(group)).collect();
        if more > 0 {
            clauses.push(format!("and {more} more"));
        }
        clauses.join("; ")
    }

    fn aspects(&self) -> Aspects {
        self.answers.at_least(Answer::Possible)
    }
}

fn alike<'r, 'p>(all: &'r [Exposure<'p>]) -> Vec<Vec<&'r Exposure<'p>>> {
    let mut groups: Vec<Vec<&Exposure<'_>>> = Vec::new();
    let like = |one: &Exposure<'_>, other: &Exposure<'_>| {
        one.answers == other.answers && one.why == other.why
    };
    for exposure in all {
        match groups.iter_mut().find(|group| group.first().is_some_and(|it| like(it, exposure))) {
            Some(group) => group.push(exposure),
            None => groups.push(vec![exposure]),
        }
    }
    groups
}

fn clause(group: &[&Exposure<'_>]) -> String {
    let Some(first) = group.first() else { return String::new() };
    let names = text::listed(group.iter().map(|it| it.name), usize::MAX);
    let (yes, open) = (first.answers.at_least(Answer::Yes), first.aspects());
    let signal = Aspects::one(Aspect::Signal);
    let objects = |aspects: Aspects| {
        let each = aspects.without(signal).iter().map(|aspect| match aspect {
            Aspect::Environ => environment(group),
            Aspect::Cmdline
            | Aspect::Filesystem
            | Aspect::Memory
            | Aspect::Descriptors
            | Aspect::Signal => Cow::Borrowed(aspect.phrase()),
        });
        each.collect::<Vec<_>>().join(", ")
    };
    let mut reads = Vec::new();
    for (verb, aspects) in [("reads", yes), ("may read", open.without(yes))] {
        if !aspects.without(signal).is_empty() {
            reads.push(format!("{verb} {}", objects(aspects)));
        }
    }
    let reads = reads.join(" and ");
    let verb = if yes.meets(signal) { "signals" } else { "may signal" };
    let what = match (reads.is_empty(), open.meets(signal)) {
        (true, _) => format!("{verb} {names}"),
        (false, false) => format!("{reads} of {names}"),
        (false, true) => format!("{reads} of and {verb} {names}"),
    };
    format!("{what} ({})", first.why)
}

/// The environments of containers, with what of Secrets is in those that are reached.
fn environment(group: &[&Exposure<'_>]) -> Cow<'static, str> {
    let shown = group.iter().filter(|it| it.aspects().has(Aspect::Environ));
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
    let environment = Aspect::Environ.phrase();
    if counts.is_empty() {
        Cow::Borrowed(environment)
    } else {
        Cow::Owned(format!("{environment} ({})", counts.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_name_like_targets_together() {
        let secrets = Secrets { variables: 1, whole: 2 };
        let all = [
            ("a", &[][..], &[Aspect::Environ, Aspect::Memory][..], "equal ids"),
            ("b", &[], &[Aspect::Environ, Aspect::Memory], "equal ids"),
            ("c", &[Aspect::Memory], &[Aspect::Signal], "by KILL"),
            ("d", &[Aspect::Signal], &[], "by KILL"),
        ];
        let all = all.map(|(name, yes, open, why)| {
            let set = |aspects: &[Aspect]| aspects.iter().copied().collect::<Aspects>();
            Exposure { name, answers: Answers::new(set(yes), set(open)), why, secrets }
        });
        assert_eq!(
            Exposure::clauses(&all, 3),
            "may read environment (2 variables from secrets, 4 whole secrets), memory of a, b \
             (equal ids); reads memory of and may signal c (by KILL); signals d (by KILL); \
             and 3 more"
        );
        assert_eq!(Exposure::clauses(&[], 0), "");
    }
}
