//! Bodies that lie about the stored pod. The mutating phase sees the lie, the validating phase the
//! truth; the verdict and what is stored must be those of the truth.

use serde_json::{Value, json};

use super::{Case, case, container, pod};
use crate::cluster_support::{Answer, DENY, Namespace, REPAIR, Stage, World};
use crate::support::policy;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("lie::that_a_sharing_pod_does_not_share_is_denied", does_not_share),
        case("lie::that_a_pod_shares_changes_nothing", shares),
        case("lie::about_labels_gains_no_exception", gains_no_exception),
        case("lie::about_labels_loses_no_exception", loses_no_exception),
        case("lie::about_the_user_hides_nothing_from_the_repair", about_the_user),
        case("lie::without_containers_is_repaired_all_the_same", without_containers),
        case("lie::about_an_old_container_is_invalid_and_changes_nothing", about_an_old_one),
        case("lie::in_a_resize_changes_nothing", in_a_resize),
        case("lie::of_ephemeral_containers_in_a_new_pod_is_invalid", in_a_new_pod),
    ]
}

/// A namespace with this pod from before there was a policy.
fn with_pod(world: &World, spec: &Value) -> Namespace {
    let namespace = world.namespace();
    namespace.create(&pod("app", spec)).silent();
    namespace
}

fn plain() -> Value {
    json!({"containers": [container("app", &json!({}))]})
}

fn sharing() -> Value {
    json!({"shareProcessNamespace": true, "containers": [container("app", &json!({}))]})
}

fn debugger(name: &str, capabilities: &Value) -> Value {
    container(name, capabilities)
}

/// Adds a debug container by a PUT of the whole stored pod, changed by `lie`.
fn put(stage: &Stage, new: Value, lie: impl FnOnce(&mut Value)) -> Answer {
    let mut body = stage.stored("app");
    let list = &mut body["spec"]["ephemeralContainers"];
    if list.is_null() {
        *list = json!([]);
    }
    list.as_array_mut().unwrap().push(new);
    lie(&mut body);
    stage.cluster.client.put(&stage.pods("/app/ephemeralcontainers"), &body)
}

const JOINS: &str = "spec.ephemeralContainers[0] JoinsPod";

fn does_not_share(world: &World) {
    let stage = with_pod(world, &sharing()).guarded(Some(&policy(DENY)));
    let answer = put(&stage, debugger("new", &json!({})), |body| {
        body["spec"]["shareProcessNamespace"] = false.into();
    });
    assert_eq!(answer.denied_for(), [JOINS]);
    let stored = stage.stored("app");
    assert_eq!(stored["spec"]["ephemeralContainers"], Value::Null);
    assert_eq!(stored["spec"]["shareProcessNamespace"], true);
}

fn shares(world: &World) {
    let stage = with_pod(world, &plain()).guarded(Some(&policy(REPAIR)));
    let before = stage.stored("app")["spec"].clone();
    let answer = put(&stage, debugger("new", &json!({"add": ["SYS_PTRACE"]})), |body| {
        body["spec"]["shareProcessNamespace"] = true.into();
        body["spec"]["containers"][0]["securityContext"] =
            json!({"capabilities": {"add": ["SYS_PTRACE"]}});
    });
    assert_eq!(answer.warnings.len(), 1, "{answer:#?}");
    assert!(answer.warnings[0].contains("spec.ephemeralContainers[0]."), "{answer:#?}");
    answer.object();
    let mut after = stage.stored("app")["spec"].clone();
    let added = after.as_object_mut().unwrap().remove("ephemeralContainers").unwrap();
    assert_eq!(added[0]["securityContext"], json!({"capabilities": {}}));
    assert_eq!(after, before);
}

/// The sharing pod, with a policy that excepts pods of one label.
fn excepting(world: &World, label: &str) -> Stage {
    let namespace = world.namespace();
    let mut app = pod("app", &sharing());
    app["metadata"]["labels"] = json!({"debug": label});
    namespace.create(&app).silent();
    let exception = format!(
        "---\napiVersion: bulkhead.dev/v1alpha1\nkind: IsolationException\n\
        metadata: {{name: by-label}}\nspec:\n  reason: test\n  permanent: true\n  \
        controls: [ephemeral-target]\n  namespaces: [{}]\n  \
        podSelector: {{matchLabels: {{debug: allowed}}}}\n",
        namespace.name
    );
    namespace.guarded(Some(&(policy(DENY) + &exception)))
}

fn relabel(stage: &Stage, label: &str) -> Answer {
    put(stage, debugger("new", &json!({})), |body| {
        body["metadata"]["labels"]["debug"] = label.into();
    })
}

fn gains_no_exception(world: &World) {
    let stage = excepting(world, "refused");
    assert_eq!(relabel(&stage, "allowed").denied_for(), [JOINS]);
    assert_eq!(stage.stored("app")["metadata"]["labels"]["debug"], "refused");
}

fn loses_no_exception(world: &World) {
    let stage = excepting(world, "allowed");
    relabel(&stage, "refused").silent();
    assert_eq!(stage.stored("app")["metadata"]["labels"]["debug"], "allowed");
}

fn about_the_user(world: &World) {
    // Were the lie believed, the finding would be latent and so ignored, and not repaired.
    let controls = "{ptraceCapability: {mode: Deny, repair: OnCreate, ignore: [Inert, Latent]}}";
    let stage = with_pod(world, &plain()).guarded(Some(&policy(controls)));
    let answer = put(&stage, debugger("new", &json!({"add": ["SYS_PTRACE"]})), |body| {
        body["spec"]["securityContext"] = json!({"runAsUser": 1000});
    });
    let stored = answer.object();
    let added = &stored["spec"]["ephemeralContainers"][0];
    assert_eq!(added["securityContext"], json!({"capabilities": {}}));
    assert_eq!(stored["spec"]["securityContext"], json!({}));
}

fn without_containers(world: &World) {
    let stage = with_pod(world, &plain()).guarded(Some(&policy(REPAIR)));
    let answer = put(&stage, debugger("new", &json!({"add": ["ALL"]})), |body| {
        body["spec"]["containers"] = Value::Null;
    });
    let stored = answer.object();
    let capabilities = &stored["spec"]["ephemeralContainers"][0]["securityContext"]["capabilities"];
    assert_eq!(*capabilities, json!({"add": ["ALL"], "drop": ["SYS_PTRACE"]}));
    assert_eq!(stored["spec"]["containers"][0]["name"], "app");
}

fn about_an_old_one(world: &World) {
    let namespace = with_pod(world, &plain());
    let stage = namespace.guarded(Some(&policy(REPAIR)));
    put(&stage, debugger("old", &json!({})), |_| ()).silent();
    let before = stage.stored("app")["spec"].clone();
    let answer = put(&stage, debugger("new", &json!({})), |body| {
        body["spec"]["ephemeralContainers"][0]["securityContext"]["capabilities"] =
            json!({"add": ["SYS_PTRACE"]});
    });
    assert_eq!(answer.code, 422, "{answer:#?}");
    assert_eq!(stage.stored("app")["spec"], before);
}

fn in_a_resize(world: &World) {
    let stage = with_pod(world, &plain()).guarded(Some(&policy(DENY)));
    let mut body = stage.stored("app");
    let before = body["spec"].clone();
    body["spec"]["shareProcessNamespace"] = true.into();
    stage.cluster.client.put(&stage.pods("/app/resize"), &body).silent();
    assert_eq!(stage.stored("app")["spec"], before);
}

fn in_a_new_pod(world: &World) {
    let mut spec = plain();
    spec["ephemeralContainers"] = json!([debugger("new", &json!({"add": ["SYS_PTRACE"]}))]);
    let answer = world.under(REPAIR).try_create(&pod("new", &spec));
    assert_eq!(answer.code, 422, "{answer:#?}");
}
