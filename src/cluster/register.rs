use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::{Client, Error};
use serde_json::{Value, json};

use super::access::{ClusterError, within};
use super::{BULKHEAD, Kind, Registration, rules};

/// Its own field manager where somebody else writes the entries: under the other name, applying
/// the bundle alone would take back whatever was filled in before.
const BUNDLES: &str = "bulkhead-ca-bundle";

/// One of our two configurations. It is read, watched and patched by name; that it is there is
/// the chart's business, as is that it goes.
#[derive(Clone, Debug)]
pub struct Registrar {
    api: Api<DynamicObject>,
    kind: Kind,
    name: String,
    /// The whole entries, or `None` where only the bundle is ours.
    whole: Option<Registration>,
}

impl Registrar {
    /// For the configuration of a kind and a name.
    pub fn new(client: &Client, kind: Kind, name: &str, whole: Option<Registration>) -> Self {
        Self { api: api(client, kind), kind, name: name.to_owned(), whole }
    }

    /// To follow it.
    pub fn api(&self) -> Api<DynamicObject> {
        self.api.clone()
    }

    /// The kind and the name.
    pub fn label(&self) -> String {
        format!("{} {}", self.kind.as_str(), self.name)
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The authorities that callers of our entries trust, by entry; empty while nothing is filled.
    pub fn trusted(stored: &DynamicObject) -> Vec<(String, Option<Vec<u8>>)> {
        let ours = rules::ours(entries(stored));
        ours.into_iter().map(|(name, entry)| (name, rules::bundle(&entry))).collect()
    }

    /// What has to be applied so that the stored object is right; `None` if it is.
    pub fn missing(&self, stored: &DynamicObject, authority: &str) -> Option<Value> {
        match &self.whole {
            Some(registration) => {
                let wanted = registration.webhooks(self.kind, Some(authority));
                rules::whole(&wanted, entries(stored))
            }
            None => rules::bundles(authority, entries(stored)),
        }
    }

    /// Applies that; whether anything changed.
    pub async fn apply(
        &self,
        stored: &DynamicObject,
        webhooks: Value,
    ) -> Result<bool, ClusterError> {
        let manager = if self.whole.is_some() { BULKHEAD } else { BUNDLES };
        let patch = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": self.kind.as_str(),
            // Without the uid, a configuration that was deleted meanwhile would be made anew.
            "metadata": {"name": self.name, "uid": stored.metadata.uid},
            "webhooks": webhooks,
        });
        let params = PatchParams::apply(manager).force();
        let patch = Patch::Apply(&patch);
        let call = self.api.patch(&self.name, &params, &patch);
        let applied = within("patch", &self.label(), call).await?;
        Ok(applied.metadata.resource_version != stored.metadata.resource_version)
    }
}

/// Deletes a configuration; whether there was one.
pub async fn delete(client: &Client, kind: Kind, name: &str) -> Result<bool, ClusterError> {
    let api = api(client, kind);
    let deleted = async {
        match api.delete(name, &DeleteParams::default()).await {
            Ok(_) => Ok(true),
            Err(Error::Api(status)) if status.code == 404 => Ok(false),
            Err(error) => Err(error),
        }
    };
    within("delete", &format!("{} {name}", kind.as_str()), deleted).await
}

fn api(client: &Client, kind: Kind) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", kind.as_str());
    Api::all_with(client.clone(), &ApiResource::from_gvk(&kind))
}

fn entries(stored: &DynamicObject) -> &[Value] {
    stored.data.get("webhooks").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
