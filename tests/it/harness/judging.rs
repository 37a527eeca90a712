//! Judging in one process, from the bytes of a review to the bytes of the answer.

#![allow(clippy::allow_attributes, dead_code, reason = "each test file uses its own part")]

use bulkhead::admission::{self, Paths, Request};
use bulkhead::controls::{Scene, Words};
use bulkhead::decision::{self, Decision, Phase};
use bulkhead::policy::{self, Asked, Context, Ruling, Snapshot};
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
    judged(review, |request, context| {
        let change = request.change.as_ref();
        let decide = |change| decision::decide(phase, change, snapshot, context);
        change.map(decide).unwrap_or_default()
    })
}

/// A ruling with what it says of the pod it was found in.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) ruling: Ruling,
    /// The container, and the other one of a pair.
    pub(crate) container: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) words: Words,
}

impl std::ops::Deref for Found {
    type Target = Ruling;
    fn deref(&self) -> &Ruling {
        &self.ruling
    }
}

impl Found {
    fn of(scene: &Scene<'_, '_>, ruling: &Ruling) -> Self {
        let subject = ruling.finding.subject;
        let name = |place| scene.name(place).to_owned();
        Self {
            container: subject.container().map(name),
            to: subject.pair().map(|pair| name(pair.to)),
            words: ruling.finding.words(scene),
            ruling: ruling.clone(),
        }
    }
}

/// Everything found on a new pod.
pub(crate) fn find(snapshot: &Snapshot, pod: &Value) -> Vec<Found> {
    let review = review("CREATE", "pods", pod, &Value::Null);
    judged(&review, |request, context| {
        let change = request.change.as_ref().unwrap();
        let scene = change.scene();
        let rulings = policy::judge(snapshot, change, &scene, context, Asked::All);
        rulings.iter().map(|ruling| Found::of(&scene, ruling)).collect()
    })
}

/// What denies a request in the validating phase.
pub(crate) fn denials(snapshot: &Snapshot, review: &Value) -> Vec<Found> {
    judged(review, |request, context| {
        let change = request.change.as_ref().unwrap();
        let decision = decision::decide(Phase::Validate, change, snapshot, context);
        decision.denials().map(|ruling| Found::of(&change.scene(), ruling)).collect()
    })
}

fn judged<T>(review: &Value, judge: impl Fn(&Request<'_>, &Context<'_>) -> T) -> T {
    let body = review.to_string();
    let request = admission::decode(body.as_bytes(), Paths::Both).unwrap();
    let context = Context {
        namespace: &request.target.namespace,
        labels: None,
        nodes: None,
        requester: Some(&request.requester),
        now: now(),
    };
    judge(&request, &context)
}

/// A pod after the mutating phase, by a library that is not ours.
pub(crate) fn mutate(snapshot: &Snapshot, pod: &Value) -> Value {
    let review = review("CREATE", "pods", pod, &Value::Null);
    let decision = decide(Phase::Mutate, snapshot, &review);
    let mut patched = pod.clone();
    json_patch::patch(&mut patched, &decision.patch).unwrap();
    patched
}
