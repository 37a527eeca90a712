//! From what serde read to the view that the core judges.

use std::sync::Arc;

use super::affinity::{Affinity, OS_LABELS};
use super::bounded::{List, Pairs};
use super::wire::{
    CapabilitiesWire, ContainerWire, Metadata, PodSecurityContext, SecurityContext, Spec,
    VolumeWire,
};
use crate::path::FieldPath;
use crate::pod::{
    Capabilities, Container, ContainerKind, ContainerSecurity, Os, PodSecurity, PodView, Secrets,
    Volume, VolumeKind,
};

/// The view of a pod or template whose spec stands at `root`.
pub(super) fn view<'a>(
    root: FieldPath,
    metadata: Option<Metadata<'a>>,
    spec: Spec<'a>,
) -> PodView<'a> {
    let (mut name, mut labels, mut more_labels, mut mirror, mut controlled) = Default::default();
    if let Some(metadata) = metadata {
        name = metadata.name.map(|text| text.0).unwrap_or_default();
        let Pairs { kept, more } = metadata.labels.unwrap_or_default();
        (labels, more_labels) = (Arc::new(kept), more);
        mirror = metadata.annotations.unwrap_or_default().mirror;
        controlled = metadata.owner_references.is_some_and(|owners| owners.controller.is_some());
    }
    let os = os(&spec);
    let (mut containers, mut more_containers, mut more_ephemeral) =
        (Vec::<Container<'a>>::new(), 0, 0);
    for (list, kind) in [
        (spec.init_containers, ContainerKind::Init),
        (spec.containers, ContainerKind::Regular),
        (spec.ephemeral_containers, ContainerKind::Ephemeral),
    ] {
        let List { kept: mut list, more, .. } = list.unwrap_or_default();
        match kind {
            ContainerKind::Ephemeral => more_ephemeral += more,
            ContainerKind::Init | ContainerKind::Sidecar | ContainerKind::Regular => {
                more_containers += more;
            }
        }
        for (index, container) in list.iter_mut().enumerate() {
            container.index = index;
            container.kind = kind_in(kind, container.kind);
        }
        // Most pods have one list: it is taken as it is.
        if containers.is_empty() {
            containers = list;
        } else {
            containers.append(&mut list);
        }
    }
    PodView {
        root,
        name,
        labels,
        more_labels,
        mirror,
        controlled,
        os,
        node_selector: Arc::new(spec.node_selector.unwrap_or_default().kept),
        share_process_namespace: spec.share_process_namespace,
        host_pid: spec.host_pid == Some(true),
        host_users: spec.host_users,
        volumes: spec.volumes.unwrap_or_default().kept.into(),
        security: spec.security_context.map(pod_security).unwrap_or_default(),
        containers,
        more_containers,
        more_ephemeral,
    }
}

/// The kind of a container in a list of this one.
fn kind_in(list: ContainerKind, own: ContainerKind) -> ContainerKind {
    if list == ContainerKind::Init { own } else { list }
}

fn os(spec: &Spec<'_>) -> Os {
    let named = spec.os.as_ref().and_then(|os| os.name.as_ref());
    let selects = |label: &&str| {
        let value = spec.node_selector.as_ref().and_then(|selector| selector.kept.get(*label));
        value.is_some_and(|value| value == "windows")
    };
    // Both have to hold, so that either is enough.
    let is_for_windows = || {
        OS_LABELS.iter().any(selects)
            || spec.affinity.as_ref().is_some_and(Affinity::is_for_windows)
    };
    match named {
        Some(name) if name.0 == "windows" => Os::Windows,
        None if is_for_windows() => Os::LikelyWindows,
        Some(_) | None => Os::Linux,
    }
}

fn pod_security(wire: PodSecurityContext<'_>) -> PodSecurity<'_> {
    PodSecurity {
        present: true,
        run_as_user: wire.run_as_user,
        run_as_group: wire.run_as_group,
        run_as_non_root: wire.run_as_non_root,
        fs_group: wire.fs_group,
        supplemental_groups: wire.supplemental_groups.unwrap_or_default(),
        supplemental_groups_policy: wire.supplemental_groups_policy.map(|text| text.0),
    }
}

impl<'a> From<VolumeWire<'a>> for Volume<'a> {
    fn from(wire: VolumeWire<'a>) -> Self {
        let kinds = [
            (wire.host_path.is_some(), VolumeKind::HostPath),
            (wire.nfs.is_some(), VolumeKind::Nfs),
            (wire.persistent_volume_claim.is_some() || wire.ephemeral.is_some(), VolumeKind::Claim),
            (wire.csi.is_some(), VolumeKind::Csi),
        ];
        let kind = kinds.into_iter().find_map(|(is, kind)| is.then_some(kind));
        Self {
            name: wire.name.map(|text| text.0).unwrap_or_default(),
            kind: kind.unwrap_or(VolumeKind::Other),
        }
    }
}

/// A container before its list is known: its kind says what it is among init containers.
impl<'a> From<ContainerWire<'a>> for Container<'a> {
    fn from(wire: ContainerWire<'a>) -> Self {
        let always = wire.restart_policy.as_ref().is_some_and(|policy| policy.0 == "Always");
        let variables = wire.env.unwrap_or_default().into_iter();
        let from_secret = variables.filter(|it| {
            it.value_from.as_ref().is_some_and(|source| source.secret_key_ref.is_some())
        });
        let whole =
            wire.env_from.unwrap_or_default().into_iter().filter(|it| it.secret_ref.is_some());
        Self {
            kind: if always { ContainerKind::Sidecar } else { ContainerKind::Init },
            index: 0,
            name: wire.name.map(|text| text.0).unwrap_or_default(),
            image: wire.image.map(|text| text.0).unwrap_or_default(),
            target: wire.target_container_name.map(|text| text.0).filter(|name| !name.is_empty()),
            secrets: Secrets { variables: from_secret.count(), whole: whole.count() },
            security: wire.security_context.map(security).unwrap_or_default(),
        }
    }
}

fn security(wire: SecurityContext<'_>) -> ContainerSecurity<'_> {
    let CapabilitiesWire { add, drop } = wire.capabilities.unwrap_or_default();
    ContainerSecurity {
        privileged: wire.privileged == Some(true),
        allow_privilege_escalation: wire.allow_privilege_escalation,
        run_as_user: wire.run_as_user,
        run_as_group: wire.run_as_group,
        run_as_non_root: wire.run_as_non_root,
        capabilities: Capabilities::new(
            add.unwrap_or_default().kept,
            drop.unwrap_or_default().kept,
        ),
    }
}
