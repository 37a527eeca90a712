//! Reach through others: who takes over a container has all that this one reaches.

use std::collections::{BTreeMap, VecDeque};

use super::aspect::{Answer, Answers, Aspect, Aspects};
use super::matrix::{Matrix, Target, View};

impl Matrix<'_, '_> {
    /// What container `from` reaches of `to`, itself or through containers whose memory it reaches:
    /// who writes a process's memory runs code as that process.
    ///
    /// A chain may join containers that never run at the same time: what the first leaves in the
    /// memory of the second is still there for the third. All of it is worked out at the first
    /// question.
    pub fn transitive(&self, from: usize, to: Target) -> Answers {
        let Target::Container(to) = to else { return self.direct(from, to) };
        let views = self.views.get_or_init(|| {
            self.members().iter().map(|members| self.follow_chains(members)).collect()
        });
        match (self.seat(from), self.seat(to)) {
            (Some(one), Some(two)) if one.view == two.view => {
                let row = views.get(one.view).and_then(|rows| rows.get(one.index));
                row.and_then(|row| row.get(two.index)).copied().unwrap_or_default()
            }
            _ => Answers::NO,
        }
    }

    fn follow_chains(&self, members: &[usize]) -> View {
        let (mut yes, mut open) = (Vec::new(), Vec::new());
        for from in members {
            let direct: Vec<_> = members.iter().map(|to| self.or_own(*from, *to)).collect();
            yes.push(Row::of(&direct, Answer::Yes));
            open.push(Row::of(&direct, Answer::Possible));
        }
        let answers = |(yes, open): (Row, Row)| {
            (0..members.len()).map(|to| Answers::new(yes.at(to), open.at(to))).collect()
        };
        closure(&yes).zip(closure(&open)).map(answers).collect()
    }

    /// A container reaches all of itself.
    fn or_own(&self, from: usize, to: usize) -> Answers {
        if from == to {
            Answers::new(Aspects::ALL, Aspects::ALL)
        } else {
            self.direct(from, Target::Container(to))
        }
    }

    /// The shortest way from one container to another through the memory of others, at the
    /// surest: the containers between them.
    pub fn way(&self, from: usize, to: usize) -> Vec<usize> {
        let aspects = self.further(from, Target::Container(to));
        let aspects = aspects.with(Aspects::one(Aspect::Memory));
        let ways = [Answer::Yes, Answer::Possible];
        ways.into_iter().find_map(|sure| self.way_by(from, to, aspects, sure)).unwrap_or_default()
    }

    fn way_by(&self, from: usize, to: usize, aspects: Aspects, sure: Answer) -> Option<Vec<usize>> {
        let memory = Aspects::one(Aspect::Memory);
        let reaches = |one, other, wanted: Aspects| {
            self.direct(one, Target::Container(other)).at_least(sure).meets(wanted)
        };
        let mut came_from = BTreeMap::from([(from, from)]);
        let mut todo = VecDeque::from([from]);
        while let Some(here) = todo.pop_front() {
            if here != from && reaches(here, to, aspects) {
                let before = |here: &usize| came_from.get(here).copied();
                let back = std::iter::successors(Some(here), before);
                let mut way: Vec<_> = back.take_while(|here| *here != from).collect();
                way.reverse();
                return Some(way);
            }
            for next in self.neighbours(here).filter(|next| *next != to) {
                if !came_from.contains_key(&next) && reaches(here, next, memory) {
                    came_from.insert(next, here);
                    todo.push_back(next);
                }
            }
        }
        None
    }
}

/// A set of containers, by their index among the members of a PID namespace.
#[derive(Clone, Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn of(members: impl Iterator<Item = bool>) -> Self {
        let mut words = Vec::new();
        for (index, is_in) in members.enumerate() {
            if index.is_multiple_of(64) {
                words.push(0);
            }
            if let Some(word) = words.last_mut() {
                *word |= u64::from(is_in) << (index % 64);
            }
        }
        Self(words)
    }

    fn has(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    fn add(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }
}

/// What one container reaches, by aspect: a bit for each container.
#[derive(Clone, Debug)]
struct Row([Bits; Aspect::ALL.len()]);

impl Row {
    /// What is reached at least so surely.
    fn of(answers: &[Answers], sure: Answer) -> Self {
        let bits = |aspect| Bits::of(answers.iter().map(|it| it.at_least(sure).has(aspect)));
        Self(Aspect::ALL.map(bits))
    }

    fn at(&self, to: usize) -> Aspects {
        let reached = Aspect::ALL.into_iter().zip(&self.0).filter(|(_, bits)| bits.has(to));
        reached.map(|(aspect, _)| aspect).collect()
    }

    fn memory(&self) -> Bits {
        let mut all = Aspect::ALL.into_iter().zip(&self.0);
        let memory = all.find(|(aspect, _)| *aspect == Aspect::Memory);
        memory.map(|(_, bits)| bits.clone()).unwrap_or_default()
    }

    fn add(&mut self, other: &Self) {
        for (bits, more) in self.0.iter_mut().zip(&other.0) {
            bits.add(more);
        }
    }
}

/// For each container what it reaches itself or through those whose memory it reaches in the end.
/// Cubic in the containers of one view, 64 at a time.
fn closure(own: &[Row]) -> impl Iterator<Item = Row> {
    let mut owned: Vec<_> = own.iter().map(Row::memory).collect();
    for through in 0..owned.len() {
        let Some(more) = owned.get(through).cloned() else { continue };
        for row in owned.iter_mut().filter(|row| row.has(through)) {
            row.add(&more);
        }
    }
    let all = move |(all, owned): (&Row, Bits)| {
        let mut all = all.clone();
        let others = own.iter().enumerate().filter(|(index, _)| owned.has(*index));
        others.for_each(|(_, other)| all.add(other));
        all
    };
    own.iter().zip(owned).map(all)
}
