//! The webhook over HTTPS, and health and metrics over plain HTTP.
//!
//! Comes in: listeners, a published certificate, a [`Judge`] and the [`Lifecycle`]. Goes out:
//! answers. The loop that accepts is our own, because every limit hangs on it: handshake, header,
//! body and write times, connections, bytes. A request that was not judged never gets a 200.

mod admin;
mod answers;
mod body;
mod connection;
mod connections;
mod decisions;
mod fair;
mod ledger;
mod lifecycle;
mod listen;
mod notice;
mod readiness;
mod registry;
mod review;
mod router;
mod serving;
mod timed;

use std::time::Duration;

pub use admin::router as admin_router;
pub use lifecycle::Lifecycle;
pub use listen::serve;
pub use readiness::Readiness;
pub use review::Judge;
pub use router::router;
pub use serving::Serving;

/// The bounds of everything a caller can make large or slow.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of one body, in bytes. A pod that etcd accepts makes a review of up to 16.8 MiB.
    pub body: usize,
    /// Of all bodies in memory at once, in bytes.
    pub bodies: usize,
    /// Open connections. Where there are as many, idle ones make room.
    pub connections: usize,
    /// Of one address, of those that never carried a judged review: API servers may share an
    /// address with others, but not what they are known by.
    pub strangers: usize,
    /// Without a request, until a connection that did carry a judged review makes room: more than
    /// the 90 s that the API server's pool keeps it.
    pub stale: Duration,
    /// Answers that were not read, in bytes, until nothing more is read from this connection; the
    /// answer that passes a bound may be of any size.
    pub unread: usize,
    /// The same of one address.
    pub unread_of_peer: usize,
    /// The same in all: past it the answers of the address that holds most are dropped.
    pub unread_of_all: usize,
    /// From the accepted connection to the end of the TLS handshake.
    pub handshake: Duration,
    /// From the first byte of a request to the end of its headers.
    pub header: Duration,
    /// From the end of the headers to the end of the body, and never more than the caller's own
    /// `?timeout=`.
    pub request: Duration,
    /// Without progress in writing an answer.
    pub write: Duration,
    /// Between requests on one connection. The API server's pool keeps 90 s: less than that would
    /// close connections under its requests, which it does not repeat.
    pub idle: Duration,
    /// For requests in flight when draining begins.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 32 << 20,
            bodies: 128 << 20,
            connections: 4096,
            strangers: 1024,
            stale: Duration::from_secs(95),
            unread: 1 << 20,
            unread_of_peer: 32 << 20,
            unread_of_all: 64 << 20,
            handshake: Duration::from_secs(10),
            header: Duration::from_secs(10),
            request: Duration::from_secs(15),
            write: Duration::from_secs(10),
            idle: Duration::from_mins(2),
            drain: Duration::from_secs(15),
        }
    }
}

impl Limits {
    /// Of health and metrics: few callers, who ask for little and often.
    #[must_use]
    pub fn of_admin() -> Self {
        Self {
            connections: ADMIN,
            strangers: ADMIN,
            header: Duration::from_secs(5),
            write: Duration::from_secs(2),
            idle: Duration::from_secs(30),
            ..Self::default()
        }
    }

    /// With no more connections than so many descriptors leave besides all else that needs one.
    #[must_use]
    pub fn within(self, descriptors: usize) -> Self {
        let left = descriptors.saturating_sub(ADMIN + SPARE).max(ADMIN);
        let connections = self.connections.min(left);
        Self { connections, strangers: self.strangers.min(connections.div_ceil(4)), ..self }
    }
}

/// Connections of health and metrics.
const ADMIN: usize = 64;

/// Descriptors for files, the API server, listeners, and connections that are being closed.
const SPARE: usize = 128;
