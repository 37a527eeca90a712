//! Hazard: with `shareProcessNamespace: true` every container of the pod sees, and may signal,
//! every other's processes; command lines are open to all, and environment, files and memory to
//! any container with the same user and group or with SETUID.
//!
//! Fields: `spec.shareProcessNamespace`.
//!
//! Allowed: absent, `null`, `false`.
//!
//! Repair: set to false.
//!
//! Since: Kubernetes 1.17.

use super::{Control, Descriptor, Edit, Finding};
use crate::pod::PodView;

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "share-process-namespace",
    summary: "spec.shareProcessNamespace is true",
    repairs: true,
};

/// The control `share-process-namespace`; it has no settings.
#[derive(Clone, Copy, Debug)]
pub struct ShareProcessNamespace;

impl Control for ShareProcessNamespace {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn inspect(&self, pod: &PodView<'_>) -> Vec<Finding> {
        if pod.share_process_namespace != Some(true) {
            return Vec::new();
        }
        vec![Finding {
            control: &DESCRIPTOR,
            container: None,
            path: pod.field("shareProcessNamespace"),
            reason: "ProcessNamespaceShared",
            detail: "is true: every container sees the processes of all others and may signal or read them".to_owned(),
            remedy: "set it to false".to_owned(),
            certainty: None,
            edit: Some(Edit::StopSharing),
        }]
    }
}
