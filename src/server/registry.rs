//! Which connections are open, and which of them makes room for another one. A table and its rules:
//! time comes in as a value, and whoever is chosen is closed elsewhere.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::metrics::Closed;

/// Names a connection; one that began later is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(u64);

/// How many connections there may be, and who goes first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// In all.
    pub(super) all: usize,
    /// Of one address, of those that never carried a judged review.
    pub(super) peer: usize,
    /// One that did carry one makes room only after so long without a request.
    pub(super) stale: Duration,
}

/// What is known of one connection.
#[derive(Clone, Copy, Debug)]
struct Connection {
    peer: IpAddr,
    /// When it began, or its last request ended.
    active: Instant,
    in_flight: usize,
    judged: bool,
}

/// The connections of one address that never carried a judged review.
#[derive(Debug, Default)]
struct Strangers {
    all: usize,
    /// Those without a request in flight; a handshake that does not end is one.
    idle: BTreeSet<Id>,
}

/// The open connections.
#[derive(Debug)]
pub(super) struct Registry {
    rules: Rules,
    next: Id,
    open: BTreeMap<Id, Connection>,
    strangers: BTreeMap<IpAddr, Strangers>,
}

impl Registry {
    pub(super) fn new(rules: Rules) -> Self {
        let (open, strangers) = (BTreeMap::new(), BTreeMap::new());
        Self { rules, next: Id::default(), open, strangers }
    }

    /// One more is open.
    pub(super) fn admit(&mut self, peer: IpAddr, now: Instant) -> Id {
        let id = self.next;
        self.next = Id(id.0 + 1);
        self.open.insert(id, Connection { peer, active: now, in_flight: 0, judged: false });
        let strangers = self.strangers.entry(peer).or_default();
        strangers.all += 1;
        strangers.idle.insert(id);
        id
    }

    /// It is open no more.
    pub(super) fn leave(&mut self, id: Id) {
        if let Some(gone) = self.open.remove(&id)
            && !gone.judged
        {
            self.know(id, gone.peer);
        }
    }

    /// A request begins on it; false if it was chosen to be closed before that.
    pub(super) fn begin(&mut self, id: Id) -> bool {
        let Some(connection) = self.open.get_mut(&id) else { return false };
        connection.in_flight += 1;
        if let Some(strangers) = self.strangers.get_mut(&connection.peer) {
            strangers.idle.remove(&id);
        }
        true
    }

    /// A request, with its answer, is at its end.
    pub(super) fn end(&mut self, id: Id, now: Instant) {
        let Some(connection) = self.open.get_mut(&id) else { return };
        connection.in_flight = connection.in_flight.saturating_sub(1);
        connection.active = now;
        if connection.in_flight == 0
            && !connection.judged
            && let Some(strangers) = self.strangers.get_mut(&connection.peer)
        {
            strangers.idle.insert(id);
        }
    }

    /// It carried a review that was judged.
    pub(super) fn judged(&mut self, id: Id) {
        if let Some(connection) = self.open.get_mut(&id)
            && !std::mem::replace(&mut connection.judged, true)
        {
            let peer = connection.peer;
            self.know(id, peer);
        }
    }

    /// Since when it has no request in flight, if it has none.
    pub(super) fn idle_since(&self, id: Id) -> Option<Instant> {
        self.open.get(&id).filter(|it| it.in_flight == 0).map(|it| it.active)
    }

    /// Whether the next one needs the place of another.
    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= self.rules.all
    }

    /// Whether one more may come: there is a place, or somebody who can be asked to leave.
    pub(super) fn has_room(&self, now: Instant) -> bool {
        !self.is_full() || self.dispensable(None, now).is_some()
    }

    /// Who has to go now that this one has come, and why.
    pub(super) fn surplus(&self, newcomer: Id, now: Instant) -> Option<(Id, Closed)> {
        let peer = self.open.get(&newcomer)?.peer;
        let strangers = self.strangers.get(&peer);
        if let Some(strangers) = strangers.filter(|it| it.all > self.rules.peer) {
            // Where each has a request in flight it is the newcomer: none of these is ever cut, and
            // one address must not take all there is.
            return Some((*strangers.idle.first().unwrap_or(&newcomer), Closed::Peer));
        }
        let full = self.open.len() > self.rules.all;
        let chosen = if full { self.dispensable(Some(newcomer), now) } else { None };
        chosen.map(|id| (id, Closed::Room))
    }

    /// The oldest idle stranger of the peer that has most of them; where there is none, who was
    /// idle longest, if that is long enough.
    fn dispensable(&self, except: Option<Id>, now: Instant) -> Option<Id> {
        let idle = |it: &Strangers| {
            let oldest = it.idle.iter().find(|id| Some(**id) != except)?;
            let own = except.is_some_and(|id| it.idle.contains(&id));
            Some((it.idle.len() - usize::from(own), Reverse(*oldest)))
        };
        let most = self.strangers.values().filter_map(idle).max();
        let stranger = most.map(|(_, Reverse(oldest))| oldest);
        let is_stale = |it: &Connection| {
            it.judged && it.in_flight == 0 && now.duration_since(it.active) >= self.rules.stale
        };
        stranger.or_else(|| {
            let stale = self.open.iter().filter(|(_, it)| is_stale(it));
            stale.min_by_key(|(_, it)| it.active).map(|(id, _)| *id)
        })
    }

    /// It is no stranger any more.
    fn know(&mut self, id: Id, peer: IpAddr) {
        let Some(strangers) = self.strangers.get_mut(&peer) else { return };
        strangers.all = strangers.all.saturating_sub(1);
        strangers.idle.remove(&id);
        if strangers.all == 0 {
            self.strangers.remove(&peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens to connections, which are named by letters in the order of their coming.
    #[derive(Clone, Copy)]
    enum Event {
        /// So many come from this address.
        Come(u8, usize),
        /// A request begins, or ends so many seconds after the start.
        Begin(char),
        End(char, u64),
        Judged(char),
        Leave(char),
    }
    use Event::{Begin, Come, End, Judged, Leave};

    const RULES: Rules = Rules { all: 4, peer: 3, stale: Duration::from_secs(95) };

    fn id(letter: char) -> Id {
        Id(u64::from(u32::from(letter) - u32::from('a')))
    }

    fn peer(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    /// Who goes when one more comes from the address, so many seconds after the start: `-` for
    /// nobody, `wait` if it may not come.
    fn outcome(events: &[Event], newcomer: u8, seconds: u64) -> String {
        let begin = Instant::now();
        let after = |seconds| begin + Duration::from_secs(seconds);
        let mut registry = Registry::new(RULES);
        for event in events {
            match *event {
                Come(last, many) => (0..many).for_each(|_| {
                    registry.admit(peer(last), begin);
                }),
                Begin(letter) => assert!(registry.begin(id(letter))),
                End(letter, seconds) => registry.end(id(letter), after(seconds)),
                Judged(letter) => registry.judged(id(letter)),
                Leave(letter) => registry.leave(id(letter)),
            }
        }
        if !registry.has_room(after(seconds)) {
            return "wait".to_owned();
        }
        let newcomer = registry.admit(peer(newcomer), after(seconds));
        match registry.surplus(newcomer, after(seconds)) {
            None => "-".to_owned(),
            Some((id, _)) if id == newcomer => "newcomer".to_owned(),
            Some((id, reason)) => {
                let letter = char::from(b'a' + u8::try_from(id.0).unwrap());
                assert!(registry.idle_since(id).is_some(), "a request is in flight");
                format!("{letter} {}", if reason == Closed::Room { "room" } else { "peer" })
            }
        }
    }

    /// The case, what happens, whose newcomer comes after so many seconds, and who goes then.
    type Row = (&'static str, &'static [Event], u8, u64, &'static str);

    #[rustfmt::skip]
    const ROWS: &[Row] = &[
        ("there is room", &[Come(1, 1), Come(2, 2)], 1, 0, "-"),
        ("the oldest of who has most", &[Come(1, 1), Come(2, 2), Come(3, 1)], 1, 0, "b room"),
        ("the oldest of all, where they have as many", &[Come(1, 2), Come(2, 2)], 3, 0, "a room"),
        ("not the newcomer, though it is idle", &[Come(2, 2), Come(3, 2)], 3, 0, "a room"),
        ("not one in flight", &[Come(1, 1), Come(2, 3), Begin('b')], 3, 0, "c room"),
        ("again when its request has ended",
            &[Come(1, 1), Come(2, 3), Begin('b'), End('b', 5)], 3, 9, "b room"),
        ("not while another one is in flight on it",
            &[Come(1, 1), Come(2, 3), Begin('b'), Begin('b'), End('b', 5)], 3, 9, "c room"),
        ("not one that is known",
            &[Come(1, 3), Come(2, 1), Judged('a'), Judged('b')], 3, 9, "c room"),
        ("one that has left is not counted", &[Come(1, 2), Come(2, 2), Leave('a')], 3, 0, "-"),
        ("known ones are not idle for long", ALL_KNOWN, 3, 95, "wait"),
        ("the one that is idle longest", ALL_KNOWN, 3, 96, "a room"),
        ("all are busy",
            &[Come(1, 2), Come(2, 2), Begin('a'), Begin('b'), Begin('c'), Begin('d')],
            1, 999, "wait"),
        ("many of one address", &[Come(1, 3)], 1, 0, "a peer"),
        ("many of one address, one of them busy", &[Come(1, 3), Begin('a')], 1, 0, "b peer"),
        ("many of one address, all busy",
            &[Come(1, 3), Begin('a'), Begin('b'), Begin('c')], 1, 0, "newcomer"),
        ("others are not asked", &[Come(1, 3), Begin('a'), Begin('b'), Begin('c')], 2, 0, "-"),
        ("known ones of it do not count", &[Come(1, 3), Judged('a')], 1, 0, "-"),
    ];

    #[rustfmt::skip]
    const ALL_KNOWN: &[Event] = &[
        Come(1, 2), Come(2, 2), Judged('a'), Judged('b'), Judged('c'), Judged('d'),
        Begin('a'), End('a', 1), Begin('b'), End('b', 2), Begin('c'), End('c', 9),
        Begin('d'), End('d', 3),
    ];

    #[test]
    fn who_makes_room() {
        for (what, events, newcomer, seconds, expected) in ROWS {
            assert_eq!(outcome(events, *newcomer, *seconds), *expected, "{what}");
        }
    }

    #[test]
    fn nothing_begins_on_one_that_is_gone() {
        let mut registry = Registry::new(RULES);
        let now = Instant::now();
        let id = registry.admit(peer(1), now);
        assert_eq!(registry.idle_since(id), Some(now));
        assert!(registry.begin(id));
        assert_eq!(registry.idle_since(id), None);
        registry.leave(id);
        assert!(!registry.begin(id));
        // What ends later than its connection changes nothing.
        registry.end(id, now);
        registry.judged(id);
        assert!(registry.open.is_empty() && registry.strangers.is_empty());
    }
}
