//! A search that keeps the worst body of each kind, and goes on from those.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cost::{Cost, Judge};
use crate::genes::Genome;
use crate::tier::random::Random;

/// What a body may be the worst in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Badness {
    Time,
    Memory,
}

/// What takes longer is not tried again for the sake of a shorter line.
const LONG: Duration = Duration::from_millis(500);

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

    /// One more body: something new, or one of the worst with some of its choices made again.
    pub(crate) fn next(&self, random: &mut Random) -> Genome {
        let all: Vec<_> = self.worst.values().collect();
        if all.is_empty() || random.chance(10) {
            return Genome::random(random);
        }
        let (one, other) = (&random.pick(&all).0, &random.pick(&all).0);
        one.changed(other, random)
    }

    /// The worst of all in this respect, the worst first, each with as few choices as it takes.
    pub(crate) fn top(&self, judge: &Judge, badness: Badness, count: usize) -> Vec<(Genome, Cost)> {
        let of = self.worst.iter().filter(|(niche, _)| niche.0 == badness);
        let mut all: Vec<_> = of.map(|(_, found)| found).collect();
        all.sort_by_key(|(_, cost)| std::cmp::Reverse(badness.of(cost)));
        let first = all.into_iter().take(count);
        first.map(|(genome, cost)| badness.plain(judge, genome, cost)).collect()
    }
}

impl Badness {
    fn of(self, cost: &Cost) -> u128 {
        match self {
            Self::Time => cost.time.as_nanos(),
            Self::Memory => cost.peak as u128,
        }
    }

    /// The same without the choices that make no difference.
    fn plain(self, judge: &Judge, genome: &Genome, cost: &Cost) -> (Genome, Cost) {
        let (mut plain, mut found) = (genome.clone(), *cost);
        if cost.time > LONG {
            return (plain, found);
        }
        for simpler in genome.simpler() {
            let tried = simpler(&plain);
            let cost = judge.cost(&tried);
            if self.of(&cost) * 20 >= self.of(&found) * 19 {
                (plain, found) = (tried, cost);
            }
        }
        (plain, found)
    }
}
