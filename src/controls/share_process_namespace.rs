//! The control `share-process-namespace`; its descriptor explains it.

use std::borrow::Cow;

use super::{
    Control, Descriptor, Edit, Example, Explanation, Finding, Finds, Repair, Scene, Subject, Words,
};

/// The control `share-process-namespace`; it has no settings.
#[derive(Clone, Copy, Debug)]
pub struct ShareProcessNamespace;

impl Control for ShareProcessNamespace {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn inspect(&self, scene: &Scene<'_, '_>) -> Vec<Finding> {
        if scene.pod().share_process_namespace != Some(true) {
            return Vec::new();
        }
        vec![Finding {
            control: &DESCRIPTOR,
            subject: Subject::Pod,
            reason: "ProcessNamespaceShared",
            edit: Some(Edit::StopSharing),
        }]
    }
}

fn words(scene: &Scene<'_, '_>, _: &[&Finding], _: usize) -> Words {
    let why = "every container sees the processes of all others and may signal or read them";
    Words::of_pod(scene.pod().field("shareProcessNamespace"), REMEDY, why.to_owned())
}

const REMEDY: &str = "set shareProcessNamespace to false";

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "share-process-namespace",
    summary: "spec.shareProcessNamespace is true",
    finds: Finds::Pods,
    repair: Some(Repair { did: REMEDY, will: REMEDY }),
    remedy: |_, _| Cow::Borrowed(REMEDY),
    words,
    explanation: Explanation {
        hazard: &[
            "With `shareProcessNamespace: true` all containers of the pod, init and ephemeral \
             containers among them, are in one PID namespace: each sees the processes of all \
             others below `/proc`. How far it reaches into them is then for the kernel to say, and \
             the kernel asks which user a process is, never which container it is in.",
            "- Command lines, status and mounts (`/proc/PID/cmdline`, `status`, `mountinfo`) are \
             open to every container, whatever its user. A secret in an argument is no secret \
             there.",
            "- Environment, files and open descriptors (`/proc/PID/environ`, `/proc/PID/root`, the \
             entries of `/proc/PID/fd`) are given out by `ptrace_may_access` in the mode \
             `PTRACE_MODE_READ`; memory (`/proc/PID/mem`, ptrace, `process_vm_readv`) in the mode \
             `PTRACE_MODE_ATTACH`. Without SYS_PTRACE both want a caller whose uid and gid are the \
             target's real, effective and saved ones, a target that is dumpable, and one that \
             holds no capability the caller lacks.",
            "- Signals need the same uid, or the capability KILL.",
            "- A root container with the default capabilities of containerd or CRI-O has SETUID \
             and SETGID, with which it becomes the user of a non-root container and then passes \
             the rule above, and KILL, with which it signals everybody.",
            "Banning SYS_PTRACE alone does not separate containers that share a PID namespace: two \
             of them with one uid and one gid, the usual case of one image policy or of one \
             `runAsUser` for the pod, read each other's environment, files and memory without any \
             capability. Nor do signals need SYS_PTRACE, although the Kubernetes task page on \
             sharing says so.",
            "Yama is of little help: its `ptrace_scope` limits attaching, not reading. Pod \
             Security has no check of this field; even its level `restricted` lets it pass.",
        ],
        fields: &["`spec.shareProcessNamespace`, of pods and of pod templates."],
        allowed: &[
            "Absent, `null` and `false`: all three mean a PID namespace for each container. \
             Containers still share network, IPC and volumes then.",
        ],
        change: &[
            "Remove `shareProcessNamespace`, or set it to `false`. The containers still share \
             network, IPC and volumes.",
            "Where one container signals another, let the two talk over localhost or by a file \
             instead.",
        ],
        repair: &[
            "Set to `false`. A container that signals or inspects another by its process id stops \
             working: give the pod an exception, or let the two talk by a file or over localhost.",
        ],
        since: &[
            "Kubernetes 1.17 (stable), with every containerd and CRI-O that such a Kubernetes runs \
             on. A pod with both this field and `hostPID` is refused by the API server, and so is \
             a Windows pod with this field.",
        ],
        settings: &[],
        ineffective: &[],
        example: Example {
            wrong: "\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  shareProcessNamespace: true
  securityContext: {supplementalGroupsPolicy: Strict}
  containers:
    - {name: web, image: registry.example/web:1}
    - {name: agent, image: registry.example/agent:1}
",
            said: "pod: set shareProcessNamespace to false; every container sees the processes of \
                   all others and may signal or read them; see spec.shareProcessNamespace",
            right: "\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  securityContext: {supplementalGroupsPolicy: Strict}
  containers:
    - {name: web, image: registry.example/web:1}
    - {name: agent, image: registry.example/agent:1}
",
        },
    },
};
