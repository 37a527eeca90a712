//! What the cases share: a server whose policy is in a file that the test owns.

mod admin;
mod answers;
mod crowds;
mod files;
mod log;
mod namespaces;
mod reload;
mod start;
mod stop;

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Reply, Server, command, pod_review, policy, sharing_spec};

/// Stands in the objects here; must never stand in the log.
const SECRET: &str = "s3cr3t";

const DENY: &str = "{shareProcessNamespace: {mode: Deny}, ptraceCapability: {mode: Deny}}";

/// A server and its policy file.
struct Served {
    server: Server,
    file: PathBuf,
}

impl Served {
    /// With a policy of these controls.
    fn new(controls: &str, flags: &[&str]) -> Self {
        Self::with_text(&policy(controls), flags)
    }

    /// With a policy file of this text.
    fn with_text(text: &str, flags: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("policy.yaml");
        fs::write(&file, text).unwrap();
        let mut command = command(flags);
        command.arg("--policy").arg(&file).arg("--write-ca").arg(dir.path().join("ca.pem"));
        Self { server: Server::spawn(dir, command), file }
    }

    /// Puts another text into the place of the policy file at once.
    fn replace(&self, text: &str) {
        let beside = self.file.with_extension("new");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, &self.file).unwrap();
    }

    fn validate(&self, review: &Value) -> Reply {
        let reply = self.server.post("/validate", review.to_string().as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply
    }

    /// Whether the pod that shares processes is allowed.
    fn allows(&self) -> bool {
        self.validate(&sharing_review()).json()["response"]["allowed"].as_bool().unwrap()
    }
}

/// The creation of a pod that shares processes, with secrets in it.
fn sharing_review() -> Value {
    let mut spec = sharing_spec();
    spec["containers"][0]["args"] = json!([SECRET]);
    spec["containers"][0]["env"] = json!([{"name": "TOKEN", "value": SECRET}]);
    pod_review(&spec)
}
