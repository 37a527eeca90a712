//! The reviews in `tests/fixtures/reviews`: recorded here, from the real API server, for each
//! path. With `BULKHEAD_WRITE_REVIEWS` set (`make record-reviews`) they are rewritten; without,
//! a path whose review has other fields by now fails.

mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::env::var_os;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use steps::{STEPS, Step, templates};

use super::templates::KINDS;
use super::{Case, Done, case};
use crate::setup::{Asked, MERGE, Namespace, Recorder, World, scrub};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        Case::skippable: recorded_ones_have_the_fields_that_the_api_server_sends;
        case: of_a_request_that_is_asked_twice_the_last_is_recorded;
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reviews")
}

/// The file that names the version they are from.
const VERSION: &str = "recorded-from.json";

fn recorded_ones_have_the_fields_that_the_api_server_sends(world: &World) -> Done {
    if !world.cluster.is_bare() {
        return Done::Skipped("BULKHEAD_TEST_KUBECONFIG may have admission plugins of its own");
    }
    let served = version(&world.cluster.client.get("/version").object());
    let is_writing = var_os("BULKHEAD_WRITE_REVIEWS").is_some();
    if !is_writing && served < version(&read(&folder().join(VERSION))) {
        return Done::Skipped("an API server older than the recorded one sends fewer fields");
    }
    let found = record(world);
    if is_writing {
        write(&found, &world.cluster.client.get("/version").object());
    }
    compare(&found);
    Done::Yes
}

/// As a controller does that is quicker, somebody scales while the first review is answered.
fn of_a_request_that_is_asked_twice_the_last_is_recorded(world: &World) {
    let namespace = world.namespace();
    let path = namespace.path("apps/v1", "replicasets");
    let (cluster, scale) = (Arc::clone(&namespace.cluster), format!("{path}/web/scale"));
    let is_first = AtomicBool::new(true);
    let recorder = Recorder::during(&namespace, "v1", move |asked| {
        let is_update = asked.review["request"]["operation"] == "UPDATE";
        if is_update && is_first.swap(false, Ordering::SeqCst) {
            cluster.client.patch(&scale, MERGE, &json!({"spec": {"replicas": 3}})).object();
        }
    });
    let replicasets = KINDS.iter().find(|kind| kind.resource == "replicasets").unwrap();
    namespace.cluster.client.post(&path, &replicasets.object("web")).object();
    recorder.take();
    let label = json!({"metadata": {"labels": {"changed": "yes"}}});
    let stored = namespace.cluster.client.patch(&format!("{path}/web"), MERGE, &label).object();
    let asked = recorder.take_last("validate").unwrap().review;
    assert_eq!(stored["spec"]["replicas"], 3);
    assert_eq!(asked["request"]["object"]["spec"]["replicas"], 3);
}

fn version(version: &Value) -> (u32, u32) {
    let number = |key: &str| version[key].as_str().unwrap().parse().unwrap();
    (number("major"), number("minor"))
}

fn read(path: &Path) -> Value {
    let hint = "; make record-reviews writes it";
    let text = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}{hint}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// All reviews by file, e.g. `validate/debug-add.json`.
fn record(world: &World) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for (version, suffix) in [("v1", ""), ("v1beta1", "-v1beta1")] {
        let namespace = world.namespace();
        let recorder = Recorder::new(&namespace, version);
        // The other version is of the same fields: a few are enough.
        let wanted = |step: &&Step| suffix.is_empty() || step.in_both_versions;
        for step in STEPS.iter().filter(wanted) {
            recorder.take();
            step.send(&namespace);
            let asked = recorder.take();
            for endpoint in step.endpoints {
                let review = asked.iter().rev().find(|one| one.path == format!("/{endpoint}"));
                let review = review.unwrap_or_else(|| panic!("{endpoint} {}", step.name)).clone();
                let file = format!("{endpoint}/{}{suffix}.json", step.name);
                found.insert(file, normal(review, &namespace));
            }
        }
        if suffix.is_empty() {
            for (name, send) in templates() {
                recorder.take();
                send(&namespace);
                let asked = recorder.take_last("validate");
                found.insert(format!("advise/{name}.json"), normal(asked.unwrap(), &namespace));
            }
        }
    }
    found
}

/// Without what no two runs have in common.
fn normal(asked: Asked, namespace: &Namespace) -> Value {
    let mut review = asked.review;
    let request = &review["request"];
    // A name that the API server made up: its last five letters.
    let prefix = request["object"]["metadata"]["generateName"].as_str().unwrap_or_default();
    let made_up = request["name"].as_str().unwrap_or_default().to_owned();
    let made_up = if prefix.is_empty() { String::new() } else { made_up };
    let plain = format!("{prefix}abcde");
    let mut names = vec![(namespace.name.as_str(), "shop")];
    if !made_up.is_empty() {
        names.push((made_up.as_str(), plain.as_str()));
    }
    scrub(&mut review, &names);
    review
}

fn write(found: &BTreeMap<String, Value>, version: &Value) {
    for endpoint in ["mutate", "validate", "advise"] {
        let folder = folder().join(endpoint);
        // Files of paths that are gone go, too.
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
    }
    for (file, review) in found {
        let text = serde_json::to_string_pretty(review).unwrap() + "\n";
        std::fs::write(folder().join(file), text).unwrap();
    }
    let part = serde_json::json!({"major": version["major"], "minor": version["minor"]});
    let text = serde_json::to_string_pretty(&part).unwrap() + "\n";
    std::fs::write(folder().join(VERSION), text).unwrap();
}

fn compare(found: &BTreeMap<String, Value>) {
    let mut wrong = Vec::new();
    for (file, review) in found {
        let [now, then] = [review, &read(&folder().join(file))].map(shape);
        wrong.extend(now.difference(&then).map(|path| format!("{file}: {path} is new")));
        wrong.extend(then.difference(&now).map(|path| format!("{file}: {path} is gone")));
    }
    assert!(
        wrong.is_empty(),
        "the API server sends other fields than were recorded; make record-reviews, and look at \
        what they mean:\n{}",
        wrong.join("\n")
    );
    let files = ["mutate", "validate", "advise"].map(|endpoint| {
        let entries = std::fs::read_dir(folder().join(endpoint)).unwrap();
        entries.count()
    });
    assert_eq!(files.iter().sum::<usize>(), found.len(), "a file belongs to no path");
}

/// The paths of all fields, but for those that name their owners.
fn shape(review: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, path: &str, paths: &mut BTreeSet<String>) {
        paths.insert(path.to_owned());
        match value {
            Value::Object(members) => {
                for (key, value) in members.iter().filter(|(key, _)| *key != "managedFields") {
                    walk(value, &format!("{path}.{key}"), paths);
                }
            }
            Value::Array(items) => {
                for item in items {
                    walk(item, &format!("{path}[]"), paths);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut paths = BTreeSet::new();
    walk(review, "review", &mut paths);
    paths
}
