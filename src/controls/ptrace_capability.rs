//! Hazard: SYS_PTRACE lets a process trace and read every process it can see, whatever their
//! users.
//!
//! Fields: `securityContext` of every container of every kind: `privileged`, `capabilities.add`,
//! `capabilities.drop`, `runAsUser`, `runAsNonRoot`, `allowPrivilegeEscalation`; the pod's
//! `runAsUser` and `runAsNonRoot`.
//!
//! Allowed: containers to which neither containerd nor CRI-O grants it. Findings are effective
//! (root, or the image decides), latent (not root for certain: needs a setuid or file-capability
//! binary) or inert (not root, and no privilege escalation).
//!
//! Repair: delete the entries of `add` that name it; append it to `drop` where `add` has ALL.
//! A privileged container has no repair.
//!
//! Since: always.

use super::{Certainty, ContainerRef, Control, Descriptor, Edit, Finding};
use crate::pod::{CapabilitySet, Container, PodView, Runtime, is_all, names_sys_ptrace};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    id: "ptrace-capability",
    summary: "a runtime grants SYS_PTRACE to a container",
    repairs: true,
};

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

    fn inspect(&self, pod: &PodView<'_>) -> Vec<Finding> {
        let shared = self.looks_at_processes(pod).then(|| pod.shared_processes());
        let shared = |place: usize| shared.as_ref().and_then(|all| all.get(place)) == Some(&true);
        let containers = pod.containers.iter().enumerate();
        containers
            .filter(|(place, container)| self.counts(container, || shared(*place)))
            .filter_map(|(place, container)| finding(pod, place, container))
            .filter(|finding| finding.certainty.is_none_or(|sure| !self.ignore.contains(&sure)))
            .collect()
    }
}

impl PtraceCapability {
    /// Whether it matters for some container who sees its processes.
    fn looks_at_processes(&self, pod: &PodView<'_>) -> bool {
        self.scope == Scope::SharedProcesses
            || pod.containers.iter().any(|it| it.security.privileged)
    }

    fn counts(&self, container: &Container<'_>, shared: impl Fn() -> bool) -> bool {
        match (container.security.privileged, self.privileged, self.scope) {
            (true, Privileged::Never, _) => false,
            (true, Privileged::SharedProcesses, _) | (_, _, Scope::SharedProcesses) => shared(),
            (_, _, Scope::Anywhere) => true,
        }
    }
}

fn finding(pod: &PodView<'_>, place: usize, container: &Container<'_>) -> Option<Finding> {
    let security = pod.container_path(container).field("securityContext");
    let (path, reason, sure, remedy, edit) = if container.security.privileged {
        (
            security.field("privileged"),
            "PtraceByPrivileged",
            Certainty::Effective,
            "remove it",
            None,
        )
    } else {
        let capabilities = &container.security.capabilities;
        let wanted = CapabilitySet::named("SYS_PTRACE");
        if !Runtime::ALL.iter().any(|runtime| capabilities.granted(*runtime).contains(wanted)) {
            return None;
        }
        let add = security.field("capabilities").field("add");
        let names = capabilities.add.iter().enumerate();
        let remove: Vec<usize> =
            names.filter(|(_, name)| names_sys_ptrace(name)).map(|(entry, _)| entry).collect();
        let append = capabilities.add.iter().any(|name| is_all(name));
        // One field to look at: the entry that grants it, else the list that says ALL.
        let (path, reason) = match remove.first() {
            Some(entry) => (add.index(*entry), "PtraceAdded"),
            None => (add, "PtraceByAll"),
        };
        let remedy = match (remove.is_empty(), append) {
            (true, _) => "add SYS_PTRACE to drop, or list what is needed instead of ALL",
            (false, false) => "remove SYS_PTRACE from add",
            (false, true) => "remove SYS_PTRACE from add and add it to drop",
        };
        let edit = Edit::DropPtrace { container: place, remove, append };
        (path, reason, certainty(pod, container), remedy, Some(edit))
    };
    let (name, word, effect) = (&container.name, sure.as_str(), effect(sure));
    Some(Finding {
        control: &DESCRIPTOR,
        container: Some(ContainerRef::of(place, container)),
        path,
        reason,
        detail: format!("gives {name} SYS_PTRACE ({word}): {effect}"),
        remedy: remedy.to_owned(),
        certainty: Some(sure),
        edit,
    })
}

fn certainty(pod: &PodView<'_>, container: &Container<'_>) -> Certainty {
    let escalation = container.security.allow_privilege_escalation;
    match (pod.identity(container).is_non_root(), escalation) {
        (false, _) => Certainty::Effective,
        (true, Some(false)) => Certainty::Inert,
        (true, _) => Certainty::Latent,
    }
}

fn effect(sure: Certainty) -> &'static str {
    match sure {
        Certainty::Effective => "it may trace and read every process it sees",
        Certainty::Latent => "a setuid or file-capability binary in the image can use it",
        Certainty::Inert => "nothing can use it, it only widens seccomp",
    }
}
