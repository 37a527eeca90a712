//! The controllers of what is kept in a cluster: the certificate in its Secret, the webhook
//! configurations, and which replica leads.
//!
//! Comes in: objects as they are seen, and clocks. Goes out: what is served, whether the server may
//! be ready, and writes that lose to whoever was first. What is to be done is decided by functions of
//! what was seen; around them is what waits, asks and writes.

mod certificate;
mod configuration;
mod configuration_state;
mod election;
mod endpoint_gate;
mod publisher;
mod repairs;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

pub use self::certificate::{CertificateReconciler, LeafRequest};
pub use self::configuration::ConfigurationHandle;
pub use self::election::run_election;
pub use self::endpoint_gate::EndpointGate;
pub use self::publisher::Publisher;
pub use self::repairs::{Repairs, Reversal};
pub use self::webhooks::WebhookReconciler;
use crate::tls::Certificate;

/// Until everything is looked at again although nothing happened: certificates expire without an
/// event, clocks jump, and machines sleep.
const RESYNC_PERIOD: Duration = Duration::from_mins(1);

/// Until the next attempt after one that failed.
const RETRY_DELAY: Duration = Duration::from_secs(5);

/// A certificate that was checked, and the authorities its callers are to trust.
#[derive(Debug)]
pub struct Current {
    /// To be served.
    pub certificate: Certificate,
    /// As PEM.
    pub authority: String,
}

/// What to serve; before there is anything, why there is not.
pub type CertificateWatch = watch::Receiver<Result<Arc<Current>, String>>;
