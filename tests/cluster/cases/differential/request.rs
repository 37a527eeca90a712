//! What a request is about: the kinds, and the object that came of it.

use serde_json::Value;

/// A kind with a pod template.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) version: &'static str,
    pub(super) resource: &'static str,
    /// The path of the template.
    pub(super) template: &'static str,
}

const fn shape(version: &'static str, resource: &'static str, template: &'static str) -> Shape {
    Shape { version, resource, template }
}

pub(super) const SHAPES: [Shape; 8] = [
    shape("v1", "podtemplates", "template"),
    shape("v1", "replicationcontrollers", "spec.template"),
    shape("apps/v1", "deployments", "spec.template"),
    shape("apps/v1", "replicasets", "spec.template"),
    shape("apps/v1", "statefulsets", "spec.template"),
    shape("apps/v1", "daemonsets", "spec.template"),
    shape("batch/v1", "jobs", "spec.template"),
    shape("batch/v1", "cronjobs", "spec.jobTemplate.spec.template"),
];

impl Shape {
    /// The place of the template in an object.
    pub(super) fn pointer(self) -> String {
        format!("/{}", self.template.replace('.', "/"))
    }
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Create,
    Change,
    Debug,
    Template,
    ChangeTemplate,
}

/// A request that the API server accepted.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) act: Act,
    /// The path of the pod spec.
    pub(super) root: String,
    /// The pod spec as it would be stored.
    pub(super) spec: Value,
    /// The pod or template before.
    pub(super) old: Option<Value>,
    /// The pod or template as it would be stored.
    pub(super) new: Value,
}

/// The lists of containers.
pub(super) const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

impl Judged {
    pub(super) fn new(act: Act, template: &str, old: Option<Value>, new: Value) -> Self {
        let root = if template.is_empty() { "spec".into() } else { format!("{template}.spec") };
        Self { act, root, spec: new["spec"].clone(), old, new }
    }

    /// The place of a container in its list.
    pub(super) fn place(&self, list: &str, name: &str) -> Option<usize> {
        self.spec[list].as_array()?.iter().position(|container| container["name"] == name)
    }

    /// Every container with its list.
    pub(super) fn containers(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let listed = |list: &'static str| {
            self.spec[list].as_array().into_iter().flatten().map(move |one| (list, one))
        };
        LISTS.into_iter().flat_map(listed)
    }

    /// Whether a container was there before.
    pub(super) fn had(&self, list: &str, name: &Value) -> bool {
        let old = self.old.as_ref().and_then(|old| old["spec"][list].as_array());
        old.into_iter().flatten().any(|container| container["name"] == *name)
    }
}
