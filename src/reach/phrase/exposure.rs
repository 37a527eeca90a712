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
    /// Whether the name is one of many processes.
    many: bool,
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
        self.exposed(to, answers, self.brief(cause, from, to))
    }

    /// That this of a target is reached through other containers.
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
            many: to == Target::Node,
            answers,
            why,
            secrets: secrets.unwrap_or_default(),
        }
    }
}

impl Exposure<'_> {
    /// What one container reaches of others, the like ones together, and how many more there are:
    /// `may read the environment (3 variables from secrets) and files of app, db (it is privileged)`.
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
    let many = group.len() > 1 || first.many;
    let signal = Aspects::one(Aspect::Signal);
    let (yes, open) = (first.answers.at_least(Answer::Yes), first.aspects());
    let reads = [("reads", yes), ("may read", open.without(yes))];
    let reads = reads.map(|(verb, aspects)| (verb, objects(group, aspects.without(signal))));
    let mut clauses: Vec<String> = Vec::new();
    for (verb, objects) in reads.iter().filter(|(_, objects)| !objects.is_empty()) {
        clauses.push(match (clauses.is_empty(), many) {
            (true, false) => format!("{verb} {names}'s {objects}"),
            (true, true) => format!("{verb} the {objects} of {names}"),
            (false, false) => format!("{verb} its {objects}"),
            (false, true) => format!("{verb} their {objects}"),
        });
    }
    if open.meets(signal) {
        let verb = if yes.meets(signal) { "signals" } else { "may signal" };
        let whom = match (clauses.is_empty(), many) {
            (true, _) => names.as_str(),
            (false, false) => "it",
            (false, true) => "them",
        };
        clauses.push(format!("{verb} {whom}"));
    }
    // The clauses hold lists themselves.
    let what = match clauses.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{}, and {last}", first.join(", ")),
        _ => clauses.concat(),
    };
    format!("{what} ({})", first.why)
}

/// What is read: `environment (1 variable from secrets), files and memory`.
fn objects(group: &[&Exposure<'_>], aspects: Aspects) -> String {
    let each = aspects.iter().map(|aspect| match aspect {
        Aspect::Environ => environment(group),
        Aspect::Cmdline
        | Aspect::Filesystem
        | Aspect::Memory
        | Aspect::Descriptors
        | Aspect::Signal => Cow::Borrowed(aspect.phrase()),
    });
    text::series(&each.collect::<Vec<_>>())
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
            ("a", &[][..], &[Aspect::Environ, Aspect::Memory][..], "it is privileged"),
            ("b", &[], &[Aspect::Environ, Aspect::Memory], "it is privileged"),
            ("c", &[Aspect::Memory], &[Aspect::Environ, Aspect::Signal], "it has KILL"),
            ("d", &[Aspect::Signal], &[], "it has KILL"),
            ("e", &[], &[Aspect::Filesystem, Aspect::Memory, Aspect::Descriptors], "hostPID"),
        ];
        let all = all.map(|(name, yes, open, why)| {
            let set = |aspects: &[Aspect]| aspects.iter().copied().collect::<Aspects>();
            let answers = Answers::new(set(yes), set(open));
            Exposure { name, many: false, answers, why, secrets }
        });
        assert_eq!(
            Exposure::clauses(&all, 3),
            "may read the environment (2 variables from secrets, 4 whole secrets) and memory of \
             a, b (it is privileged); reads c's memory, may read its environment (1 variable from \
             secrets, 2 whole secrets), and may signal it (it has KILL); signals d (it has KILL); \
             may read e's files, memory and open files (hostPID); and 3 more"
        );
        assert_eq!(Exposure::clauses(&[], 0), "");
    }

    #[test]
    fn many_processes_are_they() {
        let all = |answers| Exposure {
            name: "the node's processes",
            many: true,
            answers,
            why: "hostPID",
            secrets: Secrets::default(),
        };
        let signal = Aspects::one(Aspect::Signal);
        let answers = Answers::new(signal, Aspects::one(Aspect::Memory));
        assert_eq!(
            Exposure::clauses(&[all(answers)], 0),
            "may read the memory of the node's processes, and signals them (hostPID)"
        );
    }
}
