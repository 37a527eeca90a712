//! The control `ephemeral-target`; its descriptor explains it.

use std::borrow::Cow;

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

fn remedy(findings: &[&Finding]) -> &'static str {
    match findings.first().map(|finding| finding.reason) {
        Some(NODE) => "debug a copy without hostPID",
        Some(POD) => "debug a copy with --share-processes=false",
        Some(_) | None => "debug without --target",
    }
}

fn words(scene: &Scene<'_, '_>, findings: &[&Finding], names: usize) -> Words {
    let indices: Vec<_> = findings.iter().filter_map(|it| it.subject.container()).collect();
    let containers: Vec<_> =
        indices.iter().filter_map(|index| scene.pod().containers.get(*index)).collect();
    let Some(first) = containers.first() else { return Words::default() };
    let path = scene.pod().container_path(first);
    let subject = if containers.len() == 1 { "it joins" } else { "they join" };
    let (path, why) = match findings.first().map(|finding| finding.reason) {
        Some(NODE) => (path, format!("{subject} the processes of the node (hostPID)")),
        Some(POD) => {
            let all = "the processes of all containers (shareProcessNamespace)";
            (path, format!("{subject} {all}"))
        }
        Some(_) | None => (path.field("targetContainerName"), targets(&containers, names)),
    };
    Words {
        path,
        more: indices.len() - 1,
        who: scene.who(&indices, names),
        remedy: remedy(findings).to_owned(),
        shorter: None,
        why,
    }
}

/// Who joins whose processes, those together that have one target.
fn targets(containers: &[&Container<'_>], names: usize) -> String {
    let mut by_target: Vec<(&str, Vec<&str>)> = Vec::new();
    for container in containers.iter().take(names) {
        let target = container.target.as_deref().unwrap_or_default();
        match by_target.iter_mut().find(|(known, _)| *known == target) {
            Some((_, joining)) => joining.push(&container.name),
            None => by_target.push((target, vec![&container.name])),
        }
    }
    let alone = by_target.len() == 1;
    let clauses = by_target.iter().map(|(target, joining)| {
        let who = match (alone, joining.len(), containers.len()) {
            (true, _, 1) => "it joins".to_owned(),
            (true, ..) => "they join".to_owned(),
            (false, 1, _) => format!("{} joins", text::listed(joining.iter().copied(), names)),
            (false, ..) => format!("{} join", text::listed(joining.iter().copied(), names)),
        };
        format!("{who} the processes of container {}", text::value(target))
    });
    clauses.collect::<Vec<_>>().join("; ")
}

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "ephemeral-target",
    summary: "an ephemeral container joins another container's PID namespace",
    finds: Finds::EphemeralContainers,
    repair: None,
    remedy: |_, findings| Cow::Borrowed(remedy(findings)),
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
        change: &[
            "- Leave `--target` out of `kubectl debug`.",
            "- In a pod that shares processes, debug a copy of it: `kubectl debug POD \
             --copy-to=COPY --share-processes=false`.",
            "The denial ends with a command that passes, where there is one.",
        ],
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
            said: "ephemeral container debug: debug without --target; it joins the processes of \
                   container web; see spec.ephemeralContainers[0].targetContainerName",
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
