//! helm, compiled from its Go modules.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use super::programs::{built, kept};

const FOLDER: (&str, &str) = ("BULKHEAD_TEST_HELM", "helm");

/// The program of Helm 4; `helm` is Helm 3.
pub(crate) const HELM_4: &str = "helm4";

/// Both.
pub(crate) const HELMS: [&str; 2] = ["helm", HELM_4];

/// Compiles both unless they are there.
pub(crate) fn build() -> Result<(), String> {
    HELMS.iter().try_for_each(|program| built(FOLDER.0, FOLDER.1, program).map(drop))
}

/// Helm 3.
pub(crate) fn helm(args: &[impl AsRef<OsStr>]) -> Command {
    helm_of("helm", args)
}

/// One of both, without the settings and caches of whoever runs the tests.
pub(crate) fn helm_of(program: &str, args: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(kept(FOLDER.0, FOLDER.1).join(program));
    for home in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        command.env(home, Path::new(env!("CARGO_TARGET_TMPDIR")).join("helm"));
    }
    command.env_remove("KUBECONFIG").args(args);
    command
}
