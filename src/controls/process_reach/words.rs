//! The words for pairs: one line for all containers whose remedy is alike.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::LARGEST;
use crate::controls::{Chain, Finding, Pair, Scene, Words};
use crate::reach::{Exposure, Hardening, Remedy, Sharing, Target};
use crate::text;

/// A line on more kinds of pairs than these says what ends all of it: a remedy for a pair is found
/// by trying.
const REMEDIES: usize = 8;

/// What ends all that one container reaches, equal where the same change to each container does.
pub(super) fn remedy(scene: &Scene<'_, '_>, findings: &[&Finding]) -> Cow<'static, str> {
    let pairs: Vec<_> = findings.iter().filter_map(|it| it.subject.pair()).collect();
    let Some(first) = pairs.first() else { return Cow::Borrowed("") };
    let common = common(scene, &pairs).unwrap_or_else(|| end_of_sharing(scene, first));
    let is_own = |(container, change): &(usize, Hardening)| (*container == first.from, *change);
    let changes: Vec<_> = common.hardening.iter().map(is_own).collect();
    Cow::Owned(format!("{} {changes:?}", Sharing::advice(common.sharing)))
}

/// The words for all pairs of containers of one remedy.
pub(super) fn words(scene: &Scene<'_, '_>, findings: &[&Finding], most: usize) -> Words {
    let pairs: Vec<_> = findings.iter().filter_map(|it| it.subject.pair()).collect();
    let Some(first) = pairs.first() else { return too_many(scene) };
    let from = distinct(pairs.iter().map(|pair| pair.from));
    let Some(container) = scene.pod().containers.get(first.from) else { return Words::default() };
    let named = Named::of(&from, &pairs, most);
    let shorter = Sharing::advice(scene.matrix().sharing(first.from, first.to));
    Words {
        path: scene.pod().container_path(container),
        more: from.len() - 1,
        who: scene.who(&from, named.from),
        remedy: common_of(scene, &from, &pairs, most).unwrap_or_else(|| shorter.to_owned()),
        shorter: Some(shorter),
        why: why(scene, (from.len(), &pairs), &named),
    }
}

fn distinct(indices: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    indices.filter(|index| seen.insert(*index)).collect()
}

/// Which containers of a line are named.
struct Named {
    /// How many of those that reach, from the first on.
    from: usize,
    /// All of them.
    all: BTreeSet<usize>,
}

impl Named {
    /// Those that reach and those that are reached share the room.
    fn of(from: &[usize], pairs: &[Pair], most: usize) -> Self {
        let reaching: BTreeSet<_> = from.iter().copied().collect();
        let others = distinct(pairs.iter().map(|it| it.to).filter(|it| !reaching.contains(it)));
        let room = most.saturating_sub(others.len()).max(most / 2).max(1);
        let kept = from.len().min(room);
        let rest = others.iter().take(most.saturating_sub(kept));
        let all = from.iter().take(kept).chain(rest).copied().collect();
        Self { from: kept, all }
    }
}

/// Containers that reach alike, and what they reach.
struct Alike<'p> {
    from: Vec<usize>,
    /// Each with the container that is reached.
    reached: Vec<(usize, Exposure<'p>)>,
    /// How many more are reached.
    more: BTreeSet<usize>,
}

/// Who reaches what of whom, those together that reach alike.
fn why(scene: &Scene<'_, '_>, (from, pairs): (usize, &[Pair]), named: &Named) -> String {
    let mut groups: Vec<Alike<'_>> = Vec::new();
    for of_one in pairs.chunk_by(|one, other| one.from == other.from) {
        let Some(from) = of_one.first().map(|pair| pair.from) else { continue };
        if !named.all.contains(&from) {
            continue;
        }
        let (mut shown, mut more): (Vec<&Pair>, Vec<_>) =
            of_one.iter().partition(|pair| named.all.contains(&pair.to));
        // Somebody is reached.
        if shown.is_empty() {
            shown.extend(more.drain(..1));
        }
        let more: BTreeSet<_> = more.iter().map(|pair| pair.to).collect();
        let reached: Vec<_> = shown.iter().map(|pair| (pair.to, exposure(scene, pair))).collect();
        match groups.iter_mut().find(|group| group.takes(scene, (from, &reached), pairs)) {
            Some(group) => {
                group.from.push(from);
                group.more.extend(more);
                let known =
                    |(to, _): &(usize, Exposure<'_>)| group.reached.iter().all(|it| it.0 != *to);
                let own: Vec<_> = reached.into_iter().filter(known).collect();
                group.reached.extend(own);
            }
            None => groups.push(Alike { from: vec![from], reached, more }),
        }
    }
    let pronoun = match (groups.len(), from) {
        (1, 1) => Some("it"),
        (1, _) => Some("each"),
        _ => None,
    };
    let clauses = groups.into_iter().map(|group| group.clause(scene, pronoun));
    clauses.collect::<Vec<_>>().join("; ")
}

impl<'p> Alike<'p> {
    /// Whether another container reaches what these do, by the same rules; of each other, too.
    fn takes(
        &self,
        scene: &Scene<'_, '_>,
        (from, reached): (usize, &[(usize, Exposure<'p>)]),
        pairs: &[Pair],
    ) -> bool {
        let between = |from: usize, to: usize| {
            let pair = pairs.iter().find(|pair| pair.from == from && pair.to == to)?;
            let cause = scene.matrix().main_cause(from, Target::Container(to), pair.aspects());
            Some((pair.answers, pair.chain, cause))
        };
        let find = |list: &[(usize, Exposure<'p>)], to: usize| {
            list.iter().find(|it| it.0 == to).map(|it| it.1.clone())
        };
        let outside = |to: &usize| *to != from && !self.from.contains(to);
        let all = self.reached.iter().chain(reached).map(|it| it.0).filter(outside);
        let all: BTreeSet<_> = all.collect();
        all.into_iter().all(|to| find(&self.reached, to) == find(reached, to))
            && self.from.iter().all(|own| between(*own, from) == between(from, *own))
    }

    /// With their names, where all of the line are in one group with a pronoun.
    fn clause(mut self, scene: &Scene<'_, '_>, pronoun: Option<&str>) -> String {
        self.reached.sort_by_key(|it| it.0);
        let exposures: Vec<_> = self.reached.into_iter().map(|it| it.1).collect();
        let clauses = Exposure::clauses(&exposures, self.more.len());
        let names = || text::listed(self.from.iter().map(|it| scene.name(*it)), usize::MAX);
        let subject = pronoun.map_or_else(names, str::to_owned);
        format!("{subject} {clauses}")
    }
}

/// What ends all that the containers of a line reach, where it needs no more names than these.
fn common_of(scene: &Scene<'_, '_>, from: &[usize], pairs: &[Pair], most: usize) -> Option<String> {
    if from.len() > most {
        return None;
    }
    let of_one = pairs.chunk_by(|one, other| one.from == other.from);
    let all: Option<Vec<_>> = of_one.map(|pairs| common(scene, pairs)).collect();
    let all = all?;
    let changes: BTreeSet<_> = all.iter().flat_map(|it| it.hardening.iter().copied()).collect();
    let containers: BTreeSet<_> = changes.iter().map(|(container, _)| *container).collect();
    let sharing = all.first()?.sharing;
    let hardening = if containers.len() > most { BTreeSet::new() } else { changes };
    Some(Remedy { sharing, hardening: hardening.into_iter().collect() }.advice(scene.pod(), from))
}

fn end_of_sharing(scene: &Scene<'_, '_>, pair: &Pair) -> Remedy {
    Remedy { sharing: scene.matrix().sharing(pair.from, pair.to), hardening: Vec::new() }
}

/// The remedy that all pairs of one container have in common; `None` where only an end to sharing is
/// one.
fn common(scene: &Scene<'_, '_>, pairs: &[Pair]) -> Option<Remedy> {
    let (mut kinds, mut common) = (BTreeSet::new(), None::<Remedy>);
    for pair in pairs {
        let kind = scene.pod().containers.get(pair.to).map(|it| it.kind);
        let classes = scene.matrix().classes(pair.from, pair.to);
        if !kinds.insert((classes, kind, pair.aspects(), pair.chain)) {
            continue;
        }
        let target = Target::Container(pair.to);
        let mut remedy = scene.matrix().remedy(pair.from, target, pair.aspects());
        // It closes the way from one to the other, not those through others.
        if pair.chain != Chain::Ignored {
            remedy.hardening.clear();
        }
        let changes_other = remedy.hardening.iter().any(|(container, _)| *container != pair.from);
        let differs = common.as_ref().is_some_and(|it| {
            let advice = |remedy: &Remedy| Sharing::advice(remedy.sharing);
            advice(it) != advice(&remedy) || it.hardening != remedy.hardening
        });
        if differs || kinds.len() > REMEDIES || (changes_other && pairs.len() > 1) {
            return None;
        }
        common = Some(remedy);
    }
    common
}

/// What is reached of the second container of a pair.
fn exposure<'p>(scene: &Scene<'p, '_>, pair: &Pair) -> Exposure<'p> {
    let target = Target::Container(pair.to);
    match pair.chain {
        Chain::Needed => scene.matrix().exposure_through_others(target, pair.answers),
        Chain::Ignored | Chain::Counted => scene.matrix().exposure(pair.from, target, pair.answers),
    }
}

fn too_many(scene: &Scene<'_, '_>) -> Words {
    let (pod, containers, pairs) = (scene.pod(), scene.matrix().fullest(), scene.matrix().pairs());
    let (path, name) = match (pod.host_pid, pod.share_process_namespace) {
        (true, _) => (pod.field("hostPID"), "hostPID"),
        (false, Some(true)) => (pod.field("shareProcessNamespace"), "shareProcessNamespace"),
        (false, _) => (pod.field("ephemeralContainers"), "a target"),
    };
    let why = format!(
        "{name} puts up to {containers} containers into one PID namespace, {pairs} pairs in all: more than those of the {LARGEST} containers that are looked at"
    );
    Words::of_pod(path, "split the pod, or do not share processes", why)
}
