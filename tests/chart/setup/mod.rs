//! An API server that takes the objects of the chart.

pub(crate) mod rendered;

use std::path::Path;
use std::sync::Mutex;

use serde_json::json;

use crate::support::until;
use crate::tier::apiserver::ApiServer;
use crate::tier::kubectl::{Kubectl, Said};

pub(crate) use crate::tier::client::{APPLY, Client};

/// The API server and the ways to it.
pub(crate) struct Cluster {
    pub(crate) client: Client,
    server: ApiServer,
    kubectl: Kubectl,
    /// The namespaces that were made, deleted at the end.
    made: Mutex<Vec<String>>,
}

/// The kinds of other projects that the chart can render. Their definitions are not ours to copy:
/// these take any fields.
const KINDS: &[(&str, &str, &str, &str)] = &[
    ("cert-manager.io", "v1", "Certificate", "certificates"),
    ("cert-manager.io", "v1", "Issuer", "issuers"),
    ("monitoring.coreos.com", "v1", "ServiceMonitor", "servicemonitors"),
    ("monitoring.coreos.com", "v1", "PodMonitor", "podmonitors"),
];

impl Cluster {
    /// Finds or starts one.
    pub(crate) fn open() -> Result<Self, String> {
        let server = ApiServer::find()?;
        let client = Client::new(&server.kubeconfig)?;
        let kubectl = Kubectl::new(&server.kubectl, &server.kubeconfig)?;
        let cluster = Self { client, server, kubectl, made: Mutex::default() };
        cluster.define_kinds();
        Ok(cluster)
    }

    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.server.kubeconfig
    }

    fn define_kinds(&self) {
        let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        for (group, version, kind, plural) in KINDS {
            let any = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
            let version = json!({
                "name": version, "served": true, "storage": true, "schema": {"openAPIV3Schema": any},
            });
            let definition = json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": format!("{plural}.{group}")},
                "spec": {
                    "group": group, "scope": "Namespaced", "versions": [version],
                    "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase()},
                },
            });
            let made = self.client.post(definitions, &definition);
            assert!([201, 409].contains(&made.code), "{made:#?}");
            until("a kind to be served", || {
                self.client.get(&format!("/apis/{group}/v1/{plural}")).code == 200
            });
        }
    }

    /// A namespace of one test, in which Pod Security enforces `restricted`.
    pub(crate) fn namespace(&self) -> String {
        let object = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {
                "generateName": "bulkhead-chart-",
                "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
            },
        });
        let created = self.client.post("/api/v1/namespaces", &object).object();
        let name = created["metadata"]["name"].as_str().unwrap().to_owned();
        self.made.lock().unwrap().push(name.clone());
        name
    }

    /// Makes a service account: pods are refused without theirs.
    pub(crate) fn service_account(&self, namespace: &str, name: &str) {
        let account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name},
        });
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
        let made = self.client.post(&path, &account);
        assert!([201, 409].contains(&made.code), "{made:#?}");
    }

    /// Runs kubectl with `input` as its standard input.
    pub(crate) fn kubectl(&self, args: &[&str], input: &str) -> Said {
        self.kubectl.run(args, input)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for name in self.made.lock().unwrap().drain(..) {
            drop(self.client.delete(&format!("/api/v1/namespaces/{name}")));
        }
    }
}
