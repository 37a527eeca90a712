//! Repairs: what is stored is what was sent, but for what the patch means.

use serde_json::{Value, json};

use super::said::{NO_SHARING, STRICT as MADE_STRICT, removed};
use super::{Case, case, page, pod};
use crate::setup::{Injector, MERGE, Namespace, REPAIR, World};
use crate::support::{capable, policy};
use crate::tier::{cases, name};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = cases! {
        case:
            kubectl_prints_a_warning_for_each_and_creates_the_pod,
            a_dry_run_shows_the_repaired_pod,
            an_explicit_merge_stays_and_is_denied,
            an_explicit_merge_stays_and_is_warned,
            an_explicit_merge_is_replaced_with_override_merge,
            a_pod_that_needs_none_is_silent,
            what_a_later_webhook_injects_is_repaired_too,
            an_update_of_an_old_pod_repairs_nothing;
    };
    for row in rows() {
        let name = name!("the_stored_pod_{}", row.name);
        cases.push(case(name, move |world| row.check(world)));
    }
    cases
}

fn kubectl_prints_a_warning_for_each_and_creates_the_pod(world: &World) {
    let stage = world.under(REPAIR);
    let said = stage.kubectl(&["apply", "-f", "-"], &page("printed"));
    let no_ptrace =
        removed!("container shell", "spec.containers[1].securityContext.capabilities.add[0]");
    let expected = [NO_SHARING, no_ptrace, MADE_STRICT];
    let expected = expected.map(|line| format!("Warning: {line}\n")).concat();
    assert_eq!(said.stderr, expected);
    assert_eq!(said.stdout, "pod/printed created\n");
    assert!(said.succeeded);
}

/// A pod, and what its repair is to change.
struct Row {
    name: &'static str,
    spec: Value,
    /// Pointer into the stored spec, the value there; `null` for nothing.
    changes: Vec<(&'static str, Value)>,
}

const STRICT: &str = "/securityContext/supplementalGroupsPolicy";
const SHARED: &str = "/shareProcessNamespace";

/// The change by every repair of a whole pod.
fn strict() -> (&'static str, Value) {
    (STRICT, "Strict".into())
}

fn rows() -> Vec<Row> {
    let plain = || json!({"containers": [{"name": "app", "image": "registry.example/a:1"}]});
    let (mut secured, mut windows) = (plain(), plain());
    secured["securityContext"] = json!({"runAsUser": 1000, "supplementalGroups": [4000]});
    windows["os"] = json!({"name": "windows"});
    let every = vec![
        (SHARED, false.into()),
        ("/containers/1/securityContext/capabilities", json!({"add": ["NET_ADMIN"]})),
        ("/initContainers/0/securityContext/capabilities", json!({"drop": ["MKNOD"]})),
        ("/initContainers/1/securityContext/capabilities", json!({})),
        strict(),
    ];
    let pods = [
        ("does_not_share_or_trace", everything(), every),
        ("is_strict_where_it_had_no_security_context", plain(), vec![strict()]),
        ("keeps_the_rest_of_its_security_context", secured, vec![strict()]),
        ("is_untouched_on_windows", windows, vec![]),
    ];
    let pods = pods.map(|(name, spec, changes)| Row { name, spec, changes });
    pods.into_iter().chain(capabilities()).collect()
}

/// Pods of one container: its capabilities, and what becomes of them.
fn capabilities() -> impl Iterator<Item = Row> {
    let all_but = json!({"add": ["ALL"], "drop": ["SYS_PTRACE"]});
    let list = [
        ("drops_ptrace_where_all_is_added", json!({"add": ["ALL"]}), all_but.clone()),
        ("drops_ptrace_where_drop_was_null", json!({"add": ["ALL"], "drop": null}), all_but),
        (
            "drops_ptrace_behind_what_was_dropped",
            json!({"add": ["all", "SYS_PTRACE", "CHOWN"], "drop": ["MKNOD"]}),
            json!({"add": ["all", "CHOWN"], "drop": ["MKNOD", "SYS_PTRACE"]}),
        ),
        (
            "has_no_spelling_of_ptrace_left",
            json!({"add": ["sys_ptrace", "KILL", "CAP_SYS_PTRACE", "\u{17f}YS_PTRACE"]}),
            json!({"add": ["KILL"]}),
        ),
    ];
    list.into_iter().map(|(name, sent, kept)| Row {
        name,
        spec: json!({"containers": [capable("app", &sent)]}),
        changes: vec![("/containers/0/securityContext/capabilities", kept), strict()],
    })
}

/// Every kind of container that a new pod may have, with what must survive.
fn everything() -> Value {
    let mut sidecar = capable("sidecar", &json!({"add": ["SYS_PTRACE"]}));
    sidecar["restartPolicy"] = "Always".into();
    let mut shell = capable("shell", &json!({"add": ["SYS_PTRACE", "NET_ADMIN"]}));
    shell["env"] = json!([{"name": "A", "value": "</&>\u{7f}\"~1/"}]);
    let setup = capable("setup", &json!({"add": ["SYS_PTRACE"], "drop": ["MKNOD"]}));
    json!({
        "shareProcessNamespace": true,
        "initContainers": [setup, sidecar],
        "containers": [{"name": "web", "image": "registry.example/web:1"}, shell],
    })
}

/// A pod whose stored spec can be compared: a token volume would have a random name.
fn comparable(name: &str, spec: &Value) -> Value {
    let mut pod = pod(name, spec);
    pod["spec"]["automountServiceAccountToken"] = false.into();
    pod["metadata"]["annotations"] = json!({"example.com/a_b": "as it is", "c": ""});
    pod
}

impl Row {
    /// Compares with what the API server stores of the same pod where there is no Bulkhead.
    fn check(self, world: &World) {
        let sent = comparable("kept", &self.spec);
        let mut expected = world.namespace().create(&sent).silent();
        for (pointer, value) in self.changes {
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            expected["spec"].pointer_mut(parent).unwrap()[field] = value;
        }
        let stage = world.under(REPAIR);
        let mut sent = sent;
        let name = self.name.replace('_', "-");
        sent["metadata"]["name"] = name.as_str().into();
        stage.create(&sent).object();
        let stored = stage.stored(&name);
        assert_eq!(stored["spec"], expected["spec"]);
        assert_eq!(stored["metadata"]["annotations"], sent["metadata"]["annotations"]);
    }
}

fn a_dry_run_shows_the_repaired_pod(world: &World) {
    let stage = world.under(REPAIR);
    let shown = stage.try_create(&pod("shown", &everything())).object();
    assert_eq!(shown["spec"]["shareProcessNamespace"], false);
    assert_eq!(stage.cluster.client.get(&stage.pods("/shown")).code, 404);
}

/// A pod that says Merge itself.
fn merging() -> Value {
    let spec = json!({
        "securityContext": {"supplementalGroupsPolicy": "Merge"},
        "containers": [{"name": "app", "image": "registry.example/a:1"}],
    });
    pod("merging", &spec)
}

fn policy_of(namespace: &Namespace) -> Value {
    let stored = namespace.stored("merging");
    stored["spec"]["securityContext"]["supplementalGroupsPolicy"].clone()
}

fn an_explicit_merge_stays_and_is_denied(world: &World) {
    let denied = world.under(REPAIR).try_create(&merging()).denied_for();
    let field = "spec.securityContext.supplementalGroupsPolicy";
    assert_eq!(denied, [format!("{field} SupplementalGroupsPolicyMerge")]);
}

fn an_explicit_merge_stays_and_is_warned(world: &World) {
    let stage = world.under(
        "{supplementalGroupsPolicy: {mode: Warn, repair: OnCreate, onUnsupportedNodes: Patch}}",
    );
    let answer = stage.create(&merging());
    assert_eq!(answer.warnings.len(), 1, "{answer:#?}");
    assert!(answer.warnings[0].contains("; it is Merge, "), "{answer:#?}");
    assert_eq!(policy_of(&stage), "Merge");
}

fn an_explicit_merge_is_replaced_with_override_merge(world: &World) {
    let stage = world.under(
        "{supplementalGroupsPolicy: {mode: Deny, repair: OnCreate, onUnsupportedNodes: Patch, \
        overrideMerge: true}}",
    );
    let answer = stage.create(&merging());
    assert_eq!(answer.warnings.len(), 1, "{answer:#?}");
    answer.object();
    assert_eq!(policy_of(&stage), "Strict");
}

fn a_pod_that_needs_none_is_silent(world: &World) {
    let spec = json!({
        "shareProcessNamespace": false,
        "securityContext": {"supplementalGroupsPolicy": "Strict"},
        "containers": [capable("app", &json!({"drop": ["ALL"]}))],
    });
    world.under(REPAIR).create(&pod("good", &spec)).silent();
}

/// By `reinvocationPolicy: IfNeeded`: Bulkhead is asked again.
fn what_a_later_webhook_injects_is_repaired_too(world: &World) {
    let stage = world.namespace().guarded(Some(&policy(REPAIR)));
    let mut sidecar = capable("mesh", &json!({"add": ["SYS_PTRACE", "NET_ADMIN"]}));
    sidecar["restartPolicy"] = "Always".into();
    let patch = json!([{"op": "add", "path": "/spec/initContainers", "value": [sidecar]}]);
    let _injector = Injector::new(&stage, &patch);
    let answer = stage.create(&pod("meshed", &json!({"containers": [capable("app", &json!({}))]})));
    assert_eq!(answer.warnings.len(), 2, "{answer:#?}");
    answer.object();
    let stored = &stage.stored("meshed")["spec"];
    assert_eq!(stored["securityContext"]["supplementalGroupsPolicy"], "Strict");
    let mesh = &stored["initContainers"][0];
    assert_eq!(mesh["name"], "mesh");
    assert_eq!(mesh["securityContext"]["capabilities"], json!({"add": ["NET_ADMIN"]}));
}

fn an_update_of_an_old_pod_repairs_nothing(world: &World) {
    let namespace = world.namespace();
    namespace.create(&pod("old", &everything())).silent();
    let before = namespace.stored("old")["spec"].clone();
    let stage = namespace.guarded(Some(&policy(REPAIR)));
    let label = json!({"metadata": {"labels": {"changed": "yes"}}});
    let path = stage.pods("/old");
    stage.cluster.client.patch(&path, MERGE, &label).silent();
    assert_eq!(stage.stored("old")["spec"], before);
}
