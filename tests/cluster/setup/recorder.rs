//! A webhook that allows everything and keeps what it was asked.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::hook::Hook;
use super::stage::Namespace;
use super::webhook::{Registration, rule, templates};
use crate::support::until;

/// Its registration, and what came.
pub(crate) struct Recorder {
    _registration: Registration,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// One review.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `/mutate` or `/validate`.
    pub(crate) path: String,
    pub(crate) review: Value,
}

const PODS: &[&str] = &[
    "pods",
    "pods/ephemeralcontainers",
    "pods/resize",
    "pods/status",
    "pods/binding",
    "pods/eviction",
    "pods/exec",
];

impl Recorder {
    /// Keeps all that Bulkhead could be asked about a namespace, in this version of the review.
    pub(crate) fn new(namespace: &Namespace, version: &str) -> Self {
        Self::during(namespace, version, |_| {})
    }

    /// The same; something else happens during each review.
    pub(crate) fn during(
        namespace: &Namespace,
        version: &str,
        meanwhile: impl Fn(&Asked) + Send + 'static,
    ) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&asked);
        let hook = Hook::new(namespace, move |path, review| {
            let (path, review) = (path.to_owned(), review.clone());
            let asked = Asked { path, review };
            meanwhile(&asked);
            sink.lock().unwrap().push(asked);
            json!({})
        });
        let every = ["CREATE", "UPDATE", "DELETE", "CONNECT"];
        let mut rules = vec![rule("", "v1", PODS, &every)];
        rules.extend(templates());
        let mut registration = Registration::none(&namespace.cluster);
        for (kind, path) in [("Mutating", "/mutate"), ("Validating", "/validate")] {
            let mut entry = hook.entry(namespace, path, &rules);
            entry["admissionReviewVersions"] = json!([version]);
            let kind = format!("{kind}WebhookConfiguration");
            registration.add(&kind, &format!("recorder-{}", namespace.name), &json!([entry]));
        }
        let recorder = Self { _registration: registration, asked };
        until("the API server to ask the recorder", || {
            let spec = json!({"containers": [{"name": "a", "image": "i"}]});
            namespace.try_create(&json!({"metadata": {"name": "probe"}, "spec": spec}));
            let paths = recorder.take();
            ["/mutate", "/validate"].iter().all(|path| paths.iter().any(|one| one.path == *path))
        });
        recorder
    }

    /// What was asked last at an endpoint since the last time: that is what was stored. Before it the
    /// API server may have asked about an object that somebody else had changed by then or that its
    /// cache had not learnt of yet, as a busy one does.
    pub(crate) fn take_last(&self, endpoint: &str) -> Option<Asked> {
        self.take().into_iter().rev().find(|one| one.path == format!("/{endpoint}"))
    }

    /// What came since the last time.
    pub(crate) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}
