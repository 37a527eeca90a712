//! What is written to nobody yet: the bytes of answers that their callers did not read, and whose
//! are dropped when all of them are too many. A table and its rules.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::registry::Id;

/// How many bytes may be unread before nothing more is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// On one connection.
    pub(super) connection: usize,
    /// Of one address.
    pub(super) peer: usize,
    /// In all.
    pub(super) all: usize,
}

/// Requests of one address that wait for room. Each keeps a connection's window of its body, at
/// most 1 MiB, in memory.
const WAITING: usize = 16;

/// What is no burden, in bytes; requests at once on a connection are few.
const SMALL: usize = 16 * 1024;

/// Who is to read an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader {
    pub(super) connection: Id,
    pub(super) peer: IpAddr,
}

/// Names an unread answer; one that began later is greater.
pub(super) type Number = u64;

/// The unread answers.
#[derive(Debug)]
pub(super) struct Ledger {
    rules: Rules,
    next: Number,
    answers: BTreeMap<Number, (Reader, usize)>,
    connections: BTreeMap<Id, usize>,
    peers: BTreeMap<IpAddr, usize>,
    all: usize,
    waiting: BTreeMap<IpAddr, usize>,
}

impl Ledger {
    pub(super) fn new(rules: Rules) -> Self {
        let (answers, connections) = (BTreeMap::new(), BTreeMap::new());
        let (peers, waiting) = (BTreeMap::new(), BTreeMap::new());
        Self { rules, next: 0, answers, connections, peers, all: 0, waiting }
    }

    /// Whether a request of this caller may be read.
    pub(super) fn has_room(&self, reader: Reader) -> bool {
        let of = |sum: Option<&usize>| sum.copied().unwrap_or_default();
        of(self.connections.get(&reader.connection)) < self.rules.connection
            && of(self.peers.get(&reader.peer)) < self.rules.peer
    }

    /// Whether an answer may be kept. The one that passes a bound may be of any size: that is known
    /// only when it is there. A small one always may, or nobody would learn that there is no room.
    pub(super) fn fits(&self, reader: Reader, bytes: usize) -> bool {
        bytes <= SMALL || self.has_room(reader)
    }

    /// Keeps an answer.
    pub(super) fn add(&mut self, reader: Reader, bytes: usize) -> Number {
        let number = self.next;
        self.next += 1;
        self.answers.insert(number, (reader, bytes));
        *self.connections.entry(reader.connection).or_default() += bytes;
        *self.peers.entry(reader.peer).or_default() += bytes;
        self.all += bytes;
        number
    }

    /// It was read, or dropped; how many bytes that gives back.
    pub(super) fn remove(&mut self, number: Number) -> usize {
        let Some((reader, bytes)) = self.answers.remove(&number) else { return 0 };
        less(&mut self.connections, reader.connection, bytes);
        less(&mut self.peers, reader.peer, bytes);
        self.all = self.all.saturating_sub(bytes);
        bytes
    }

    /// Which answer is dropped next, if all together are too many: the oldest of the peer that
    /// holds most. The last one there is may be of any size.
    pub(super) fn surplus(&self) -> Option<Number> {
        if self.all <= self.rules.all || self.answers.len() < 2 {
            return None;
        }
        let (most, _) = self.peers.iter().max_by_key(|(_, bytes)| **bytes)?;
        let theirs = self.answers.iter().find(|(_, (reader, _))| reader.peer == *most);
        theirs.map(|(number, _)| *number)
    }

    /// One more request waits for room; false if too many of its address do.
    pub(super) fn wait(&mut self, peer: IpAddr) -> bool {
        let waiting = self.waiting.entry(peer).or_default();
        let may = *waiting < WAITING;
        *waiting += usize::from(may);
        may
    }

    /// It waits no more.
    pub(super) fn wait_no_more(&mut self, peer: IpAddr) {
        less(&mut self.waiting, peer, 1);
    }
}

/// Takes from a sum, and forgets it at 0.
fn less<K: Copy + Ord>(sums: &mut BTreeMap<K, usize>, key: K, by: usize) {
    if let Some(sum) = sums.get_mut(&key) {
        *sum = sum.saturating_sub(by);
        if *sum == 0 {
            sums.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::registry::{self, Registry};
    use std::time::Duration;
    use tokio::time::Instant;

    /// Who gets an answer of how many bytes, and the numbers of those that are dropped.
    type Row = (&'static [(u8, usize)], &'static [Number]);

    const RULES: Rules = Rules { connection: 100, peer: 200, all: 300 };

    /// So many connections, each of the address with its number.
    fn readers(peers: &[u8]) -> Vec<Reader> {
        let rules = registry::Rules { all: 99, peer: 99, stale: Duration::ZERO };
        let mut registry = Registry::new(rules);
        let reader = |last: &u8| {
            let peer = IpAddr::from([10, 0, 0, *last]);
            Reader { connection: registry.admit(peer, Instant::now()), peer }
        };
        peers.iter().map(reader).collect()
    }

    #[test]
    fn room_is_for_each_connection_and_address() {
        let readers = readers(&[1, 1, 1, 2]);
        let mut ledger = Ledger::new(RULES);
        let (a, b) = (&readers[0], &readers[1]);
        let room = |ledger: &Ledger| {
            readers.iter().map(|reader| ledger.has_room(*reader)).collect::<Vec<_>>()
        };
        assert_eq!(room(&ledger), [true; 4]);
        // One may be of any size.
        assert!(ledger.fits(*a, 150) && ledger.fits(*a, 1 << 30));
        let first = ledger.add(*a, 150);
        assert_eq!(room(&ledger), [false, true, true, true]);
        assert!(ledger.fits(*a, SMALL), "whoever has no room gets that answer");
        assert!(!ledger.fits(*a, SMALL + 1));
        let second = ledger.add(*b, 99);
        assert_eq!(room(&ledger), [false, false, false, true], "the address has too many");
        assert_eq!(ledger.remove(first), 150);
        assert_eq!(room(&ledger), [true; 4]);
        assert_eq!((ledger.remove(first), ledger.remove(second)), (0, 99));
        assert!(ledger.peers.is_empty() && ledger.connections.is_empty() && ledger.all == 0);
    }

    #[test]
    fn those_who_hold_most_lose_their_oldest() {
        let rows: &[Row] = &[
            (&[(1, 300)], &[]),
            (&[(1, 999)], &[]),
            (&[(1, 100), (2, 200), (3, 1)], &[1]),
            (&[(1, 100), (1, 80), (2, 110), (3, 20)], &[0]),
            (&[(1, 10), (2, 10), (1, 990)], &[0, 2]),
            (&[(1, 200), (2, 999)], &[1]),
            (&[(1, 40), (2, 30), (1, 50), (2, 90), (1, 60), (2, 130)], &[1, 3]),
        ];
        for (answers, dropped) in rows {
            let peers: Vec<_> = answers.iter().map(|(peer, _)| *peer).collect();
            let mut ledger = Ledger::new(RULES);
            let mut gone = Vec::new();
            for (reader, (_, bytes)) in readers(&peers).into_iter().zip(*answers) {
                ledger.add(reader, *bytes);
                while let Some(surplus) = ledger.surplus() {
                    assert!(ledger.remove(surplus) > 0);
                    gone.push(surplus);
                }
            }
            assert_eq!(gone, *dropped, "{answers:?}");
        }
    }

    #[test]
    fn few_of_one_address_wait() {
        let (mut ledger, peer) = (Ledger::new(RULES), IpAddr::from([10, 0, 0, 1]));
        assert!((0..WAITING).all(|_| ledger.wait(peer)));
        assert!(!ledger.wait(peer) && ledger.wait(IpAddr::from([10, 0, 0, 2])));
        ledger.wait_no_more(peer);
        assert!(ledger.wait(peer) && !ledger.wait(peer));
    }
}
