//! Labels and annotations from the values meet those of the chart: no key stands twice, the chart
//! keeps what it selects by, and everything else is the user's.

use std::fs::write;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::upgrades::release;
use super::{Case, offline};
use crate::setup::Cluster;
use crate::setup::rendered::{RELEASE, objects, only, sets, text, values};
use crate::tier::{cases, name};

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = sets()
        .into_iter()
        .map(|set| {
            let name = name!("no_key_stands_twice::{set}");
            Case::new(name, move |cluster| read_strictly(cluster, &set))
        })
        .collect();
    cases.extend(cases! {
        offline: what_is_selected_by_is_the_charts, everything_else_is_the_users;
        Case::new: notes_say_which_are_the_charts, an_upgrade_changes_no_selector;
    });
    cases
}

/// As Flux and kustomize read it: a key that stands twice is an error.
fn read_strictly(cluster: &Cluster, set: &str) {
    let rendered = text(&["--values", &values(set)]);
    let strict = serde_saphyr::from_multiple::<Value>(&rendered);
    let strict: Vec<_> = strict.unwrap_or_else(|error| panic!("{set}: {error}"));
    let folder = TempDir::new().unwrap();
    write(folder.path().join("all.yaml"), &rendered).unwrap();
    write(folder.path().join("kustomization.yaml"), "resources: [all.yaml]\n").unwrap();
    let built = cluster.kubectl(&["kustomize", folder.path().to_str().unwrap()], "");
    assert!(built.succeeded, "{set}: {}", built.stderr);
    let strict: Vec<_> = strict.into_iter().filter(|object| !object.is_null()).collect();
    let (built, strict) = (sorted(objects(&built.stdout)), sorted(strict));
    assert_eq!(built.len(), strict.len(), "{set}");
    for (built, strict) in built.iter().zip(&strict) {
        assert_eq!(built, strict, "{set}");
    }
}

fn sorted(mut all: Vec<Value>) -> Vec<Value> {
    all.sort_by_key(|object| format!("{}/{}", object["kind"], object["metadata"]["name"]));
    all
}

const NAME: &str = "app.kubernetes.io/name";
const INSTANCE: &str = "app.kubernetes.io/instance";
const COMPONENT: &str = "app.kubernetes.io/component";

/// The selectors of everything that has one, with the labels that they are to find.
fn selectors(all: &[Value]) -> Vec<Value> {
    let at = |kind: &str, path: &str| {
        let object = all.iter().find(|object| object["kind"] == kind);
        object.map(|object| object.pointer(path).unwrap().clone())
    };
    [
        at("Deployment", "/spec/selector/matchLabels"),
        at("Service", "/spec/selector"),
        at("PodDisruptionBudget", "/spec/selector/matchLabels"),
        at("NetworkPolicy", "/spec/podSelector/matchLabels"),
        at("PodMonitor", "/spec/selector/matchLabels"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn what_is_selected_by_is_the_charts() {
    let replicas = json!({NAME: "bulkhead", INSTANCE: RELEASE, COMPONENT: "webhook"});
    for set in sets() {
        let all = objects(&text(&["--values", &values(&set)]));
        let found = selectors(&all);
        assert!(found.len() >= 2 && found.iter().all(|one| *one == replicas), "{set}: {found:?}");
        let has = |labels: &Value, wanted: &Value| {
            wanted.as_object().unwrap().iter().all(|(key, value)| labels[key] == *value)
        };
        let template = "/spec/template/metadata/labels";
        let pods = only(&all, "Deployment").pointer(template).unwrap();
        assert!(has(pods, &replicas), "{set}: {pods}");
        let others = all.iter().filter_map(|object| match object["kind"].as_str().unwrap() {
            "Job" => object.pointer(template),
            "Pod" => object.pointer("/metadata/labels"),
            _ => None,
        });
        for labels in others {
            assert!(!has(labels, &replicas), "{set}: the Service would send calls there: {labels}");
        }
        // The monitor finds the Service, and every object its release.
        let service = json!({NAME: "bulkhead", INSTANCE: RELEASE});
        for monitor in all.iter().filter(|object| object["kind"] == "ServiceMonitor") {
            assert_eq!(monitor["spec"]["selector"]["matchLabels"], service, "{set}");
        }
        for object in &all {
            assert!(has(&object["metadata"]["labels"], &service), "{set}: {object}");
        }
    }
}

fn everything_else_is_the_users() {
    let all = objects(&text(&["--values", &values("clashes")]));
    let deployment = only(&all, "Deployment");
    let labels = json!({
        "helm.sh/chart": "parent-1.0", "app.kubernetes.io/managed-by": "flux", "team": "platform",
        "app.kubernetes.io/version": "9", NAME: "bulkhead", INSTANCE: RELEASE, COMPONENT: "shop",
    });
    assert_eq!(deployment["metadata"]["labels"], labels);
    let mut of_pods = labels.clone();
    // Also where it is empty, it is the nearer one.
    (of_pods["team"], of_pods["app.kubernetes.io/version"]) = ("".into(), "10".into());
    let annotations = json!({
        "kubectl.kubernetes.io/default-container": "proxy", "bulkhead.dev/policy": "ours",
        "sidecar.istio.io/inject": "false",
    });
    for (kind, component) in [("Deployment", "webhook"), ("Job", "unregister")] {
        let metadata = &only(&all, kind)["spec"]["template"]["metadata"];
        of_pods[COMPONENT] = component.into();
        assert_eq!(*metadata, json!({"labels": of_pods, "annotations": annotations}), "{kind}");
    }
    let mut monitored = labels;
    (monitored["team"], monitored["app.kubernetes.io/version"]) =
        ("monitoring".into(), "11".into());
    assert_eq!(only(&all, "ServiceMonitor")["metadata"]["labels"], monitored);
    for kind in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
        let annotations = json!({
            "bulkhead.dev/registration": "none", "cert-manager.io/inject-ca-from": "own/authority",
            "example.com/owner": "platform",
        });
        assert_eq!(only(&all, kind)["metadata"]["annotations"], annotations);
    }
    // Not static, with a certificate of its own: no difference.
    let set = "webhooks.annotations.admissions\\.enforcer/disabled=true";
    let all = objects(&text(&["--set-string", set]));
    for kind in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
        let annotations =
            json!({"bulkhead.dev/registration": "managed", "admissions.enforcer/disabled": "true"});
        assert_eq!(only(&all, kind)["metadata"]["annotations"], annotations);
    }
}

fn notes_say_which_are_the_charts(cluster: &Cluster) {
    let shown = |set: &str| {
        let own = cluster.namespace();
        let args = ["--dry-run=client", "--values", &values(set)];
        let shown = release(cluster, "install", &own, &args);
        let notes = shown.split_once("NOTES:").unwrap().1.to_owned();
        let mut lines: Vec<_> =
            notes.lines().filter(|line| line.starts_with("Note: ")).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let kept = |label: &str, value: &str| {
        format!(
            "Note: {label} in {value} is the chart's own where it selects by it; its value there stays."
        )
    };
    let mut expected = vec![
        "Note: bulkhead.dev/registration in webhooks.annotations is the chart's own; its value stays."
            .to_owned(),
        kept(NAME, "serviceMonitor.additionalLabels"),
    ];
    for value in ["commonLabels", "podLabels"] {
        expected.extend([NAME, INSTANCE, COMPONENT].map(|label| kept(label, value)));
    }
    expected.sort();
    assert_eq!(shown("clashes"), expected);
    assert_eq!(shown("placed"), Vec::<String>::new());
}

/// The selector of a Deployment cannot be changed: an upgrade that tried would be refused.
fn an_upgrade_changes_no_selector(cluster: &Cluster) {
    let own = cluster.namespace();
    release(cluster, "install", &own, &[]);
    let live = || {
        let deployments = format!("/apis/apps/v1/namespaces/{own}/deployments/{own}");
        cluster.client.get(&deployments).object()
    };
    let before = live();
    let selector = json!({"matchLabels": {NAME: "bulkhead", INSTANCE: own, COMPONENT: "webhook"}});
    assert_eq!(before["spec"]["selector"], selector);
    release(cluster, "upgrade", &own, &["--values", &values("clashes")]);
    let after = live();
    assert_eq!(after["spec"]["selector"], selector);
    assert_eq!(after["spec"]["template"]["metadata"]["labels"]["team"], "");
    release(cluster, "uninstall", &own, &["--no-hooks"]);
}
