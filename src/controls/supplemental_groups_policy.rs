//! Hazard: under `Merge`, which is also what an absent field means, the runtime adds the groups
//! that the image's /etc/group gives the user, so whoever builds the image chooses groups that
//! open volumes (kubernetes#112879).
//!
//! Fields: `spec.securityContext.supplementalGroupsPolicy`.
//!
//! Allowed: `Strict`.
//!
//! Repair: set `Strict` where the field is absent; an explicit `Merge` only with
//! `overrideMerge: true`. A node without the feature rejects such a pod, so repairs wait for
//! nodes that are known to support it, unless `onUnsupportedNodes: Patch`.
//!
//! Since: Kubernetes 1.33 (beta, on), containerd 2.0, CRI-O 1.31.

use super::{Control, Descriptor, Edit, Finding, Repairable};
use crate::pod::PodView;

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "supplemental-groups-policy",
    summary: "the effective supplementalGroupsPolicy is not Strict",
    repairs: true,
};

/// The control `supplemental-groups-policy` with its settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct SupplementalGroupsPolicy {
    /// What a repair does while some eligible node does not support `Strict`, or none is known.
    pub on_unsupported_nodes: OnUnsupportedNodes,
    /// Whether a repair also replaces an explicit `Merge`.
    pub override_merge: bool,
}

/// What a repair does where nodes may not support `Strict`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnsupportedNodes {
    /// Leave the pod as it is.
    #[default]
    Leave,
    /// Patch it all the same.
    Patch,
}

const UNSET: &str = "SupplementalGroupsPolicyUnset";
const MERGE: &str = "SupplementalGroupsPolicyMerge";

impl Control for SupplementalGroupsPolicy {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn inspect(&self, pod: &PodView<'_>) -> Vec<Finding> {
        let value = pod.security.supplemental_groups_policy.as_deref();
        let (reason, state) = match value {
            Some("Strict") => return Vec::new(),
            Some("Merge") => (MERGE, "is Merge"),
            Some(_) => ("SupplementalGroupsPolicyUnknown", "is neither Merge nor Strict"),
            None => (UNSET, "is not set, which means Merge"),
        };
        vec![Finding {
            control: &DESCRIPTOR,
            container: None,
            path: pod.field("securityContext").field("supplementalGroupsPolicy"),
            reason,
            detail: format!("{state}: the image's /etc/group may add groups that open volumes"),
            remedy: "set it to Strict".to_owned(),
            certainty: None,
            edit: Some(Edit::StrictGroups),
        }]
    }

    fn repair(&self, finding: &Finding) -> Repairable {
        let mendable = finding.reason == UNSET || (finding.reason == MERGE && self.override_merge);
        match (mendable, self.on_unsupported_nodes) {
            (false, _) => Repairable::No,
            (true, OnUnsupportedNodes::Patch) => Repairable::Yes,
            (true, OnUnsupportedNodes::Leave) => Repairable::WhereSupported,
        }
    }
}
