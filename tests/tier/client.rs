//! Calls to the API server: by kube's client, with what a client library hides (warnings, query
//! parameters, bodies that lie) in the open.

use std::path::Path;

use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use tokio::runtime::Runtime;

/// The formats of a PATCH.
pub(crate) const MERGE: &str = "application/merge-patch+json";
pub(crate) const STRATEGIC: &str = "application/strategic-merge-patch+json";
pub(crate) const APPLY: &str = "application/apply-patch+yaml";
pub(crate) const JSON: &str = "application/json-patch+json";

/// A client that blocks, so that a test reads from top to bottom.
pub(crate) struct Client {
    pub(crate) kube: kube::Client,
    runtime: Runtime,
}

/// What the API server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: u16,
    /// The texts of the `Warning` headers.
    pub(crate) warnings: Vec<String>,
    pub(crate) body: Value,
    /// Of the event in the audit log.
    pub(crate) audit_id: String,
}

impl Client {
    /// With the rights of whoever the file names.
    pub(crate) fn new(kubeconfig: &Path) -> Result<Self, String> {
        Self::acting(kubeconfig, None)
    }

    /// The same as another user.
    pub(crate) fn acting(kubeconfig: &Path, user: Option<&str>) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let failed = |error: &dyn std::error::Error| format!("{}: {error}", kubeconfig.display());
        let read = Kubeconfig::read_from(kubeconfig).map_err(|error| failed(&error))?;
        let options = KubeConfigOptions::default();
        let config = runtime.block_on(Config::from_custom_kubeconfig(read, &options));
        let mut config = config.map_err(|error| failed(&error))?;
        config.auth_info.impersonate = user.map(str::to_owned);
        // The client starts a task of its own.
        let _inside = runtime.enter();
        let kube = kube::Client::try_from(config).map_err(|error| failed(&error))?;
        Ok(Self { kube, runtime })
    }

    /// Waits for something asynchronous.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.call("GET", path, "application/json", String::new())
    }

    /// What is no JSON.
    pub(crate) fn text(&self, path: &str) -> String {
        let request = http::Request::get(path).body(Vec::new()).unwrap();
        self.wait(self.kube.request_text(request)).unwrap()
    }

    pub(crate) fn post(&self, path: &str, object: &Value) -> Answer {
        self.call("POST", path, "application/json", object.to_string())
    }

    pub(crate) fn put(&self, path: &str, object: &Value) -> Answer {
        self.call("PUT", path, "application/json", object.to_string())
    }

    pub(crate) fn patch(&self, path: &str, format: &str, change: &Value) -> Answer {
        self.call("PATCH", path, format, change.to_string())
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, "application/json", String::new())
    }

    /// One request, its body as it stands.
    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        format: &str,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("Content-Type", format)
            .body(Body::from(body.into()))
            .unwrap();
        let (head, body) = self.wait(async {
            let (head, body) = self.kube.send(request).await.unwrap().into_parts();
            (head, body.collect_bytes().await.unwrap())
        });
        let warnings = head.headers.get_all("Warning").iter();
        let audit_id = head.headers.get("Audit-Id").map(|id| id.to_str().unwrap().to_owned());
        Answer {
            code: head.status.as_u16(),
            warnings: warnings.map(|value| warning(value.as_bytes())).collect(),
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
            audit_id: audit_id.unwrap_or_default(),
        }
    }
}

/// The text of `299 - "TEXT"`, which may be more than ASCII.
fn warning(header: &[u8]) -> String {
    let header = str::from_utf8(header).unwrap();
    let quoted = header.split_once('"').and_then(|(_, rest)| rest.strip_suffix('"'));
    let text = quoted.unwrap_or_else(|| panic!("not a warning: {header}"));
    text.replace("\\\"", "\"").replace("\\\\", "\\")
}

/// The lines of a denial, which begin below what the API server writes in front.
pub(crate) fn listed(denial: &str) -> Vec<String> {
    let lines = denial.lines().filter(|line| !line.is_empty());
    lines.map(|line| line.strip_prefix("- ").unwrap_or(line).to_owned()).collect()
}

impl Answer {
    /// The object, of a request that succeeded.
    #[track_caller]
    pub(crate) fn object(self) -> Value {
        assert!(self.code < 300, "refused: {self:#?}");
        self.body
    }

    /// The object of a request that succeeded without a warning.
    #[track_caller]
    pub(crate) fn silent(self) -> Value {
        assert!(self.warnings.is_empty(), "not silent: {self:#?}");
        self.object()
    }

    /// The lines that Bulkhead denied a request with, without the marks of its list.
    #[track_caller]
    pub(crate) fn denial(&self) -> Vec<String> {
        let message = self.body["message"].as_str().unwrap_or_default();
        let by_us = "admission webhook \"enforce.bulkhead.dev\" denied the request: ";
        let lines = message.strip_prefix(by_us).filter(|_| self.code == 403);
        let lines = lines.unwrap_or_else(|| panic!("not denied by Bulkhead: {self:#?}"));
        listed(lines)
    }

    /// What Bulkhead denied a request for, each as "FIELD REASON".
    #[track_caller]
    pub(crate) fn denied_for(&self) -> Vec<String> {
        assert_ne!(self.denial(), Vec::<String>::new());
        let causes = self.body["details"]["causes"].as_array();
        let text = |cause: &Value, key: &str| cause[key].as_str().unwrap().to_owned();
        let line = |cause| format!("{} {}", text(cause, "field"), text(cause, "reason"));
        causes.unwrap().iter().map(line).collect()
    }
}
