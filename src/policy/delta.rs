//! What an update adds or worsens, against what was there before.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::cover::MOST_CONTAINERS;
use super::{Context, Exception, Key, Ruling};
use crate::controls::SubjectKey;
use crate::pod::{Container, PodView};
use crate::reach::Answers;

/// A stored pod, and what is found on it.
pub(super) struct Before<'b, 'a> {
    pub(super) pod: &'b PodView<'a>,
    pub(super) rulings: &'b [Ruling],
}

/// The rulings on `new` that a request adds or worsens, given those on the stored pod.
///
/// Old debt is not judged again: what the stored pod was already found for, at the same certainty
/// or a worse one, does not count, exempt or not. Only an image change can lose an exception:
/// labels and owners merely narrow, and an exception that expired leaves old debt. Whose exception
/// it was, and which labels and owners the pod has by now, does not matter then, or who may less
/// could do more.
pub(super) fn added(
    new: &PodView<'_>,
    rulings: Vec<Ruling>,
    old: &Before<'_, '_>,
    exceptions: &[Exception],
    context: &Context<'_>,
) -> Vec<Ruling> {
    let mut known: Vec<_> = old.rulings.iter().map(|ruling| (ruling.key(), ruling)).collect();
    known.sort_by_key(|(key, _)| *key);
    let before = counterparts(new, old.pod);
    let left = Left { old: old.pod, new, exceptions, context, known: RefCell::default() };
    let counts = |ruling: &Ruling| {
        let Some(key) = key_before(ruling, &before) else { return true };
        let first = known.partition_point(|(other, _)| *other < key);
        let known = known.get(first..).unwrap_or_default().iter();
        let mut known = known.take_while(|(other, _)| *other == key).map(|(_, it)| *it);
        let Some(first) = known.next() else { return true };
        let worse = is_worse(ruling, first, known);
        worse || (!ruling.is_exempt() && left.holds(ruling, first))
    };
    rulings.into_iter().filter(counts).collect()
}

/// Whether more is wrong than before: of a pair, whether something is reached that was not, or more
/// surely; else, whether the effect is surer.
fn is_worse<'r>(now: &Ruling, first: &Ruling, mut rest: impl Iterator<Item = &'r Ruling>) -> bool {
    let Some(pair) = now.finding.subject.pair() else {
        let certainty = |ruling: &Ruling| ruling.finding.subject.certainty();
        let is_surer = |known: &Ruling| certainty(now) > certainty(known);
        return is_surer(first) && rest.all(is_surer);
    };
    let answers = |ruling: &Ruling| ruling.finding.subject.pair().map(|pair| pair.answers);
    let before = answers(first).unwrap_or_default();
    let before = rest.filter_map(answers).fold(before, Answers::or);
    !pair.answers.beyond(before).is_empty()
}

/// What a ruling is about, in the stored pod; `None` where a container is not there.
fn key_before(ruling: &Ruling, before: &[Option<usize>]) -> Option<Key> {
    let index = |index: usize| before.get(index).copied().flatten();
    let Key { control, subject } = ruling.key();
    let subject = match subject {
        SubjectKey::Pod => SubjectKey::Pod,
        SubjectKey::Container(one) => SubjectKey::Container(index(one)?),
        SubjectKey::Pair { from, to } => SubjectKey::Pair { from: index(from)?, to: index(to)? },
    };
    Some(Key { control, subject })
}

/// For each container of `new` the index of the one in `old` of its list and name. A name that is
/// there twice, which no stored pod has, stands for none.
fn counterparts(new: &PodView<'_>, old: &PodView<'_>) -> Vec<Option<usize>> {
    let mut indices = BTreeMap::new();
    for (index, one) in old.containers.iter().enumerate() {
        let known = indices.entry((one.kind.list(), one.name.as_ref()));
        known.and_modify(|it| *it = None).or_insert(Some(index));
    }
    let find =
        |one: &Container<'_>| indices.get(&(one.kind.list(), one.name.as_ref())).copied().flatten();
    new.containers.iter().map(find).collect()
}

/// Which images left an exception that they were bound to: looked up once for each control and
/// container, of which there may be many pairs.
struct Left<'l, 'a> {
    old: &'l PodView<'a>,
    new: &'l PodView<'a>,
    exceptions: &'l [Exception],
    context: &'l Context<'l>,
    known: RefCell<BTreeMap<(&'static str, usize), bool>>,
}

impl Left<'_, '_> {
    fn holds(&self, ruling: &Ruling, before: &Ruling) -> bool {
        let indices = (ruling.finding.subject.container(), before.finding.subject.container());
        let (Some(new), Some(old)) = indices else { return false };
        let control = ruling.control().id;
        let mut known = self.known.borrow_mut();
        *known.entry((control, new)).or_insert_with(|| self.looks(control, new, old))
    }

    fn looks(&self, control: &str, new: usize, old: usize) -> bool {
        // No exception that is bound to images ever covered a larger pod.
        if self.old.containers.len() > MOST_CONTAINERS {
            return false;
        }
        let pair = self.new.containers.get(new).zip(self.old.containers.get(old));
        pair.is_some_and(|(new, old)| {
            let left = |one: &Exception| one.is_left(control, old, &new.image, self.context);
            new.image != old.image && self.exceptions.iter().any(left)
        })
    }
}
