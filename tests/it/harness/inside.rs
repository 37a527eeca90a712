//! The server within the test, over real sockets, for bounds that no flag sets.

use std::net::SocketAddr;
use std::path::PathBuf;

use bulkhead::app::{self, Instance};
use bulkhead::config::{CertificateSource, Config};
use bulkhead::server::Limits;
use tempfile::TempDir;

use crate::support::exposed;

/// A server with bounds of the test's own; it ends with the runtime.
pub(crate) struct Inside {
    running: Instance,
    dir: TempDir,
}

impl Inside {
    /// With a policy of these controls.
    pub(crate) async fn start(controls: &str, limits: Limits) -> Self {
        let dir = TempDir::new().unwrap();
        let policy = dir.path().join("policy.yaml");
        std::fs::write(&policy, crate::support::policy(controls)).unwrap();
        let any: SocketAddr = ([127, 0, 0, 1], 0).into();
        let config = Config {
            listen: any,
            admin_listen: any,
            policy: Some(policy),
            certificate: CertificateSource::Memory { write_ca: Some(dir.path().join("ca.pem")) },
            names: Vec::new(),
            excluded: std::collections::BTreeSet::new(),
            help_url: String::new(),
            lame_duck: std::time::Duration::ZERO,
        };
        let running = app::start(config, limits).await.unwrap();
        Self { running, dir }
    }

    pub(crate) fn webhook(&self) -> SocketAddr {
        self.running.webhook
    }

    pub(crate) fn admin(&self) -> SocketAddr {
        self.running.admin
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// The value of one series of whole numbers on `/metrics`.
    pub(crate) fn count(&self, series: &str) -> Option<u64> {
        Some(exposed(self.admin(), series)?.parse().unwrap())
    }
}
