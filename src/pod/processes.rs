//! Who sees whose processes: the PID namespace the kubelet asks the runtime for
//! (`pkg/kubelet/kuberuntime/util/util.go` `PidNamespaceForPod`), and who can run beside whom.

use std::collections::BTreeMap;

use super::{Container, ContainerKind, PodView};

impl PodView<'_> {
    /// Whether some container can see processes that are not its own.
    pub fn sees_processes(&self) -> bool {
        let targets = |container: &Container<'_>| container.target.is_some();
        self.host_pid
            || self.share_process_namespace == Some(true)
            || self.containers.iter().any(targets)
    }

    /// For each container a number that it shares with those in its PID namespace, whenever they
    /// run. Linear in the pod.
    pub fn process_views(&self) -> Vec<usize> {
        if self.host_pid || self.share_process_namespace == Some(true) {
            return vec![0; self.containers.len()];
        }
        let mut homes = BTreeMap::new();
        let number = |container| {
            let next = homes.len();
            *homes.entry(home(container)).or_insert(next)
        };
        self.containers.iter().map(number).collect()
    }

    /// For each container, whether some other process than its own can be in its PID namespace:
    /// another container's while both run or, with `hostPID`, the node's. Linear in the pod.
    ///
    /// `hostPID` and `shareProcessNamespace` put all containers into one namespace and make the
    /// runtime ignore targets; else an ephemeral container joins its target, and meets there
    /// whoever has the same target.
    pub fn shared_processes(&self) -> Vec<bool> {
        if self.host_pid {
            return vec![true; self.containers.len()];
        }
        if self.share_process_namespace == Some(true) {
            let company = Company::of(&self.containers);
            return self.containers.iter().map(|container| company.keeps(container)).collect();
        }
        // Members of each namespace: all, and the ephemeral ones among them.
        let mut homes: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for container in &self.containers {
            let members = homes.entry(home(container)).or_default();
            members.0 += 1;
            members.1 += usize::from(container.kind == ContainerKind::Ephemeral);
        }
        let shared = |container: &Container<'_>| {
            let (all, ephemeral) = homes.get(home(container)).copied().unwrap_or_default();
            all > 1 && ephemeral > 0
        };
        self.containers.iter().map(shared).collect()
    }
}

impl Container<'_> {
    /// Whether the two can ever run at the same time: a plain init container ends before the next
    /// one, a sidecar listed after it, and the regular ones start; an ephemeral container can run
    /// beside any.
    pub fn runs_beside(&self, other: &Self) -> bool {
        use ContainerKind::{Ephemeral, Init, Regular, Sidecar};
        match (self.kind, other.kind) {
            (Init, Init | Regular) | (Regular, Init) => false,
            (Init, Sidecar) => other.index < self.index,
            (Sidecar, Init) => self.index < other.index,
            (Ephemeral, _) | (_, Ephemeral) | (Regular | Sidecar, Regular | Sidecar) => true,
        }
    }
}

/// The name of the container whose PID namespace this one is in.
fn home<'c>(container: &'c Container<'_>) -> &'c str {
    match (container.kind, &container.target) {
        (ContainerKind::Ephemeral, Some(target)) => target,
        _ => &container.name,
    }
}

/// How many containers of each kind a pod has, and where the init ones stand.
#[derive(Default)]
struct Company {
    ephemeral: usize,
    regular: usize,
    sidecars: usize,
    first_sidecar: Option<usize>,
    last_init: Option<usize>,
}

impl Company {
    fn of(containers: &[Container<'_>]) -> Self {
        let mut company = Self::default();
        for container in containers {
            match container.kind {
                ContainerKind::Ephemeral => company.ephemeral += 1,
                ContainerKind::Regular => company.regular += 1,
                ContainerKind::Sidecar => {
                    company.sidecars += 1;
                    company.first_sidecar.get_or_insert(container.index);
                }
                ContainerKind::Init => company.last_init = Some(container.index),
            }
        }
        company
    }

    /// Whether a container of the pod can run at the same time as another one.
    ///
    /// A plain init container ends before the next one and before the regular ones start; a
    /// sidecar runs from its index in the list on; an ephemeral container can run beside any.
    fn keeps(&self, container: &Container<'_>) -> bool {
        let runs = self.regular + self.sidecars;
        let beside = match container.kind {
            ContainerKind::Ephemeral => {
                return self.ephemeral + runs > 1 || self.last_init.is_some();
            }
            ContainerKind::Regular => runs > 1,
            ContainerKind::Sidecar => {
                runs > 1 || self.last_init.is_some_and(|last| last > container.index)
            }
            ContainerKind::Init => self.first_sidecar.is_some_and(|first| first < container.index),
        };
        beside || self.ephemeral > 0
    }
}
