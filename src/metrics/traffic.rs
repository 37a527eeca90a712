//! Connections and answers: what is open, what was put off, closed or dropped.

use prometheus::{IntCounterVec, IntGauge, Opts, Registry};

/// Why a request was put off: it may come again at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shed {
    /// The turn of a large review did not come in time.
    Turn,
    /// There was no room for its body.
    Bodies,
    /// Its caller has too many answers that it did not read.
    Answers,
}

impl Shed {
    const ALL: [Self; 3] = [Self::Turn, Self::Bodies, Self::Answers];

    fn as_str(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::Bodies => "bodies",
            Self::Answers => "answers",
        }
    }
}

/// Why an open connection was closed, besides what its peer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// There was no request on it for long.
    Idle,
    /// It made room: there are as many as there may be.
    Room,
    /// The same for connections of its address that never carried a judged review.
    Peer,
}

impl Closed {
    const ALL: [Self; 3] = [Self::Idle, Self::Room, Self::Peer];

    fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Room => "room",
            Self::Peer => "peer",
        }
    }
}

/// Why an answer was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// Its caller did not read on in time.
    Stalled,
    /// All unread answers together were too many, and its peer held most.
    Room,
}

impl Dropped {
    const ALL: [Self; 2] = [Self::Stalled, Self::Room];

    fn as_str(self) -> &'static str {
        match self {
            Self::Stalled => "stalled",
            Self::Room => "room",
        }
    }
}

/// What is counted of connections and answers.
#[derive(Debug)]
pub struct Traffic {
    /// Open connections of the webhook port.
    pub connections: IntGauge,
    /// Bytes of answers that were not read yet.
    pub unread: IntGauge,
    shed: IntCounterVec,
    closed: IntCounterVec,
    dropped: IntCounterVec,
}

impl Traffic {
    pub(super) fn new(opts: impl Fn(&str, &str) -> Opts) -> Result<Self, prometheus::Error> {
        let counter = |name, help, label| IntCounterVec::new(opts(name, help), &[label]);
        let traffic = Self {
            connections: IntGauge::with_opts(opts(
                "connections",
                "Open connections of the webhook port.",
            ))?,
            unread: IntGauge::with_opts(opts(
                "unread_answer_bytes",
                "Bytes of answers that their callers did not read yet.",
            ))?,
            shed: counter("shed_total", "Requests that were put off with 429, by cause.", "cause")?,
            closed: counter(
                "connections_closed_total",
                "Connections that were closed because they were idle or others needed room.",
                "reason",
            )?,
            dropped: counter(
                "answers_dropped_total",
                "Answers that were dropped because their callers did not read them.",
                "reason",
            )?,
        };
        for cause in Shed::ALL {
            traffic.shed.with_label_values(&[cause.as_str()]).inc_by(0);
        }
        for reason in Closed::ALL {
            traffic.closed.with_label_values(&[reason.as_str()]).inc_by(0);
        }
        for reason in Dropped::ALL {
            traffic.dropped.with_label_values(&[reason.as_str()]).inc_by(0);
        }
        Ok(traffic)
    }

    pub(super) fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.connections.clone()))?;
        registry.register(Box::new(self.unread.clone()))?;
        registry.register(Box::new(self.shed.clone()))?;
        registry.register(Box::new(self.closed.clone()))?;
        registry.register(Box::new(self.dropped.clone()))
    }

    pub(super) fn shed(&self, cause: Shed) {
        self.shed.with_label_values(&[cause.as_str()]).inc();
    }

    /// Counts a connection that was closed.
    pub fn closed(&self, reason: Closed) {
        self.closed.with_label_values(&[reason.as_str()]).inc();
    }

    /// Counts an answer that was dropped.
    pub fn dropped(&self, reason: Dropped) {
        self.dropped.with_label_values(&[reason.as_str()]).inc();
    }
}
