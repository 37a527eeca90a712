//! What is managed in a cluster; all 0 where nothing is, and no series of an expiry or a platform.

use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::Time;

/// The fields of a webhook that a repair can be about, as labels.
const FIELDS: [&str; 13] = [
    "entry",
    "clientConfig",
    "clientConfig.caBundle",
    "rules",
    "failurePolicy",
    "matchPolicy",
    "namespaceSelector",
    "objectSelector",
    "sideEffects",
    "timeoutSeconds",
    "admissionReviewVersions",
    "matchConditions",
    "reinvocationPolicy",
];

/// Any other: one that an API server of tomorrow has.
const OTHER: &str = "other";

/// What is counted of certificate and registration.
#[derive(Debug)]
pub struct Managed {
    authority_not_after: Time,
    leader: IntGauge,
    registrations: IntCounter,
    repairs: IntCounterVec,
    tolerated: IntGaugeVec,
}

impl Managed {
    pub(super) fn new(opts: impl Fn(&str, &str) -> Opts) -> Result<Self, prometheus::Error> {
        let managed = Self {
            authority_not_after: Time::new(opts(
                "tls_authority_not_after_timestamp_seconds",
                "When the authority expires, where it is kept in the Secret.",
            ))?,
            leader: IntGauge::with_opts(opts(
                "leader",
                "Whether this replica renews the certificate and registers the webhooks.",
            ))?,
            registrations: IntCounter::with_opts(opts(
                "registrations_total",
                "Times that this replica filled in or repaired a webhook configuration.",
            ))?,
            repairs: IntCounterVec::new(
                opts(
                    "registration_repairs_total",
                    "Fields of webhooks that this replica put back after somebody had changed them.",
                ),
                &["field"],
            )?,
            tolerated: IntGaugeVec::new(
                opts(
                    "registration_tolerated",
                    "Webhooks to whose namespaceSelector a platform has added what it requires.",
                ),
                &["platform"],
            )?,
        };
        for field in FIELDS.into_iter().chain([OTHER]) {
            managed.repairs.with_label_values(&[field]).inc_by(0);
        }
        Ok(managed)
    }

    pub(super) fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        self.authority_not_after.register(registry)?;
        registry.register(Box::new(self.leader.clone()))?;
        registry.register(Box::new(self.registrations.clone()))?;
        registry.register(Box::new(self.repairs.clone()))?;
        registry.register(Box::new(self.tolerated.clone()))
    }

    /// The authority in the Secret is another one.
    pub fn authority_loaded(&self, not_after: jiff::Timestamp) {
        self.authority_not_after.set(not_after);
    }

    /// Whether this replica leads.
    pub fn leads(&self, leads: bool) {
        self.leader.set(leads.into());
    }

    /// A webhook configuration was filled in or repaired.
    pub fn registered(&self) {
        self.registrations.inc();
    }

    /// A field of a webhook was put back.
    pub fn repaired(&self, field: &str) {
        let label = FIELDS.into_iter().find(|known| *known == field).unwrap_or(OTHER);
        self.repairs.with_label_values(&[label]).inc();
    }

    /// How many webhooks carry a platform's requirements.
    pub fn tolerated(&self, platform: &'static str, webhooks: usize) {
        let webhooks = i64::try_from(webhooks).unwrap_or(i64::MAX);
        self.tolerated.with_label_values(&[platform]).set(webhooks);
    }
}
