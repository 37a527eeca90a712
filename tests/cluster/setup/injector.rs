//! Somebody else's mutating webhook: it changes every pod of a namespace, as the injectors of
//! service meshes do, or lies about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::hook::Hook;
use super::stage::Namespace;
use super::webhook::{Registration, rule};
use crate::support::until;

/// Its registration; the server itself ends with this process.
pub(crate) struct Injector {
    _registration: Registration,
}

/// What it does, and when it is asked.
pub(crate) struct Injection {
    /// Before Bulkhead; else after.
    pub(crate) first: bool,
    /// Again, after somebody else changed something.
    pub(crate) again: bool,
    /// `pods/ephemeralcontainers`; else new pods.
    pub(crate) debug: bool,
    /// A JSON patch.
    pub(crate) patch: Value,
}

impl Injector {
    /// Adds to new pods by this JSON patch after Bulkhead, once the API server asks it.
    pub(crate) fn new(namespace: &Namespace, patch: &Value) -> Self {
        let injection =
            Injection { first: false, again: false, debug: false, patch: patch.clone() };
        let plain = json!({
            "metadata": {"name": "probe"}, "spec": {"containers": [{"name": "a", "image": "i"}]},
        });
        Self::with(namespace, &injection, || drop(namespace.try_create(&plain)))
    }

    /// The same in any way, once the API server asks it about `probe`.
    pub(crate) fn with(namespace: &Namespace, injection: &Injection, probe: impl Fn()) -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let patch = STANDARD.encode(injection.patch.to_string());
        let counted = Arc::clone(&calls);
        let hook = Hook::new(namespace, move |_, _| {
            counted.fetch_add(1, Ordering::SeqCst);
            json!({"patchType": "JSONPatch", "patch": patch})
        });
        let rule = if injection.debug {
            rule("", "v1", &["pods/ephemeralcontainers"], &["UPDATE"])
        } else {
            rule("", "v1", &["pods"], &["CREATE"])
        };
        let mut entry = hook.entry(namespace, "/inject", &[rule]);
        entry["reinvocationPolicy"] = if injection.again { "IfNeeded" } else { "Never" }.into();
        // The API server calls them in the order of their configurations' names.
        let place = if injection.first { "above" } else { "later-than" };
        let mut registration = Registration::none(&namespace.cluster);
        let name = format!("{place}-{}", namespace.name);
        registration.add("MutatingWebhookConfiguration", &name, &json!([entry]));
        until("the API server to ask the injector", || {
            probe();
            calls.load(Ordering::SeqCst) > 0
        });
        Self { _registration: registration }
    }
}
