//! Bodies that lie about the stored pod. The mutating phase sees the lie, the validating phase the
//! truth; the verdict and what is stored must be those of the truth.

use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use super::{Case, case, pod};
use crate::setup::{Answer, DENY, Injection, Injector, Namespace, REPAIR, STRATEGIC, Stage, World};
use crate::support::{capable, policy, sharing};
use crate::tier::{cases, name};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = cases! {
        case:
            that_a_sharing_pod_does_not_share_is_denied,
            that_a_pod_shares_changes_nothing,
            about_labels_gains_no_exception,
            about_labels_loses_no_exception,
            about_the_user_hides_nothing_from_the_repair,
            without_containers_is_repaired_all_the_same,
            about_an_old_container_is_invalid_and_changes_nothing,
            in_a_resize_changes_nothing,
            of_ephemeral_containers_in_a_new_pod_is_invalid;
    };
    let believer = Arc::new(OnceLock::new());
    for lie in LIES {
        let (believer, what) = (Arc::clone(&believer), lie.0);
        cases.push(case(name!("{what}_does_not_pass"), move |world| denied(world, lie)));
        cases.push(case(name!("{what}_is_repaired"), move |world| {
            repaired(believer.get_or_init(|| believing(world)), lie);
        }));
    }
    cases.extend(cases! { case: of_any_kind_in_a_resize_changes_nothing; });
    for first in [true, false] {
        let place = if first { "before" } else { "after" };
        cases.extend([
            case(name!("of_a_webhook_{place}_ours_does_not_pass"), move |world| {
                lies_of_another(world.namespace().guarded(Some(&policy(DENY))), first, true);
            }),
            case(name!("of_a_webhook_{place}_ours_is_repaired"), move |world| {
                lies_of_another(believing(world), first, false);
            }),
        ]);
    }
    cases
}

/// A name, a field, a value.
type Lie = (&'static str, &'static str, &'static str);

/// What the caller says of a stored pod that is nothing like it.
const LIES: &[Lie] = &[
    ("that_it_shares", "/spec/shareProcessNamespace", "true"),
    ("that_it_is_on_the_node", "/spec/hostPID", "true"),
    ("that_it_is_for_windows", "/spec/os", r#"{"name": "windows"}"#),
    ("that_it_selects_windows", "/spec/nodeSelector", r#"{"kubernetes.io/os": "windows"}"#),
    ("that_it_is_a_users", "/spec/securityContext", r#"{"runAsUser": 7, "runAsNonRoot": true}"#),
    ("that_it_is_going", "/metadata/deletionTimestamp", r#""2026-01-01T00:00:00Z""#),
    ("that_it_is_labelled", "/metadata/labels", r#"{"debug": "allowed"}"#),
    ("that_it_is_a_mirror", "/metadata/annotations", r#"{"kubernetes.io/config.mirror": "a"}"#),
    ("that_it_has_another_container", "/spec/containers", r#"[{"name": "new", "image": "i"}]"#),
    ("that_it_has_no_containers", "/spec/containers", "[]"),
    ("that_it_is_owned", "/metadata/ownerReferences", OWNED),
];

const OWNED: &str = r#"[{"apiVersion": "v1", "kind": "Node", "name": "n", "controller": true,
    "uid": "7a2bc5f0-0000-4000-8000-000000000002"}]"#;

/// A namespace under a policy that would repair nothing, were one of the lies believed: the
/// validating phase, which knows better, would then deny.
fn believing(world: &World) -> Stage {
    let controls = "{ptraceCapability: {mode: Deny, repair: OnCreate, ignore: [Inert, Latent], \
        scope: SharedProcesses}}";
    let namespace = world.namespace();
    let exception = by_label("ptrace-capability", &namespace);
    namespace.guarded(Some(&(policy(controls) + &exception)))
}

/// What is found in [`general`], whatever is said of its pod.
const GENERAL: [&str; 2] = [
    "spec.ephemeralContainers[0].securityContext.capabilities.add[0] PtraceAdded",
    "spec.ephemeralContainers[0].targetContainerName JoinsTarget",
];

/// As kubectl makes it with a target.
fn general() -> Value {
    let mut new = capable("new", &json!({"add": ["SYS_PTRACE"]}));
    new["targetContainerName"] = "app".into();
    new
}

/// Creates the plain pod, which no policy here minds but for its groups.
fn plain_pod(stage: &Stage, name: &str) -> String {
    let name = name.replace('_', "-");
    let mut spec = plain();
    spec["securityContext"] = json!({"supplementalGroupsPolicy": "Strict"});
    stage.create(&pod(&name, &spec)).silent();
    name
}

/// Adds a debug container by a PUT that says something else of the pod, too.
fn tell(stage: &Stage, name: &str, (_, pointer, value): &Lie) -> Answer {
    let mut body = stage.stored(name);
    body["spec"]["ephemeralContainers"] = json!([general()]);
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[field] = serde_json::from_str(value).unwrap();
    stage.cluster.client.put(&stage.pods(&format!("/{name}/ephemeralcontainers")), &body)
}

fn denied(world: &World, lie: &Lie) {
    let stage = world.under(DENY);
    let name = plain_pod(&stage, lie.0);
    let before = truth(&stage, &name);
    let answer = tell(&stage, &name, lie);
    assert_eq!(answer.denied_for(), GENERAL);
    assert!(
        answer.denial()[0].contains("it may trace and read every process it sees"),
        "{answer:#?}"
    );
    assert_eq!(truth(&stage, &name), before);
}

fn repaired(stage: &Stage, lie: &Lie) {
    let name = plain_pod(stage, lie.0);
    let before = truth(stage, &name);
    let answer = tell(stage, &name, lie);
    assert_eq!(answer.warnings.len(), 1, "{answer:#?}");
    assert!(answer.warnings[0].starts_with("Bulkhead removed SYS_PTRACE from "), "{answer:#?}");
    answer.object();
    is_repaired(before, truth(stage, &name));
}

/// The pod has one more container, without SYS_PTRACE, and is otherwise as it was.
fn is_repaired(before: Value, mut after: Value) {
    let added = after["spec"].as_object_mut().unwrap().remove("ephemeralContainers").unwrap();
    assert_eq!(added.as_array().unwrap().len(), 1);
    assert_eq!(added[0]["name"], "new");
    assert_eq!(added[0]["securityContext"], json!({"capabilities": {}}));
    assert_eq!(after, before);
}

/// What could have been believed of a stored pod.
fn truth(stage: &Stage, name: &str) -> Value {
    let mut stored = stage.stored(name);
    let meta = stored["metadata"].as_object_mut().unwrap();
    // Every change of a pod changes these.
    for field in ["resourceVersion", "generation", "managedFields"] {
        meta.remove(field);
    }
    stored.as_object_mut().unwrap().remove("status");
    stored
}

/// Another mutating webhook says all of it at once of every debugged pod.
fn lies_of_another(stage: Stage, first: bool, is_denied: bool) {
    let name = plain_pod(&stage, "app");
    let lies = LIES.iter().map(|(_, pointer, value)| {
        let value: Value = serde_json::from_str(value).unwrap();
        json!({"op": "add", "path": pointer, "value": value})
    });
    let lies = lies.collect();
    let add = |query: &str, new: &Value| {
        let body = json!({"spec": {"ephemeralContainers": [new]}});
        let path = stage.pods(&format!("/{name}/ephemeralcontainers{query}"));
        stage.cluster.client.patch(&path, STRATEGIC, &body)
    };
    let injection = Injection { first, again: true, debug: true, patch: lies };
    let probe = capable("probe", &json!({}));
    let _injector = Injector::with(&stage, &injection, || drop(add("?dryRun=All", &probe)));
    let before = truth(&stage, &name);
    let answer = add("", &general());
    if is_denied {
        assert_eq!(answer.denied_for(), GENERAL);
        assert_eq!(truth(&stage, &name), before);
    } else {
        assert_eq!(answer.warnings.len(), 1, "{answer:#?}");
        answer.object();
        is_repaired(before, truth(&stage, &name));
    }
}

/// A namespace with this pod from before there was a policy.
fn with_pod(world: &World, spec: &Value) -> Namespace {
    let namespace = world.namespace();
    namespace.create(&pod("app", spec)).silent();
    namespace
}

fn plain() -> Value {
    json!({"containers": [capable("app", &json!({}))]})
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

fn that_a_sharing_pod_does_not_share_is_denied(world: &World) {
    let stage =
        with_pod(world, &sharing(&[capable("app", &json!({}))])).guarded(Some(&policy(DENY)));
    let answer = put(&stage, capable("new", &json!({})), |body| {
        body["spec"]["shareProcessNamespace"] = false.into();
    });
    assert_eq!(answer.denied_for(), [JOINS]);
    let stored = stage.stored("app");
    assert_eq!(stored["spec"]["ephemeralContainers"], Value::Null);
    assert_eq!(stored["spec"]["shareProcessNamespace"], true);
}

fn that_a_pod_shares_changes_nothing(world: &World) {
    let stage = with_pod(world, &plain()).guarded(Some(&policy(REPAIR)));
    let before = stage.stored("app")["spec"].clone();
    let answer = put(&stage, capable("new", &json!({"add": ["SYS_PTRACE"]})), |body| {
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
    let mut app = pod("app", &sharing(&[capable("app", &json!({}))]));
    app["metadata"]["labels"] = json!({"debug": label});
    namespace.create(&app).silent();
    let exception = by_label("ephemeral-target", &namespace);
    namespace.guarded(Some(&(policy(DENY) + &exception)))
}

/// An exception of one control for the pods of one label.
fn by_label(control: &str, namespace: &Namespace) -> String {
    format!(
        "---\napiVersion: bulkhead.dev/v1alpha1\nkind: IsolationException\n\
        metadata: {{name: by-label}}\nspec:\n  reason: test\n  permanent: true\n  \
        controls: [{control}]\n  namespaces: [{}]\n  \
        podSelector: {{matchLabels: {{debug: allowed}}}}\n",
        namespace.name
    )
}

fn relabel(stage: &Stage, label: &str) -> Answer {
    put(stage, capable("new", &json!({})), |body| {
        body["metadata"]["labels"]["debug"] = label.into();
    })
}

fn about_labels_gains_no_exception(world: &World) {
    let stage = excepting(world, "refused");
    assert_eq!(relabel(&stage, "allowed").denied_for(), [JOINS]);
    assert_eq!(stage.stored("app")["metadata"]["labels"]["debug"], "refused");
}

fn about_labels_loses_no_exception(world: &World) {
    let stage = excepting(world, "allowed");
    relabel(&stage, "refused").silent();
    assert_eq!(stage.stored("app")["metadata"]["labels"]["debug"], "allowed");
}

fn about_the_user_hides_nothing_from_the_repair(world: &World) {
    // Were the lie believed, the finding would be latent and so ignored, and not repaired.
    let controls = "{ptraceCapability: {mode: Deny, repair: OnCreate, ignore: [Inert, Latent]}}";
    let stage = with_pod(world, &plain()).guarded(Some(&policy(controls)));
    let answer = put(&stage, capable("new", &json!({"add": ["SYS_PTRACE"]})), |body| {
        body["spec"]["securityContext"] = json!({"runAsUser": 1000});
    });
    let stored = answer.object();
    let added = &stored["spec"]["ephemeralContainers"][0];
    assert_eq!(added["securityContext"], json!({"capabilities": {}}));
    assert_eq!(stored["spec"]["securityContext"], json!({}));
}

fn without_containers_is_repaired_all_the_same(world: &World) {
    let stage = with_pod(world, &plain()).guarded(Some(&policy(REPAIR)));
    let answer = put(&stage, capable("new", &json!({"add": ["ALL"]})), |body| {
        body["spec"]["containers"] = Value::Null;
    });
    let stored = answer.object();
    let capabilities = &stored["spec"]["ephemeralContainers"][0]["securityContext"]["capabilities"];
    assert_eq!(*capabilities, json!({"add": ["ALL"], "drop": ["SYS_PTRACE"]}));
    assert_eq!(stored["spec"]["containers"][0]["name"], "app");
}

fn about_an_old_container_is_invalid_and_changes_nothing(world: &World) {
    let namespace = with_pod(world, &plain());
    let stage = namespace.guarded(Some(&policy(REPAIR)));
    put(&stage, capable("old", &json!({})), |_| ()).silent();
    let before = stage.stored("app")["spec"].clone();
    let answer = put(&stage, capable("new", &json!({})), |body| {
        body["spec"]["ephemeralContainers"][0]["securityContext"]["capabilities"] =
            json!({"add": ["SYS_PTRACE"]});
    });
    assert_eq!(answer.code, 422, "{answer:#?}");
    assert_eq!(stage.stored("app")["spec"], before);
}

fn in_a_resize_changes_nothing(world: &World) {
    let stage = with_pod(world, &plain()).guarded(Some(&policy(DENY)));
    let mut body = stage.stored("app");
    let before = body["spec"].clone();
    body["spec"]["shareProcessNamespace"] = true.into();
    stage.cluster.client.put(&stage.pods("/app/resize"), &body).silent();
    assert_eq!(stage.stored("app")["spec"], before);
}

fn of_any_kind_in_a_resize_changes_nothing(world: &World) {
    let stage = world.under(DENY);
    for (what, pointer, value) in LIES {
        let name = plain_pod(&stage, &format!("resized_{what}"));
        let before = truth(&stage, &name);
        let mut body = stage.stored(&name);
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[field] = serde_json::from_str(value).unwrap();
        let answer = stage.cluster.client.put(&stage.pods(&format!("/{name}/resize")), &body);
        // Some the API server refuses by itself; what it takes, it takes without the lie.
        assert!([200, 422].contains(&answer.code) && answer.warnings.is_empty(), "{answer:#?}");
        assert_eq!(truth(&stage, &name), before, "{what}");
    }
}

fn of_ephemeral_containers_in_a_new_pod_is_invalid(world: &World) {
    let mut spec = plain();
    spec["ephemeralContainers"] = json!([capable("new", &json!({"add": ["SYS_PTRACE"]}))]);
    let answer = world.under(REPAIR).try_create(&pod("new", &spec));
    assert_eq!(answer.code, 422, "{answer:#?}");
}
