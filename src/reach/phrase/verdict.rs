//! The words for what a pod comes to, before any detail.

use std::collections::BTreeMap;

use super::super::aspect::{Answer, Answers, Aspect, Aspects};
use super::super::cause::Cause;
use super::super::matrix::{Matrix, Target};
use super::super::remedy::Sharing;
use crate::pod::ContainerKind;
use crate::text;

/// What a pod comes to, each a line without an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who takes over whom, whatever the images are.
    pub certain: String,
    /// Who else may, and why that is open.
    pub open: String,
    /// The one change that ends all of it.
    pub end: &'static str,
}

/// A line says no more than this of who does what, and counts the rest.
const DEEDS: usize = 4;

/// It names no more containers at once than these.
const NAMES: usize = 6;

/// What a container does to another one, the worst first: who writes a process's memory runs code
/// as that process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    TakesOver,
    Reaches,
    MayTakeOver,
    MayReach,
}

impl Deed {
    fn of(answers: Answers) -> Option<Self> {
        let rest = answers.only(Aspects::BEYOND_VIEW).strongest();
        match (answers.of(Aspect::Memory), rest) {
            (Answer::Yes, _) => Some(Self::TakesOver),
            (Answer::Possible, _) => Some(Self::MayTakeOver),
            (Answer::No, Answer::Yes) => Some(Self::Reaches),
            (Answer::No, Answer::Possible) => Some(Self::MayReach),
            (Answer::No, Answer::No) => None,
        }
    }

    fn is_certain(self) -> bool {
        matches!(self, Self::TakesOver | Self::Reaches)
    }

    fn verb(self, many: bool) -> &'static str {
        match (self, many) {
            (Self::TakesOver, false) => "takes over",
            (Self::TakesOver, true) => "take over",
            (Self::Reaches, false) => "reaches part of",
            (Self::Reaches, true) => "reach part of",
            (Self::MayTakeOver, _) => "may take over",
            (Self::MayReach, _) => "may reach part of",
        }
    }
}

/// What is said in one clause: who does what to these, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Clause {
    deed: Deed,
    why: Why,
    to: Vec<Target>,
}

/// A cause, for the order of clauses, and its words.
type Why = (Cause, &'static str);

/// What is reached through others follows from what these reach.
const THROUGH_OTHERS: Why = (Cause::ImageDecides, "through others");

impl Matrix<'_, '_> {
    /// What a pod comes to; `None` where no container reaches another one or the node.
    pub fn verdict(&self) -> Option<Verdict> {
        if self.is_empty() {
            return None;
        }
        let all = self.clauses();
        let line = |certain: bool, nothing: &str| {
            let line: Vec<_> = all.iter().filter(|it| it.0.is_certain() == certain).collect();
            let rest = line.len().saturating_sub(DEEDS);
            let mut shown: Vec<_> = line.iter().take(DEEDS).map(|it| it.1.clone()).collect();
            if rest > 0 {
                shown.push(format!("and {rest} more like these"));
            }
            if shown.is_empty() { nothing.to_owned() } else { shown.join("; ") }
        };
        let nothing_more = "nothing else; what is left are command lines";
        Some(Verdict {
            certain: line(true, "no container takes over another one"),
            open: line(false, nothing_more),
            end: self.end(),
        })
    }

    /// Every clause, the worst first.
    fn clauses(&self) -> Vec<(Deed, String)> {
        let (mut by_members, mut clauses) = (BTreeMap::<Clause, Vec<usize>>::new(), Vec::new());
        for (from, clause) in self.deeds() {
            let mut members = clause.to.clone();
            members.push(Target::Container(from));
            members.sort();
            by_members.entry(Clause { to: members, ..clause }).or_default().push(from);
        }
        let mut by_target = BTreeMap::<Clause, Vec<usize>>::new();
        for (clause, doers) in by_members {
            if doers.len() == clause.to.len() && doers.len() > 1 {
                clauses.push((
                    clause.deed,
                    clause.why,
                    doers.clone(),
                    self.mutual(&clause, &doers),
                ));
                continue;
            }
            for from in doers {
                let to = clause.to.iter().copied().filter(|to| *to != Target::Container(from));
                let to = Clause { to: to.collect(), ..clause };
                by_target.entry(to).or_default().push(from);
            }
        }
        for (clause, doers) in by_target {
            clauses.push((clause.deed, clause.why, doers.clone(), self.one_way(&clause, &doers)));
        }
        clauses.sort();
        clauses.into_iter().map(|(deed, .., text)| (deed, text)).collect()
    }

    /// What each container does, to all those to whom it does it for the same reason.
    fn deeds(&self) -> Vec<(usize, Clause)> {
        let (mut deeds, mut whys) = (Vec::new(), BTreeMap::new());
        let node = self.pod.host_pid.then_some(Target::Node);
        for from in 0..self.processes.len() {
            let mut mine = BTreeMap::<(Deed, Why), Vec<Target>>::new();
            for to in self.neighbours(from).map(Target::Container).chain(node) {
                let Some(deed) = Deed::of(self.transitive(from, to)) else { continue };
                let alone = Deed::of(self.direct(from, to)) == Some(deed);
                let kinds = match to {
                    Target::Container(to) => self.classes(from, to),
                    Target::Node => None,
                };
                let why = || self.why(from, to);
                let why = match (alone, kinds) {
                    (false, _) => THROUGH_OTHERS,
                    (true, Some(kinds)) => *whys.entry(kinds).or_insert_with(why),
                    (true, None) => why(),
                };
                mine.entry((deed, why)).or_default().push(to);
            }
            let clause = |((deed, why), to)| (from, Clause { deed, why, to });
            deeds.extend(mine.into_iter().map(clause));
        }
        deeds
    }

    fn why(&self, from: usize, to: Target) -> Why {
        let reached = self.direct(from, to).at_least(Answer::Possible).and(Aspects::BEYOND_VIEW);
        let cause = self.main_cause(from, to, reached);
        (cause, self.brief(cause, from, to))
    }

    fn mutual(&self, clause: &Clause, doers: &[usize]) -> String {
        let verb = clause.deed.verb(true);
        format!("{} {verb} each other ({})", self.names_of(doers), clause.why.1)
    }

    fn one_way(&self, clause: &Clause, doers: &[usize]) -> String {
        let (mut to, mut node) = (Vec::new(), None);
        for target in &clause.to {
            match target {
                Target::Container(container) => to.push(*container),
                Target::Node => node = Some("the node's processes".to_owned()),
            }
        }
        let containers = (!to.is_empty()).then(|| self.names_of(&to));
        let to: Vec<_> = containers.into_iter().chain(node).collect();
        let verb = clause.deed.verb(doers.len() > 1);
        format!("{} {verb} {} ({})", self.names_of(doers), to.join(" and "), clause.why.1)
    }

    fn names_of(&self, containers: &[usize]) -> String {
        let names = containers.iter().map(|it| self.name(*it).unwrap_or_default());
        text::listed(names, NAMES)
    }

    /// What ends the common view of all processes at once.
    fn end(&self) -> &'static str {
        let of_target = || {
            let joins = |(_, it): &(usize, &crate::pod::Container<'_>)| {
                it.kind == ContainerKind::Ephemeral && it.target.is_some()
            };
            let mut all = self.pod.containers.iter().enumerate();
            all.find(joins).map(|(index, _)| Sharing::Target(index))
        };
        Sharing::advice(match (self.pod.host_pid, self.pod.share_process_namespace) {
            (true, _) => Some(Sharing::Node),
            (false, Some(true)) => Some(Sharing::Pod),
            (false, Some(false) | None) => of_target(),
        })
    }
}
