//! Which image is run, by whose registry, and with which secrets it is pulled.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Case, offline};
use crate::setup::rendered::{objects, text};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        offline: the_nearest_registry_counts, secrets_are_those_of_all_and_ours;
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The values of `image`, the registry for all charts, and the image up to its tag.
const IMAGES: &[(&str, &str, &str)] = &[
    ("{}", "", "bulkhead"),
    ("{}", "mirror.example", "mirror.example/bulkhead"),
    ("{}", "mirror.example/path/", "mirror.example/path/bulkhead"),
    (r#"{"registry":"own.example"}"#, "", "own.example/bulkhead"),
    (r#"{"registry":"own.example"}"#, "mirror.example", "own.example/bulkhead"),
    (
        r#"{"repository":"tools/bulkhead"}"#,
        "mirror.example:5000",
        "mirror.example:5000/tools/bulkhead",
    ),
    (r#"{"registry":"own.example","repository":"a/b"}"#, "", "own.example/a/b"),
    // These name one.
    (r#"{"repository":"own.example/bulkhead"}"#, "mirror.example", "own.example/bulkhead"),
    (r#"{"repository":"own:5000/bulkhead"}"#, "mirror.example", "own:5000/bulkhead"),
    (r#"{"repository":"localhost/bulkhead"}"#, "mirror.example", "localhost/bulkhead"),
];

/// Everything of every pod that the chart renders.
fn pods(more: &[&str]) -> Vec<Value> {
    let inline = ["--set", "policy.inline=# Nothing."];
    let all = objects(&text(&[&inline, more].concat()));
    let pods = all.iter().filter_map(|object| match object["kind"].as_str().unwrap() {
        "Pod" => Some(object["spec"].clone()),
        "Deployment" | "Job" => Some(object["spec"]["template"]["spec"].clone()),
        _ => None,
    });
    let pods: Vec<_> = pods.collect();
    assert_eq!(pods.len(), 4, "replicas, two Jobs, one test");
    pods
}

fn the_nearest_registry_counts() {
    for (image, global, expected) in IMAGES {
        let (image, global) = (format!("image={image}"), format!("global.imageRegistry={global}"));
        for pod in pods(&["--set-json", &image, "--set", &global]) {
            let found = &pod["containers"][0]["image"];
            assert_eq!(*found, format!("{expected}:{VERSION}"), "{image} {global}");
        }
    }
}

fn secrets_are_those_of_all_and_ours() {
    let global = r#"global={"imagePullSecrets":["shared",{"name":"other"}]}"#;
    let own = r#"imagePullSecrets=[{"name":"own"},{"name":"shared"}]"#;
    for pod in pods(&["--set-json", global, "--set-json", own]) {
        let expected = json!([{"name": "shared"}, {"name": "other"}, {"name": "own"}]);
        assert_eq!(pod["imagePullSecrets"], expected);
    }
    let without: BTreeSet<_> =
        pods(&[]).iter().map(|pod| pod.get("imagePullSecrets").is_some()).collect();
    assert_eq!(without, BTreeSet::from([false]));
}
