//! The open connections of one listener: who may come, who has to go, who is idle.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::readiness::Readiness;
use super::registry::{Id, Registry, Rules};
use crate::metrics::{Closed, Metrics};

/// The registry, and how to close what is in it.
#[derive(Debug)]
pub(super) struct Connections {
    open: Mutex<Open>,
    /// A connection ended, or has no request in flight any more.
    freed: Notify,
    metrics: Arc<Metrics>,
    readiness: Arc<Readiness>,
}

#[derive(Debug)]
struct Open {
    registry: Registry,
    closing: BTreeMap<Id, CancellationToken>,
}

/// The slot of an open connection, free again when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    connections: Arc<Connections>,
    pub(super) id: Id,
    pub(super) peer: IpAddr,
    /// It has to go at once.
    pub(super) closing: CancellationToken,
}

/// A request in flight: its connection is not idle until this is dropped.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Slot>);

impl Connections {
    pub(super) fn new(rules: Rules, metrics: Arc<Metrics>, readiness: Arc<Readiness>) -> Self {
        let open = Open { registry: Registry::new(rules), closing: BTreeMap::new() };
        Self { open: Mutex::new(open), freed: Notify::new(), metrics, readiness }
    }

    /// Waits until one more may come. Until then new peers are in the kernel's queue.
    pub(super) async fn room(&self) {
        if self.open().registry.is_full() {
            // A request that is there already is seen before its connection is the one to go.
            yield_now().await;
        }
        while !self.open().registry.has_room(Instant::now()) {
            // Also with time some become old enough to go.
            drop(timeout(Duration::from_secs(1), self.freed.notified()).await);
        }
    }

    /// One more has come; whoever has to make room for it is closed.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Slot {
        let (now, closing) = (Instant::now(), CancellationToken::new());
        // 10.0.0.1 may also call as ::ffff:10.0.0.1.
        let peer = peer.to_canonical();
        let mut open = self.open();
        let id = open.registry.admit(peer, now);
        open.closing.insert(id, closing.clone());
        let surplus = open.registry.surplus(id, now);
        drop(open);
        if let Some((surplus, reason)) = surplus {
            self.close(surplus, reason, now);
        }
        Slot { connections: Arc::clone(self), id, peer, closing }
    }

    fn close(&self, id: Id, reason: Closed, now: Instant) {
        if let Some(closing) = self.forget(id) {
            closing.cancel();
        }
        self.metrics.traffic.closed(reason);
        let what = match reason {
            Closed::Idle => return,
            Closed::Room => "idle connections are closed to make room for new ones",
            Closed::Peer => "idle connections of an address that has many are closed",
        };
        if self.readiness.notices.note(what, now) {
            tracing::warn!("{what}");
        }
    }

    fn forget(&self, id: Id) -> Option<CancellationToken> {
        let mut open = self.open();
        open.registry.leave(id);
        open.closing.remove(&id)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// A request begins; `None` if the connection is being closed.
    pub(super) fn begin(self: &Arc<Self>) -> Option<InFlight> {
        let begins = self.connections.open().registry.begin(self.id);
        begins.then(|| InFlight(Arc::clone(self)))
    }

    /// It carried a review that was judged.
    pub(super) fn judged(&self) {
        self.connections.open().registry.judged(self.id);
    }

    /// Returns once no request was in flight for `limit`, counted from `begin` at the earliest.
    pub(super) async fn idle(&self, begin: Instant, limit: Duration) {
        let since = || self.connections.open().registry.idle_since(self.id);
        unchanged(limit, || since().map(|since| since.max(begin))).await;
    }

    /// It is closed because it was idle.
    pub(super) fn expired(&self) {
        self.connections.metrics.traffic.closed(Closed::Idle);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.forget(self.id);
        self.connections.freed.notify_one();
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let Self(slot) = self;
        slot.connections.open().registry.end(slot.id, Instant::now());
        slot.connections.freed.notify_one();
    }
}

/// Returns once the time from `since` is `limit` ago. It is read again only when that may be so: it only
/// moves forward.
pub(super) async fn unchanged(limit: Duration, since: impl Fn() -> Option<Instant>) {
    loop {
        match since().map(|since| since + limit) {
            Some(end) if end <= Instant::now() => return,
            Some(end) => sleep_until(end).await,
            None => sleep(limit).await,
        }
    }
}
