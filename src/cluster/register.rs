use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::{Client, Error};
use serde_json::{Value, json};

use super::access::{ClusterError, within};
use super::{BULKHEAD, Kind, Registration, rules};

/// Its own field manager where somebody else writes the entries: under the other name, applying
/// the bundle alone would take back whatever was filled in before.
const BUNDLES: &str = "bulkhead-ca-bundle";

/// By this annotation a configuration says itself what of it is ours: `managed` (the entries),
/// `static` (their `caBundle`) or `none`. Without it, what this replica was told counts. While an
/// upgrade changes it, replicas of both versions run, and the older would take back what the newer
/// chart has written.
const OURS: &str = "bulkhead.dev/registration";

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

/// What came of mending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mended {
    /// It is as it should be, and was.
    Right,
    /// It is as it should be now.
    Changed,
    /// Somebody else was faster; what they wrote is seen next.
    Stale,
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

    /// Writes what is missing so that the stored object is right.
    pub async fn mend(
        &self,
        stored: &DynamicObject,
        authority: &str,
    ) -> Result<Mended, ClusterError> {
        let Some((manager, webhooks)) = self.missing(stored, authority) else {
            return Ok(Mended::Right);
        };
        let Some(mut mended) = self.apply(stored, manager, webhooks).await? else {
            return Ok(Mended::Stale);
        };
        if manager == BULKHEAD && self.missing(&mended, authority).is_some() {
            // What another manager has added to a list, applying leaves there.
            let Some(replaced) = self.replace(&mended, authority).await? else {
                return Ok(Mended::Stale);
            };
            mended = replaced;
        }
        if self.missing(&mended, authority).is_some() {
            return Err(ClusterError::Call {
                verb: "mend",
                object: self.label(),
                reason: "it was written, and something else has changed it at once".to_owned(),
            });
        }
        let is_new = mended.metadata.resource_version != stored.metadata.resource_version;
        Ok(if is_new { Mended::Changed } else { Mended::Right })
    }

    /// What has to be applied, and as which field manager; `None` if the stored object is right.
    fn missing(&self, stored: &DynamicObject, authority: &str) -> Option<(&'static str, Value)> {
        let annotations = stored.metadata.annotations.as_ref();
        let ours = annotations.and_then(|all| all.get(OURS)).map(String::as_str);
        match (ours, &self.whole) {
            (Some("none"), _) => None,
            (Some("static"), _) | (_, None) => {
                Some((BUNDLES, rules::bundles(authority, entries(stored))?))
            }
            (_, Some(registration)) => {
                let wanted = registration.webhooks(self.kind, Some(authority));
                Some((BULKHEAD, rules::whole(&wanted, entries(stored))?))
            }
        }
    }

    async fn apply(
        &self,
        stored: &DynamicObject,
        manager: &str,
        webhooks: Value,
    ) -> Result<Option<DynamicObject>, ClusterError> {
        let patch = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": self.kind.as_str(),
            "metadata": as_seen(stored),
            "webhooks": webhooks,
        });
        self.patch(&PatchParams::apply(manager).force(), &Patch::Apply(&patch)).await
    }

    /// Writes the list of entries as a whole; those of others stay as they are.
    async fn replace(
        &self,
        stored: &DynamicObject,
        authority: &str,
    ) -> Result<Option<DynamicObject>, ClusterError> {
        let Some(registration) = &self.whole else { return Ok(None) };
        let mut webhooks = rules::others(entries(stored));
        webhooks.extend(registration.webhooks(self.kind, Some(authority)));
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
        let patched = async {
            match self.api.patch(&self.name, params, patch).await {
                Ok(patched) => Ok(Some(patched)),
                Err(Error::Api(status)) if status.code == 409 => Ok(None),
                Err(error) => Err(error),
            }
        };
        within("patch", &self.label(), patched).await
    }
}

/// Metadata by which a patch fails where the object is not the one that was seen: without the uid
/// one that was deleted would be made anew, and without the version a chart that has just changed
/// it would be overruled.
fn as_seen(stored: &DynamicObject) -> Value {
    let seen = &stored.metadata;
    json!({"name": seen.name, "uid": seen.uid, "resourceVersion": seen.resource_version})
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
