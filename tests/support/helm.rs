//! helm, compiled from its Go module.

use std::env::var_os;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A path below the root of the project.
pub(crate) fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The folder of `helm`; it is compiled there when it is missing.
fn folder() -> PathBuf {
    var_os("BULKHEAD_TEST_HELM").map_or_else(|| place("target/helm"), PathBuf::from)
}

/// Compiles helm unless it is there.
pub(crate) fn build() -> Result<(), String> {
    if folder().join("helm").exists() {
        return Ok(());
    }
    let status = Command::new(place("tests/helm/build")).arg(folder()).status();
    let status = status.map_err(|error| format!("cannot run tests/helm/build: {error}"))?;
    if status.success() { Ok(()) } else { Err("tests/helm/build failed, see above".to_owned()) }
}

/// helm, without the settings and caches of whoever runs the tests.
pub(crate) fn helm(args: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(folder().join("helm"));
    for home in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        command.env(home, Path::new(env!("CARGO_TARGET_TMPDIR")).join("helm"));
    }
    command.env_remove("KUBECONFIG").args(args);
    command
}
