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
    /// only when it is there. A small one always may, or nobody could be told that there is no room.
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
fn less<K: Ord>(sums: &mut BTreeMap<K, usize>, key: K, by: usize) {
    if let Some(sum) = sums.get_mut(&key) {
        *sum = sum.saturating_sub(by);
        if *sum == 0 {
            sums.remove(&key);
        }
    }
}
