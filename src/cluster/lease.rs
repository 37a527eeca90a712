//! Reads and writes of the Lease.

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Client;
use kube::api::{Api, PostParams};

use super::access::{CONFLICT, ClusterError, unless, within};
use super::replace;
use crate::names::NamespacedName;
use crate::registration::BULKHEAD;

/// One Lease, read and written by name.
#[derive(Clone, Debug)]
pub struct Leases {
    api: Api<Lease>,
    name: String,
    label: String,
}

impl Leases {
    /// Of this name, whether it is there or not.
    pub fn new(client: &Client, name: &NamespacedName) -> Self {
        let api = Api::namespaced(client.clone(), &name.namespace);
        Self { api, name: name.name.clone(), label: format!("Lease {name}") }
    }

    /// As it is now; `None` where there is none.
    pub async fn get(&self) -> Result<Option<Lease>, ClusterError> {
        within("get", &self.label, self.api.get_opt(&self.name)).await
    }

    /// Creates it unless somebody else did; whether it was created.
    pub async fn create(&self, spec: LeaseSpec) -> Result<bool, ClusterError> {
        let metadata = ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() };
        let lease = Lease { metadata, spec: Some(spec) };
        let params =
            PostParams { field_manager: Some(BULKHEAD.to_owned()), ..PostParams::default() };
        let created = async { unless(CONFLICT, self.api.create(&params, &lease).await) };
        Ok(within("create", &self.label, created).await?.is_some())
    }

    /// Replaces it unless somebody else did since it was read; whether it was replaced.
    pub async fn replace(&self, lease: &Lease) -> Result<bool, ClusterError> {
        replace(&self.api, (&self.label, &self.name), lease).await
    }
}
