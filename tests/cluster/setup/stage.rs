//! A namespace, and a namespace that one Bulkhead guards.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::{Value, json};

use super::webhook::{Registration, start};
use super::{Answer, Cluster};
use crate::support::process::peak;
use crate::support::{Server, Tls, connect, until};
use crate::tier::kubectl::Said;

/// A namespace of one test, deleted at its end.
pub(crate) struct Namespace {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) name: String,
}

/// A namespace whose pods one `bulkhead serve` judges.
pub(crate) struct Stage {
    // In the order of their end: a registration without its server refuses every pod.
    registration: Registration,
    server: Server,
    namespace: Namespace,
}

impl Namespace {
    pub(crate) fn new(cluster: &Arc<Cluster>) -> Self {
        let object = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"generateName": "bulkhead-test-"},
        });
        let created = cluster.client.post("/api/v1/namespaces", &object).object();
        let name = created["metadata"]["name"].as_str().unwrap().to_owned();
        let namespace = Self { cluster: Arc::clone(cluster), name };
        // Pods are refused without it, and a bare control plane does not make it.
        let account =
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
        let made = cluster.client.post(&namespace.path("v1", "serviceaccounts"), &account);
        assert!([201, 409].contains(&made.code), "{made:#?}");
        namespace
    }

    /// The path of a resource here, by the version of its group, e.g. `apps/v1`.
    pub(crate) fn path(&self, version: &str, resource: &str) -> String {
        let root = if version.contains('/') { "apis" } else { "api" };
        format!("/{root}/{version}/namespaces/{}/{resource}", self.name)
    }

    /// The path of pods here, of one pod, or of a part of one.
    pub(crate) fn pods(&self, rest: &str) -> String {
        self.path("v1", &format!("pods{rest}"))
    }

    /// Creates a pod.
    pub(crate) fn create(&self, pod: &Value) -> Answer {
        self.cluster.client.post(&self.pods(""), pod)
    }

    /// Asks what creating a pod would do.
    pub(crate) fn try_create(&self, pod: &Value) -> Answer {
        self.cluster.client.post(&self.pods("?dryRun=All"), pod)
    }

    /// The stored pod.
    pub(crate) fn stored(&self, name: &str) -> Value {
        self.cluster.client.get(&self.pods(&format!("/{name}"))).object()
    }

    /// Runs kubectl here, with `input` as its standard input.
    pub(crate) fn kubectl(&self, args: &[&str], input: &str) -> Said {
        let here = ["--namespace", &self.name];
        self.cluster.kubectl(&[&here, args].concat(), input)
    }

    /// Allows a user or group what these rules say here, and waits until that is in force; the
    /// first rule is about pods.
    pub(crate) fn grant(&self, subject: &Value, rules: &Value) {
        let client = &self.cluster.client;
        let name = subject["name"].as_str().unwrap();
        let meta = json!({"name": name});
        let group = "rbac.authorization.k8s.io";
        let version = "rbac.authorization.k8s.io/v1";
        let role = json!({"apiVersion": version, "kind": "Role", "metadata": meta, "rules": rules});
        client.post(&self.path(version, "roles"), &role).object();
        let mut subject = subject.clone();
        subject["apiGroup"] = group.into();
        let binding = json!({
            "apiVersion": version, "kind": "RoleBinding", "metadata": meta, "subjects": [subject],
            "roleRef": {"apiGroup": group, "kind": "Role", "name": name},
        });
        client.post(&self.path(version, "rolebindings"), &binding).object();
        let mut spec = json!({"resourceAttributes": {
            "namespace": self.name, "verb": rules[0]["verbs"][0], "resource": "pods",
        }});
        match subject["kind"].as_str() {
            Some("Group") => spec["groups"] = json!([name]),
            _ => spec["user"] = name.into(),
        }
        let version = "authorization.k8s.io/v1";
        let review = json!({"apiVersion": version, "kind": "SubjectAccessReview", "spec": spec});
        until("the grant to be in force", || {
            let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
            client.post(path, &review).object()["status"]["allowed"] == true
        });
    }

    /// Puts Bulkhead before this namespace, with the text of a policy file or without one, and
    /// waits until the API server asks it.
    pub(crate) fn guarded(self, policy: Option<&str>) -> Stage {
        let server = start(&self.cluster.server.webhook_host, policy);
        let registration = Registration::new(&self, &server);
        Stage { registration, server, namespace: self }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.cluster.forget(&format!("/api/v1/namespaces/{}", self.name));
    }
}

impl Stage {
    /// A connection to the program, as the API server has one.
    pub(crate) fn connect(&self) -> Tls {
        let host = &self.cluster.server.webhook_host;
        connect(self.server.webhook, &self.server.ca(), host).unwrap()
    }

    /// Has the program asked at a path about more, too, by a configuration of its own.
    pub(crate) fn also(&mut self, kind: &str, path: &str, rules: &[Value]) {
        self.registration.also(&self.namespace, &self.server, (kind, path), rules);
    }

    /// Puts the same program before another namespace.
    pub(crate) fn also_guards(&self, other: &Namespace) -> Registration {
        Registration::new(other, &self.server)
    }

    /// The most memory that the program had so far, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        peak(self.server.pid())
    }

    /// What the program logged so far.
    pub(crate) fn log(&self) -> String {
        self.server.log()
    }

    /// Ends the program at once; its registration stays.
    pub(crate) fn kill(&mut self) {
        self.server.signal("KILL");
        self.server.wait();
    }
}

impl Deref for Stage {
    type Target = Namespace;

    fn deref(&self) -> &Namespace {
        &self.namespace
    }
}
