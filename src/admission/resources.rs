//! Which resources, subresources and operations are judged: tables, not branches.

use crate::pod::FieldPath;

/// The class of what a request is about; a closed set, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindClass {
    /// `pods` itself, or a subresource of it that this build does not know.
    Pod,
    /// `pods/ephemeralcontainers`.
    EphemeralContainers,
    /// `pods/resize`.
    Resize,
    /// One of the eight kinds that hold a pod template.
    Template,
    /// Anything else.
    Other,
}

impl KindClass {
    /// Every class.
    pub const ALL: [Self; 5] =
        [Self::Pod, Self::EphemeralContainers, Self::Resize, Self::Template, Self::Other];

    /// The word in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pod => "pod",
            Self::EphemeralContainers => "ephemeralcontainers",
            Self::Resize => "resize",
            Self::Template => "template",
            Self::Other => "other",
        }
    }
}

/// Which kinds an endpoint judges; any other kind that reaches it is a misregistration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paths {
    /// Pods and their subresources.
    Pods,
    /// The kinds that hold templates.
    Templates,
    /// Both; `/mutate` answers for either, and changes only pods.
    Both,
}

/// Where the pod spec stands in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
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
    /// The path of the pod spec.
    pub(super) fn root(self) -> FieldPath {
        FieldPath::of(match self {
            Self::Pod => &["spec"],
            Self::Template => &["template", "spec"],
            Self::SpecTemplate => &["spec", "template", "spec"],
            Self::JobTemplate => &["spec", "jobTemplate", "spec", "template", "spec"],
        })
    }
}

/// A resource that is judged.
#[derive(Debug)]
pub(super) struct Resource {
    group: &'static str,
    name: &'static str,
    pub(super) kind: &'static str,
    pub(super) layout: Layout,
}

const fn resource(
    group: &'static str,
    name: &'static str,
    kind: &'static str,
    layout: Layout,
) -> Resource {
    Resource { group, name, kind, layout }
}

/// Every kind with a pod or a pod template in its published schema. Versions are not told apart:
/// the API server converts to the registered one.
const RESOURCES: &[Resource] = &[
    resource("", "pods", "Pod", Layout::Pod),
    resource("", "podtemplates", "PodTemplate", Layout::Template),
    resource("", "replicationcontrollers", "ReplicationController", Layout::SpecTemplate),
    resource("apps", "deployments", "Deployment", Layout::SpecTemplate),
    resource("apps", "replicasets", "ReplicaSet", Layout::SpecTemplate),
    resource("apps", "statefulsets", "StatefulSet", Layout::SpecTemplate),
    resource("apps", "daemonsets", "DaemonSet", Layout::SpecTemplate),
    resource("batch", "jobs", "Job", Layout::SpecTemplate),
    resource("batch", "cronjobs", "CronJob", Layout::JobTemplate),
];

/// Subresources that change no field that counts, or carry no pod. An unknown one is judged, so
/// that a newer API server cannot open a door.
const NOT_JUDGED: &[&str] =
    &["attach", "binding", "eviction", "exec", "log", "portforward", "proxy", "scale", "status"];

/// The resource by group and plural name.
pub(super) fn find(group: &str, name: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.group == group && resource.name == name)
}

/// The kinds, for error messages.
pub(super) fn kinds() -> String {
    let kinds: Vec<_> = RESOURCES.iter().map(|resource| resource.kind).collect();
    kinds.join(", ")
}

/// Whether requests for this subresource are allowed without a look.
pub(super) fn is_skipped(subresource: &str) -> bool {
    NOT_JUDGED.contains(&subresource)
}

impl Resource {
    /// The class of a request for this resource.
    pub(super) fn class(&self, subresource: &str) -> KindClass {
        match (self.layout, subresource) {
            (Layout::Pod, "ephemeralcontainers") => KindClass::EphemeralContainers,
            (Layout::Pod, "resize") => KindClass::Resize,
            (Layout::Pod, _) => KindClass::Pod,
            (Layout::Template | Layout::SpecTemplate | Layout::JobTemplate, _) => {
                KindClass::Template
            }
        }
    }

    /// Whether an endpoint judges it.
    pub(super) fn is_served(&self, paths: Paths) -> bool {
        match paths {
            Paths::Pods => self.layout == Layout::Pod,
            Paths::Templates => self.layout != Layout::Pod,
            Paths::Both => true,
        }
    }
}
