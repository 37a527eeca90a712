//! Exceptions with the users that the API server knows.

use serde_json::json;

use super::{Case, audited, case, on_bare, pod};
use crate::setup::{AuditLog, DENY, JSON, Namespace, Stage, World};
use crate::support::{capable, policy, sharing_spec};
use crate::tier::cases;
use crate::tier::kubectl::Said;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        case:
            lets_the_debug_container_of_a_group_in,
            keeps_another_group_and_its_own_users_out,
            that_has_expired_lets_nobody_in,
            for_an_image_is_lost_with_the_image;
        audited: is_named_in_the_audit_log;
        on_bare: a_mirror_pod_of_a_node_passes_and_is_recorded;
    }
}

/// An exception for the group `sre-oncall`, with this end.
fn exception(namespace: &Namespace, end: &str) -> String {
    format!(
        "---
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationException
metadata: {{name: incident-4711}}
spec:
  reason: heap dump for incident 4711
  {end}
  controls: [ephemeral-target, ptrace-capability]
  namespaces: [{}]
  containers: [\"dbg*\"]
  containerTypes: [Ephemeral]
  subjects: [{{kind: Group, name: sre-oncall}}]
",
        namespace.name
    )
}

/// A pod that two groups may debug, and a policy with that exception.
fn excepting(world: &World, end: &str) -> Stage {
    let namespace = world.namespace();
    let spec = json!({"containers": [capable("app", &json!({}))]});
    namespace.create(&pod("app", &spec)).silent();
    let rules = json!([
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods/ephemeralcontainers"], "verbs": ["patch"]},
    ]);
    for group in ["sre-oncall", "developers"] {
        namespace.grant(&json!({"kind": "Group", "name": group}), &rules);
    }
    let text = policy(DENY) + &exception(&namespace, end);
    namespace.guarded(Some(&text))
}

fn debug(stage: &Stage, group: &str, name: &str) -> Said {
    let who = ["--as", "dana", "--as-group", group];
    let what = ["--image=registry.example/debug:1", "--target=app", "--profile=general"];
    stage.kubectl(&[&["debug", "app", "-c", name], &what[..], &who].concat(), "")
}

const VALID: &str = "expiresAt: \"2999-01-01T00:00:00Z\"";

fn lets_the_debug_container_of_a_group_in(world: &World) {
    let stage = excepting(world, VALID);
    let said = debug(&stage, "sre-oncall", "dbg-1");
    assert!(said.succeeded && !said.stderr.contains("Warning"), "{said:#?}");
    assert_eq!(stage.stored("app")["spec"]["ephemeralContainers"][0]["name"], "dbg-1");
}

fn keeps_another_group_and_its_own_users_out(world: &World) {
    let stage = excepting(world, VALID);
    for (group, name) in [("developers", "dbg-1"), ("sre-oncall", "other")] {
        let said = debug(&stage, group, name);
        assert!(!said.succeeded, "{group} {name}");
        let traces = format!("- ephemeral container {name}: remove SYS_PTRACE from ");
        let joins = format!("- ephemeral container {name}: debug without --target; ");
        assert!(said.stderr.contains(&traces) && said.stderr.contains(&joins), "{said:#?}");
    }
}

fn that_has_expired_lets_nobody_in(world: &World) {
    let stage = excepting(world, "expiresAt: \"2001-01-01T00:00:00Z\"");
    let said = debug(&stage, "sre-oncall", "dbg-1");
    assert!(said.stderr.contains(" [ptrace-capability, policy "), "{said:#?}");
}

fn is_named_in_the_audit_log(world: &World, log: &AuditLog) {
    let stage = excepting(world, VALID);
    assert!(debug(&stage, "sre-oncall", "dbg-1").succeeded);
    let event = log.event("patch", "pods/ephemeralcontainers", &stage.name, "app");
    assert_eq!(event.annotation("verdict"), "allowed");
    assert_eq!(event.annotation("findings"), "");
    let lines: Vec<_> = event.annotation("exceptions").lines().collect();
    let starts = [
        "incident-4711 ephemeral container dbg-1: remove SYS_PTRACE from ",
        "incident-4711 ephemeral container dbg-1: debug without --target; ",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

fn for_an_image_is_lost_with_the_image(world: &World) {
    let namespace = world.namespace();
    let exception = format!(
        "---
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationException
metadata: {{name: profiler}}
spec:
  reason: test
  permanent: true
  controls: [ptrace-capability]
  namespaces: [{}]
  images: [\"registry.example/profiler:*\"]
",
        namespace.name
    );
    let stage = namespace.guarded(Some(&(policy(DENY) + &exception)));
    let mut app = pod("app", &json!({"containers": [capable("app", &json!({"add": ["ALL"]}))]}));
    app["spec"]["containers"][0]["image"] = "registry.example/profiler:1".into();
    stage.create(&app).silent();
    let path = stage.pods("/app");
    let run = |image: &str| {
        let change = json!([{"op": "replace", "path": "/spec/containers/0/image", "value": image}]);
        stage.cluster.client.patch(&path, JSON, &change)
    };
    run("registry.example/profiler:2").silent();
    let field = "spec.containers[0].securityContext.capabilities.add PtraceByAll";
    assert_eq!(run("registry.example/other:1").denied_for(), [field]);
}

/// The mirror of a static pod, as a kubelet makes it.
fn a_mirror_pod_of_a_node_passes_and_is_recorded(world: &World, log: &AuditLog) {
    let stage = world.under(DENY);
    let mut mirror = pod("mirror-of-a-node", &sharing_spec());
    mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "hash"});
    mirror["spec"]["nodeName"] = "n".into();
    let node = "system:node:n";
    let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["create", "get"]}]);
    stage.grant(&json!({"kind": "User", "name": node}), &rules);
    let create = ["create", "-f", "-", "--as", node, "--as-group", "system:nodes"];
    let said = stage.kubectl(&create, &mirror.to_string());
    assert_eq!(
        (said.stdout.as_str(), said.stderr.as_str()),
        ("pod/mirror-of-a-node created\n", "")
    );
    let event = log.event("create", "pods", &stage.name, "mirror-of-a-node");
    assert_eq!(event.annotation("verdict"), "allowed");
    let findings: Vec<_> = event.annotation("findings").lines().collect();
    assert_eq!(findings.len(), 2, "{findings:#?}");
    assert!(findings.iter().all(|line| line.starts_with("Audit ")), "{findings:#?}");
}
