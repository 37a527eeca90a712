//! Counters and gauges: one struct, its own registry, closed label sets.
//!
//! No label ever holds a name from a request, so the number of series is fixed.

mod managed;
mod traffic;

use std::time::Duration;

use prometheus::process_collector::ProcessCollector;
use prometheus::{
    Encoder as _, Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts,
    Registry, TextEncoder,
};

pub use managed::Managed;
pub use traffic::{Closed, Dropped, Shed, Traffic};

use crate::controls::{ALL, Finds};
use crate::decision::Line;
use crate::policy::Mode;

/// From 50 µs, where a small review is judged, to the longest timeout worth having.
const SECONDS: &[f64] = &[
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0,
    5.0,
];

/// Where something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Accepting a connection.
    Accept,
    /// The TLS handshake.
    Handshake,
    /// Reading a request: method, type, size, time.
    Read,
    /// Too much at once.
    Shed,
    /// A malformed review.
    Decode,
    /// An object that cannot be read.
    Object,
    /// Writing the answer.
    Encode,
    /// A panic.
    Panic,
    /// Loading the policy file.
    Policy,
    /// Loading the certificate.
    Certificate,
    /// Asking the API server.
    Cluster,
}

impl Stage {
    const ALL: [Self; 11] = [
        Self::Accept,
        Self::Handshake,
        Self::Read,
        Self::Shed,
        Self::Decode,
        Self::Object,
        Self::Encode,
        Self::Panic,
        Self::Policy,
        Self::Certificate,
        Self::Cluster,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Handshake => "handshake",
            Self::Read => "read",
            Self::Shed => "shed",
            Self::Decode => "decode",
            Self::Object => "object",
            Self::Encode => "encode",
            Self::Panic => "panic",
            Self::Policy => "policy",
            Self::Certificate => "certificate",
            Self::Cluster => "cluster",
        }
    }
}

/// The labels of one review.
#[derive(Clone, Copy, Debug)]
pub struct Labels {
    /// The endpoint without its slash.
    pub path: &'static str,
    /// CREATE, UPDATE, DELETE, CONNECT.
    pub operation: &'static str,
    /// The class of the kind.
    pub kind: &'static str,
    /// allowed, denied, patched, skipped or excluded.
    pub verdict: &'static str,
}

/// Everything `/metrics` shows.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reviews: IntCounterVec,
    findings: IntCounterVec,
    pairs: IntCounterVec,
    durations: HistogramVec,
    errors: IntCounterVec,
    policy_generation: IntGauge,
    policy_reload: Gauge,
    policy_reload_ok: IntGauge,
    tls_not_after: Time,
    /// What is managed in a cluster.
    pub managed: Managed,
    /// Connections and answers.
    pub traffic: Traffic,
}

/// The metrics could not be set up: a name stands twice.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up metrics")]
pub struct MetricsError(#[from] prometheus::Error);

impl Metrics {
    /// Sets everything up; series with closed labels start at 0, so that rates are right.
    pub fn new() -> Result<Self, MetricsError> {
        let registry = Registry::new();
        let opts = |name: &str, help: &str| Opts::new(name, help).namespace("bulkhead");
        let histogram = HistogramOpts::new(
            "review_duration_seconds",
            "Time from the last byte of a review to its answer.",
        )
        .namespace("bulkhead")
        .buckets(SECONDS.to_vec());
        let metrics = Self {
            reviews: IntCounterVec::new(
                opts(
                    "reviews_total",
                    "Reviews that were answered with a verdict; one user request can cause several.",
                ),
                &["path", "operation", "kind", "verdict"],
            )?,
            findings: IntCounterVec::new(
                opts(
                    "findings_total",
                    "Findings that counted, by control and mode: lines, where several share one.",
                ),
                &["control", "mode"],
            )?,
            pairs: IntCounterVec::new(
                opts(
                    "finding_pairs_total",
                    "Pairs of containers that findings which counted are about.",
                ),
                &["control", "mode"],
            )?,
            durations: HistogramVec::new(histogram, &["path"])?,
            errors: IntCounterVec::new(
                opts("errors_total", "Requests, connections and reloads that failed, by stage."),
                &["stage"],
            )?,
            policy_generation: IntGauge::with_opts(opts(
                "policy_generation",
                "Counts the policies that were put in force since the start.",
            ))?,
            policy_reload: Gauge::with_opts(opts(
                "policy_last_reload_timestamp_seconds",
                "When the policy in force was loaded.",
            ))?,
            policy_reload_ok: IntGauge::with_opts(opts(
                "policy_last_reload_successful",
                "Whether the last load of the policy succeeded; if 0, an older one is in force.",
            ))?,
            tls_not_after: Time::new(opts(
                "tls_not_after_timestamp_seconds",
                "When the served certificate expires.",
            ))?,
            managed: Managed::new(opts)?,
            traffic: Traffic::new(opts)?,
            registry,
        };
        metrics.register()?;
        Ok(metrics)
    }

    fn register(&self) -> Result<(), prometheus::Error> {
        let build = GaugeVec::new(
            Opts::new("bulkhead_build_info", "The version that runs."),
            &["version"],
        )?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        for stage in Stage::ALL {
            self.errors.with_label_values(&[stage.as_str()]).inc_by(0);
        }
        for control in ALL {
            for mode in [Mode::Audit, Mode::Warn, Mode::Deny] {
                self.findings.with_label_values(&[control.id, mode.as_str()]).inc_by(0);
                if control.finds == Finds::Pairs {
                    self.pairs.with_label_values(&[control.id, mode.as_str()]).inc_by(0);
                }
            }
        }
        let registry = &self.registry;
        registry.register(Box::new(self.reviews.clone()))?;
        registry.register(Box::new(self.findings.clone()))?;
        registry.register(Box::new(self.pairs.clone()))?;
        registry.register(Box::new(self.durations.clone()))?;
        registry.register(Box::new(self.errors.clone()))?;
        registry.register(Box::new(self.policy_generation.clone()))?;
        registry.register(Box::new(self.policy_reload.clone()))?;
        registry.register(Box::new(self.policy_reload_ok.clone()))?;
        self.tls_not_after.register(registry)?;
        self.managed.register(registry)?;
        self.traffic.register(registry)?;
        registry.register(Box::new(build))?;
        registry.register(Box::new(ProcessCollector::for_self()))
    }

    /// Counts a review and what it found.
    pub fn review(&self, labels: Labels, lines: &[Line], took: Duration) {
        let Labels { path, operation, kind, verdict } = labels;
        self.reviews.with_label_values(&[path, operation, kind, verdict]).inc();
        self.durations.with_label_values(&[path]).observe(took.as_secs_f64());
        for line in lines.iter().filter(|line| line.counts()) {
            let labels = [line.ruling.control().id, line.ruling.mode.as_str()];
            self.findings.with_label_values(&labels).inc();
            if line.pairs > 0 {
                let pairs = u64::try_from(line.pairs).unwrap_or(u64::MAX);
                self.pairs.with_label_values(&labels).inc_by(pairs);
            }
        }
    }

    /// Counts a failure.
    pub fn error(&self, stage: Stage) {
        self.errors.with_label_values(&[stage.as_str()]).inc();
    }

    /// Counts a request that was put off.
    pub fn shed(&self, cause: Shed) {
        self.error(Stage::Shed);
        self.traffic.shed(cause);
    }

    /// A policy was put in force.
    pub fn policy_loaded(&self, now: jiff::Timestamp) {
        self.policy_generation.inc();
        self.policy_reload_ok.set(1);
        self.policy_reload.set(seconds(now));
    }

    /// A policy could not be loaded; the one before it stays in force.
    pub fn policy_refused(&self) {
        self.policy_reload_ok.set(0);
        self.error(Stage::Policy);
    }

    /// Another certificate is served.
    pub fn certificate_loaded(&self, not_after: jiff::Timestamp) {
        self.tls_not_after.set(not_after);
    }

    /// The exposition text.
    pub fn render(&self) -> Result<Vec<u8>, MetricsError> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

/// A time that may not be known: then it has no series. One of 0 would be long past, and fire every
/// alert on an expiry.
#[derive(Debug)]
struct Time(GaugeVec);

impl Time {
    fn new(opts: Opts) -> Result<Self, prometheus::Error> {
        GaugeVec::new(opts, &[]).map(Self)
    }

    fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(self.0.clone()))
    }

    fn set(&self, time: jiff::Timestamp) {
        self.0.with_label_values::<&str>(&[]).set(seconds(time));
    }
}

/// Unix time; the part of a second beyond what a double holds does not matter.
fn seconds(time: jiff::Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}
