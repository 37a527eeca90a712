//! The control `ptrace-capability`; its descriptor explains it.

use std::borrow::Cow;

use super::{
    Certainty, Control, Descriptor, Edit, Example, Explanation, Finding, Finds, Ineffective,
    Repair, Scene, Setting, Subject, Words,
};
use crate::pod::{CapabilitySet, Container, PodView, Runtime};
use crate::text;

/// The control `ptrace-capability` with its settings.
#[derive(Clone, Debug, Default)]
pub struct PtraceCapability {
    /// Certainties that do not count.
    pub ignore: Vec<Certainty>,
    /// Where SYS_PTRACE counts.
    pub scope: Scope,
    /// Where a privileged container counts.
    pub privileged: Privileged,
}

/// Where SYS_PTRACE counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// In every container.
    #[default]
    Anywhere,
    /// Where another container's or the node's processes are in view.
    SharedProcesses,
}

/// Where a privileged container counts as having SYS_PTRACE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Privileged {
    /// Where another container's or the node's processes are in view; elsewhere it is the
    /// business of Pod Security.
    #[default]
    SharedProcesses,
    /// In every pod.
    Anywhere,
    /// Nowhere.
    Never,
}

impl Control for PtraceCapability {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn inspect(&self, scene: &Scene<'_, '_>) -> Vec<Finding> {
        if scene.pod().is_too_large() {
            return Finding::too_many(&DESCRIPTOR);
        }
        let shared = |index: usize| scene.shared().get(index) == Some(&true);
        let containers = scene.pod().containers.iter().enumerate();
        containers
            .filter(|(index, container)| self.counts(container, || shared(*index)))
            .filter_map(|(index, container)| finding(scene.pod(), index, container))
            .filter(|it| it.subject.certainty().is_none_or(|sure| !self.ignore.contains(&sure)))
            .collect()
    }
}

impl PtraceCapability {
    fn counts(&self, container: &Container<'_>, shared: impl Fn() -> bool) -> bool {
        match (container.security.privileged, self.privileged, self.scope) {
            (true, Privileged::Never, _) => false,
            (true, Privileged::SharedProcesses, _) | (_, _, Scope::SharedProcesses) => shared(),
            (_, _, Scope::Anywhere) => true,
        }
    }
}

fn finding(pod: &PodView<'_>, index: usize, container: &Container<'_>) -> Option<Finding> {
    let (reason, certainty, edit) = if container.security.privileged {
        ("PtraceByPrivileged", Certainty::Effective, None)
    } else {
        let capabilities = &container.security.capabilities;
        let wanted = CapabilitySet::SYS_PTRACE;
        if !Runtime::ALL.iter().any(|runtime| capabilities.granted(*runtime).contains(wanted)) {
            return None;
        }
        let adds = capabilities.first_sys_ptrace().is_some();
        let reason = if adds { "PtraceAdded" } else { "PtraceByAll" };
        (reason, certainty(pod, container), Some(Edit::DropPtrace(index)))
    };
    let subject = Subject::Container { index, certainty: Some(certainty) };
    Some(Finding { control: &DESCRIPTOR, subject, reason, edit })
}

/// The entry of `add` that grants it, and what to change.
fn remedy(scene: &Scene<'_, '_>, finding: &Finding) -> (Option<usize>, &'static str) {
    let container = finding.subject.container().and_then(|it| scene.pod().containers.get(it));
    let Some(capabilities) = container.map(|it| &it.security.capabilities) else {
        return (None, "");
    };
    let entry = capabilities.first_sys_ptrace();
    let change = match (finding.edit, entry) {
        (None, _) => "remove privileged from securityContext",
        (Some(_), None) => {
            "list what is needed instead of ALL in securityContext.capabilities.add, or add SYS_PTRACE to drop"
        }
        (Some(_), Some(_)) if capabilities.adds_all() => {
            "remove SYS_PTRACE from securityContext.capabilities.add and add it to drop"
        }
        (Some(_), Some(_)) => "remove SYS_PTRACE from securityContext.capabilities.add",
    };
    (entry, change)
}

fn words(scene: &Scene<'_, '_>, findings: &[&Finding], names: usize) -> Words {
    let found = findings.first().and_then(|finding| {
        let container = scene.pod().containers.get(finding.subject.container()?)?;
        Some((finding, container))
    });
    let Some((finding, container)) = found else { return Words::default() };
    let security = scene.pod().container_path(container).field("securityContext");
    // One field to look at: the entry that grants it, else the list that says ALL.
    let (entry, change) = remedy(scene, finding);
    let add = || security.clone().field("capabilities").field("add");
    let path = match (finding.edit, entry) {
        (None, _) => security.field("privileged"),
        (Some(_), None) => add(),
        (Some(_), Some(entry)) => add().index(entry),
    };
    let indices: Vec<_> = findings.iter().filter_map(|it| it.subject.container()).collect();
    Words {
        path,
        more: indices.len() - 1,
        who: scene.who(&indices, names),
        remedy: change.to_owned(),
        shorter: None,
        why: why(scene, findings, names),
    }
}

/// What each can do with it, the worst first. Only those are named that the line begins with.
fn why(scene: &Scene<'_, '_>, findings: &[&Finding], names: usize) -> String {
    let shown = findings.iter().take(names).map(|it| it.subject);
    let shown: Vec<_> = shown.collect();
    let effects = [Certainty::Effective, Certainty::Latent, Certainty::Inert].map(|sure| {
        let is_like = |subject: &&Subject| subject.certainty() == Some(sure);
        let count = findings.iter().filter(|it| is_like(&&it.subject)).count();
        let whose = match (count, findings.len()) {
            (0, _) => return None,
            (1, 1) => Whose::Its,
            (own, all) if own == all => Whose::Each,
            _ => {
                let like = shown.iter().filter(is_like).filter_map(|it| it.container());
                let listed: Vec<_> = like.map(|index| text::value(scene.name(index))).collect();
                let rest = count - listed.len();
                Whose::Named(text::counted(listed, rest))
            }
        };
        Some(effect(sure, &whose))
    });
    effects.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn certainty(pod: &PodView<'_>, container: &Container<'_>) -> Certainty {
    let escalation = container.security.allow_privilege_escalation;
    match (pod.identity(container).is_non_root(), escalation) {
        (false, _) => Certainty::Effective,
        (true, Some(false)) => Certainty::Inert,
        (true, _) => Certainty::Latent,
    }
}

/// Whose effect it is, of the containers of a line.
enum Whose {
    /// Of the only one.
    Its,
    /// Of each of several.
    Each,
    /// Of some of them.
    Named(String),
}

fn effect(sure: Certainty, whose: &Whose) -> String {
    match (sure, whose) {
        (Certainty::Effective, Whose::Its) => {
            "it may trace and read every process it sees".to_owned()
        }
        (Certainty::Effective, Whose::Each) => {
            "each may trace and read every process it sees".to_owned()
        }
        (Certainty::Effective, Whose::Named(names)) => {
            format!("{names} may trace and read every process in view")
        }
        (Certainty::Latent, Whose::Its | Whose::Each) => {
            "a setuid or file-capability binary in its image can use it".to_owned()
        }
        (Certainty::Latent, Whose::Named(names)) => {
            format!("a setuid or file-capability binary in the image of {names} can use it")
        }
        (Certainty::Inert, Whose::Its | Whose::Each) => {
            "nothing can use it, it only widens seccomp".to_owned()
        }
        (Certainty::Inert, Whose::Named(names)) => {
            format!("nothing in {names} can use it, it only widens seccomp")
        }
    }
}

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "ptrace-capability",
    summary: "a runtime grants SYS_PTRACE to a container",
    finds: Finds::Containers,
    repair: Some(Repair { did: "removed SYS_PTRACE from", will: "remove SYS_PTRACE from" }),
    remedy: |scene, findings| {
        Cow::Borrowed(findings.first().map_or("", |finding| remedy(scene, finding).1))
    },
    words,
    explanation: Explanation {
        hazard: &[
            "The capability SYS_PTRACE opens every process that a container sees. The kernel's \
             `ptrace_may_access`, which guards environment (`/proc/PID/environ`, in the mode \
             `PTRACE_MODE_READ`), files (`/proc/PID/root`), memory and ptrace itself, otherwise \
             wants equal uids and gids, a dumpable target and no capability that the caller lacks; \
             with SYS_PTRACE it wants none of these. (To read the file `environ` of another user \
             takes DAC_OVERRIDE or DAC_READ_SEARCH as well, which root has by default; ptrace \
             reads the same bytes from memory.)",
            "Which processes a container sees is another matter: its own, unless the pod shares \
             processes, has `hostPID`, or an ephemeral container joined it. Where nothing is \
             shared SYS_PTRACE reaches nobody else, until somebody debugs the pod; the setting \
             `scope` says whether it counts there.",
            "It is not needed either: containers of one uid and gid that share a PID namespace \
             reach each other without it, so this control alone does not keep them apart. See \
             share-process-namespace.",
            "The API server does not check the names of capabilities; the runtime reads them, and \
             the runtimes differ. This control computes what containerd and CRI-O grant, and takes \
             the worse:",
            "- Letter case does not matter, not even `ſ` (U+017F) for S.",
            "- `CAP_SYS_PTRACE` in `add` is granted by CRI-O, not by containerd; on containerd \
             `drop: [CAP_SYS_PTRACE]` drops nothing.",
            "- `add: [SYS_PTRACE]` wins over `drop: [ALL]`. `drop: [SYS_PTRACE]` comes last and \
             wins over every `add`.",
            "- `add: [ALL]` contains it, unless `drop` has ALL or SYS_PTRACE. No default set has \
             it.",
            "- `privileged: true` has it, whatever `add` and `drop` say.",
            "A finding says how usable it is, by the worse of runtime and image:",
            "- effective: the process is root, or may be because the image decides. A privileged \
             container counts as effective with any user: CRI-O leaves a non-root one every \
             capability, containerd none.",
            "- latent: the process is not root for certain. Its effective set is empty after \
             execve, and SYS_PTRACE is left in the bounding set only; a setuid-root or \
             file-capability binary in the image brings it back.",
            "- inert: not root for certain, and `allowPrivilegeEscalation: false` (no_new_privs) \
             keeps such binaries from having an effect. Nothing can use it, but it still widens \
             the default seccomp profile of containerd.",
        ],
        fields: &["Of `securityContext` of every container of every kind: `privileged`, \
             `capabilities.add`, `capabilities.drop`, `runAsUser`, `runAsNonRoot`, \
             `allowPrivilegeEscalation`. Of the pod's: `runAsUser` and `runAsNonRoot`, where the \
             container has none of its own."],
        allowed: &[
            "Containers to which neither containerd nor CRI-O grants it, and what `ignore`, \
             `scope` and `privileged` leave out.",
        ],
        change: &[
            "- Remove SYS_PTRACE from `securityContext.capabilities.add` of the container that the \
             line names.",
            "- Where `add` has ALL, list the capabilities that the program needs instead, or add \
             SYS_PTRACE to `drop`.",
            "- Where the line names `privileged`, remove it, or do not share processes in this pod.",
            "- For `kubectl debug`, choose another profile: the denial ends with a command that \
             passes.",
        ],
        repair: &[
            "The entries of `add` that name it are deleted; where `add` has ALL, SYS_PTRACE is \
             appended to `drop`. New ephemeral containers are repaired as well: `kubectl debug` adds \
             SYS_PTRACE in its profile `general`, the default of kubectl 1.36. A privileged \
             container has no repair.",
        ],
        since: &[
            "Every version of Kubernetes. The rules are those of containerd 2 and CRI-O 1.37, read \
             from their sources.",
        ],
        settings: &[
            Setting {
                name: "ignore",
                values: &["Inert", "Latent"],
                many: true,
                default: Some("[]"),
                meaning: "Certainties that do not count.",
            },
            Setting {
                name: "scope",
                values: &["Anywhere", "SharedProcesses"],
                many: false,
                default: Some("Anywhere"),
                meaning: "Where SYS_PTRACE counts: in every container, or only where another \
                          container's or the node's processes can be in view.",
            },
            Setting {
                name: "privileged",
                values: &["SharedProcesses", "Anywhere", "Never"],
                many: false,
                default: Some("SharedProcesses"),
                meaning: "Where a privileged container counts. By default only where other \
                          processes can be in view; elsewhere it is the business of Pod Security.",
            },
        ],
        ineffective: &[Ineffective {
            setting: "privileged",
            value: "Anywhere",
            other: "scope",
            values: &[Some("SharedProcesses")],
            message: "has no effect: with scope SharedProcesses nothing counts elsewhere; write \
                      scope: Anywhere, or remove this field",
        }],
        example: Example {
            wrong: "\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  securityContext: {supplementalGroupsPolicy: Strict}
  containers:
    - {name: web, image: registry.example/web:1}
    - name: agent
      image: registry.example/agent:1
      securityContext:
        capabilities: {drop: [ALL], add: [NET_BIND_SERVICE, SYS_PTRACE]}
",
            said: "container agent: remove SYS_PTRACE from securityContext.capabilities.add; it may \
                   trace and read every process it sees; see \
                   spec.containers[1].securityContext.capabilities.add[1]",
            right: "\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  securityContext: {supplementalGroupsPolicy: Strict}
  containers:
    - {name: web, image: registry.example/web:1}
    - name: agent
      image: registry.example/agent:1
      securityContext:
        capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}
",
        },
    },
};
