//! The program under test, and its registration with the API server.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::stage::Namespace;
use super::{Answer, Cluster};
use crate::support::{Server, program, sharing_spec, until};

/// Starts the program where an API server reaches it by `host`, with the text of a policy file or
/// without one.
pub(crate) fn start(host: &str, policy: Option<&str>) -> Server {
    let dir = TempDir::new().unwrap();
    let mut command = program();
    command.args(["serve", "--listen", listen(host), "--admin-listen", "127.0.0.1:0"]);
    command.args(["--tls-name", host, "--write-ca"]).arg(dir.path().join("ca.pem"));
    if let Some(policy) = policy {
        let file = dir.path().join("policy.yaml");
        std::fs::write(&file, policy).unwrap();
        command.arg("--policy").arg(&file);
    }
    Server::spawn(dir, command)
}

/// The address, with any port, at which an API server reaches this machine by `host`: one that is
/// elsewhere cannot reach the loopback address.
pub(crate) fn listen(host: &str) -> &'static str {
    if host == "127.0.0.1" { "127.0.0.1:0" } else { "0.0.0.0:0" }
}

/// The webhook configurations, or what else judges, of one namespace, deleted at the end.
pub(crate) struct Registration {
    cluster: Arc<Cluster>,
    paths: Vec<String>,
}

const CONFIGURATIONS: &str = "/apis/admissionregistration.k8s.io/v1";

impl Registration {
    /// Nothing so far.
    pub(crate) fn none(cluster: &Arc<Cluster>) -> Self {
        Self { cluster: Arc::clone(cluster), paths: Vec::new() }
    }

    /// Registers a server for one namespace and waits until each of its endpoints was asked.
    pub(crate) fn new(namespace: &Namespace, server: &Server) -> Self {
        let mut made = Self::none(&namespace.cluster);
        let hook = |name: &str, path: &str, failure: &str, rules: &[Value]| {
            webhook(namespace, server, (name, path), failure, rules)
        };
        let debug = rule("", "v1", &["pods/ephemeralcontainers"], &["UPDATE"]);
        let create = rule("", "v1", &["pods"], &["CREATE"]);
        let mut mutate = hook("mutate.bulkhead.dev", "mutate", "Ignore", &[create, debug.clone()]);
        mutate["reinvocationPolicy"] = "IfNeeded".into();
        let pods = rule("", "v1", &["pods"], &["CREATE", "UPDATE"]);
        let resize = rule("", "v1", &["pods/resize"], &["UPDATE"]);
        let enforce = hook("enforce.bulkhead.dev", "validate", "Fail", &[pods, debug, resize]);
        let advise = hook("advise.bulkhead.dev", "advise", "Ignore", &templates());
        made.add("MutatingWebhookConfiguration", &namespace.name, &json!([mutate]));
        made.add("ValidatingWebhookConfiguration", &namespace.name, &json!([enforce, advise]));
        until("the API server to ask the webhooks", || {
            probe(namespace);
            let log = server.log();
            let asked = |path: &&str| log.contains(&format!("path=\"{path}\""));
            ["mutate", "validate", "advise"].iter().all(asked)
        });
        made
    }

    /// Registers a path of a server for more, not waiting until it was asked.
    pub(crate) fn also(
        &mut self,
        namespace: &Namespace,
        server: &Server,
        (kind, path): (&str, &str),
        rules: &[Value],
    ) {
        let name = format!("also-{path}.bulkhead.dev");
        let mut entry = webhook(namespace, server, (&name, path), "Fail", rules);
        if kind.starts_with("Mutating") {
            entry["reinvocationPolicy"] = "IfNeeded".into();
        }
        self.add(kind, &format!("also-{path}-{}", namespace.name), &json!([entry]));
    }

    /// Creates a configuration.
    pub(crate) fn add(&mut self, kind: &str, name: &str, webhooks: &Value) {
        let object = json!({"kind": kind, "metadata": {"name": name}, "webhooks": webhooks});
        self.create(&format!("{}s", kind.to_lowercase()), object);
    }

    /// Creates any object of the group, of which there is one for the whole cluster.
    pub(crate) fn create(&mut self, resource: &str, mut object: Value) {
        object["apiVersion"] = "admissionregistration.k8s.io/v1".into();
        let path = format!("{CONFIGURATIONS}/{resource}");
        let made = self.cluster.client.post(&path, &object).object();
        self.paths.push(format!("{path}/{}", made["metadata"]["name"].as_str().unwrap()));
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        for path in &self.paths {
            self.cluster.forget(path);
        }
    }
}

impl Cluster {
    /// Deletes something at the end of a test. The test may be failing already, and a second
    /// panic would hide the first.
    pub(crate) fn forget(&self, path: &str) {
        let request = http::Request::delete(path).body(Vec::new());
        let Ok(request) = request else { return };
        drop(self.client.wait(self.client.kube.request_text(request)));
    }
}

fn webhook(
    namespace: &Namespace,
    server: &Server,
    (name, path): (&str, &str),
    failure: &str,
    rules: &[Value],
) -> Value {
    let host = &namespace.cluster.server.webhook_host;
    let url = format!("https://{host}:{}/{path}", server.webhook.port());
    let ca_bundle = STANDARD.encode(std::fs::read(server.ca()).unwrap());
    json!({
        "name": name, "rules": rules, "failurePolicy": failure,
        "clientConfig": {"url": url, "caBundle": ca_bundle},
        // Other tests are not concerned.
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace.name}},
        "matchPolicy": "Equivalent", "sideEffects": "None", "timeoutSeconds": 3,
        "admissionReviewVersions": ["v1"],
    })
}

pub(crate) fn rule(group: &str, version: &str, resources: &[&str], operations: &[&str]) -> Value {
    json!({
        "apiGroups": [group], "apiVersions": [version], "resources": resources,
        "operations": operations, "scope": "Namespaced",
    })
}

/// The eight kinds that hold a pod template.
pub(super) fn templates() -> Vec<Value> {
    let apps = ["deployments", "replicasets", "statefulsets", "daemonsets"];
    let groups: [(&str, &[&str]); 3] = [
        ("", &["podtemplates", "replicationcontrollers"]),
        ("apps", &apps),
        ("batch", &["jobs", "cronjobs"]),
    ];
    let rule = |(group, names): (&str, &[&str])| rule(group, "v1", names, &["CREATE", "UPDATE"]);
    groups.into_iter().map(rule).collect()
}

/// Something for every endpoint to judge, which is not stored.
fn probe(namespace: &Namespace) -> Vec<Answer> {
    let meta = json!({"name": "probe", "labels": {"app": "probe"}});
    let pod = json!({"metadata": meta, "spec": sharing_spec()});
    let template = json!({"metadata": meta, "template": pod});
    let client = &namespace.cluster.client;
    let path = namespace.path("v1", "podtemplates?dryRun=All");
    vec![namespace.try_create(&pod), client.post(&path, &template)]
}
