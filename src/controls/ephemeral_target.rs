//! Hazard: an ephemeral container can enter the PID namespace of a running container, although
//! the pod never shared it: by `targetContainerName` (`kubectl debug --target`), or because the
//! pod shares processes or has `hostPID`, where the target is ignored.
//!
//! Fields: `spec.ephemeralContainers[*].targetContainerName`, `spec.shareProcessNamespace`,
//! `spec.hostPID`.
//!
//! Allowed: an ephemeral container without a target in a pod that does not share.
//!
//! Repair: none; a debug container is asked for with its target.
//!
//! Since: Kubernetes 1.23 (ephemeral containers on by default).

use super::{ContainerRef, Control, Descriptor, Finding};
use crate::pod::{Container, ContainerKind, PodView};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "ephemeral-target",
    summary: "an ephemeral container joins another container's PID namespace",
    repairs: false,
};

/// The control `ephemeral-target`; it has no settings.
#[derive(Clone, Copy, Debug)]
pub struct EphemeralTarget;

impl Control for EphemeralTarget {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn inspect(&self, pod: &PodView<'_>) -> Vec<Finding> {
        let containers = pod.containers.iter().enumerate();
        let ephemeral = containers.filter(|(_, one)| one.kind == ContainerKind::Ephemeral);
        ephemeral.filter_map(|(place, container)| finding(pod, place, container)).collect()
    }
}

fn finding(pod: &PodView<'_>, place: usize, container: &Container<'_>) -> Option<Finding> {
    let path = pod.container_path(container);
    let (path, reason, joins, remedy) = if pod.host_pid {
        (
            path,
            "JoinsNode",
            "joins the processes of the node (hostPID)".to_owned(),
            "debug a copy without hostPID",
        )
    } else if pod.share_process_namespace == Some(true) {
        let joins = "joins the processes of all containers (shareProcessNamespace)".to_owned();
        (path, "JoinsPod", joins, "debug a copy with --share-processes=false")
    } else {
        let target = container.target.as_ref()?;
        let joins = format!("joins the processes of container {target}");
        (path.field("targetContainerName"), "JoinsTarget", joins, "debug without --target")
    };
    Some(Finding {
        control: &DESCRIPTOR,
        container: Some(ContainerRef::of(place, container)),
        path,
        reason,
        detail: format!("({}) {joins}", container.name),
        remedy: remedy.to_owned(),
        certainty: None,
        edit: None,
    })
}
