//! Rulings that are told in one line: those on what one container reaches of others.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::controls::Finding;
use crate::policy::{Mode, Ruling};

/// What is told together: control, mode, the container that reaches, and what becomes of it.
type Key<'r> = (&'static str, Mode, usize, Option<&'r str>, Option<&'r str>, bool);

/// The rulings of a list, those that one line tells together, in the order of the first of each.
pub fn joined<T>(items: &[T], ruling: impl Fn(&T) -> &Ruling) -> Vec<Vec<&T>> {
    let mut groups: Vec<Vec<&T>> = Vec::new();
    let mut known: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    for item in items {
        let Some(key) = key(ruling(item)) else {
            groups.push(vec![item]);
            continue;
        };
        let place = *known.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}

fn key(ruling: &Ruling) -> Option<Key<'_>> {
    let finding = &ruling.finding;
    let (from, _) = finding.container.as_ref().zip(finding.pair.as_ref())?;
    let (exempt, conditional) = (ruling.exempt.as_deref(), ruling.conditional.as_deref());
    Some((ruling.control().id, ruling.mode, from.place, exempt, conditional, ruling.is_repaired()))
}

/// What is told of a group: where, what is wrong, what to do, by whose policy.
pub(super) struct Told {
    pub(super) what: String,
    pub(super) remedy: String,
    /// A part of the remedy that is enough.
    pub(super) shorter: Option<&'static str>,
    pub(super) policies: Vec<Arc<str>>,
}

impl Told {
    /// The text of a group, which is not empty; one ruling is told as its finding tells it.
    pub(super) fn of(group: &[&Ruling]) -> Option<Self> {
        let first = group.first()?;
        let findings: Vec<&Finding> = group.iter().map(|ruling| &ruling.finding).collect();
        let (detail, remedy) = Finding::joined(&findings)
            .unwrap_or_else(|| (first.finding.detail.clone(), first.finding.remedy.clone()));
        let mut policies: Vec<_> = group.iter().flat_map(|one| &one.policies).cloned().collect();
        policies.sort();
        policies.dedup();
        let shorter = first.finding.pair.as_ref().map(|pair| pair.sharing);
        Some(Self { what: format!("{} {detail}", first.finding.path), remedy, shorter, policies })
    }
}
