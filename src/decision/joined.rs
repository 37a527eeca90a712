//! Rulings that share one line: those on what one container reaches of others.

use std::collections::BTreeMap;

use crate::controls::{Finding, Scene, Words};
use crate::policy::{Mode, Names, Ruling};

/// What shares a line: control, mode, the container that reaches, and what becomes of it.
type Key<'r> = (&'static str, Mode, usize, Option<&'r str>, Option<&'r str>, bool);

/// The rulings of a list, those that share a line together, in the order of the first of each.
pub fn joined<T>(items: &[T], ruling: impl Fn(&T) -> &Ruling) -> Vec<Vec<&T>> {
    let mut groups: Vec<Vec<&T>> = Vec::new();
    let mut known: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    let mut last = None;
    for item in items {
        let Some(key) = key(ruling(item)) else {
            groups.push(vec![item]);
            continue;
        };
        // Most follow another one of their line.
        let place = match last {
            Some((other, place)) if other == key => place,
            Some(_) | None => *known.entry(key).or_insert(groups.len()),
        };
        last = Some((key, place));
        match groups.get_mut(place) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}

fn key(ruling: &Ruling) -> Option<Key<'_>> {
    let pair = ruling.finding.subject.pair()?;
    let (exempt, conditional) = (ruling.exempt.as_deref(), ruling.conditional.as_deref());
    Some((ruling.control().id, ruling.mode, pair.from, exempt, conditional, ruling.is_repaired()))
}

/// The words for a group, which is not empty, and the policies that it is by.
pub(super) fn words(scene: &Scene<'_, '_>, group: &[&Ruling]) -> (Words, Names) {
    let findings: Vec<&Finding> = group.iter().map(|ruling| &ruling.finding).collect();
    let policies = Names::all(group.iter().map(|ruling| &ruling.policies));
    (Finding::joined(scene, &findings), policies)
}
