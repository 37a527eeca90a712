//! The kinds that hold pods: a table, not branches.

use crate::path::FieldPath;

/// Where the pod spec stands in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The object is a pod.
    Pod,
    /// `template`, of a PodTemplate.
    Template,
    /// `spec.template`.
    SpecTemplate,
    /// `spec.jobTemplate.spec.template`.
    JobTemplate,
}

impl Layout {
    /// The path of the pod template; empty for a pod.
    pub(super) fn template(self) -> FieldPath {
        FieldPath::of(match self {
            Self::Pod => &[],
            Self::Template => &["template"],
            Self::SpecTemplate => &["spec", "template"],
            Self::JobTemplate => &["spec", "jobTemplate", "spec", "template"],
        })
    }

    /// The path of the pod spec.
    pub fn root(self) -> FieldPath {
        FieldPath::of(match self {
            Self::Pod => &["spec"],
            Self::Template => &["template", "spec"],
            Self::SpecTemplate => &["spec", "template", "spec"],
            Self::JobTemplate => &["spec", "jobTemplate", "spec", "template", "spec"],
        })
    }
}

/// A kind that holds a pod or a pod template.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Empty for the core group.
    pub group: &'static str,
    /// `pods`, `deployments`.
    pub resource: &'static str,
    /// `Pod`, `Deployment`.
    pub kind: &'static str,
    /// Where the pod spec stands.
    pub layout: Layout,
}

const fn kind(
    group: &'static str,
    resource: &'static str,
    kind: &'static str,
    layout: Layout,
) -> Kind {
    Kind { group, resource, kind, layout }
}

impl Kind {
    /// The only version that Kubernetes 1.33 to 1.37 serve: each of them is at `v1`. Reviews do not
    /// distinguish versions, because the API server converts to the registered one.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", self.group) }
    }
}

/// Every kind with a pod or a pod template in its published schema.
pub const KINDS: &[Kind] = &[
    kind("", "pods", "Pod", Layout::Pod),
    kind("", "podtemplates", "PodTemplate", Layout::Template),
    kind("", "replicationcontrollers", "ReplicationController", Layout::SpecTemplate),
    kind("apps", "deployments", "Deployment", Layout::SpecTemplate),
    kind("apps", "replicasets", "ReplicaSet", Layout::SpecTemplate),
    kind("apps", "statefulsets", "StatefulSet", Layout::SpecTemplate),
    kind("apps", "daemonsets", "DaemonSet", Layout::SpecTemplate),
    kind("batch", "jobs", "Job", Layout::SpecTemplate),
    kind("batch", "cronjobs", "CronJob", Layout::JobTemplate),
];

/// The kind by group and plural name.
pub fn by_resource(group: &str, resource: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.group == group && kind.resource == resource)
}

/// The kind by `apiVersion` and `kind`.
pub fn by_kind(api_version: &str, name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.kind == name && kind.api_version() == api_version)
}

/// The names of all kinds, for error messages.
pub fn names() -> String {
    KINDS.iter().map(|kind| kind.kind).collect::<Vec<_>>().join(", ")
}
