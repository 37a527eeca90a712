//! A release of the chart on a node, and callers of the API server meanwhile.

mod load;
mod release;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::node::probed;
use crate::support::builders::named_pod;
use crate::support::{place, sharing};
use crate::tier::programs::kept;

pub(crate) use load::{Expected, under_load};
pub(crate) use release::Release;

/// The archive of the image, written now if the program changed.
pub(crate) fn image() -> Result<PathBuf, String> {
    let folder = kept("BULKHEAD_TEST_IMAGE", "image");
    let written = Command::new(place("image/build")).arg(folder).output();
    let written = written.map_err(|error| format!("cannot run image/build: {error}"))?;
    let said = String::from_utf8_lossy(&written.stdout);
    match said.lines().last() {
        Some(path) if written.status.success() => Ok(PathBuf::from(path)),
        _ => Err(format!("image/build: {}", String::from_utf8_lossy(&written.stderr))),
    }
}

/// A pod that gets its name when it is created.
fn generated(prefix: &str, spec: &Value) -> Value {
    let mut pod = named_pod("", spec);
    pod["metadata"] = json!({"generateName": prefix});
    pod
}

/// A pod of two containers that see each other's processes.
pub(crate) fn shared() -> Value {
    let containers = ["web", "shell"].map(|name| probed(name, "root", &json!({})));
    generated("sharing-", &sharing(&containers))
}

/// The same, with a tracer: guardrail denies it.
pub(crate) fn tracing() -> Value {
    let mut pod = shared();
    pod["spec"]["containers"][1]["securityContext"] =
        json!({"capabilities": {"add": ["SYS_PTRACE"]}});
    pod
}

/// One that no preset denies.
pub(crate) fn harmless() -> Value {
    generated("harmless-", &json!({"containers": [probed("app", "root", &json!({}))]}))
}

/// A figure for whoever reads the run.
pub(crate) fn say(figure: std::fmt::Arguments<'_>) {
    drop(writeln!(std::io::stdout(), "{figure}"));
}
