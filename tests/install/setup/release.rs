//! One release of the chart, in a namespace of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::tracing;
use crate::node::processes::{descendants, variable};
use crate::node::{MERGE, Namespace, Node};
use crate::support::place;
use crate::support::{Ended, connect, folder, until};
use crate::tier::helm::helm;

/// The release, and so all its objects.
pub(crate) const NAME: &str = "bulkhead";
/// The chart.
const CHART: &str = "charts/bulkhead";
/// The two configurations.
pub(crate) const CONFIGURATIONS: [&str; 2] = ["mutating", "validating"];

/// An installed release, removed at its end whatever is left of it.
pub(crate) struct Release<'a> {
    pub(crate) node: &'a Node,
    pub(crate) namespace: String,
    /// The chart, and what every installation or upgrade sets.
    chart: &'static str,
    pub(crate) values: Vec<String>,
    /// What helm said when it was installed.
    pub(crate) notes: String,
}

impl<'a> Release<'a> {
    /// `helm install` with these values.
    pub(crate) fn install(node: &'a Node, namespace: &str, values: &[&str]) -> Self {
        Self::install_chart(node, namespace, CHART, values)
    }

    /// The same of another chart; upgrades are to ours.
    pub(crate) fn install_chart(
        node: &'a Node,
        namespace: &str,
        chart: &'static str,
        values: &[&str],
    ) -> Self {
        let mut release = Self::adopt(node, namespace);
        release.values = values.iter().copied().map(str::to_owned).collect();
        release.chart = chart;
        release.notes = release.done("install", &["--create-namespace"]);
        release.chart = CHART;
        release
    }

    /// One that is there.
    pub(crate) fn adopt(node: &'a Node, namespace: &str) -> Self {
        let namespace = namespace.to_owned();
        Self { node, namespace, chart: CHART, values: Vec::new(), notes: String::new() }
    }

    /// helm with a verb on this release.
    pub(crate) fn helm(&self, verb: &str, more: &[&str]) -> Ended {
        let mut command = helm(&[verb, NAME]);
        if ["install", "upgrade"].contains(&verb) {
            command.arg(place(self.chart)).args(&self.values);
        }
        command.args(["--namespace", &self.namespace]).args(more);
        command.arg("--kubeconfig").arg(self.node.kubeconfig());
        Ended::of(command, "")
    }

    /// The same, which has to succeed; what it said.
    #[track_caller]
    pub(crate) fn done(&self, verb: &str, more: &[&str]) -> String {
        let ended = self.helm(verb, more);
        assert_eq!(
            ended.code,
            Some(0),
            "{verb}: {}{}\n{}",
            ended.stdout,
            ended.stderr,
            self.state()
        );
        ended.stdout
    }

    /// kubectl in its namespace, which has to succeed.
    #[track_caller]
    pub(crate) fn kubectl(&self, args: &[&str]) -> String {
        let said = self.node.kubectl(&[&["--namespace", &self.namespace], args].concat(), "");
        assert!(said.succeeded, "kubectl {args:?}: {}\n{}", said.stderr, self.state());
        said.stdout
    }

    /// Waits until as many replicas are ready as there should be, and no other is left.
    #[track_caller]
    pub(crate) fn settled(&self) {
        self.kubectl(&["rollout", "status", "deployment/bulkhead", "--timeout=60s"]);
        let wanted = self.deployment()["spec"]["replicas"].as_u64();
        until("the old replicas to be gone", || Some(self.replicas().len() as u64) == wanted);
    }

    pub(crate) fn deployment(&self) -> Value {
        let path = format!("/apis/apps/v1/namespaces/{}/deployments/{NAME}", self.namespace);
        self.node.client.get(&path).object()
    }

    /// The pods of the Deployment, also those that are about to end.
    pub(crate) fn replicas(&self) -> Vec<Value> {
        let labels =
            "app.kubernetes.io%2Fname%3Dbulkhead%2Capp.kubernetes.io%2Fcomponent%3Dwebhook";
        let path = format!("/api/v1/namespaces/{}/pods?labelSelector={labels}", self.namespace);
        self.node.client.get(&path).object()["items"].as_array().unwrap().clone()
    }

    /// Waits until its verdict is asked for in a namespace, and until whoever is not answered there is
    /// refused.
    #[track_caller]
    pub(crate) fn enforced(&self, tenant: &Namespace<'_>) {
        let path = tenant.path("pods?dryRun=All");
        let is_denied = || self.node.client.post(&path, &tracing()).code == 403;
        until("the first denial", is_denied);
        let entries = self.entries("validating").unwrap();
        assert!(entries.iter().any(|name| name == "enforce.bulkhead.dev"), "{entries:?}");
    }

    /// The leaf that each replica serves, to callers who trust the authority of the Secret.
    pub(crate) fn leaves(&self) -> Vec<Vec<u8>> {
        let path = format!("/api/v1/namespaces/{}/secrets/{NAME}-tls", self.namespace);
        let secret = self.node.client.get(&path).object();
        let authority = STANDARD.decode(secret["data"]["ca.crt"].as_str().unwrap()).unwrap();
        let folder = folder(&[("ca.crt", str::from_utf8(&authority).unwrap())]);
        let name = format!("{NAME}.{}.svc", self.namespace);
        let leaf = |pod: &Value| {
            let address = pod["status"]["podIP"].as_str().unwrap().parse().unwrap();
            let file = folder.path().join("ca.crt");
            let tls = connect(SocketAddr::new(address, 8443), &file, &name).unwrap();
            tls.conn.peer_certificates().unwrap()[0].to_vec()
        };
        self.replicas().iter().map(leaf).collect()
    }

    /// Changes the number of replicas.
    pub(crate) fn scale(&self, replicas: u32) {
        let path = format!("/apis/apps/v1/namespaces/{}/deployments/{NAME}", self.namespace);
        self.node.client.patch(&path, MERGE, &json!({"spec": {"replicas": replicas}})).object();
    }

    /// The process of each replica on the machine, by the pod's name.
    pub(crate) fn processes(&self) -> BTreeMap<String, u32> {
        let all = descendants(self.node.process());
        let ours = all.into_iter().filter(|(_, name)| name == "bulkhead");
        ours.filter_map(|(id, _)| Some((variable(id, "HOSTNAME")?, id))).collect()
    }

    /// Waits until there are webhooks.
    #[track_caller]
    pub(crate) fn registered(&self) {
        until("the webhooks to be registered", || {
            self.entries("validating").is_some_and(|entries| !entries.is_empty())
        });
    }

    /// The names of the entries of a configuration; `None` if it is not there.
    pub(crate) fn entries(&self, kind: &str) -> Option<Vec<String>> {
        let object = self.stored(kind)?;
        let entries = object["webhooks"].as_array().into_iter().flatten();
        Some(entries.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect())
    }

    /// The configuration itself.
    pub(crate) fn stored(&self, kind: &str) -> Option<Value> {
        let answer = self.node.client.get(&configuration(kind));
        (answer.code != 404).then(|| answer.object())
    }

    /// `helm uninstall` as the documents have it, and what has to be true then.
    #[track_caller]
    pub(crate) fn uninstall(&self, more: &[&str]) {
        self.done("uninstall", more);
        for kind in CONFIGURATIONS {
            assert_eq!(self.entries(kind), None, "left behind: {kind}");
        }
        self.node.client.delete(&self.path()).object();
        until("the namespace to go", || self.node.client.get(&self.path()).code == 404);
    }

    fn path(&self) -> String {
        format!("/api/v1/namespaces/{}", self.namespace)
    }

    /// For whoever reads why a test failed.
    pub(crate) fn state(&self) -> String {
        let look = |args: &[&str]| {
            let said = self.node.kubectl(&[&["--namespace", &self.namespace], args].concat(), "");
            said.stdout + &said.stderr
        };
        let logs = ["logs", "--selector=app.kubernetes.io/name=bulkhead", "--tail=20", "--prefix"];
        [look(&["get", "all", "--output=wide"]), look(&["get", "events"]), look(&logs)].join("\n")
    }
}

fn configuration(kind: &str) -> String {
    format!("/apis/admissionregistration.k8s.io/v1/{kind}webhookconfigurations/{NAME}")
}

impl Drop for Release<'_> {
    fn drop(&mut self) {
        for kind in CONFIGURATIONS {
            drop(self.node.client.delete(&configuration(kind)));
        }
        drop(self.helm("uninstall", &["--no-hooks", "--ignore-not-found"]));
        drop(self.node.client.delete(&self.path()));
    }
}
