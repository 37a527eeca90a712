//! Publishing a certificate: what is served, readiness, metric and log, in one step.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::metrics::Metrics;
use crate::server::Readiness;
use crate::tls::{Certificate, ServerConfigSlot};

/// Puts certificates in force: whoever has to know which one is served learns it here.
#[derive(Clone, Debug)]
pub struct Publisher {
    served: ServerConfigSlot,
    readiness: Arc<Readiness>,
    metrics: Arc<Metrics>,
}

impl Publisher {
    /// Of the certificate to begin with.
    pub fn new(first: &Certificate, readiness: Arc<Readiness>, metrics: Arc<Metrics>) -> Self {
        let served = Arc::new(ArcSwap::from(Arc::clone(&first.config)));
        let publisher = Self { served, readiness, metrics };
        publisher.serve(first);
        publisher
    }

    /// What new connections get.
    pub fn served(&self) -> ServerConfigSlot {
        Arc::clone(&self.served)
    }

    /// Serves another one from now on; `files` are where it comes from, if it is from files.
    pub fn publish(&self, certificate: &Certificate, files: Option<&str>) {
        self.serve(certificate);
        tracing::info!(files, not_after = %certificate.not_after, "certificate in use");
    }

    fn serve(&self, certificate: &Certificate) {
        self.served.store(Arc::clone(&certificate.config));
        self.readiness.set_certificate_expiry(certificate.not_after);
        self.metrics.certificate_loaded(certificate.not_after);
    }
}
