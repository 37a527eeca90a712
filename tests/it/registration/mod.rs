//! What is done about changes of others, decided in this process.

mod fights;
mod platforms;
mod proxies;
mod rules;

use bulkhead::registration::{Plan, Registration, WebhookKind};
use kube::api::DynamicObject;
use serde_json::{Value, json};

use rules::registration;

const AUTHORITY: &str = "the authority";

/// Enforces in one half, excludes a namespace.
fn ours() -> Registration {
    registration(&["kube-system", "system"], r#"{"matchLabels": {"tier": "prod"}}"#)
}

/// A stored configuration of these entries.
fn stored(webhooks: &Value, managed: &Value) -> DynamicObject {
    let object = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "bulkhead", "managedFields": managed}, "webhooks": webhooks,
    });
    serde_json::from_value(object).unwrap()
}

/// The entries as they should be.
fn right() -> Value {
    ours().webhooks(WebhookKind::Validating, Some(AUTHORITY)).into()
}

fn plan(object: &DynamicObject) -> Plan {
    Plan::new(WebhookKind::Validating, Some(&ours()), &object.into(), AUTHORITY).unwrap()
}

/// The entries with something done to the selector of one.
fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut entries = right();
    let all = entries.as_array_mut().unwrap();
    let one = all.iter_mut().find(|entry| entry["name"] == "enforce.bulkhead.dev").unwrap();
    change(one);
    entries
}
