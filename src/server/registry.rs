//! Which connections are open, and which of them makes room for another one. A table and its rules:
//! time comes in as a value, and whoever is chosen is closed elsewhere.

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

    /// Whether one more may come: there is a place, or somebody who can be asked to leave.
    pub(super) fn has_room(&self, now: Instant) -> bool {
        self.open.len() < self.rules.all || self.dispensable(None, now).is_some()
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
    fn dispensable(&self, besides: Option<Id>, now: Instant) -> Option<Id> {
        let most = self.strangers.values().max_by_key(|strangers| strangers.idle.len());
        let mut oldest = most.into_iter().flat_map(|it| &it.idle).copied();
        let stranger = oldest.find(|id| Some(*id) != besides);
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
