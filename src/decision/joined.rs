//! Rulings that share one line: those on what one container reaches of others.

use std::collections::BTreeMap;

use crate::controls::{Finding, Scene, SubjectKey, Words};
use crate::policy::{Key, Mode, Names, Ruling};

/// What rulings on pairs have in common that share a line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct LineKey<'r> {
    control: usize,
    mode: Mode,
    /// The container that reaches.
    from: usize,
    exempt: Option<&'r str>,
    conditional: Option<&'r str>,
    is_repaired: bool,
}

/// The rulings of a list, those that share a line together, in the order of the first of each.
pub fn joined<T>(items: &[T], ruling: impl Fn(&T) -> &Ruling) -> Vec<Vec<&T>> {
    let mut groups: Vec<Vec<&T>> = Vec::new();
    let mut known: BTreeMap<LineKey<'_>, usize> = BTreeMap::new();
    let mut last = None;
    for item in items {
        let Some(key) = line_key(ruling(item)) else {
            groups.push(vec![item]);
            continue;
        };
        // Most follow another one of their line.
        let index = match last {
            Some((other, index)) if other == key => index,
            Some(_) | None => *known.entry(key).or_insert(groups.len()),
        };
        last = Some((key, index));
        match groups.get_mut(index) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}

/// `None` for what has a line of its own.
fn line_key(ruling: &Ruling) -> Option<LineKey<'_>> {
    let Key { control, subject } = ruling.key();
    let SubjectKey::Pair { from, .. } = subject else { return None };
    Some(LineKey {
        control,
        mode: ruling.mode,
        from,
        exempt: ruling.exempt.as_deref(),
        conditional: ruling.conditional.as_deref(),
        is_repaired: ruling.is_repaired(),
    })
}

/// The words for a group, which is not empty, and the policies that it is by.
pub(super) fn words(scene: &Scene<'_, '_>, group: &[&Ruling]) -> (Words, Names) {
    let findings: Vec<&Finding> = group.iter().map(|ruling| &ruling.finding).collect();
    let policies = Names::all(group.iter().map(|ruling| &ruling.policies));
    (Finding::joined(scene, &findings), policies)
}
