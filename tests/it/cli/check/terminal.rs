//! What people see, on a narrow and a wide terminal, with colours and without. The snapshots are
//! in `snapshots`; escape codes are shown as `␛`.

use insta::assert_snapshot;
use tempfile::TempDir;

use super::{check, command, folder, policy};
use crate::harness::terminal::on_terminal;

const WEB: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  shareProcessNamespace: true
  containers:
  - name: web
    image: registry.example/web:1
  - {name: shell, image: \"registry.example/shell:1\", securityContext: {capabilities: {drop: [ALL], add: [SYS_PTRACE]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: clean}
spec:
  template:
    spec:
      securityContext: {supplementalGroupsPolicy: Strict}
      containers: [{name: app, image: \"registry.example/app:1\"}]
---
kind: ConfigMap
";

const EXCEPTION: &str = "---
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationException
metadata: {name: shells}
spec: {reason: test, permanent: true, controls: [ptrace-capability], namespaces: [shop], containers: [shell]}
";

fn stage() -> TempDir {
    let controls = "{shareProcessNamespace: {mode: Deny}, ptraceCapability: {mode: Deny}, supplementalGroupsPolicy: {mode: Warn, repair: OnCreate, onUnsupportedNodes: Patch}, hostProcessNamespace: {mode: Audit}}";
    folder(&[
        ("web.yaml", WEB),
        ("cut.yaml", "apiVersion: v1\nkind: Pod\n"),
        ("policy.yaml", &policy(controls)),
        ("exempt.yaml", &(policy(controls) + EXCEPTION)),
    ])
}

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["--policy", "policy.yaml"], more].concat()
}

#[test]
fn narrow_and_plain() {
    let dir = stage();
    let mut command = command(dir.path(), &arguments(&["web.yaml", "cut.yaml"]));
    command.env("NO_COLOR", "1");
    assert_snapshot!(on_terminal(command, 60));
}

#[test]
fn wide_and_plain() {
    let dir = stage();
    let mut command = command(dir.path(), &arguments(&["web.yaml", "cut.yaml"]));
    command.env("NO_COLOR", "1");
    assert_snapshot!(on_terminal(command, 160));
}

#[test]
fn wide_and_coloured() {
    let dir = stage();
    assert_snapshot!(on_terminal(command(dir.path(), &arguments(&["web.yaml", "cut.yaml"])), 160));
}

#[test]
fn no_terminal() {
    let dir = stage();
    let ended = check(dir.path(), &arguments(&["web.yaml"]), "");
    assert_eq!((ended.stderr.as_str(), ended.code), ("", Some(1)));
    assert_snapshot!(ended.stdout);
}

#[test]
fn an_exception_is_shown() {
    let dir = stage();
    let ended = check(dir.path(), &["--policy", "exempt.yaml", "web.yaml"], "");
    assert_snapshot!(ended.stdout);
}
