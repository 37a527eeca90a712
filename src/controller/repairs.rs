//! When to put back what somebody undoes: at once, unless the same one does it again and again, or
//! there was much to write of late.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::registration::{Difference, Entries, part};

/// Before the second repair of the same; doubled up to the most. With it, a fight with one manager
/// about both configurations costs less than ten writes in its first minute.
const PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// After that without a repair, the next one is a first one again.
const QUIET: Duration = Duration::from_mins(10);

/// So many writes of one configuration within a minute wait for nothing but the pauses above, whoever
/// makes them necessary; then there is a pause before each. Managers give themselves their names:
/// with a new one each time, every change would be a first one.
const BURST: usize = 5;
const MINUTE: Duration = Duration::from_mins(1);

/// Managers give themselves their names: who gives a new one each time is not remembered for ever.
const MOST: usize = 256;

/// What was undone: the entry, the field of it, and the manager who did.
pub type Reversal = (String, String, String);

/// What was written, and put back, in one configuration.
#[derive(Clone, Debug, Default)]
pub struct Repairs {
    /// The object that this is about: one that was recreated has no past.
    uid: Option<String>,
    /// Its entries as they were last right.
    right: Entries,
    fights: BTreeMap<Reversal, Fight>,
    /// The last writes, at most a burst.
    writes: VecDeque<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Fight {
    /// Since the last repair, until the next one.
    pause: Duration,
    last: Instant,
}

impl Repairs {
    /// For the object of this uid.
    pub fn about(&mut self, uid: Option<&str>) {
        if self.uid.as_deref() != uid {
            *self = Self { uid: uid.map(str::to_owned), ..Self::default() };
        }
    }

    /// Takes these entries as right, and as what was in force.
    pub fn right(&mut self, entries: Map<String, Value>) {
        self.right = entries;
    }

    /// Those of the differences that somebody has brought in. The others are ours: what was never
    /// filled in, or is to be something else from now on.
    pub fn undone(&self, differences: &[Difference]) -> Vec<Reversal> {
        let was_right = |it: &Difference| {
            !self.right.is_empty() && part(&self.right, &it.entry, &it.field) == it.wanted
        };
        let undone = differences.iter().filter(|it| it.is_foreign || was_right(it));
        undone.map(|it| (it.entry.clone(), it.field.clone(), it.manager.clone())).collect()
    }

    /// How long to leave it: until the first of them is due, and not before another write is. Without
    /// any of them, what is ours to change waits for the latter alone.
    pub fn wait(&self, undone: &[Reversal], now: Instant) -> Duration {
        let left = |one: &Reversal| {
            let fight = self.fights.get(one).filter(|it| it.is_on(now));
            fight.map_or(Duration::ZERO, |it| (it.last + it.pause).saturating_duration_since(now))
        };
        undone.iter().map(left).min().unwrap_or_default().max(self.rest(now))
    }

    /// Since the last write, where there were too many within a minute.
    fn rest(&self, now: Instant) -> Duration {
        let late = |at: &&Instant| now.saturating_duration_since(**at) < MINUTE;
        let last = self.writes.back().filter(|_| self.writes.iter().filter(late).count() >= BURST);
        last.map_or(Duration::ZERO, |at| (*at + PAUSE).saturating_duration_since(now))
    }

    /// It is written, whatever comes of it.
    pub fn writes(&mut self, now: Instant) {
        self.writes.push_back(now);
        if self.writes.len() > BURST {
            self.writes.pop_front();
        }
    }

    /// All of this was put back.
    pub fn repaired(&mut self, undone: &[Reversal], now: Instant) {
        self.fights.retain(|_, fight| fight.is_on(now));
        for one in undone {
            let before = self.fights.get(one).map(|fight| fight.pause * 2);
            let pause = before.map_or(PAUSE, |pause| pause.min(LONGEST_PAUSE));
            self.fights.insert(one.clone(), Fight { pause, last: now });
        }
        while self.fights.len() > MOST {
            let oldest = self.fights.iter().min_by_key(|(_, fight)| fight.last);
            let Some(oldest) = oldest.map(|(one, _)| one.clone()) else { return };
            self.fights.remove(&oldest);
        }
    }
}

impl Fight {
    fn is_on(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) < QUIET
    }
}
