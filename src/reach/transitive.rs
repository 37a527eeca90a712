//! Reach by way of others: who takes over a container has all that this one reaches.

use std::collections::BTreeMap;

use super::Reach;
use super::aspect::{Answer, Answers, Aspect, Aspects};

/// What each container reaches of each other one, itself or through containers whose memory it
/// reaches: who writes a process's memory runs code as that process.
#[derive(Clone, Debug)]
pub struct Transitive {
    /// For each container its PID namespace, and its place among the members.
    seats: BTreeMap<usize, (usize, usize)>,
    views: Vec<View>,
}

/// What the containers of one PID namespace reach: by `from`, then by `to`.
type View = Vec<Vec<Answers>>;

impl Reach<'_, '_> {
    /// Follows every chain. A chain may join containers that never run at the same time: what the
    /// first leaves in the memory of the second is still there for the third.
    pub fn transitive(&self) -> Transitive {
        let seats = self.members.iter().enumerate().flat_map(|(view, members)| {
            members.iter().enumerate().map(move |(seat, place)| (*place, (view, seat)))
        });
        Transitive {
            seats: seats.collect(),
            views: self.members.iter().map(|members| self.followed(members)).collect(),
        }
    }

    fn followed(&self, members: &[usize]) -> View {
        let row = |from: &usize| members.iter().map(|to| self.or_own(*from, *to)).collect();
        let direct: View = members.iter().map(row).collect();
        let [yes, open] = [Answer::Yes, Answer::Possible].map(|sure| reached(&direct, sure));
        let answers = |(yes, open): (&Reached, &Reached)| {
            let to = 0..members.len();
            to.map(|to| Answers::new(yes.of(to), open.of(to))).collect()
        };
        yes.iter().zip(&open).map(answers).collect()
    }

    /// A container reaches all of itself.
    fn or_own(&self, from: usize, to: usize) -> Answers {
        if from == to { Answers::new(Aspects::ALL, Aspects::ALL) } else { self.answers(from, to) }
    }
}

impl Transitive {
    /// What container `from` reaches of container `to`, at last.
    pub fn answers(&self, from: usize, to: usize) -> Answers {
        match (self.seats.get(&from), self.seats.get(&to)) {
            (Some((view, from)), Some((other, to))) if view == other => {
                let row = self.views.get(*view).and_then(|rows| rows.get(*from));
                row.and_then(|row| row.get(*to)).copied().unwrap_or_default()
            }
            _ => Answers::NO,
        }
    }
}

/// What one container reaches, by aspect: a bit for each container.
#[derive(Clone, Debug)]
struct Reached([Bits; Aspect::ALL.len()]);

/// A set of containers.
#[derive(Clone, Debug)]
struct Bits(Vec<u64>);

impl Bits {
    fn of(members: impl Iterator<Item = bool>) -> Self {
        let mut words = Vec::new();
        for (place, is_in) in members.enumerate() {
            if place.is_multiple_of(64) {
                words.push(0);
            }
            if let Some(word) = words.last_mut() {
                *word |= u64::from(is_in) << (place % 64);
            }
        }
        Self(words)
    }

    fn has(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn add(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }
}

impl Reached {
    fn of(&self, to: usize) -> Aspects {
        let reached = Aspect::ALL.into_iter().zip(&self.0).filter(|(_, bits)| bits.has(to));
        reached.map(|(aspect, _)| aspect).collect()
    }

    fn add(&mut self, other: &Self) {
        for (bits, more) in self.0.iter_mut().zip(&other.0) {
            bits.add(more);
        }
    }
}

/// For each container what it reaches at least so surely, itself or through those whose memory it
/// reaches in the end. Cubic in the containers of one view, 64 at a time.
fn reached(direct: &View, sure: Answer) -> Vec<Reached> {
    let bits =
        |row: &[Answers], aspect| Bits::of(row.iter().map(|it| it.at_least(sure).has(aspect)));
    let own: Vec<_> =
        direct.iter().map(|row| Reached(Aspect::ALL.map(|aspect| bits(row, aspect)))).collect();
    let mut owned: Vec<_> = direct.iter().map(|row| bits(row, Aspect::Memory)).collect();
    for through in 0..owned.len() {
        let Some(more) = owned.get(through).cloned() else { continue };
        for row in owned.iter_mut().filter(|row| row.has(through)) {
            row.add(&more);
        }
    }
    let all = |(all, owned): (&Reached, &Bits)| {
        let mut all = all.clone();
        let others = own.iter().enumerate().filter(|(place, _)| owned.has(*place));
        others.for_each(|(_, other)| all.add(other));
        all
    };
    own.iter().zip(&owned).map(all).collect()
}
