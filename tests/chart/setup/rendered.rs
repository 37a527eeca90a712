//! helm, and what it renders of the chart.

use bulkhead::manifest::documents;
use serde_json::Value;

use crate::support::place;
use crate::support::{Ended, run};
use crate::tier::helm::helm;

/// The release and the namespace of what is rendered.
pub(crate) const RELEASE: &str = "bulkhead";
pub(crate) const NAMESPACE: &str = "bulkhead-system";

/// The names that values had before, each with the one that it has, or the two. They count until
/// 2027-06-30.
pub(crate) const RENAMED: &[(&str, &str)] = &[
    ("monitor.interval", "podMonitor.interval, serviceMonitor.interval"),
    ("monitor.kind", "podMonitor.enabled, serviceMonitor.enabled"),
    ("monitor.labels", "podMonitor.additionalLabels, serviceMonitor.additionalLabels"),
    ("replicas", "replicaCount"),
    ("rollingUpdate.maxSurge", "strategy.rollingUpdate.maxSurge"),
    ("rollingUpdate.maxUnavailable", "strategy.rollingUpdate.maxUnavailable"),
    ("uninstall.hook", "webhooksCleanup.enabled"),
];

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
    place(&format!("tests/chart/values/{name}.yaml")).to_str().unwrap().to_owned()
}

/// The names of all files of values.
pub(crate) fn sets() -> Vec<String> {
    let entries = std::fs::read_dir(place("tests/chart/values")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut names: Vec<_> =
        paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}
