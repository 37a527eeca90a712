//! Who sees whose processes: the PID namespace the kubelet asks the runtime for
//! (`pkg/kubelet/kuberuntime/util/util.go` `PidNamespaceForPod`), and who can run beside whom.

use super::{Container, ContainerKind, PodView};

impl PodView<'_> {
    /// Whether some other process than its own can be in the container's PID namespace: another
    /// container's or, with `hostPID`, the node's.
    pub fn shares_processes(&self, container: &Container<'_>) -> bool {
        self.host_pid
            || self.containers.iter().any(|other| {
                !other.is_same(container)
                    && self.same_pid_namespace(container, other)
                    && can_run_beside(container, other)
            })
    }

    /// Whether two different containers are in one PID namespace while both run.
    ///
    /// `hostPID` and `shareProcessNamespace` put all of them into one and make the runtime ignore
    /// targets; else an ephemeral container joins its target, and meets there whoever has the
    /// same target.
    pub fn same_pid_namespace(&self, one: &Container<'_>, other: &Container<'_>) -> bool {
        if self.host_pid || self.share_process_namespace == Some(true) {
            return true;
        }
        let ephemeral = |container: &Container<'_>| container.kind == ContainerKind::Ephemeral;
        (ephemeral(one) || ephemeral(other)) && home(one) == home(other)
    }
}

/// The name of the container whose PID namespace this one is in.
fn home<'c>(container: &'c Container<'_>) -> &'c str {
    match (container.kind, &container.target) {
        (ContainerKind::Ephemeral, Some(target)) => target,
        _ => &container.name,
    }
}

/// Whether two containers of one pod can run at the same time.
///
/// A plain init container ends before the next one and before the regular ones start; a sidecar
/// runs from its place in the list on; an ephemeral container can run beside any.
fn can_run_beside(one: &Container<'_>, other: &Container<'_>) -> bool {
    use ContainerKind::{Ephemeral, Init, Regular, Sidecar};
    match (one.kind, other.kind) {
        (Init, Init | Regular) | (Regular, Init) => false,
        (Init, Sidecar) => other.index < one.index,
        (Sidecar, Init) => one.index < other.index,
        (Ephemeral, _) | (_, Ephemeral) | (Sidecar | Regular, Sidecar | Regular) => true,
    }
}
