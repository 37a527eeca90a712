//! What is registered: every pod is judged by exactly one webhook, and nothing else is asked about.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bulkhead::registration::{Enforce, Registration, Service, WebhookKind};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{program, run};

pub(super) fn registration(excluded: &[&str], enforce: &str) -> Registration {
    Registration {
        service: Service { name: "system/bulkhead".parse().unwrap(), port: 443 },
        excluded: excluded.iter().map(|name| (*name).to_owned()).collect(),
        enforce: Enforce::parse(enforce).unwrap(),
        timeout: Duration::from_secs(3),
    }
}

/// A selector by the words of the API's documentation.
fn selects(selector: &Value, labels: &BTreeMap<String, String>) -> bool {
    let no_labels = serde_json::Map::new();
    let mut pairs = selector["matchLabels"].as_object().unwrap_or(&no_labels).iter();
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten();
    pairs.all(|(key, value)| labels.get(key).map(String::as_str) == value.as_str())
        && expressions.into_iter().all(|one| {
            let value = labels.get(one["key"].as_str().unwrap());
            let listed = || {
                let mut values = one["values"].as_array().unwrap().iter();
                value.is_some_and(|value| values.any(|one| one == value))
            };
            match one["operator"].as_str().unwrap() {
                "In" => listed(),
                "NotIn" => !listed(),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                other => panic!("no such operator: {other}"),
            }
        })
}

/// The webhooks at `/validate` that are asked about pods of a namespace.
fn asked(registration: &Registration, labels: &BTreeMap<String, String>) -> Vec<String> {
    let all = registration.webhooks(WebhookKind::Validating, None);
    let pods = all.iter().filter(|entry| entry["clientConfig"]["service"]["path"] == "/validate");
    let asked = pods.filter(|entry| selects(&entry["namespaceSelector"], labels));
    asked.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

const SELECTORS: &[&str] = &[
    "null",
    "{}",
    r#"{"matchLabels": {"tier": "prod"}}"#,
    r#"{"matchExpressions": [{"key": "tier", "operator": "In", "values": ["prod", "test"]}]}"#,
    r#"{"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["dev", ""]}]}"#,
    r#"{"matchExpressions": [{"key": "tier", "operator": "Exists"}]}"#,
    r#"{"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}"#,
    r#"{"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop"]}]}"#,
];

const EXCLUDED: &[&str] = &["kube-system", "system", "cni"];

proptest! {
    #[test]
    fn every_pod_outside_the_excluded_namespaces_is_judged_by_exactly_one_webhook(
        selector in prop::sample::select(SELECTORS),
        name in prop::sample::select(&["kube-system", "system", "cni", "shop", "bank", "cni-2"][..]),
        labels in prop::collection::btree_map(
            prop::sample::select(&["tier", "team", "kube-system", "name"][..]),
            prop::sample::select(&["", "prod", "test", "dev", "cni"][..]),
            0..4,
        ),
    ) {
        let mut labels: BTreeMap<_, _> =
            labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        labels.insert("kubernetes.io/metadata.name".to_owned(), name.to_owned());
        let registration = registration(EXCLUDED, selector);
        let expected = usize::from(!EXCLUDED.contains(&name));
        prop_assert_eq!(asked(&registration, &labels).len(), expected);
        // The two others have no halves.
        for kind in WebhookKind::ALL {
            for entry in registration.webhooks(kind, None) {
                let excluded = EXCLUDED.contains(&name);
                let selected = selects(&entry["namespaceSelector"], &labels);
                prop_assert!(!(excluded && selected), "{}", entry["name"]);
            }
        }
    }
}

#[test]
fn the_half_that_is_enforced_is_the_selected_one() {
    let labels = |tier: &str| BTreeMap::from([("tier".to_owned(), tier.to_owned())]);
    let selected = registration(EXCLUDED, SELECTORS[2]);
    assert_eq!(asked(&selected, &labels("prod")), ["enforce.bulkhead.dev"]);
    assert_eq!(asked(&selected, &labels("dev")), ["advisory.bulkhead.dev"]);
    assert_eq!(asked(&registration(EXCLUDED, "null"), &labels("prod")), ["advisory.bulkhead.dev"]);
    assert_eq!(asked(&registration(EXCLUDED, "{}"), &labels("dev")), ["enforce.bulkhead.dev"]);
}

#[test]
fn each_entry_says_what_the_design_says() {
    let registration = registration(EXCLUDED, SELECTORS[2]);
    let all = WebhookKind::ALL.map(|kind| registration.webhooks(kind, None)).concat();
    let mut policies = BTreeMap::new();
    for entry in &all {
        let name = entry["name"].as_str().unwrap();
        policies.insert(name, entry["failurePolicy"].as_str().unwrap());
        assert!(entry["timeoutSeconds"].as_u64().unwrap() <= 3, "{name}");
        assert_eq!(entry["matchPolicy"], "Equivalent", "{name}");
        assert_eq!(entry["sideEffects"], "None", "{name}");
        assert_eq!(entry["objectSelector"], serde_json::json!({}), "{name}");
        // What is registered for updates of pods, and nothing else, leaves some of them out.
        let judges_pods = entry["clientConfig"]["service"]["path"] == "/validate";
        assert_eq!(entry.get("matchConditions").is_some(), judges_pods, "{name}");
    }
    let expected = [
        ("advise.bulkhead.dev", "Ignore"),
        ("advisory.bulkhead.dev", "Ignore"),
        ("enforce.bulkhead.dev", "Fail"),
        ("mutate.bulkhead.dev", "Ignore"),
    ];
    assert_eq!(policies, BTreeMap::from(expected));
    let mutate = all.iter().find(|entry| entry["name"] == "mutate.bulkhead.dev").unwrap();
    assert_eq!(mutate["reinvocationPolicy"], "IfNeeded");
    let resources = |name: &str| -> BTreeSet<String> {
        let entry = all.iter().find(|entry| entry["name"] == name).unwrap();
        let rules = entry["rules"].as_array().unwrap().iter();
        let named = rules.flat_map(|rule| {
            let operations = rule["operations"].as_array().unwrap().iter();
            let operations: Vec<_> = operations.map(|one| one.as_str().unwrap()).collect();
            let resources = rule["resources"].as_array().unwrap().iter();
            let line = |one: &Value| format!("{} {}", operations.join("+"), one.as_str().unwrap());
            resources.map(line).collect::<Vec<_>>()
        });
        named.collect()
    };
    let pods = ["CREATE+UPDATE pods", "UPDATE pods/ephemeralcontainers", "UPDATE pods/resize"];
    let pods: BTreeSet<_> = pods.map(str::to_owned).into();
    assert_eq!(resources("enforce.bulkhead.dev"), pods);
    assert_eq!(resources("advisory.bulkhead.dev"), pods);
    let mutated = ["CREATE pods", "UPDATE pods/ephemeralcontainers"].map(str::to_owned);
    assert_eq!(resources("mutate.bulkhead.dev"), mutated.into());
    assert_eq!(resources("advise.bulkhead.dev").len(), 8);
}

#[test]
fn a_selector_that_cannot_be_split_is_refused() {
    for (text, words) in [
        (r#"{"matchLabels": {"a": "b", "c": "d"}}"#, "has 2 requirements; only one"),
        (
            r#"{"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "c", "operator": "Exists"}]}"#,
            "has 2 requirements",
        ),
        (
            r#"{"matchExpressions": [{"key": "a", "operator": "In"}]}"#,
            "In needs at least one value",
        ),
        (
            r#"{"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}"#,
            "Exists takes no values",
        ),
        (r#"{"matchExpressions": [{"key": "a", "operator": "Like"}]}"#, "unknown variant `Like`"),
        (r#"{"labels": {}}"#, "unknown field `labels`"),
        ("tier=prod", "is null, {} or a namespaceSelector, as JSON"),
    ] {
        let error = Enforce::parse(text).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn the_verb_prints_both_configurations() {
    let printed = |flags: &[&str]| {
        let mut command = program();
        command.args(["webhooks", "--exclude-namespaces", "cni"]).args(flags);
        run(command)
    };
    let service = ["--service", "system/bulkhead"];
    let json = printed(&[service.as_slice(), &["--output", "json"]].concat());
    let list: Value = serde_json::from_str(&json.stdout).unwrap();
    let registration = registration(EXCLUDED, "null");
    for (item, kind) in list["items"].as_array().unwrap().iter().zip(WebhookKind::ALL) {
        assert_eq!(*item, registration.configuration(kind, "bulkhead", None));
    }
    let yaml = printed(&service).stdout;
    let documents: Vec<Value> =
        yaml.split("---\n").map(|text| serde_saphyr::from_str(text).unwrap()).collect();
    assert_eq!(list["items"], Value::from(documents));
    let timeouts = |flags: &[&str]| {
        let ended = printed(&[&["--output", "json"], service.as_slice(), flags].concat());
        let list: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
        let entries = [0, 1].map(|at| list["items"][at]["webhooks"].as_array().cloned());
        let entries = entries.into_iter().flatten().flatten();
        (ended.code, entries.map(|entry| entry["timeoutSeconds"].clone()).collect::<Vec<_>>())
    };
    for (seconds, code, reported) in
        [("1", 0, vec![1, 1, 1]), ("30", 0, vec![30, 30, 30]), ("0", 2, vec![]), ("31", 2, vec![])]
    {
        let reported: Vec<_> = reported.into_iter().map(Value::from).collect();
        let flags = ["--webhooks-timeout-seconds", seconds];
        assert_eq!(timeouts(&flags), (Some(code), reported), "{seconds}");
    }
    let nobody = printed(&[]);
    assert_eq!(nobody.code, Some(2));
    assert!(nobody.stderr.contains("--service is required"), "{nobody:?}");
}
