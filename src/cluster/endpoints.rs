//! Who would answer: the ready endpoints of the Service.

use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use kube::Client;
use kube::api::{Api, ListParams};

use super::access::{ClusterError, within};
use crate::names::NamespacedName;

/// Who answers behind a Service. Its `EndpointSlices` have names that nobody knows beforehand, so
/// they are the one thing that is listed.
#[derive(Clone, Debug)]
pub struct Endpoints {
    api: Api<EndpointSlice>,
    service: NamespacedName,
}

impl Endpoints {
    /// Of this Service.
    pub fn new(client: &Client, service: &NamespacedName) -> Self {
        let api = Api::namespaced(client.clone(), &service.namespace);
        Self { api, service: service.clone() }
    }

    /// Whose they are.
    pub fn service(&self) -> &NamespacedName {
        &self.service
    }

    /// Whether one of them is ready.
    pub async fn any_ready(&self) -> Result<bool, ClusterError> {
        let label = format!("kubernetes.io/service-name={}", self.service.name);
        let params = ListParams::default().labels(&label);
        let object = format!("EndpointSlices of Service {}", self.service);
        let slices = within("list", &object, self.api.list(&params)).await?;
        Ok(slices.items.iter().flat_map(|slice| &slice.endpoints).any(is_ready))
    }
}

/// Not known counts as ready, as the API has it.
fn is_ready(endpoint: &Endpoint) -> bool {
    let ready = endpoint.conditions.as_ref().and_then(|conditions| conditions.ready);
    ready.unwrap_or(true) && !endpoint.addresses.is_empty()
}
