//! Hazard: with `hostPID: true` every container sees the processes of the node, and those of all
//! its pods.
//!
//! Fields: `spec.hostPID`.
//!
//! Allowed: absent, `null`, `false`.
//!
//! Repair: none; a pod that asks for it does not work without.
//!
//! Since: always.

use super::{Control, Descriptor, Finding};
use crate::pod::PodView;

pub(super) const DESCRIPTOR: Descriptor =
    Descriptor { id: "host-process-namespace", summary: "spec.hostPID is true", repairs: false };

/// The control `host-process-namespace`; it has no settings.
#[derive(Clone, Copy, Debug)]
pub struct HostProcessNamespace;

impl Control for HostProcessNamespace {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn inspect(&self, pod: &PodView<'_>) -> Vec<Finding> {
        if !pod.host_pid {
            return Vec::new();
        }
        vec![Finding {
            control: &DESCRIPTOR,
            container: None,
            path: pod.field("hostPID"),
            reason: "HostProcessNamespace",
            detail: "is true: every container sees the processes of the node and of all its pods"
                .to_owned(),
            remedy: "remove it".to_owned(),
            certainty: None,
            edit: None,
        }]
    }
}
