//! A node to test on: its API server, kubectl, and pods whose containers measure each other.

mod launch;
mod manifest;
mod measure;
mod pod;
pub(crate) mod processes;
mod report;

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::until;
use crate::tier::kubectl::{Kubectl, Said};
use launch::Running;

pub(crate) use crate::tier::client::{APPLY, Answer, Client, JSON, MERGE, STRATEGIC};
pub(crate) use launch::program;
pub(crate) use manifest::probed;
pub(crate) use measure::Measured;
pub(crate) use pod::Pod;
pub(crate) use report::{Capabilities, Reach, Report, Ways};

/// A running node.
pub(crate) struct Node {
    pub(crate) client: Client,
    running: Running,
    kubectl: Kubectl,
}

impl Node {
    /// Starts one, and moves this thread into its network: threads and processes started from now
    /// on are there as well. So this is called before there are others.
    pub(crate) fn open() -> Result<Self, String> {
        Self::with(&[])
    }

    /// The same with the images of these archives besides the probes'.
    pub(crate) fn with(images: &[PathBuf]) -> Result<Self, String> {
        Self::inside(Running::start(images)?)
    }

    /// Ends all that runs, and starts it on the objects that are there: like a cluster whose power
    /// was cut. This thread moves into the new network.
    pub(crate) fn again(self) -> Result<Self, String> {
        Self::inside(self.running.again()?)
    }

    fn inside(running: Running) -> Result<Self, String> {
        running.enter()?;
        let client = Client::new(&running.kubeconfig())?;
        let kubectl = Kubectl::new(&running.kubectl(), &running.kubeconfig())?;
        Ok(Self { client, running, kubectl })
    }

    /// The process that everything of the node descends from.
    pub(crate) fn process(&self) -> u32 {
        self.running.process()
    }

    /// For programs other than kubectl.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.running.kubeconfig()
    }

    /// Runs kubectl with `input` as its standard input.
    pub(crate) fn kubectl(&self, args: &[&str], input: &str) -> Said {
        self.kubectl.run(args, input)
    }

    /// Runs lines of a shell in which kubectl is the one of this node, all of them whatever fails.
    pub(crate) fn shell(&self, lines: &str) -> Said {
        self.kubectl.shell(lines)
    }

    /// A new namespace, in which pods can be created.
    pub(crate) fn namespace(&self) -> Namespace<'_> {
        self.labelled(&json!({}))
    }

    /// The same with labels.
    pub(crate) fn labelled(&self, labels: &Value) -> Namespace<'_> {
        let object = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"generateName": "bulkhead-test-", "labels": labels},
        });
        let created = self.client.post("/api/v1/namespaces", &object).object();
        let name = created["metadata"]["name"].as_str().unwrap().to_owned();
        let namespace = Namespace { node: self, name };
        let account = namespace.path("serviceaccounts/default");
        until("the service account of a new namespace", || self.client.get(&account).code == 200);
        namespace
    }

    /// Runs these pods with the probe in each container, and says who could reach whom. The
    /// images are those of `testbed/node/image`; what a container would execute does not count.
    /// The manifests may have ephemeral containers, which are added once the others run.
    pub(crate) fn measure(&self, pods: &[Value]) -> Vec<Measured> {
        measure::measure(self, pods)
    }
}

/// A namespace, deleted at its end with all that is in it.
pub(crate) struct Namespace<'a> {
    pub(crate) node: &'a Node,
    pub(crate) name: String,
}

impl Namespace<'_> {
    /// The path of a core resource here, such as `pods/name/log`.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/v1/namespaces/{}/{rest}", self.name)
    }

    /// Creates a pod of this name with the probe in each container, see [`Node::measure`]. If it is
    /// refused: why.
    pub(crate) fn create(&self, manifest: &Value, name: &str) -> Result<Pod<'_>, String> {
        Pod::create(self, manifest, name)
    }

    /// The same, once all containers run.
    pub(crate) fn run(&self, manifest: &Value, name: &str) -> Pod<'_> {
        let mut pod = self.create(manifest, name).unwrap_or_else(|error| panic!("{error}"));
        pod.start();
        pod
    }

    /// Runs kubectl here.
    pub(crate) fn kubectl(&self, args: &[&str]) -> Said {
        let here = ["--namespace", &self.name];
        self.node.kubectl(&[&here, args].concat(), "")
    }
}

impl Drop for Namespace<'_> {
    fn drop(&mut self) {
        drop(self.node.client.delete(&format!("/api/v1/namespaces/{}", self.name)));
    }
}
