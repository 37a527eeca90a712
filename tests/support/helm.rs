//! helm, compiled from its Go module.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use super::programs::{built, kept};

const FOLDER: (&str, &str) = ("BULKHEAD_TEST_HELM", "helm");

/// Compiles helm unless it is there.
pub(crate) fn build() -> Result<(), String> {
    built(FOLDER.0, FOLDER.1, "helm").map(drop)
}

/// helm, without the settings and caches of whoever runs the tests.
pub(crate) fn helm(args: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(kept(FOLDER.0, FOLDER.1).join("helm"));
    for home in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        command.env(home, Path::new(env!("CARGO_TARGET_TMPDIR")).join("helm"));
    }
    command.env_remove("KUBECONFIG").args(args);
    command
}
