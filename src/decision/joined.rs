//! Rulings that share one line: those of one control with one remedy.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::controls::{Finding, NAMES, Scene, SubjectKey, Words};
use crate::policy::{Key, Mode, Names, Ruling};

/// What rulings have in common that share a line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct LineKey<'r> {
    control: usize,
    mode: Mode,
    exempt: Option<&'r str>,
    conditional: Option<&'r str>,
    is_repaired: bool,
    remedy: Cow<'static, str>,
}

/// The rulings of a list, those that share a line together, in the order of the first of each.
pub fn joined<'i, T>(
    scene: &Scene<'_, '_>,
    items: &'i [T],
    ruling: impl Fn(&T) -> &Ruling,
) -> Vec<Vec<&'i T>> {
    let mut groups: Vec<Vec<&T>> = Vec::new();
    let mut known: BTreeMap<LineKey<'_>, usize> = BTreeMap::new();
    for part in of_one_container(items, &ruling) {
        let Some(first) = part.first().map(|item| ruling(item)) else { continue };
        if first.key().subject == SubjectKey::Pod {
            groups.push(part);
            continue;
        }
        let findings: Vec<&Finding> = part.iter().map(|item| &ruling(item).finding).collect();
        let key = LineKey {
            control: first.key().control,
            mode: first.mode,
            exempt: first.exempt.as_deref(),
            conditional: first.conditional.as_deref(),
            is_repaired: first.is_repaired(),
            remedy: (first.control().remedy)(scene, &findings),
        };
        let index = *known.entry(key).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.extend(part),
            None => groups.push(part),
        }
    }
    groups
}

/// What rulings on pairs have in common that are about what one container reaches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct FromKey<'r> {
    control: usize,
    mode: Mode,
    from: usize,
    exempt: Option<&'r str>,
    conditional: Option<&'r str>,
    is_repaired: bool,
}

/// The rulings one by one, but all pairs of one container that reaches as one.
fn of_one_container<T>(items: &[T], ruling: impl Fn(&T) -> &Ruling) -> Vec<Vec<&T>> {
    let mut groups: Vec<Vec<&T>> = Vec::new();
    let mut known: BTreeMap<FromKey<'_>, usize> = BTreeMap::new();
    let mut last = None;
    for item in items {
        let Some(key) = from_key(ruling(item)) else {
            groups.push(vec![item]);
            continue;
        };
        // Most follow another one of their container.
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

/// `None` for what is not about a pair.
fn from_key(ruling: &Ruling) -> Option<FromKey<'_>> {
    let Key { control, subject } = ruling.key();
    let SubjectKey::Pair { from, .. } = subject else { return None };
    Some(FromKey {
        control,
        mode: ruling.mode,
        from,
        exempt: ruling.exempt.as_deref(),
        conditional: ruling.conditional.as_deref(),
        is_repaired: ruling.is_repaired(),
    })
}

/// The words for a group, which is not empty, with at most so many names of containers.
pub(super) fn words(scene: &Scene<'_, '_>, group: &[&Ruling], names: usize) -> Words {
    let findings: Vec<&Finding> = group.iter().map(|ruling| &ruling.finding).collect();
    Finding::joined(scene, &findings, names)
}

/// A line of an answer, for metrics and log.
#[derive(Clone, Debug)]
pub struct Line {
    /// The first of its rulings, for what they have in common.
    pub ruling: Ruling,
    /// Whether `/mutate` repairs it: then it does not count.
    pub repaired: bool,
    /// The policies whose mode it has; of a repair, those that repair.
    pub policies: Names,
    /// The names of its containers, as written; of pairs, of those that reach. The first ones.
    pub containers: Vec<String>,
    /// How many more containers there are.
    pub more: usize,
    /// How many pairs it is about.
    pub pairs: usize,
}

impl Line {
    /// `None` for no ruling.
    pub(super) fn of(scene: &Scene<'_, '_>, group: &[&Ruling], repaired: bool) -> Option<Self> {
        let ruling = (*group.first()?).clone();
        let indices = group.iter().filter_map(|it| it.finding.subject.container());
        let mut containers: Vec<_> = indices.collect();
        containers.dedup();
        let names = containers.iter().take(NAMES).map(|index| scene.name(*index).to_owned());
        Some(Self {
            repaired,
            policies: policies(group, repaired),
            containers: names.collect(),
            more: containers.len().saturating_sub(NAMES),
            pairs: group.iter().filter(|it| it.finding.subject.pair().is_some()).count(),
            ruling,
        })
    }

    /// Whether it counts: no exception and no repair takes it away.
    pub fn counts(&self) -> bool {
        !self.ruling.is_exempt() && !self.repaired
    }
}

/// Whose rulings these are, or whose their repairs.
pub(super) fn policies(group: &[&Ruling], repaired: bool) -> Names {
    Names::all(group.iter().map(|it| if repaired { &it.repaired_by } else { &it.policies }))
}
