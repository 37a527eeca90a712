//! A stand-in for a controller of a managed platform: it adds requirements to the namespaceSelector
//! of each webhook of ours, as soon as one lacks them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt as _;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams, WatchEvent, WatchParams};
use kube::core::GroupVersionKind;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{Client, Installed};

/// It ends with this.
pub(crate) struct Enforcer {
    writes: Arc<AtomicUsize>,
    _running: Runtime,
    _client: Client,
}

impl Enforcer {
    /// Starts as this field manager.
    pub(crate) fn new(installed: &Installed, manager: &str, required: &[Value]) -> Self {
        let client = Client::new(installed.cluster.kubeconfig()).unwrap();
        let running = Runtime::new().unwrap();
        let writes = Arc::new(AtomicUsize::new(0));
        for kind in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
            let kind = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", kind);
            let one = One {
                api: Api::all_with(client.kube.clone(), &ApiResource::from_gvk(&kind)),
                name: installed.namespace.name.clone(),
                manager: manager.to_owned(),
                required: required.to_vec(),
                writes: Arc::clone(&writes),
            };
            running.spawn(async move {
                loop {
                    one.watch().await;
                }
            });
        }
        Self { writes, _running: running, _client: client }
    }

    /// How often it has added something.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }
}

/// What it does about one configuration.
struct One {
    api: Api<DynamicObject>,
    name: String,
    manager: String,
    required: Vec<Value>,
    writes: Arc<AtomicUsize>,
}

impl One {
    async fn watch(&self) {
        let only = WatchParams::default().fields(&format!("metadata.name={}", self.name));
        let Ok(events) = self.api.watch(&only, "0").await else { return };
        let mut events = std::pin::pin!(events);
        while let Some(Ok(event)) = events.next().await {
            if let WatchEvent::Added(object) | WatchEvent::Modified(object) = event {
                self.add(&object).await;
            }
        }
    }

    async fn add(&self, object: &DynamicObject) {
        let mut webhooks = object.data["webhooks"].as_array().cloned().unwrap_or_default();
        let before = webhooks.clone();
        for webhook in &mut webhooks {
            let all = webhook["namespaceSelector"]["matchExpressions"].as_array_mut().unwrap();
            let missing = self.required.iter().filter(|one| !all.contains(one)).cloned();
            let missing: Vec<_> = missing.collect();
            all.extend(missing);
        }
        if webhooks == before {
            return;
        }
        let version = &object.metadata.resource_version;
        let patch = json!({"metadata": {"resourceVersion": version}, "webhooks": webhooks});
        let params =
            PatchParams { field_manager: Some(self.manager.clone()), ..PatchParams::default() };
        // One that is too late hears of the next version.
        if self.api.patch(&self.name, &params, &Patch::Merge(&patch)).await.is_ok() {
            self.writes.fetch_add(1, Ordering::SeqCst);
        }
    }
}
