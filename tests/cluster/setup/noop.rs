//! The webhook that judges nothing (`benches/noop.rs`), to compare with.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tempfile::TempDir;

use super::stage::Namespace;
use super::webhook::{Registration, rule};
use crate::support::until;

/// A running one, ended by pid when dropped.
pub(crate) struct Noop {
    child: Child,
    address: String,
    authority: String,
}

impl Noop {
    /// Starts it, compiled by `cargo build --example noop` in the profile of this test.
    pub(crate) fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let authority = dir.path().join("ca.pem");
        let folder = Path::new(env!("CARGO_BIN_EXE_bulkhead")).parent().unwrap();
        let mut command = Command::new(folder.join("examples/noop"));
        command.arg("--write-ca").arg(&authority).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let at = ready.find("https://").unwrap_or_else(|| panic!("not ready: {ready:?}"));
        let address = ready[at..].trim_end().to_owned();
        let authority = STANDARD.encode(std::fs::read(authority).unwrap());
        Self { child, address, authority }
    }

    /// Puts it before a namespace as Bulkhead would be, once the API server asks it.
    pub(crate) fn registered(&self, namespace: &Namespace) -> Registration {
        let name = format!("{}.example.com", namespace.name);
        let entry = |path: &str| {
            json!({
                "name": name, "sideEffects": "None", "admissionReviewVersions": ["v1"],
                "rules": [
                    rule("", "v1", &["pods"], &["CREATE"]),
                    rule("", "v1", &["pods/ephemeralcontainers"], &["UPDATE"]),
                ],
                "clientConfig": {
                    "url": format!("{}/{path}", self.address), "caBundle": self.authority,
                },
                "namespaceSelector":
                    {"matchLabels": {"kubernetes.io/metadata.name": namespace.name}},
                "failurePolicy": "Fail", "timeoutSeconds": 3,
            })
        };
        let mut registration = Registration::none(&namespace.cluster);
        for (kind, path) in [("Mutating", "mutate"), ("Validating", "validate")] {
            let kind = format!("{kind}WebhookConfiguration");
            registration.add(&kind, &namespace.name, &json!([entry(path)]));
        }
        let spec = json!({"containers": [{"name": "a", "image": "i"}]});
        let probe = json!({"metadata": {"name": "probe"}, "spec": spec});
        until("the API server to ask the no-op", || {
            namespace.try_create(&probe);
            let metrics = namespace.cluster.client.text("/metrics");
            let of = "apiserver_admission_webhook_admission_duration_seconds_count";
            let mut lines = metrics.lines().filter(|line| line.starts_with(of));
            lines.any(|line| line.contains(&name) && line.contains("type=\"validating\""))
        });
        registration
    }
}

impl Drop for Noop {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
