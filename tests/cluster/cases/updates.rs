//! Pods from before there was a policy: what does not make them worse passes in silence.

use serde_json::{Value, json};

use super::{Case, case, pod};
use crate::setup::{Answer, DENY, JSON, MERGE, Stage, World};
use crate::support::{policy, sharing_spec, until};
use crate::tier::{cases, name};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = cases! {
        case:
            the_status_of_an_old_pod_passes,
            an_image_of_an_old_pod_passes,
            a_resize_of_an_old_pod_passes,
            the_binding_of_an_old_pod_passes,
            a_label_of_a_large_old_pod_passes,
            the_last_finalizer_of_a_terminating_pod_can_go,
            kubectl_label_is_silent_under_the_default_policy;
    };
    for (name, patch) in patches() {
        let run = move |world: &World| {
            let stored = change(&old(world, DENY), "", &patch).silent();
            assert_eq!(stored["spec"]["shareProcessNamespace"], true);
        };
        cases.push(case(name!("{name}_of_an_old_pod_passes"), run));
    }
    cases
}

fn patches() -> Vec<(&'static str, Value)> {
    vec![
        ("a_label", json!({"metadata": {"labels": {"changed": "yes"}}})),
        ("an_annotation", json!({"metadata": {"annotations": {"changed": "yes"}}})),
        ("a_finalizer", json!({"metadata": {"finalizers": ["example.com/keep"]}})),
        ("a_deadline", json!({"spec": {"activeDeadlineSeconds": 3600}})),
    ]
}

/// The violating pod `old`, and then a policy.
fn old(world: &World, controls: &str) -> Stage {
    let namespace = world.namespace();
    let mut spec = sharing_spec();
    spec["containers"][0]["resources"] = json!({"requests": {"cpu": "100m"}});
    let mut old = pod("old", &spec);
    old["metadata"]["finalizers"] = json!(["example.com/keep"]);
    namespace.create(&old).silent();
    namespace.guarded(Some(&policy(controls)))
}

fn change(stage: &Stage, part: &str, patch: &Value) -> Answer {
    stage.cluster.client.patch(&stage.pods(&format!("/old{part}")), MERGE, patch)
}

fn the_status_of_an_old_pod_passes(world: &World) {
    let patch = json!({"status": {"message": "changed"}});
    change(&old(world, DENY), "/status", &patch).silent();
}

fn an_image_of_an_old_pod_passes(world: &World) {
    let stage = old(world, DENY);
    let image = "registry.example/shell:2";
    let patch = json!([{"op": "replace", "path": "/spec/containers/1/image", "value": image}]);
    let stored = stage.cluster.client.patch(&stage.pods("/old"), JSON, &patch).silent();
    assert_eq!(stored["spec"]["containers"][1]["image"], image);
}

fn a_resize_of_an_old_pod_passes(world: &World) {
    let stage = old(world, DENY);
    let mut containers = stage.stored("old")["spec"]["containers"].clone();
    containers[0]["resources"]["requests"]["cpu"] = "200m".into();
    let stored = change(&stage, "/resize", &json!({"spec": {"containers": containers}})).silent();
    assert_eq!(stored["spec"]["containers"][0]["resources"]["requests"]["cpu"], "200m");
}

fn the_binding_of_an_old_pod_passes(world: &World) {
    let stage = old(world, DENY);
    let target = json!({"kind": "Node", "name": "nowhere"});
    let binding = json!({"metadata": {"name": "old"}, "target": target});
    stage.cluster.client.post(&stage.pods("/old/binding"), &binding).silent();
}

/// The review has old and new object and takes six bytes for each `<`: 16.8 MiB, about as much as
/// a stored pod can make.
fn a_label_of_a_large_old_pod_passes(world: &World) {
    let namespace = world.namespace();
    let mut spec = sharing_spec();
    spec["containers"][0]["env"] = json!([{"name": "A", "value": "<".repeat(1_400_000)}]);
    namespace.create(&pod("old", &spec)).silent();
    let stage = namespace.guarded(Some(&policy(DENY)));
    change(&stage, "", &json!({"metadata": {"labels": {"changed": "yes"}}})).silent();
}

fn the_last_finalizer_of_a_terminating_pod_can_go(world: &World) {
    let stage = old(world, DENY);
    let path = stage.pods("/old?gracePeriodSeconds=0");
    let deleted = stage.cluster.client.delete(&path).silent();
    assert!(deleted["metadata"]["deletionTimestamp"].is_string(), "{deleted:#?}");
    change(&stage, "", &json!({"metadata": {"finalizers": null}})).silent();
    until("the pod to go", || stage.cluster.client.get(&stage.pods("/old")).code == 404);
}

fn kubectl_label_is_silent_under_the_default_policy(world: &World) {
    let namespace = world.namespace();
    namespace.create(&pod("old", &sharing_spec())).silent();
    let stage = namespace.guarded(None);
    let said = stage.kubectl(&["label", "pod", "old", "changed=yes"], "");
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("pod/old labeled\n", ""));
}
