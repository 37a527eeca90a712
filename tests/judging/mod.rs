//! Judging in one process, from the bytes of a review to the bytes of the answer.

#![allow(clippy::allow_attributes, dead_code, reason = "each test file uses its own part")]

use bulkhead::admission::{self, Paths};
use bulkhead::decision::{self, Decision, Phase};
use bulkhead::policy::{self, Context, Ruling, Snapshot};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The time of every judgement here.
pub(crate) const NOW: &str = "2026-11-21T12:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// A policy with these controls.
pub(crate) fn policy(controls: &str) -> Snapshot {
    load(&policy_text("test", controls))
}

pub(crate) fn policy_text(name: &str, controls: &str) -> String {
    format!(
        "---\napiVersion: bulkhead.dev/v1alpha1\nkind: IsolationPolicy\nmetadata: {{name: {name}}}\nspec: {{controls: {controls}}}\n"
    )
}

/// An exception with this spec; reason and expiry are filled in.
pub(crate) fn exception_text(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: bulkhead.dev/v1alpha1\nkind: IsolationException\nmetadata: {{name: {name}}}\nspec: {{reason: test, expiresAt: \"2026-12-01T00:00:00Z\", {spec}}}\n"
    )
}

pub(crate) fn load(text: &str) -> Snapshot {
    bulkhead::api::load("test.yaml", text, bulkhead::api::Namespaces::ByName)
        .unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// A pod with this spec in namespace `shop`.
pub(crate) fn pod(spec: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop"}, "spec": spec})
}

/// A review of `operation` on a resource such as `pods/resize` or `apps/deployments`.
pub(crate) fn review(operation: &str, resource: &str, object: &Value, old: &Value) -> Value {
    let (resource, sub) = match resource.split_once("pods/") {
        Some((_, sub)) => ("pods", sub),
        None => (resource, ""),
    };
    let (group, name) = resource.split_once('/').unwrap_or(("", resource));
    let kind = [object, old].iter().find_map(|object| object["kind"].as_str()).unwrap_or("Pod");
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "u-1",
            "kind": {"group": group, "version": "v1", "kind": kind},
            "resource": {"group": group, "version": "v1", "resource": name},
            "subResource": sub,
            "name": "p", "namespace": "shop", "operation": operation,
            "userInfo": {"username": "dana", "groups": ["system:authenticated", "sre"]},
            "object": object, "oldObject": old,
        },
    })
}

/// The decision on a review.
pub(crate) fn decide(phase: Phase, snapshot: &Snapshot, review: &Value) -> Decision {
    let body = review.to_string();
    let request = admission::decode(body.as_bytes(), Paths::Both).unwrap();
    let context = Context {
        namespace: &request.target.namespace,
        labels: None,
        nodes: None,
        requester: Some(&request.requester),
        now: now(),
    };
    let change = request.change.as_ref();
    change.map(|change| decision::decide(phase, change, snapshot, &context)).unwrap_or_default()
}

/// Everything found on a new pod.
pub(crate) fn find(snapshot: &Snapshot, pod: &Value) -> Vec<Ruling> {
    let body = review("CREATE", "pods", pod, &Value::Null).to_string();
    let request = admission::decode(body.as_bytes(), Paths::Pods).unwrap();
    let context = Context {
        namespace: &request.target.namespace,
        labels: None,
        nodes: None,
        requester: Some(&request.requester),
        now: now(),
    };
    policy::judge(snapshot, request.change.as_ref().unwrap(), &context)
}

/// A pod after the mutating phase, by a library that is not ours.
pub(crate) fn mutate(snapshot: &Snapshot, pod: &Value) -> Value {
    let review = review("CREATE", "pods", pod, &Value::Null);
    let decision = decide(Phase::Mutate, snapshot, &review);
    let mut patched = pod.clone();
    json_patch::patch(&mut patched, &decision.patch).unwrap();
    patched
}
