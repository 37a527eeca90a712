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
        let (yes, open) = (owned(&direct, Answer::Yes), owned(&direct, Answer::Possible));
        let by = |owned: &[bool], answer, to: usize| {
            let rows = owned.iter().zip(&direct).filter(|(owned, _)| **owned);
            let reached = rows.filter_map(|(_, row)| row.get(to)).map(|it| it.at_least(answer));
            reached.fold(Aspects::NONE, Aspects::with)
        };
        let row = |(yes, open): (&Vec<bool>, &Vec<bool>)| {
            let to = 0..members.len();
            to.map(|to| Answers::new(by(yes, Answer::Yes, to), by(open, Answer::Possible, to)))
                .collect()
        };
        yes.iter().zip(&open).map(row).collect()
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

/// For each container those whose memory it reaches in the end, itself among them.
fn owned(direct: &View, answer: Answer) -> Vec<Vec<bool>> {
    let memory = Aspects::one(Aspect::Memory);
    let from = |start: usize| {
        let mut owned = vec![false; direct.len()];
        let mut todo = vec![start];
        while let Some(place) = todo.pop() {
            let Some(known) = owned.get_mut(place).filter(|known| !**known) else { continue };
            *known = true;
            let row = direct.get(place).into_iter().flatten().enumerate();
            todo.extend(row.filter(|(_, it)| it.at_least(answer).meets(memory)).map(|(to, _)| to));
        }
        owned
    };
    (0..direct.len()).map(from).collect()
}
