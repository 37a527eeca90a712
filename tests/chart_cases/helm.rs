//! helm, and what it renders of the chart.

use std::env::var_os;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use bulkhead::manifest::documents;
use serde_json::Value;

use crate::support::{Ended, run};

/// The release and the namespace of what is rendered.
pub(crate) const RELEASE: &str = "bulkhead";
pub(crate) const NAMESPACE: &str = "bulkhead-system";

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

/// `helm template` of the chart with more arguments.
pub(crate) fn template(namespace: &str, more: &[&str]) -> Ended {
    let chart = place("charts/bulkhead");
    let fixed = ["template", RELEASE, chart.to_str().unwrap(), "--namespace", namespace];
    run(helm(&[&fixed, more].concat()))
}

/// What is rendered, as text.
#[track_caller]
pub(crate) fn text(more: &[&str]) -> String {
    let ended = template(NAMESPACE, more);
    assert_eq!(ended.code, Some(0), "{more:?}: {}", ended.stderr);
    ended.stdout
}

/// The objects of a text of YAML.
pub(crate) fn objects(text: &str) -> Vec<Value> {
    let all = documents(text).map(|document| serde_json::to_value(document.unwrap().root).unwrap());
    all.filter(|object| !object.is_null()).collect()
}

/// The only object of a kind.
#[track_caller]
pub(crate) fn only<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
    let mut of_kind = objects.iter().filter(|object| object["kind"] == kind);
    let first = of_kind.next().unwrap_or_else(|| panic!("no {kind}"));
    assert!(of_kind.next().is_none(), "several of {kind}");
    first
}

/// A file of values.
pub(crate) fn values(name: &str) -> String {
    place(&format!("tests/chart_cases/values/{name}.yaml")).to_str().unwrap().to_owned()
}

/// The names of all files of values.
pub(crate) fn sets() -> Vec<String> {
    let entries = std::fs::read_dir(place("tests/chart_cases/values")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut names: Vec<_> =
        paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}
