//! The control `supplemental-groups-policy`; its descriptor explains it.

use std::borrow::Cow;

use super::{
    Control, Descriptor, Edit, Example, Explanation, Finding, Finds, Ineffective, Repair,
    Repairable, Scene, Setting, Subject, Words,
};
use crate::pod::PodView;
use crate::reach::Groups;
use crate::text;

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

/// A line names no more volumes than these.
const VOLUMES: usize = 10;

/// What the groups of an image open.
fn opened(pod: &PodView<'_>) -> String {
    let volumes = Groups::of(pod).volumes;
    let names = text::listed(volumes.iter().map(String::as_str), VOLUMES);
    match volumes.len() {
        0 => "it access to volumes".to_owned(),
        1 => format!("it access to volume {names}"),
        _ => format!("it access to volumes {names}"),
    }
}

impl Control for SupplementalGroupsPolicy {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn inspect(&self, scene: &Scene<'_, '_>) -> Vec<Finding> {
        let reason = match scene.pod().security.supplemental_groups_policy.as_deref() {
            Some("Strict") => return Vec::new(),
            Some("Merge") => MERGE,
            Some(_) => "SupplementalGroupsPolicyUnknown",
            None => UNSET,
        };
        vec![Finding {
            control: &DESCRIPTOR,
            subject: Subject::Pod,
            reason,
            edit: Some(Edit::StrictGroups),
        }]
    }

    fn repair(&self, finding: &Finding) -> Repairable {
        let repairable =
            finding.reason == UNSET || (finding.reason == MERGE && self.override_merge);
        match (repairable, self.on_unsupported_nodes) {
            (false, _) => Repairable::No,
            (true, OnUnsupportedNodes::Patch) => Repairable::Yes,
            (true, OnUnsupportedNodes::Leave) => Repairable::WhereSupported,
        }
    }
}

fn words(scene: &Scene<'_, '_>, findings: &[&Finding], _: usize) -> Words {
    let state = match findings.first().map(|finding| finding.reason) {
        Some(MERGE) => "it is Merge",
        Some(UNSET) => "it is not set and defaults to Merge",
        Some(_) | None => "it is neither Merge nor Strict",
    };
    let path = scene.pod().field("securityContext").field("supplementalGroupsPolicy");
    let opened = opened(scene.pod());
    let why = format!("{state}, so that groups in an image's /etc/group can give {opened}");
    Words::of_pod(path, REMEDY, why)
}

const REMEDY: &str = "set supplementalGroupsPolicy to Strict";

/// What `repair` is where nothing is repaired.
const NEVER: &[Option<&str>] = &[None, Some("Never")];
const NOTHING_REPAIRED: &str =
    "has no effect while nothing is repaired; write repair: OnCreate, or remove this field";

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "supplemental-groups-policy",
    summary: "the effective supplementalGroupsPolicy is not Strict",
    finds: Finds::Pods,
    repair: Some(Repair { did: REMEDY, will: REMEDY }),
    remedy: |_, _| Cow::Borrowed(REMEDY),
    words,
    explanation: Explanation {
        hazard: &[
            "Under `Merge`, which is also what an absent field means, the runtime gives the first \
             process of a container not only the groups of the pod (`fsGroup`, \
             `supplementalGroups`) but also those that the image's /etc/group gives its user. \
             Nothing in the manifest shows them (kubernetes#112879): whoever builds the image \
             chooses groups, and where files of a volume are open to a group, it chooses who reads \
             and writes them.",
            "Under `Strict` only the groups of the pod count. The primary group is another matter: \
             it is `runAsGroup`, else the one that the image's /etc/passwd gives the user, else 0, \
             under both policies. And a process that keeps SETGID, as a root container does by \
             default, changes its groups as it likes.",
            "Groups open files and volumes. They do not open another container's processes: \
             `ptrace_may_access` does not ask for supplementary groups.",
        ],
        fields: &[
            "`spec.securityContext.supplementalGroupsPolicy`; only the pod has it, no container.",
        ],
        allowed: &["`Strict`."],
        change: &[
            "Set `supplementalGroupsPolicy: Strict` in the pod's `securityContext`. Where the \
             program needs a group that its image gives it, list the number of that group in \
             `supplementalGroups`.",
        ],
        repair: &[
            "`Strict` is set where the field is absent; an explicit `Merge` is replaced only with \
             `overrideMerge: true`.",
            "A node whose runtime does not have the feature rejects a pod with `Strict` \
             (`SupplementalGroupsPolicyNotSupported`), the scheduler does not know, and a \
             controller makes the pod again and again. So repairs wait for nodes that are known to \
             support it, unless `onUnsupportedNodes: Patch` says that all do. Where its repair is \
             declined for that reason, a policy warns at most.",
        ],
        since: &[
            "Kubernetes 1.33 (beta, on by default; stable in 1.35), containerd 2.0, CRI-O 1.31. \
             API servers before 1.33 drop the field without a word.",
        ],
        settings: &[
            Setting {
                name: "onUnsupportedNodes",
                values: &["Leave", "Patch"],
                many: false,
                default: Some("Leave"),
                meaning: "Whether a repair is made although nodes may not support `Strict`. This \
                          version does not look at nodes, so `Leave` repairs nothing.",
            },
            Setting {
                name: "overrideMerge",
                values: &["false", "true"],
                many: false,
                default: Some("false"),
                meaning: "Whether a repair replaces an explicit `Merge`, too.",
            },
        ],
        ineffective: &[
            Ineffective {
                setting: "overrideMerge",
                value: "true",
                other: "repair",
                values: NEVER,
                message: NOTHING_REPAIRED,
            },
            Ineffective {
                setting: "onUnsupportedNodes",
                value: "Patch",
                other: "repair",
                values: NEVER,
                message: NOTHING_REPAIRED,
            },
            Ineffective {
                setting: "repair",
                value: "OnCreate",
                other: "onUnsupportedNodes",
                values: &[None, Some("Leave")],
                message: "repairs nothing, and what it would repair is warned about at most: this \
                          version does not look at nodes, and onUnsupportedNodes is Leave; write \
                          Patch there if every node supports Strict, or remove this field",
            },
        ],
        example: Example {
            wrong: "\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  securityContext: {runAsUser: 1000, fsGroup: 2000}
  containers:
    - {name: web, image: registry.example/web:1}
",
            said: "pod: set supplementalGroupsPolicy to Strict; it is not set and defaults to Merge, \
                   so that groups in an image's /etc/group can give it access to volumes; see \
                   spec.securityContext.supplementalGroupsPolicy",
            right: "\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  securityContext: {runAsUser: 1000, fsGroup: 2000, supplementalGroupsPolicy: Strict}
  containers:
    - {name: web, image: registry.example/web:1}
",
        },
    },
};
