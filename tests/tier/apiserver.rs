//! The control plane of this run: started here, or somebody else's.

use std::env::var_os;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::tier::programs::{Held, built, kept, scratch};

/// The folder of `bulkhead-cluster` and `kubectl`.
const FOLDER: (&str, &str) = ("BULKHEAD_TEST_CLUSTER", "cluster");

/// An API server, and what is needed to use it.
pub(crate) struct ApiServer {
    /// Of an administrator.
    pub(crate) kubeconfig: PathBuf,
    /// Where it writes its audit log, if that can be read here.
    pub(crate) audit_log: Option<PathBuf>,
    pub(crate) kubectl: PathBuf,
    /// The name by which it reaches this machine.
    pub(crate) webhook_host: String,
    /// The control plane that was started for it, and its folder.
    own: Option<(Held, TempDir)>,
}

impl ApiServer {
    /// The one that the environment names, else a new one.
    pub(crate) fn find() -> Result<Self, String> {
        match var_os("BULKHEAD_TEST_KUBECONFIG") {
            Some(kubeconfig) => Ok(Self::elsewhere(kubeconfig.into())),
            None => Self::start(),
        }
    }

    fn elsewhere(kubeconfig: PathBuf) -> Self {
        let host = var_os("BULKHEAD_TEST_WEBHOOK_HOST");
        let ours = kept(FOLDER.0, FOLDER.1).join("kubectl");
        Self {
            kubeconfig,
            audit_log: var_os("BULKHEAD_TEST_AUDIT_LOG").map(Into::into),
            kubectl: if ours.exists() { ours } else { "kubectl".into() },
            webhook_host: host.map_or_else(loopback, |host| host.to_string_lossy().into_owned()),
            own: None,
        }
    }

    fn start() -> Result<Self, String> {
        let folder = built(FOLDER.0, FOLDER.1, "bulkhead-cluster")?;
        let dir = scratch()?;
        let mut command = Command::new(folder.join("bulkhead-cluster"));
        command.args(["up", "--dir"]).arg(dir.path());
        let held = Held::start(command)?;
        let kubeconfig = dir.path().join("kubeconfig");
        let audit_log = dir.path().join("audit.log");
        Ok(Self {
            kubeconfig,
            audit_log: Some(audit_log),
            kubectl: folder.join("kubectl"),
            webhook_host: loopback(),
            own: Some((held, dir)),
        })
    }

    /// Whether it was started here, bare: no controllers, no kubelets, the default plugins.
    pub(crate) fn is_bare(&self) -> bool {
        self.own.is_some()
    }
}

fn loopback() -> String {
    "127.0.0.1".to_owned()
}
