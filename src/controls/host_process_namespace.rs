//! The control `host-process-namespace`; its descriptor explains it.

use std::borrow::Cow;

use super::{Control, Descriptor, Example, Explanation, Finding, Finds, Scene, Subject, Words};

/// The control `host-process-namespace`; it has no settings.
#[derive(Clone, Copy, Debug)]
pub struct HostProcessNamespace;

impl Control for HostProcessNamespace {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn inspect(&self, scene: &Scene<'_, '_>) -> Vec<Finding> {
        if !scene.pod().host_pid {
            return Vec::new();
        }
        vec![Finding {
            control: &DESCRIPTOR,
            subject: Subject::Pod,
            reason: "HostProcessNamespace",
            edit: None,
        }]
    }
}

fn words(scene: &Scene<'_, '_>, _: &[&Finding], _: usize) -> Words {
    let why = "every container sees the processes of the node and of all its pods".to_owned();
    Words::of_pod(scene.pod().field("hostPID"), REMEDY, why)
}

const REMEDY: &str = "remove hostPID";

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "host-process-namespace",
    summary: "spec.hostPID is true",
    finds: Finds::Pods,
    repair: None,
    remedy: |_, _| Cow::Borrowed(REMEDY),
    words,
    explanation: Explanation {
        hazard: &[
            "With `hostPID: true` every container of the pod is in the PID namespace of the node: \
             it sees the kubelet, the runtime, and the processes of all other pods, and reaches \
             into them by the rules of share-process-namespace: command lines always; environment, \
             files and memory by `ptrace_may_access`, which wants equal uids and gids and no more \
             capabilities at the target, or SYS_PTRACE.",
            "- A container as root with the default capabilities signals every process of the node \
             (KILL), reads those of root containers in other pods that have the same gid and no \
             capability more, and becomes the user of any non-root one (SETUID, SETGID).",
            "- A container as a plain user reaches every process of its uid and gid in any pod: \
             `runAsUser: 1000` is not a user of one pod.",
            "- A process of uid 0 without any capability still holds all of them over pods with \
             `hostUsers: false` on its node, because root owns their user namespaces: it may trace \
             and signal them and open their files.",
        ],
        fields: &["`spec.hostPID`, of pods and of pod templates."],
        allowed: &["Absent, `null`, `false`."],
        change: &[
            "Remove `hostPID`. Only agents of the node itself need it; for those, ask for an \
             exception.",
        ],
        repair: &["None: a pod that asks for it, such as an agent of the node or `kubectl debug \
             node/NAME`, does not work without it. Such pods want an exception."],
        since: &[
            "Every version of Kubernetes, every runtime. The level `baseline` of Pod Security \
             refuses it, too.",
        ],
        settings: &[],
        ineffective: &[],
        example: Example {
            wrong: "\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  hostPID: true
  securityContext: {supplementalGroupsPolicy: Strict}
  containers:
    - {name: web, image: registry.example/web:1}
",
            said: "pod: remove hostPID; every container sees the processes of the node and of all its \
                   pods; see spec.hostPID",
            right: "\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  securityContext: {supplementalGroupsPolicy: Strict}
  containers:
    - {name: web, image: registry.example/web:1}
",
        },
    },
};
