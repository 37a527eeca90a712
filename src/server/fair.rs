//! Who is judged next, where large reviews wait for a processor.
//!
//! A seat goes to the namespace that has used least processor time lately, within it to the
//! requester that has, and within that to who came first; dry runs come after real requests of their
//! namespace. So one tenant that sends large pods without end waits for itself, and not the others.
//! Whoever reaches the port may invent names: names hash into a fixed number of queues, so that
//! neither memory nor the time that all take together depends on them.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

/// How long ago used processor time counts half.
const HALF_LIFE: Duration = Duration::from_secs(10);

/// What a review counts for from the moment that it has a seat until its time is known: who asks
/// for many at once has not used less than who asks for one.
const BEGUN: Duration = Duration::from_millis(1);

/// Bytes that are judged at once, but that one review may have more: while it is judged it takes
/// several times its size.
const MOST_BYTES: usize = 8 << 20;

/// Whose a review is: what its namespace and requester hash to, and whether it is a dry run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flow {
    namespace: u8,
    requester: u8,
    dry_run: bool,
}

/// A fixed number of seats, and who waits for one.
#[derive(Clone, Debug)]
pub(super) struct Seats(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Unknown to callers: nobody can choose a name that shares a queue with another's.
    hasher: RandomState,
    state: Mutex<State>,
}

/// A seat, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    shared: Arc<Shared>,
    bytes: usize,
    /// Who is charged; nobody where that is not known, after a panic.
    flow: Option<Flow>,
    /// What was charged when it was taken.
    charged: Duration,
    used: Duration,
}

/// Waits for a seat; no more once it is dropped.
struct Waiting {
    shared: Arc<Shared>,
    flow: Flow,
    ticket: u64,
    seat: oneshot::Receiver<Seat>,
}

impl Seats {
    pub(super) fn new(seats: usize) -> Self {
        let state = State { free: seats, ..State::default() };
        Self(Arc::new(Shared { hasher: RandomState::new(), state: Mutex::new(state) }))
    }

    /// Whose a review is.
    pub(super) fn flow(&self, namespace: &str, requester: &str, dry_run: bool) -> Flow {
        let number = |name: &str| {
            let [first, ..] = self.0.hasher.hash_one(name).to_le_bytes();
            first
        };
        Flow { namespace: number(namespace), requester: number(requester), dry_run }
    }

    /// A seat at once, where one is free and nobody waits. Whose it is is said when it is given
    /// back.
    pub(super) fn take(&self, bytes: usize) -> Option<Seat> {
        let mut state = self.0.state();
        let free = state.waiting.is_empty() && state.has_room(bytes);
        free.then(|| self.0.seat(&mut state, None, bytes, Duration::ZERO))
    }

    /// A seat when it is this flow's turn.
    pub(super) async fn wait(&self, flow: Flow, bytes: usize) -> Seat {
        let mut waiting = {
            let mut state = self.0.state();
            let (sender, seat) = oneshot::channel();
            let ticket = state.enqueue(flow, Waiter { bytes, sender });
            Waiting { shared: Arc::clone(&self.0), flow, ticket, seat }
        };
        self.0.admit();
        match (&mut waiting.seat).await {
            Ok(seat) => seat,
            // Never: a waiter goes with its seat, or when this future does.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.shared.state().dequeue(self.flow, self.ticket);
    }
}

impl Seat {
    /// Gives it back: whose it was, and what it used.
    pub(super) fn give_back(mut self, flow: Flow, used: Duration) {
        (self.flow, self.used) = (Some(flow), used);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let now = Instant::now();
        let mut state = self.shared.state();
        state.free += 1;
        state.bytes -= self.bytes.min(state.bytes);
        if let Some(flow) = self.flow {
            state.charge(flow, self.used.saturating_sub(self.charged), now);
        }
        drop(state);
        self.shared.admit();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing here panics while it holds the lock, and a count that is off by one is no reason
        // to stop judging.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seat(
        self: &Arc<Self>,
        state: &mut State,
        flow: Option<Flow>,
        bytes: usize,
        charged: Duration,
    ) -> Seat {
        state.free -= 1;
        state.bytes += bytes;
        Seat { shared: Arc::clone(self), bytes, flow, charged, used: charged }
    }

    /// Gives seats to those whose turn it is.
    fn admit(self: &Arc<Self>) {
        loop {
            let now = Instant::now();
            let mut state = self.state();
            let Some((flow, waiter)) = state.next(now) else { return };
            state.charge(flow, BEGUN, now);
            let seat = self.seat(&mut state, Some(flow), waiter.bytes, BEGUN);
            drop(state);
            // Who has gone meanwhile gives it back by dropping it.
            drop(waiter.sender.send(seat));
        }
    }
}

#[derive(Debug)]
struct Waiter {
    bytes: usize,
    sender: oneshot::Sender<Seat>,
}

/// Processor time, which counts less and less.
#[derive(Clone, Copy, Debug)]
struct Usage {
    seconds: f64,
    at: Instant,
}

impl Usage {
    fn lately(self, now: Instant) -> f64 {
        let ago = now.saturating_duration_since(self.at).as_secs_f64();
        self.seconds * (-ago / HALF_LIFE.as_secs_f64()).exp2()
    }
}

/// Those of one kind who wait in a namespace: by requester, in the order in which they came.
type Queue = BTreeMap<u8, BTreeMap<u64, Waiter>>;

/// What is known of everybody: at most 256 namespaces with 256 requesters each.
#[derive(Debug, Default)]
struct State {
    free: usize,
    /// Of the reviews that have a seat.
    bytes: usize,
    tickets: u64,
    /// By namespace: real requests, dry runs. No queue in it is empty.
    waiting: BTreeMap<u8, [Queue; 2]>,
    namespaces: BTreeMap<u8, Usage>,
    requesters: BTreeMap<(u8, u8), Usage>,
}

impl State {
    fn has_room(&self, bytes: usize) -> bool {
        self.free > 0 && (self.bytes == 0 || self.bytes.saturating_add(bytes) <= MOST_BYTES)
    }

    fn enqueue(&mut self, flow: Flow, waiter: Waiter) -> u64 {
        self.tickets += 1;
        let [real, dry] = self.waiting.entry(flow.namespace).or_default();
        let queue = if flow.dry_run { dry } else { real };
        queue.entry(flow.requester).or_default().insert(self.tickets, waiter);
        self.tickets
    }

    fn dequeue(&mut self, flow: Flow, ticket: u64) -> Option<Waiter> {
        let [real, dry] = self.waiting.get_mut(&flow.namespace)?;
        let queue = if flow.dry_run { &mut *dry } else { &mut *real };
        let waiters = queue.get_mut(&flow.requester)?;
        let waiter = waiters.remove(&ticket);
        if waiters.is_empty() {
            queue.remove(&flow.requester);
        }
        if real.is_empty() && dry.is_empty() {
            self.waiting.remove(&flow.namespace);
        }
        waiter
    }

    /// Whose turn it is, if there is a seat for it. A review that finds no room for its bytes is
    /// not overtaken, or it would wait for ever.
    fn next(&mut self, now: Instant) -> Option<(Flow, Waiter)> {
        let lately = |usage: Option<&Usage>| usage.map_or(0.0, |usage| usage.lately(now));
        let first = |waiters: &BTreeMap<u64, Waiter>| {
            waiters.first_key_value().map(|(ticket, waiter)| (*ticket, waiter.bytes))
        };
        let least = |queue: &Queue, namespace: u8| {
            let each = queue.iter().filter_map(|(requester, waiters)| {
                let (ticket, bytes) = first(waiters)?;
                let used = lately(self.requesters.get(&(namespace, *requester)));
                Some((used, ticket, *requester, bytes))
            });
            each.min_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)))
        };
        let turns = self.waiting.iter().filter_map(|(namespace, [real, dry])| {
            let (queue, dry_run) = if real.is_empty() { (dry, true) } else { (real, false) };
            let (_, ticket, requester, bytes) = least(queue, *namespace)?;
            let flow = Flow { namespace: *namespace, requester, dry_run };
            Some((lately(self.namespaces.get(namespace)), ticket, flow, bytes))
        });
        let next = turns.min_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)));
        let (_, ticket, flow, _) = next.filter(|(.., bytes)| self.has_room(*bytes))?;
        self.dequeue(flow, ticket).map(|waiter| (flow, waiter))
    }

    fn charge(&mut self, flow: Flow, used: Duration, now: Instant) {
        let nothing = Usage { seconds: 0.0, at: now };
        let namespace = self.namespaces.entry(flow.namespace).or_insert(nothing);
        let requester = self.requesters.entry((flow.namespace, flow.requester)).or_insert(nothing);
        for usage in [namespace, requester] {
            *usage = Usage { seconds: usage.lately(now) + used.as_secs_f64(), at: now };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `NAMESPACE REQUESTER` or `NAMESPACE REQUESTER dry`, in the order of their turns.
    fn order(used: &[(u8, u8, u64)], waiting: &[(u8, u8, bool)]) -> Vec<String> {
        let now = Instant::now();
        let mut state = State { free: usize::MAX, ..State::default() };
        for (namespace, requester, seconds) in used {
            let flow = Flow { namespace: *namespace, requester: *requester, dry_run: false };
            state.charge(flow, Duration::from_secs(*seconds), now);
        }
        for (namespace, requester, dry_run) in waiting {
            let flow = Flow { namespace: *namespace, requester: *requester, dry_run: *dry_run };
            state.enqueue(flow, Waiter { bytes: 0, sender: oneshot::channel().0 });
        }
        let mut turns = Vec::new();
        while let Some((flow, _)) = state.next(now) {
            state.charge(flow, Duration::from_secs(1), now);
            let dry = if flow.dry_run { " dry" } else { "" };
            turns.push(format!("{} {}{dry}", flow.namespace, flow.requester));
        }
        assert!(state.waiting.is_empty());
        turns
    }

    #[test]
    fn turns_go_to_who_used_least() {
        assert_eq!(order(&[], &[(1, 1, false), (1, 1, false)]), ["1 1", "1 1"]);
        let flood = [(1, 1, false), (1, 1, false), (1, 1, false), (2, 1, false)];
        assert_eq!(order(&[], &flood), ["1 1", "2 1", "1 1", "1 1"], "namespaces take turns");
        assert_eq!(order(&[(1, 1, 9)], &flood), ["2 1", "1 1", "1 1", "1 1"], "by what they used");
        let users = [(1, 1, false), (1, 1, false), (1, 2, false)];
        assert_eq!(order(&[], &users), ["1 1", "1 2", "1 1"], "requesters take turns within one");
        assert_eq!(order(&[(1, 1, 1), (2, 2, 9)], &users), ["1 2", "1 1", "1 1"]);
    }

    #[test]
    fn dry_runs_come_after_real_requests_of_their_namespace() {
        let waiting = [(1, 1, true), (1, 2, true), (1, 1, false), (2, 1, true)];
        assert_eq!(order(&[(2, 1, 9)], &waiting), ["1 1", "1 2 dry", "1 1 dry", "2 1 dry"]);
    }

    #[test]
    fn what_was_used_is_forgotten() {
        let now = Instant::now();
        let usage = Usage { seconds: 8.0, at: now };
        assert!((usage.lately(now + HALF_LIFE * 3) - 1.0).abs() < 1e-9);
        assert!(usage.lately(now + HALF_LIFE * 200) < 1e-9);
    }

    #[tokio::test]
    async fn seats_are_given_back_and_waited_for() {
        let seats = Seats::new(1);
        let flow = seats.flow("shop", "dana", false);
        let seat = seats.take(1).unwrap();
        assert!(seats.take(1).is_none());
        let gone = seats.wait(flow, 1);
        let soon = Duration::from_millis(1);
        assert!(tokio::time::timeout(soon, gone).await.is_err(), "nobody gave one back");
        assert!(seats.0.state().waiting.is_empty(), "who goes does not wait");
        let next = tokio::spawn({
            let seats = seats.clone();
            async move { seats.wait(flow, 1).await }
        });
        while seats.0.state().waiting.is_empty() {
            tokio::task::yield_now().await;
        }
        seat.give_back(flow, Duration::from_secs(1));
        next.await.unwrap().give_back(flow, Duration::ZERO);
        assert!(seats.take(1).is_some());
    }

    #[test]
    fn bytes_that_are_judged_at_once_are_bounded_and_a_large_review_is_alone() {
        let seats = Seats::new(4);
        let half = seats.take(MOST_BYTES / 2).unwrap();
        assert!(seats.take(MOST_BYTES).is_none());
        assert!(seats.take(MOST_BYTES / 2).is_some());
        drop(half);
        let alone = seats.take(4 * MOST_BYTES).unwrap();
        assert!(seats.take(1).is_none());
        drop(alone);
    }
}
