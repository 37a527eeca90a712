//! Values by the names that they had before: each still counts, and one that has both names is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::read_to_string;

use serde_json::{Value, json};

use super::upgrades::release;
use super::{Case, offline};
use crate::setup::Cluster;
use crate::setup::rendered::{NAMESPACE, RENAMED, objects, only, template, text, values};
use crate::support::{folder, place, run};
use crate::tier::cases;
use crate::tier::helm::helm;

const OLDER: &str = "tests/fixtures/older-chart";

pub(super) fn cases() -> Vec<Case> {
    cases! {
        offline:
            every_value_of_before_counts,
            both_names_are_refused_where_they_differ,
            every_template_reads_settled_values,
            defaults_in_comments_are_true;
        Case::new:
            notes_warn_of_old_names,
            releases_of_before_go_on_by_their_values;
    }
}

fn read(file: &str) -> Value {
    serde_saphyr::from_str(&read_to_string(place(file)).unwrap()).unwrap()
}

/// The paths of values, down to what the user chooses the keys of.
fn paths(of: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
    let keys = of.as_object().filter(|keys| keys.keys().any(|key| !key.contains('/')));
    let Some(keys) = keys else {
        found.insert(path.to_owned(), of.clone());
        return;
    };
    for (key, value) in keys {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        paths(value, &path, found);
    }
}

fn at<'v>(values: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(values, |at, key| at.get(key))
}

/// Puts a value at a path that may not be there yet.
fn put(values: &mut Value, path: &str, value: Value) {
    let slot = path.split('.').fold(values, |at, key| {
        if at.is_null() {
            *at = json!({});
        }
        &mut at[key]
    });
    *slot = value;
}

/// The same values by their new names.
fn renamed(mut values: Value) -> Value {
    for (old, new) in RENAMED {
        let Some(value) = at(&values, old).cloned() else { continue };
        for new in new.split(", ") {
            let kind = if new.starts_with("service") { "ServiceMonitor" } else { "PodMonitor" };
            let value = if *old == "monitor.kind" { json!(value == kind) } else { value.clone() };
            put(&mut values, new, value);
        }
    }
    let top: BTreeSet<_> = RENAMED.iter().map(|(old, _)| old.split('.').next().unwrap()).collect();
    values.as_object_mut().unwrap().retain(|key, _| !top.contains(key.as_str()));
    values
}

/// Compared with the values file of that chart, so that none is forgotten.
fn every_value_of_before_counts() {
    let (defaults, changed) = (format!("{OLDER}/values.yaml"), format!("{OLDER}/changed.yaml"));
    let (mut known, mut given) = (BTreeMap::new(), read(&changed));
    paths(&read(&defaults), "", &mut known);
    assert!(known.len() > 60, "{known:?}");
    for (path, default) in &known {
        let value = at(&given, path).unwrap_or_else(|| panic!("{changed} does not change {path}"));
        assert!(value != default, "{changed} does not change {path}");
    }
    // As they are, and each way to be monitored, by both names.
    text(&["--values", place(&defaults).to_str().unwrap()]);
    for kind in ["ServiceMonitor", "PodMonitor", "none"] {
        put(&mut given, "monitor.kind", json!(kind));
        let files = folder(&[
            ("old.yaml", &given.to_string()),
            ("new.yaml", &renamed(given.clone()).to_string()),
        ]);
        let shown = |file: &str| text(&["--values", files.path().join(file).to_str().unwrap()]);
        let (old, new) = (shown("old.yaml"), shown("new.yaml"));
        assert_eq!(old, new, "{kind}");
        let all = objects(&old);
        assert_eq!(only(&all, "Deployment")["spec"]["replicas"], 3);
        let monitors = all.iter().filter(|object| object["kind"] == kind).count();
        assert_eq!(monitors, usize::from(kind != "none"));
        let unregisters =
            |object: &Value| object["metadata"]["name"].as_str().unwrap().ends_with("-unregister");
        assert!(!all.iter().any(unregisters), "uninstall.hook is false");
    }
}

/// The old name, the new one, and what is refused: also where the new value is the default.
const BOTH: &[(&str, &str, &str)] = &[
    ("replicas=3", "replicaCount=2", "replicas and replicaCount: both are set, and differ (3, 2)"),
    (
        "rollingUpdate.maxSurge=2",
        "strategy.rollingUpdate.maxSurge=1",
        "strategy.rollingUpdate.maxSurge is the name since this version: leave out the old one, by \
         --set rollingUpdate.maxSurge=null",
    ),
    (
        "monitor.kind=\"ServiceMonitor\"",
        "serviceMonitor.enabled=false",
        "monitor.kind and serviceMonitor.enabled: both are set, and differ (\"ServiceMonitor\", false)",
    ),
    ("monitor.kind=\"none\"", "podMonitor.enabled=true", "monitor.kind and podMonitor.enabled"),
    ("monitor.interval=\"1m\"", "podMonitor.interval=\"30s\"", "podMonitor.interval is the name"),
    (
        "monitor.labels={\"a\":\"b\"}",
        "serviceMonitor.additionalLabels={\"a\":\"c\"}",
        "serviceMonitor.additionalLabels is the name",
    ),
    ("uninstall.hook=false", "webhooksCleanup.enabled=true", "--set uninstall.hook=null"),
];

fn both_names_are_refused_where_they_differ() {
    for (old, new, message) in BOTH {
        let args = ["--set-json", old, "--set-json", new];
        let ended = template(NAMESPACE, &args);
        assert_eq!(ended.code, Some(1), "{old} {new}");
        assert!(ended.stderr.contains(message), "{old} {new}: {}", ended.stderr);
        // What the message says helps.
        let (path, _) = old.split_once('=').unwrap();
        text(&["--set-json", old, "--set-json", new, "--set", &format!("{path}=null")]);
    }
    let same = ["--set", "replicas=3,replicaCount=3"];
    assert_eq!(only(&objects(&text(&same)), "Deployment")["spec"]["replicas"], 3);
}

/// What reads values before they are settled would not know the new name.
fn every_template_reads_settled_values() {
    let templates = place("charts/bulkhead/templates");
    let folders = [templates.clone(), templates.join("tests")];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let paths = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension != "tpl")).collect();
    assert!(paths.len() >= 15, "{paths:?}");
    for path in paths {
        let text = read_to_string(&path).unwrap();
        let first = "{{- include \"bulkhead.settle\" . -}}\n";
        assert!(text.starts_with(first), "{}", path.display());
    }
}

/// Lines such as `#replicaCount: 2`: who uncomments them all changes nothing.
fn defaults_in_comments_are_true() {
    let file = read_to_string(place("charts/bulkhead/values.yaml")).unwrap();
    let shown = |line: &str| {
        let bare = line.trim_start();
        let value = bare.strip_prefix('#').filter(|rest| rest.starts_with(char::is_alphabetic));
        let indent = line.len() - bare.len();
        value.map_or_else(|| line.to_owned(), |value| format!("{}{value}", &line[..indent]))
    };
    let all: Vec<_> = file.lines().map(shown).collect();
    assert!(all.iter().any(|line| line == "replicaCount: 2"), "{all:?}");
    let given = folder(&[("all.yaml", &all.join("\n"))]);
    let given = given.path().join("all.yaml");
    assert_eq!(text(&["--values", given.to_str().unwrap()]), text(&[]));
}

fn notes_warn_of_old_names(cluster: &Cluster) {
    let own = cluster.namespace();
    let shown = |set: &str| {
        let args = ["--dry-run=client", "--values", &values(set)];
        let shown = release(cluster, "install", &own, &args);
        let lines = shown.lines().filter(|line| line.starts_with("Warning: ")).map(str::to_owned);
        lines.collect::<BTreeSet<_>>()
    };
    let changelog = read_to_string(place("CHANGELOG.md")).unwrap();
    let warned = |(old, new): &(&str, &str)| {
        let new = new.replace(", ", " or ");
        format!("Warning: the value {old} is now {new}; the old name works until 2027-06-30.")
    };
    assert!(changelog.contains("until 2027-06-30"));
    let given = ["rollingUpdate.maxSurge"];
    let expected = RENAMED.iter().filter(|(old, _)| !given.contains(old)).map(warned);
    assert_eq!(shown("older"), expected.collect());
    assert_eq!(shown("conventions"), BTreeSet::new());
}

/// With what the user set, and with everything that helm remembers.
fn releases_of_before_go_on_by_their_values(cluster: &Cluster) {
    for flag in ["--reset-then-reuse-values", "--reuse-values"] {
        let own = cluster.namespace();
        let older = place(OLDER);
        let set = format!("--set=fullnameOverride={own},replicas=3,monitor.kind=PodMonitor");
        let mut install = helm(&["install", &own, older.to_str().unwrap(), &set]);
        install.args(["--namespace", &own, "--kubeconfig"]).arg(cluster.kubeconfig());
        let installed = run(install);
        assert_eq!(installed.code, Some(0), "{}", installed.stderr);
        let path = format!("/apis/apps/v1/namespaces/{own}/deployments/{own}");
        let before = cluster.client.get(&path).object();
        let notes = release(cluster, "upgrade", &own, &[flag]);
        assert!(notes.contains("Warning: the value replicas is now replicaCount"), "{notes}");
        let after = cluster.client.get(&path).object();
        assert_eq!(after["spec"]["replicas"], 3, "{flag}");
        assert_eq!(after["spec"]["selector"], before["spec"]["selector"]);
        assert_eq!(after["spec"]["strategy"], before["spec"]["strategy"]);
        let monitors = format!("/apis/monitoring.coreos.com/v1/namespaces/{own}/podmonitors/{own}");
        assert_eq!(
            cluster.client.get(&monitors).object()["spec"]["podMetricsEndpoints"][0]["interval"],
            "30s"
        );
        // What is remembered is what was given.
        let mut get = helm(&["get", "values", &own, "--output", "json", "--namespace", &own]);
        get.arg("--kubeconfig").arg(cluster.kubeconfig());
        let kept: Value = serde_json::from_str(&run(get).stdout).unwrap();
        assert_eq!(at(&kept, "replicas"), Some(&json!(3)));
        assert_eq!(at(&kept, "replicaCount"), None, "{kept}");
        release(cluster, "uninstall", &own, &["--no-hooks"]);
    }
}
