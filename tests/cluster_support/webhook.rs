//! The program under test, and its registration with the API server.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::stage::Namespace;
use super::{Answer, Cluster};
use crate::support::{sharing_spec, until};

/// A running `bulkhead serve` that the API server can reach.
pub(crate) struct Process {
    child: Child,
    log: Arc<Mutex<String>>,
    /// `https://HOST:PORT`.
    url: String,
    /// The authority of its certificate, as a webhook configuration wants it.
    ca_bundle: String,
    _dir: TempDir,
}

impl Process {
    /// Starts it with the text of a policy file, or without one.
    pub(crate) fn start(host: &str, policy: Option<&str>) -> Self {
        let dir = TempDir::new().unwrap();
        let (ca, file) = (dir.path().join("ca.pem"), dir.path().join("policy.yaml"));
        // An API server elsewhere cannot reach the loopback address.
        let listen = if host == "127.0.0.1" { "127.0.0.1:0" } else { "[::]:0" };
        let mut command = Command::new(env!("CARGO_BIN_EXE_bulkhead"));
        command.args(["serve", "--listen", listen, "--admin-listen", "127.0.0.1:0"]);
        command.args(["--tls-name", host, "--write-ca"]).arg(&ca);
        if let Some(policy) = policy {
            std::fs::write(&file, policy).unwrap();
            command.arg("--policy").arg(&file);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut ready).unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (sink, lines) = (Arc::clone(&log), BufReader::new(child.stderr.take().unwrap()));
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                sink.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let address = ready.split_once("https://").and_then(|(_, rest)| rest.split(' ').next());
        let port = address.and_then(|address| address.rsplit(':').next());
        let port = port.unwrap_or_else(|| panic!("not ready: {ready:?} {}", log.lock().unwrap()));
        Self {
            url: format!("https://{host}:{port}"),
            ca_bundle: STANDARD.encode(std::fs::read(&ca).unwrap()),
            child,
            log,
            _dir: dir,
        }
    }

    pub(crate) fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Whether it logged a review on this path.
    fn was_asked(&self, path: &str) -> bool {
        self.log.lock().unwrap().contains(&format!("path=\"{path}\""))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The webhook configurations of one namespace, deleted at the end.
pub(crate) struct Registration {
    cluster: Arc<Cluster>,
    paths: Vec<String>,
}

const CONFIGURATIONS: &str = "/apis/admissionregistration.k8s.io/v1";

impl Registration {
    /// Registers a process for one namespace and waits until each of its endpoints was asked.
    pub(crate) fn new(namespace: &Namespace, process: &Process) -> Self {
        let mut made = Self { cluster: Arc::clone(&namespace.cluster), paths: Vec::new() };
        let hook = |name: &str, path: &str, failure: &str, rules: &[Value]| {
            webhook(namespace, process, (name, path), failure, rules)
        };
        let debug = rule("", "v1", &["pods/ephemeralcontainers"], &["UPDATE"]);
        let create = rule("", "v1", &["pods"], &["CREATE"]);
        let mut mutate = hook("mutate.bulkhead.dev", "mutate", "Ignore", &[create, debug.clone()]);
        mutate["reinvocationPolicy"] = "IfNeeded".into();
        let pods = rule("", "v1", &["pods"], &["CREATE", "UPDATE"]);
        let resize = rule("", "v1", &["pods/resize"], &["UPDATE"]);
        let enforce = hook("enforce.bulkhead.dev", "validate", "Fail", &[pods, debug, resize]);
        let advise = hook("advise.bulkhead.dev", "advise", "Ignore", &templates());
        made.add("MutatingWebhookConfiguration", namespace, &json!([mutate]));
        made.add("ValidatingWebhookConfiguration", namespace, &json!([enforce, advise]));
        until("the API server to ask the webhooks", || {
            probe(namespace);
            ["mutate", "validate", "advise"].iter().all(|path| process.was_asked(path))
        });
        made
    }

    fn add(&mut self, kind: &str, namespace: &Namespace, webhooks: &Value) {
        let object = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
            "metadata": {"name": namespace.name}, "webhooks": webhooks,
        });
        let path = format!("{CONFIGURATIONS}/{}s", kind.to_lowercase());
        self.cluster.client.post(&path, &object).object();
        self.paths.push(format!("{path}/{}", namespace.name));
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
    process: &Process,
    (name, path): (&str, &str),
    failure: &str,
    rules: &[Value],
) -> Value {
    json!({
        "name": name, "rules": rules, "failurePolicy": failure,
        "clientConfig": {
            "url": format!("{}/{path}", process.url), "caBundle": process.ca_bundle,
        },
        // Other tests are not concerned.
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace.name}},
        "matchPolicy": "Equivalent", "sideEffects": "None", "timeoutSeconds": 3,
        "admissionReviewVersions": ["v1"],
    })
}

fn rule(group: &str, version: &str, resources: &[&str], operations: &[&str]) -> Value {
    json!({
        "apiGroups": [group], "apiVersions": [version], "resources": resources,
        "operations": operations, "scope": "Namespaced",
    })
}

/// The eight kinds that hold a pod template.
fn templates() -> Vec<Value> {
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
