//! Which groups the containers of a pod have, and which volumes groups open.

use std::collections::BTreeSet;

use crate::pod::{PodView, VolumeKind};

/// The groups of a pod's processes without the primary one of each (semantics of
/// `pkg/kubelet/kuberuntime/security_context.go` and of the runtimes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// Those that every first process holds, whatever its image: `fsGroup` and
    /// `supplementalGroups`.
    pub certain: BTreeSet<i64>,
    /// Whether the image's /etc/group may add any other: unless the policy is `Strict`.
    pub image_adds: bool,
    /// The names of the volumes whose files belong to groups that the pod's author does not choose,
    /// or that `fsGroup` opens, in the order of the pod.
    pub volumes: Vec<String>,
}

impl Groups {
    /// The groups of a pod.
    pub fn of(pod: &PodView<'_>) -> Self {
        let security = &pod.security;
        let listed = security.supplemental_groups.iter().copied();
        // With fsGroup the kubelet gives the files of these to that group.
        let owned = security.fs_group.is_some();
        let opens = |kind| match kind {
            VolumeKind::HostPath | VolumeKind::Nfs => true,
            VolumeKind::Claim | VolumeKind::Csi => owned,
            VolumeKind::Other => false,
        };
        let volumes = pod.volumes.iter().filter(|volume| opens(volume.kind));
        Self {
            certain: security.fs_group.into_iter().chain(listed).collect(),
            image_adds: security.supplemental_groups_policy.as_deref() != Some("Strict"),
            volumes: volumes.map(|volume| volume.name.to_string()).collect(),
        }
    }
}
