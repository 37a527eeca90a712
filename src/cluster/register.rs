//! Writes of a webhook configuration, each as it was seen.

use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams};
use kube::core::GroupVersionKind;
use serde_json::{Value, json};

use super::access::{CONFLICT, ClusterError, NOT_FOUND, unless, within};
use crate::registration::{self, BULKHEAD, Plan, StoredConfiguration, WebhookKind};

/// One of our two configurations. It is read, watched and patched by name; the chart creates and
/// deletes it.
#[derive(Clone, Debug)]
pub struct Registrar {
    api: Api<DynamicObject>,
    kind: WebhookKind,
    name: String,
}

impl Registrar {
    /// For the configuration of a kind and a name.
    pub fn new(client: &Client, kind: WebhookKind, name: &str) -> Self {
        Self { api: api(client, kind), kind, name: name.to_owned() }
    }

    /// To follow it.
    pub fn api(&self) -> Api<DynamicObject> {
        self.api.clone()
    }

    /// The kind and the name.
    pub fn label(&self) -> String {
        format!("{} {}", self.kind.as_str(), self.name)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes once what is planned for the stored object; what is stored then, or `None` if somebody
    /// else was faster, whose work is seen next.
    pub async fn carry_out(
        &self,
        stored: &DynamicObject,
        plan: &Plan,
    ) -> Result<Option<DynamicObject>, ClusterError> {
        if plan.takes_whole_write() {
            self.replace(stored, plan).await
        } else {
            self.apply(stored, plan).await
        }
    }

    async fn apply(
        &self,
        stored: &DynamicObject,
        plan: &Plan,
    ) -> Result<Option<DynamicObject>, ClusterError> {
        let patch = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": self.kind.as_str(),
            "metadata": as_seen(stored),
            "webhooks": plan.webhooks,
        });
        self.patch(&PatchParams::apply(plan.manager).force(), &Patch::Apply(&patch)).await
    }

    /// Writes the list of entries as a whole; those of others stay as they are.
    async fn replace(
        &self,
        stored: &DynamicObject,
        plan: &Plan,
    ) -> Result<Option<DynamicObject>, ClusterError> {
        let mut webhooks = registration::others(&stored.into());
        webhooks.extend_from_slice(&plan.webhooks);
        let patch = json!({"metadata": as_seen(stored), "webhooks": webhooks});
        let params =
            PatchParams { field_manager: Some(BULKHEAD.to_owned()), ..PatchParams::default() };
        self.patch(&params, &Patch::Merge(&patch)).await
    }

    /// `None` if it is not any more what the patch says that it was.
    async fn patch(
        &self,
        params: &PatchParams,
        patch: &Patch<&Value>,
    ) -> Result<Option<DynamicObject>, ClusterError> {
        let patched = async { unless(CONFLICT, self.api.patch(&self.name, params, patch).await) };
        within("patch", &self.label(), patched).await
    }
}

impl<'a> From<&'a DynamicObject> for StoredConfiguration<'a> {
    fn from(object: &'a DynamicObject) -> Self {
        Self::new(&object.metadata, &object.data)
    }
}

/// Metadata by which a patch fails where the object is not the one that was seen: without the uid
/// one that was deleted would be recreated, and without the version a chart that has just changed
/// it would be overruled.
fn as_seen(stored: &DynamicObject) -> Value {
    let seen = &stored.metadata;
    json!({"name": seen.name, "uid": seen.uid, "resourceVersion": seen.resource_version})
}

/// Deletes a configuration; whether there was one.
pub async fn delete(client: &Client, kind: WebhookKind, name: &str) -> Result<bool, ClusterError> {
    let api = api(client, kind);
    let deleted = async { unless(NOT_FOUND, api.delete(name, &DeleteParams::default()).await) };
    let label = format!("{} {name}", kind.as_str());
    Ok(within("delete", &label, deleted).await?.is_some())
}

fn api(client: &Client, kind: WebhookKind) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", kind.as_str());
    Api::all_with(client.clone(), &ApiResource::from_gvk(&kind))
}
