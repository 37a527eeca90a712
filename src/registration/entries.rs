//! The entries of both configurations, made of the table: the chart, the verb `webhooks` and the
//! leader say the same.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::BULKHEAD;
use super::platforms::{self, Platform, choose};
use super::selector::Enforce;
use super::table::{Endpoint, Namespaces, Rule, Webhook, WebhookKind, is_ours, webhooks};
use crate::names::NamespacedName;
use crate::policy::NAMESPACE_NAME_LABEL;

/// The field that platforms extend.
const SELECTOR: &str = "namespaceSelector";

/// The Service that the API server calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Which.
    pub name: NamespacedName,
    /// Its port, not the pods'.
    pub port: u16,
}

impl Service {
    /// The name in the certificate: what the API server asks for.
    pub fn host(&self) -> String {
        format!("{}.{}.svc", self.name.name, self.name.namespace)
    }
}

/// What the entries depend on.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Who is called.
    pub service: Service,
    /// Namespaces that are not concerned at all.
    pub excluded: BTreeSet<String>,
    /// Where an unanswered call refuses.
    pub enforce: Enforce,
    /// How long the API server waits for an answer; it takes 1 to 30 seconds.
    pub timeout: Duration,
}

impl Registration {
    /// A whole configuration, without `caBundle` where the authority is not known yet.
    pub fn configuration(&self, kind: WebhookKind, name: &str, authority: Option<&str>) -> Value {
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": kind.as_str(),
            "metadata": {"name": name},
            "webhooks": self.webhooks(kind, authority),
        })
    }

    /// Its entries, each with every field that the API server would fill in, so that a stored one
    /// can be compared.
    pub fn webhooks(&self, kind: WebhookKind, authority: Option<&str>) -> Vec<Value> {
        let here = webhooks().filter(|(_, webhook)| webhook.kind == kind);
        here.filter_map(|(endpoint, webhook)| self.entry(endpoint, webhook, authority)).collect()
    }

    fn entry(
        &self,
        endpoint: &Endpoint,
        webhook: &Webhook,
        authority: Option<&str>,
    ) -> Option<Value> {
        let selector = self.selector(webhook.namespaces)?;
        let Service { name, port } = &self.service;
        let path = format!("/{}", endpoint.path);
        let mut client = json!({"service": {
            "namespace": name.namespace, "name": name.name, "path": path, "port": port,
        }});
        if let (Some(authority), Some(client)) = (authority, client.as_object_mut()) {
            client.insert("caBundle".to_owned(), STANDARD.encode(authority).into());
        }
        let mut entry = json!({
            "name": webhook.name,
            "clientConfig": client,
            "rules": webhook.rules.iter().flat_map(rules).collect::<Vec<_>>(),
            "failurePolicy": webhook.failure_policy,
            "matchPolicy": "Equivalent",
            SELECTOR: selector,
            "objectSelector": {},
            "sideEffects": "None",
            "timeoutSeconds": self.timeout.as_secs(),
            "admissionReviewVersions": ["v1"],
        });
        if let Some(entry) = entry.as_object_mut() {
            if webhook.kind == WebhookKind::Mutating {
                entry.insert("reinvocationPolicy".to_owned(), json!("IfNeeded"));
            }
            if let Some((name, expression)) = webhook.condition {
                let conditions = json!([{"name": name, "expression": expression}]);
                entry.insert("matchConditions".to_owned(), conditions);
            }
        }
        Some(entry)
    }

    /// The namespaces of a webhook; `None` if there are none.
    fn selector(&self, namespaces: Namespaces) -> Option<Value> {
        let more = match (namespaces, &self.enforce) {
            (Namespaces::All, _)
            | (Namespaces::Enforced, Enforce::Everywhere)
            | (Namespaces::Advised, Enforce::Nowhere) => None,
            (Namespaces::Enforced, Enforce::Nowhere)
            | (Namespaces::Advised, Enforce::Everywhere) => {
                return None;
            }
            (Namespaces::Enforced, Enforce::Where(one)) => Some(one.expression()),
            (Namespaces::Advised, Enforce::Where(one)) => Some(one.inverse().expression()),
        };
        let excluded =
            json!({"key": NAMESPACE_NAME_LABEL, "operator": "NotIn", "values": self.excluded});
        let all: Vec<_> = [excluded].into_iter().chain(more).collect();
        Some(json!({"matchExpressions": all}))
    }
}

/// The rules of an entry, one for each group.
fn rules(rule: &Rule) -> Vec<Value> {
    let by_group = rule.resources.by_group().into_iter();
    let one = |(group, resources)| {
        json!({
            "apiGroups": [group], "apiVersions": ["v1"], "resources": resources,
            "operations": rule.operations, "scope": "Namespaced",
        })
    };
    by_group.map(one).collect()
}

/// Our entries of a stored configuration, by name.
pub(super) fn ours(webhooks: &[Value]) -> Map<String, Value> {
    let named = webhooks.iter().filter_map(|entry| Some((entry.get("name")?.as_str()?, entry)));
    named
        .filter(|(name, _)| is_ours(name))
        .map(|(name, entry)| (name.to_owned(), entry.clone()))
        .collect()
}

/// The entries of a stored configuration that are not ours.
pub(super) fn others(webhooks: &[Value]) -> Vec<Value> {
    let name = |entry: &Value| entry.get("name").and_then(Value::as_str).is_some_and(is_ours);
    webhooks.iter().filter(|entry| !name(entry)).cloned().collect()
}

/// The authorities that callers of an entry trust, as PEM; `None` where they trust those of the
/// machine.
pub(super) fn bundle(entry: &Value) -> Option<Vec<u8>> {
    let text = entry.pointer("/clientConfig/caBundle")?.as_str().filter(|text| !text.is_empty())?;
    Some(STANDARD.decode(text).unwrap_or_default())
}

/// The entries that are to be in force: the wanted ones, where a platform's requirements stay.
pub(super) fn whole(mut wanted: Vec<Value>, stored: &[Value]) -> Vec<Value> {
    let stored = ours(stored);
    for entry in &mut wanted {
        let there = entry.get("name").and_then(Value::as_str).and_then(|name| stored.get(name));
        let there = there.and_then(|entry| entry.get(SELECTOR));
        if let (Some(there), Some(selector)) = (there, entry.get_mut(SELECTOR)) {
            *selector = choose(selector, there).selector;
        }
    }
    wanted
}

/// The entries as they are written: what is repeated in a selector is right as it is, but who adds
/// to it with every write would make it longer and longer.
pub(super) fn distinct(mut entries: Vec<Value>) -> Vec<Value> {
    for selector in entries.iter_mut().filter_map(|entry| entry.get_mut(SELECTOR)) {
        let once: Vec<_> = platforms::distinct(platforms::items(selector)).cloned().collect();
        if let Some(all) = selector.get_mut("matchExpressions") {
            *all = once.into();
        }
    }
    entries
}

/// The platforms whose requirements stay, once for each entry that has them.
pub(super) fn tolerated(wanted: &[Value], stored: &[Value]) -> Vec<&'static Platform> {
    let (wanted, stored) = (ours(wanted), ours(stored));
    let both = wanted
        .iter()
        .filter_map(|(name, entry)| Some((entry.get(SELECTOR)?, stored.get(name)?.get(SELECTOR)?)));
    both.filter_map(|(wanted, stored)| choose(wanted, stored).tolerated).collect()
}

/// The stored entries of ours, with this authority for all their callers.
pub(super) fn bundled(authority: &str, stored: &[Value]) -> Map<String, Value> {
    let mut stored = ours(stored);
    for entry in stored.values_mut() {
        if let Some(client) = entry.get_mut("clientConfig").and_then(Value::as_object_mut) {
            client.insert("caBundle".to_owned(), STANDARD.encode(authority).into());
        }
    }
    stored
}

/// What of them is to be applied where only the authority is ours.
pub(super) fn bundles(authority: &str, entries: &Map<String, Value>) -> Vec<Value> {
    let encoded = STANDARD.encode(authority);
    let entry = |name: &String| json!({"name": name, "clientConfig": {"caBundle": encoded}});
    entries.keys().map(entry).collect()
}

/// The name of our configurations unless another one is given.
pub const DEFAULT_NAME: &str = BULKHEAD;
