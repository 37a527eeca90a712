//! The one table of what is registered: the chart, the verb `webhooks` and the leader say the same.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::BULKHEAD;
use super::platforms::{self, Platform, choose};
use super::selector::Enforce;
use crate::names::NamespacedName;

/// The API server sets this label on every namespace; nobody else can.
pub(super) const NAMESPACE: &str = "kubernetes.io/metadata.name";

/// The field that platforms extend.
const SELECTOR: &str = "namespaceSelector";

/// Seconds, unless others are given. A review takes microseconds; what is longer is an outage, which
/// should be short.
pub const DEFAULT_TIMEOUT: u8 = 3;

/// The two kinds of configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// May repair.
    Mutating,
    /// May deny.
    Validating,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Mutating, Self::Validating];

    /// The `kind` of the object.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mutating => "MutatingWebhookConfiguration",
            Self::Validating => "ValidatingWebhookConfiguration",
        }
    }
}

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
    /// Seconds that the API server waits for an answer; it takes 1 to 30.
    pub timeout: u8,
}

/// In which namespaces a webhook is called, besides the excluded ones.
#[derive(Clone, Copy, Debug)]
enum Half {
    Both,
    Enforced,
    Advised,
}

struct Hook {
    name: &'static str,
    kind: Kind,
    path: &'static str,
    policy: &'static str,
    half: Half,
    rules: &'static [Rule],
}

/// Group, resources, operations. A resource does not match its subresources.
type Rule = (&'static str, &'static [&'static str], &'static [&'static str]);

const CREATED: Rule = ("", &["pods"], &["CREATE"]);
const CHANGED: Rule = ("", &["pods"], &["CREATE", "UPDATE"]);
const DEBUGGED: Rule = ("", &["pods/ephemeralcontainers"], &["UPDATE"]);
const RESIZED: Rule = ("", &["pods/resize"], &["UPDATE"]);
const PODS: &[Rule] = &[CHANGED, DEBUGGED, RESIZED];
const TEMPLATES: &[Rule] = &[
    ("", &["podtemplates", "replicationcontrollers"], &["CREATE", "UPDATE"]),
    ("apps", &["daemonsets", "deployments", "replicasets", "statefulsets"], &["CREATE", "UPDATE"]),
    ("batch", &["cronjobs", "jobs"], &["CREATE", "UPDATE"]),
];

const HOOKS: [Hook; 4] = [
    Hook {
        name: "mutate.bulkhead.dev",
        kind: Kind::Mutating,
        path: "/mutate",
        policy: "Ignore",
        half: Half::Both,
        rules: &[CREATED, DEBUGGED],
    },
    Hook {
        name: "enforce.bulkhead.dev",
        kind: Kind::Validating,
        path: "/validate",
        policy: "Fail",
        half: Half::Enforced,
        rules: PODS,
    },
    Hook {
        name: "advisory.bulkhead.dev",
        kind: Kind::Validating,
        path: "/validate",
        policy: "Ignore",
        half: Half::Advised,
        rules: PODS,
    },
    Hook {
        name: "advise.bulkhead.dev",
        kind: Kind::Validating,
        path: "/advise",
        policy: "Ignore",
        half: Half::Both,
        rules: TEMPLATES,
    },
];

/// Most updates of pods are of their status or labels, which no judgement depends on. A part of a
/// pod that is changed by a path of its own has a subresource here; without one the key is absent,
/// and an expression that fails would count as an outage.
const SPEC_CHANGED: &str =
    "request.operation != 'UPDATE' || has(request.subResource) || object.spec != oldObject.spec";

/// Whether an entry of a configuration is one of ours.
pub fn is_ours(name: &str) -> bool {
    HOOKS.iter().any(|hook| hook.name == name)
}

impl Registration {
    /// A whole configuration, without `caBundle` where the authority is not known yet.
    pub fn configuration(&self, kind: Kind, name: &str, authority: Option<&str>) -> Value {
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": kind.as_str(),
            "metadata": {"name": name},
            "webhooks": self.webhooks(kind, authority),
        })
    }

    /// Its entries, each with every field that the API server would fill in, so that a stored one
    /// can be compared.
    pub fn webhooks(&self, kind: Kind, authority: Option<&str>) -> Vec<Value> {
        let here = HOOKS.iter().filter(|hook| hook.kind == kind);
        here.filter_map(|hook| self.entry(hook, authority)).collect()
    }

    fn entry(&self, hook: &Hook, authority: Option<&str>) -> Option<Value> {
        let selector = self.selector(hook.half)?;
        let Service { name, port } = &self.service;
        let mut client = json!({"service": {
            "namespace": name.namespace, "name": name.name, "path": hook.path, "port": port,
        }});
        if let (Some(authority), Some(client)) = (authority, client.as_object_mut()) {
            client.insert("caBundle".to_owned(), STANDARD.encode(authority).into());
        }
        let mut entry = json!({
            "name": hook.name,
            "clientConfig": client,
            "rules": hook.rules.iter().map(rule).collect::<Vec<_>>(),
            "failurePolicy": hook.policy,
            "matchPolicy": "Equivalent",
            SELECTOR: selector,
            "objectSelector": {},
            "sideEffects": "None",
            "timeoutSeconds": self.timeout,
            "admissionReviewVersions": ["v1"],
        });
        let extra = match hook.path {
            "/mutate" => Some(("reinvocationPolicy", json!("IfNeeded"))),
            "/validate" => Some((
                "matchConditions",
                json!([{"name": "spec-changed", "expression": SPEC_CHANGED}]),
            )),
            _ => None,
        };
        if let (Some((field, value)), Some(entry)) = (extra, entry.as_object_mut()) {
            entry.insert(field.to_owned(), value);
        }
        Some(entry)
    }

    /// The namespaces of a webhook; `None` if there are none.
    fn selector(&self, half: Half) -> Option<Value> {
        let more = match (half, &self.enforce) {
            (Half::Both, _)
            | (Half::Enforced, Enforce::Everywhere)
            | (Half::Advised, Enforce::Nowhere) => None,
            (Half::Enforced, Enforce::Nowhere) | (Half::Advised, Enforce::Everywhere) => {
                return None;
            }
            (Half::Enforced, Enforce::Where(one)) => Some(one.expression()),
            (Half::Advised, Enforce::Where(one)) => Some(one.inverse().expression()),
        };
        let excluded = json!({"key": NAMESPACE, "operator": "NotIn", "values": self.excluded});
        let all: Vec<_> = [excluded].into_iter().chain(more).collect();
        Some(json!({"matchExpressions": all}))
    }
}

fn rule((group, resources, operations): &Rule) -> Value {
    json!({
        "apiGroups": [group], "apiVersions": ["v1"], "resources": resources,
        "operations": operations, "scope": "Namespaced",
    })
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

/// The entries as they are written: what stands twice in a selector is right as it is, but who adds
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
