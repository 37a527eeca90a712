//! What is called like something that is judged: pods of another group, and namespaces that were
//! made a moment ago under a name that is guarded.

use serde_json::{Value, json};

use super::{Case, case, on_own, pod};
use crate::setup::{DENY, JSON, World, rule};
use crate::support::{policy, until};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        on_own: pods_of_another_group_are_no_pods;
        case: a_namespace_made_a_moment_ago_is_guarded;
    }
}

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// Deletes the definition however the test ends.
struct Definition<'w>(&'w World);

impl Drop for Definition<'_> {
    fn drop(&mut self) {
        self.0.cluster.forget(&format!("{DEFINITIONS}/pods.example.com"));
    }
}

/// A pod of the group is like a real one in everything but the group.
fn define(world: &World) -> Definition<'_> {
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let names = json!({"plural": "pods", "singular": "pod", "kind": "Pod", "listKind": "PodList"});
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}});
    let definition = json!({
        "kind": "CustomResourceDefinition", "metadata": {"name": "pods.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced", "names": names, "versions": [version],
        },
    });
    world.cluster.client.post(DEFINITIONS, &definition).object();
    Definition(world)
}

fn pods_of_another_group_are_no_pods(world: &World) {
    let _definition = define(world);
    let mut stage = world.namespace().guarded(Some(&policy(DENY)));
    let path = stage.path("example.com/v1", "pods");
    let client = &stage.cluster.client;
    let hidden = |name: &str| {
        let mut object = pod(name, &json!({"hostPID": true, "containers": []}));
        object["apiVersion"] = "example.com/v1".into();
        object
    };
    let mut created = Value::Null;
    until("the definition to be served", || {
        let answer = client.post(&path, &hidden("other"));
        created = answer.body;
        answer.code == 201
    });
    assert_eq!(created["apiVersion"], "example.com/v1");
    assert!(!stage.log().contains("name=\"other\""), "{}", stage.log());
    let denied = stage.create(&pod(
        "real",
        &json!({"hostPID": true, "containers": [
            {"name": "app", "image": "i"},
        ]}),
    ));
    assert_eq!(denied.denied_for(), ["spec.hostPID HostProcessNamespace"]);
    // Registered for them all the same, Bulkhead does not judge what it knows nothing of.
    let rules = [rule("example.com", "v1", &["pods"], &["CREATE"])];
    stage.also("ValidatingWebhookConfiguration", "validate", &rules);
    let client = &stage.cluster.client;
    let mut tries = 0;
    until("the API server to ask about them", || {
        tries += 1;
        let answer = client.post(&path, &hidden(&format!("asked-{tries}")));
        let message = answer.body["message"].as_str().unwrap_or_default().to_owned();
        assert!(
            answer.code == 201 || message.contains("also-validate.bulkhead.dev"),
            "{answer:#?}"
        );
        answer.code != 201
    });
}

/// How many namespaces are made, each used at once.
const MOMENTS: usize = 20;

fn a_namespace_made_a_moment_ago_is_guarded(world: &World) {
    let (namespace, witness) = (world.namespace(), world.namespace());
    let new: Vec<_> = (0..MOMENTS).map(|number| format!("{}-{number}", namespace.name)).collect();
    let mut all = new.clone();
    all.extend([namespace.name.clone(), witness.name.clone()]);
    let by_name = json!({"matchExpressions": [
        {"key": "kubernetes.io/metadata.name", "operator": "In", "values": all},
    ]});
    let matching = json!({"namespaceSelector": by_name});
    let stage = namespace.guarded(Some(&format!("{}  match: {matching}\n", policy(DENY))));
    let client = &stage.cluster.client;
    let change =
        json!([{"op": "replace", "path": "/webhooks/0/namespaceSelector", "value": by_name}]);
    let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    client.patch(&format!("{path}/{}", stage.name), JSON, &change).object();
    let forbidden =
        pod("forbidden", &json!({"hostPID": true, "containers": [{"name": "app", "image": "i"}]}));
    until("the change to be known", || witness.try_create(&forbidden).code == 403);
    let used = new.iter().map(|name| {
        client.post("/api/v1/namespaces", &json!({"metadata": {"name": name}})).object();
        let at = format!("/api/v1/namespaces/{name}");
        // Else no pod is admitted; a controller may have been quicker.
        client.post(&format!("{at}/serviceaccounts"), &json!({"metadata": {"name": "default"}}));
        let answer = client.post(&format!("{at}/pods"), &forbidden);
        stage.cluster.forget(&at);
        answer
    });
    for answer in used.collect::<Vec<_>>() {
        assert_eq!(answer.denied_for(), ["spec.hostPID HostProcessNamespace"]);
    }
}
