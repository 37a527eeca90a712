//! What a rule may see of a pod.
//!
//! Comes in: a [`PodView`] that an edge has read from a review or a manifest. Goes out: answers
//! about it that need the rules of Kubernetes, the runtimes and the kernel: which capabilities a
//! runtime grants, which user a process may have, which processes a container can see.
//!
//! The room knows neither JSON nor admission, neither clock nor cluster.

mod capability;
mod capability_set;
mod identity;
mod image;
mod processes;

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::path::FieldPath;

pub use capability::{Capabilities, Runtime};
pub use capability_set::CapabilitySet;
pub use identity::Identity;
pub use image::{DIGESTS, DOCKER_HUB, Image, LATEST, OFFICIAL};

/// The set of kernel and runtime rules this build judges by (`spec.rulesVersion` of a policy).
pub const RULES_VERSION: &str = "1";

/// Texts by key. An object may have hundreds of thousands, and its view is cloned to be edited.
pub type Pairs<'a> = Arc<HashMap<Cow<'a, str>, Cow<'a, str>>>;

/// The fields of a pod, or of a pod template, that count.
///
/// Absent and `null` are the same. Strings borrow from the bytes they were read from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodView<'a> {
    /// Where the pod spec stands in its object, e.g. `spec` or `spec.template.spec`.
    pub root: FieldPath,
    /// `metadata.name`; empty where there is none yet, and for most templates.
    pub name: Cow<'a, str>,
    /// `metadata.labels` of the pod or template; of thousands, the first.
    pub labels: Pairs<'a>,
    /// How many labels there are that were not read.
    pub more_labels: usize,
    /// Whether the annotation `kubernetes.io/config.mirror` is there.
    pub mirror: bool,
    /// Whether an owner reference with `controller: true` is there. True for every template.
    pub controlled: bool,
    /// Linux or Windows, as far as the spec says.
    pub os: Os,
    /// `spec.nodeSelector`.
    pub node_selector: Pairs<'a>,
    /// `spec.shareProcessNamespace`.
    pub share_process_namespace: Option<bool>,
    /// `spec.hostPID`; absent means false.
    pub host_pid: bool,
    /// `spec.hostUsers`; `Some(false)` gives the pod a user namespace of its own.
    pub host_users: Option<bool>,
    /// `spec.volumes`.
    pub volumes: Arc<[Volume<'a>]>,
    /// `spec.securityContext`.
    pub security: PodSecurity<'a>,
    /// Every container of every kind: the init containers first, then the regular ones, then the
    /// ephemeral ones. One list, so that no rule can forget a kind.
    pub containers: Vec<Container<'a>>,
    /// How many init and regular containers there are that were not read: more than
    /// [`Self::MOST_CONTAINERS`] in a list.
    pub more_containers: usize,
    /// Likewise of ephemeral containers.
    pub more_ephemeral: usize,
}

/// What the spec says about the operating system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Os {
    /// `spec.os` is absent or `linux`, and nothing points to Windows.
    #[default]
    Linux,
    /// `spec.os.name: windows`; the API server refuses every Linux field on such a pod.
    Windows,
    /// No `spec.os`, but a node selector or required node affinity for Windows alone: the Linux
    /// fields may be ignored.
    LikelyWindows,
}

/// `spec.securityContext`, as far as it counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodSecurity<'a> {
    /// Whether the object is there (an empty one counts); a patch must know.
    pub present: bool,
    /// `runAsUser`.
    pub run_as_user: Option<i64>,
    /// `runAsGroup`.
    pub run_as_group: Option<i64>,
    /// `runAsNonRoot`.
    pub run_as_non_root: Option<bool>,
    /// `fsGroup`.
    pub fs_group: Option<i64>,
    /// `supplementalGroups`.
    pub supplemental_groups: Vec<i64>,
    /// `supplementalGroupsPolicy`.
    pub supplemental_groups_policy: Option<Cow<'a, str>>,
}

/// A volume, as far as it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume<'a> {
    /// `name`.
    pub name: Cow<'a, str>,
    /// What it is.
    pub kind: VolumeKind,
}

/// What a volume is, by who decides to which groups its files belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeKind {
    /// `hostPath`: whoever wrote the files on the node.
    HostPath,
    /// `nfs`: the server.
    Nfs,
    /// `persistentVolumeClaim` or `ephemeral`: with `fsGroup`, that group.
    Claim,
    /// `csi`: with `fsGroup`, that group.
    Csi,
    /// Any other: made for the pod.
    Other,
}

/// What of Secrets is in the environment of a container; never a name or a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    /// Variables with `valueFrom.secretKeyRef`.
    pub variables: usize,
    /// Secrets of which every key is a variable (`envFrom`).
    pub whole: usize,
}

/// The kind of a container, by the list it stands in and its restart policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContainerKind {
    /// An init container that runs to its end before the next one starts.
    Init,
    /// An init container with `restartPolicy: Always`, which runs beside the regular ones.
    Sidecar,
    /// One of `spec.containers`.
    Regular,
    /// One of `spec.ephemeralContainers`.
    Ephemeral,
}

impl ContainerKind {
    /// The list of the pod spec that holds containers of this kind.
    pub fn list(self) -> &'static str {
        match self {
            Self::Init | Self::Sidecar => "initContainers",
            Self::Regular => "containers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }

    /// The word for messages.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Init => "init container",
            Self::Sidecar => "sidecar",
            Self::Regular => "container",
            Self::Ephemeral => "ephemeral container",
        }
    }
}

/// One container of any kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Container<'a> {
    /// Its kind.
    pub kind: ContainerKind,
    /// Its index in its own list, from 0.
    pub index: usize,
    /// `name`; unvalidated in the mutating phase.
    pub name: Cow<'a, str>,
    /// `image`; empty when absent.
    pub image: Cow<'a, str>,
    /// `targetContainerName` of an ephemeral container; an empty one counts as absent.
    pub target: Option<Cow<'a, str>>,
    /// What of Secrets is in its environment.
    pub secrets: Secrets,
    /// `securityContext`.
    pub security: ContainerSecurity<'a>,
}

/// `securityContext` of a container, as far as it counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerSecurity<'a> {
    /// `privileged`; absent means false.
    pub privileged: bool,
    /// `allowPrivilegeEscalation`.
    pub allow_privilege_escalation: Option<bool>,
    /// `runAsUser`.
    pub run_as_user: Option<i64>,
    /// `runAsGroup`.
    pub run_as_group: Option<i64>,
    /// `runAsNonRoot`.
    pub run_as_non_root: Option<bool>,
    /// `capabilities`.
    pub capabilities: Capabilities<'a>,
}

impl PodView<'_> {
    /// Of a pod with more containers none is looked at by itself: no node runs so many, and what they
    /// cost is bounded.
    pub const MOST_CONTAINERS: usize = 8192;

    /// How many containers there are.
    pub fn count(&self) -> usize {
        self.containers.len() + self.more_containers + self.more_ephemeral
    }

    /// Whether they are too many to look at each.
    pub fn is_too_large(&self) -> bool {
        self.count() > Self::MOST_CONTAINERS
    }

    /// The path of a field of the pod spec.
    pub fn field(&self, name: &'static str) -> FieldPath {
        self.root.clone().field(name)
    }

    /// The path of a container.
    pub fn container_path(&self, container: &Container<'_>) -> FieldPath {
        self.field(container.kind.list()).index(container.index)
    }
}
