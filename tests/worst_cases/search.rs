//! A search that keeps the worst body of each kind, and goes on from those.

use std::collections::BTreeMap;

use super::genes::Genome;
use super::judged::{Cost, Judge};
use crate::support::random::Random;

/// What a body may be the worst in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Badness {
    Time,
    Memory,
}

type Niche = (Badness, &'static str, &'static str, &'static str);

/// The worst so far, one for each path, kind and policy.
#[derive(Default)]
pub(crate) struct Search {
    worst: BTreeMap<Niche, (Genome, Cost)>,
    /// How many were tried.
    pub(crate) tried: usize,
}

impl Search {
    /// Measures a body and keeps it where it is the worst.
    pub(crate) fn offer(&mut self, judge: &Judge, genome: &Genome) -> Cost {
        let cost = judge.cost(genome);
        self.tried += 1;
        for badness in [Badness::Time, Badness::Memory] {
            let niche = (badness, genome.get("path"), genome.get("kind"), genome.get("policy"));
            let known = self.worst.get(&niche);
            if known.is_none_or(|(_, known)| badness.of(&cost) > badness.of(known)) {
                self.worst.insert(niche, (genome.clone(), cost));
            }
        }
        cost
    }

    /// One more body: something new, or one of the worst with some of its choices made anew.
    pub(crate) fn next(&self, random: &mut Random) -> Genome {
        let all: Vec<_> = self.worst.values().collect();
        if all.is_empty() || random.chance(5) {
            return Genome::random(random);
        }
        let (one, other) = (&random.pick(&all).0, &random.pick(&all).0);
        one.changed(other, random)
    }

    /// The worst of all in this respect, the worst first.
    pub(crate) fn top(&self, badness: Badness, count: usize) -> Vec<(Genome, Cost)> {
        let of = self.worst.iter().filter(|(niche, _)| niche.0 == badness);
        let mut all: Vec<_> = of.map(|(_, found)| found.clone()).collect();
        all.sort_by_key(|(_, cost)| std::cmp::Reverse(badness.of(cost)));
        all.truncate(count);
        all
    }
}

impl Badness {
    fn of(self, cost: &Cost) -> u128 {
        match self {
            Self::Time => cost.time.as_nanos(),
            Self::Memory => cost.peak as u128,
        }
    }
}
