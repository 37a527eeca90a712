//! From what serde read to the view that the core judges.

use std::borrow::Cow;

use super::wire::{
    CapabilitiesWire, ContainerWire, Metadata, PodSecurityContext, SecurityContext, Spec, Text,
};
use crate::pod::{
    Capabilities, Container, ContainerKind, ContainerSecurity, FieldPath, Os, PodSecurity, PodView,
};

/// The view of a pod or template whose spec stands at `root`.
pub(super) fn view<'a>(
    root: FieldPath,
    metadata: Option<Metadata<'a>>,
    spec: Spec<'a>,
) -> PodView<'a> {
    let (mut name, mut labels, mut mirror, mut controlled) = Default::default();
    if let Some(metadata) = metadata {
        name = metadata.name.map(|text| text.0).unwrap_or_default();
        labels = metadata.labels.unwrap_or_default().0;
        mirror = metadata.annotations.unwrap_or_default().mirror;
        let owners = metadata.owner_references.unwrap_or_default();
        controlled = owners.iter().any(|owner| owner.controller == Some(true));
    }
    let os = os(&spec);
    let init = listed(spec.init_containers, ContainerKind::Init);
    let regular = listed(spec.containers, ContainerKind::Regular);
    let ephemeral = listed(spec.ephemeral_containers, ContainerKind::Ephemeral);
    PodView {
        root,
        name,
        labels,
        mirror,
        controlled,
        os,
        node_selector: spec.node_selector.unwrap_or_default().0,
        share_process_namespace: spec.share_process_namespace,
        host_pid: spec.host_pid == Some(true),
        security: spec.security_context.map(pod_security).unwrap_or_default(),
        containers: init.chain(regular).chain(ephemeral).collect(),
    }
}

fn os(spec: &Spec<'_>) -> Os {
    let named = spec.os.as_ref().and_then(|os| os.name.as_ref());
    let selects = |key: &str| {
        let value = spec.node_selector.as_ref().and_then(|selector| selector.0.get(key));
        value.is_some_and(|value| value == "windows")
    };
    match named {
        Some(name) if name.0 == "windows" => Os::Windows,
        None if selects("kubernetes.io/os") || selects("beta.kubernetes.io/os") => {
            Os::LikelyWindows
        }
        Some(_) | None => Os::Linux,
    }
}

fn pod_security(wire: PodSecurityContext<'_>) -> PodSecurity<'_> {
    PodSecurity {
        present: true,
        run_as_user: wire.run_as_user,
        run_as_non_root: wire.run_as_non_root,
        supplemental_groups_policy: wire.supplemental_groups_policy.map(|text| text.0),
    }
}

fn listed(
    list: Option<Vec<ContainerWire<'_>>>,
    kind: ContainerKind,
) -> impl Iterator<Item = Container<'_>> {
    let numbered = list.unwrap_or_default().into_iter().enumerate();
    numbered.map(move |(index, wire)| container(kind, index, wire))
}

fn container(kind: ContainerKind, index: usize, wire: ContainerWire<'_>) -> Container<'_> {
    let always = wire.restart_policy.as_ref().is_some_and(|policy| policy.0 == "Always");
    let kind = if kind == ContainerKind::Init && always { ContainerKind::Sidecar } else { kind };
    Container {
        kind,
        index,
        name: wire.name.map(|text| text.0).unwrap_or_default(),
        image: wire.image.map(|text| text.0).unwrap_or_default(),
        target: wire.target_container_name.map(|text| text.0).filter(|name| !name.is_empty()),
        security: wire.security_context.map(security).unwrap_or_default(),
    }
}

fn security(wire: SecurityContext<'_>) -> ContainerSecurity<'_> {
    let CapabilitiesWire { add, drop } = wire.capabilities.unwrap_or_default();
    ContainerSecurity {
        privileged: wire.privileged == Some(true),
        allow_privilege_escalation: wire.allow_privilege_escalation,
        run_as_user: wire.run_as_user,
        run_as_non_root: wire.run_as_non_root,
        capabilities: Capabilities { add: names(add), drop: names(drop) },
    }
}

fn names(list: Option<Vec<Text<'_>>>) -> Vec<Cow<'_, str>> {
    list.unwrap_or_default().into_iter().map(|text| text.0).collect()
}
