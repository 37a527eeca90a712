//! The control `ephemeral-target`; its descriptor explains it.

use super::{Control, Descriptor, Example, Explanation, Finding, Finds, Scene, Subject, Words};
use crate::pod::{Container, ContainerKind, PodView};
use crate::text;

/// The control `ephemeral-target`; it has no settings.
#[derive(Clone, Copy, Debug)]
pub struct EphemeralTarget;

impl Control for EphemeralTarget {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn inspect(&self, scene: &Scene<'_, '_>) -> Vec<Finding> {
        if scene.pod().is_too_large() {
            return Finding::too_many(&DESCRIPTOR);
        }
        let containers = scene.pod().containers.iter().enumerate();
        let ephemeral = containers.filter(|(_, one)| one.kind == ContainerKind::Ephemeral);
        let joins = |(index, container): (usize, &Container<'_>)| {
            Some(Finding {
                control: &DESCRIPTOR,
                subject: Subject::Container { index, certainty: None },
                reason: reason(scene.pod(), container)?,
                edit: None,
            })
        };
        ephemeral.filter_map(joins).collect()
    }
}

const NODE: &str = "JoinsNode";
const POD: &str = "JoinsPod";

/// Whose processes a debug container joins; `None` where it has its own.
fn reason(pod: &PodView<'_>, container: &Container<'_>) -> Option<&'static str> {
    match (pod.host_pid, pod.share_process_namespace, &container.target) {
        (true, ..) => Some(NODE),
        (false, Some(true), _) => Some(POD),
        (false, _, Some(_)) => Some("JoinsTarget"),
        (false, _, None) => None,
    }
}

fn words(scene: &Scene<'_, '_>, findings: &[&Finding]) -> Words {
    let found = findings.first().and_then(|finding| {
        Some((finding.reason, scene.pod().containers.get(finding.subject.container()?)?))
    });
    let Some((reason, container)) = found else { return Words::default() };
    let path = scene.pod().container_path(container);
    let (path, joins, remedy) = match reason {
        NODE => (
            path,
            "joins the processes of the node (hostPID)".to_owned(),
            "debug a copy without hostPID",
        ),
        POD => (
            path,
            "joins the processes of all containers (shareProcessNamespace)".to_owned(),
            "debug a copy with --share-processes=false",
        ),
        _ => {
            let target = text::value(container.target.as_deref().unwrap_or_default());
            let joins = format!("joins the processes of container {target}");
            (path.field("targetContainerName"), joins, "debug without --target")
        }
    };
    Words {
        path,
        detail: format!("({}) {joins}", text::value(&container.name)),
        remedy: remedy.to_owned(),
        shorter: None,
    }
}

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "ephemeral-target",
    summary: "an ephemeral container joins another container's PID namespace",
    finds: Finds::EphemeralContainers,
    repair: None,
    words,
    explanation: Explanation {
        hazard: &[
            "An ephemeral container is added to a pod that runs already. With \
             `targetContainerName`, which `kubectl debug --target=NAME` sets, it joins the PID \
             namespace of that container, although the pod never shared processes. In a pod that \
             shares processes or has `hostPID` it joins all of them or the node's, and the target \
             is ignored.",
            "From there the rules are those of share-process-namespace: the debug container sees \
             all processes of its target, and with an equal uid and gid, or with SYS_PTRACE (which \
             `kubectl debug` adds in its profile `general`), `ptrace_may_access` gives it their \
             environment, files and memory. It works in both directions: processes of the target \
             see the debug container, too, and so does every other ephemeral container with the \
             same target.",
            "Only the PID namespace changes, although the API's documentation names more; network \
             and IPC belong to the pod anyhow. Pod Security has no check of this field: a debug \
             container of the level `restricted` with the uid and gid of its target reads its \
             environment, files and memory.",
        ],
        fields: &[
            "`spec.ephemeralContainers[*].targetContainerName`, `spec.shareProcessNamespace`, \
             `spec.hostPID`.",
        ],
        allowed: &["An ephemeral container without a target, in a pod with neither \
             `shareProcessNamespace` nor `hostPID`: it is alone in a PID namespace of its own. In \
             a request that adds ephemeral containers only the new ones are judged. A pod cannot be \
             created with one: the pods below are stored pods, as `kubectl get` shows them."],
        repair: &[
            "None: who debugs with a target asks for just that. Grant it by an exception, for a \
             time and for the people who are on call.",
        ],
        since: &[
            "Kubernetes 1.23 (ephemeral containers on by default), with containerd and CRI-O. What \
             a runtime that does not know targets does is not defined.",
        ],
        settings: &[],
        ineffective: &[],
        example: Example {
            wrong: "\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  securityContext: {supplementalGroupsPolicy: Strict}
  containers:
    - {name: web, image: registry.example/web:1}
  ephemeralContainers:
    - {name: debug, image: registry.example/debug:1, targetContainerName: web}
",
            said: "spec.ephemeralContainers[0].targetContainerName (debug) joins the processes of \
                   container web; debug without --target",
            right: "\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  securityContext: {supplementalGroupsPolicy: Strict}
  containers:
    - {name: web, image: registry.example/web:1}
  ephemeralContainers:
    - {name: debug, image: registry.example/debug:1}
",
        },
    },
};
