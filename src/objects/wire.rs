//! The members that count, as serde reads them: one pass, borrowed, everything else skipped.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::affinity::Affinity;
use super::bounded::{List, Pairs, Text, read_from_objects};
use crate::pod::{Container, PodView, Volume};

/// Volumes are named in texts only.
const MOST_VOLUMES: usize = 1024;

/// More groups than any directory gives to a user.
pub(crate) const MOST_GROUPS: usize = 1 << 14;

type Containers<'a> = List<ContainerWire<'a>, Container<'a>, { PodView::MOST_CONTAINERS }>;
type Volumes<'a> = List<VolumeWire<'a>, Volume<'a>, MOST_VOLUMES>;
/// All of them count.
type Names<'a> = List<Text<'a>, Cow<'a, str>, { usize::MAX }>;

/// Whether the annotation of a mirror pod is among these.
#[derive(Debug, Default)]
pub(crate) struct Annotations {
    pub(crate) mirror: bool,
}

impl<'de> Deserialize<'de> for Annotations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Annotations;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut mirror = false;
                while let Some((key, IgnoredAny)) = map.next_entry::<Text<'de>, IgnoredAny>()? {
                    mirror |= key.0 == "kubernetes.io/config.mirror";
                }
                Ok(Annotations { mirror })
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

read_from_objects!(
    Object<'a>,
    Metadata<'a>,
    Owner<'a>,
    Spec<'a>,
    JobTemplate<'a>,
    JobSpec<'a>,
    Template<'a>,
    PodOs<'a>,
    PodSecurityContext<'a>,
    VolumeWire<'a>,
    ContainerWire<'a>,
    Variable,
    VariableSource,
    Variables,
    SecurityContext<'a>,
    CapabilitiesWire<'a>,
);

/// An object of any of the kinds that are judged. The members of pods and of the kinds that hold
/// templates do not collide, so one type serves, whatever the order of members in the body.
#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(crate) struct Object<'a> {
    #[serde(borrow)]
    pub(crate) kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    pub(crate) spec: Option<Spec<'a>>,
    /// Of a PodTemplate.
    #[serde(borrow)]
    pub(crate) template: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) labels: Option<Pairs<'a>>,
    pub(crate) annotations: Option<Annotations>,
    #[serde(borrow)]
    pub(crate) owner_references: Option<Owners<'a>>,
}

/// Of the owners, the one that is the controller.
#[derive(Debug, Default)]
pub(crate) struct Owners<'a> {
    pub(crate) controller: Option<Owner<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Owners<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Owners<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut owners = Owners::default();
                while let Some(owner) = list.next_element::<Owner<'de>>()? {
                    if owners.controller.is_none() && owner.controller == Some(true) {
                        owners.controller = Some(owner);
                    }
                }
                Ok(owners)
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

/// An owner. Its kind and name are for the log: nothing is judged by them, so nothing is wrong with
/// them.
#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(crate) struct Owner<'a> {
    pub(crate) controller: Option<bool>,
    #[serde(borrow)]
    pub(crate) kind: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) name: Option<&'a RawValue>,
}

impl<'a> Object<'a> {
    /// Kind and name of the controller that owns it.
    pub(crate) fn controller(&self) -> Option<[Cow<'a, str>; 2]> {
        let owner = self.metadata.as_ref()?.owner_references.as_ref()?.controller.as_ref()?;
        let text = |raw: Option<&'a RawValue>| {
            let text: Option<Text<'a>> = raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
            text.map(|text| text.0).unwrap_or_default()
        };
        Some([text(owner.kind), text(owner.name)])
    }
}

/// `spec` of a pod, or of an object that holds a template. Templates are kept as they stand, so
/// that an update can recognise an unchanged one without reading it.
#[derive(Debug, Default, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spec<'a> {
    #[serde(borrow)]
    pub(crate) template: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) job_template: Option<JobTemplate<'a>>,
    #[serde(borrow)]
    pub(crate) os: Option<PodOs<'a>>,
    #[serde(borrow)]
    pub(crate) node_selector: Option<Pairs<'a>>,
    #[serde(borrow)]
    pub(crate) affinity: Option<Affinity<'a>>,
    pub(crate) share_process_namespace: Option<bool>,
    #[serde(rename = "hostPID")]
    pub(crate) host_pid: Option<bool>,
    pub(crate) host_users: Option<bool>,
    #[serde(borrow)]
    pub(crate) volumes: Option<Volumes<'a>>,
    #[serde(borrow)]
    pub(crate) security_context: Option<PodSecurityContext<'a>>,
    #[serde(borrow)]
    pub(crate) init_containers: Option<Containers<'a>>,
    #[serde(borrow)]
    pub(crate) containers: Option<Containers<'a>>,
    #[serde(borrow)]
    pub(crate) ephemeral_containers: Option<Containers<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(crate) struct JobTemplate<'a> {
    #[serde(borrow)]
    pub(crate) spec: Option<JobSpec<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(crate) struct JobSpec<'a> {
    #[serde(borrow)]
    pub(crate) template: Option<&'a RawValue>,
}

/// A pod template, read when it is to be judged.
#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(crate) struct Template<'a> {
    #[serde(borrow)]
    pub(crate) metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    pub(crate) spec: Option<Spec<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(crate) struct PodOs<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodSecurityContext<'a> {
    pub(crate) run_as_user: Option<i64>,
    pub(crate) run_as_group: Option<i64>,
    pub(crate) run_as_non_root: Option<bool>,
    pub(crate) fs_group: Option<i64>,
    pub(crate) supplemental_groups: Option<Vec<i64>>,
    #[serde(borrow)]
    pub(crate) supplemental_groups_policy: Option<Text<'a>>,
}

/// A volume: its name and whether it is of a kind whose files belong to groups.
#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(crate) struct VolumeWire<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    pub(crate) host_path: Option<IgnoredAny>,
    pub(crate) nfs: Option<IgnoredAny>,
    pub(crate) persistent_volume_claim: Option<IgnoredAny>,
    pub(crate) ephemeral: Option<IgnoredAny>,
    pub(crate) csi: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContainerWire<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) image: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) restart_policy: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) target_container_name: Option<Text<'a>>,
    pub(crate) env: Option<Vec<Variable>>,
    pub(crate) env_from: Option<Vec<Variables>>,
    #[serde(borrow)]
    pub(crate) security_context: Option<SecurityContext<'a>>,
}

/// A variable of the environment: only where it comes from counts.
#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Variable {
    pub(crate) value_from: Option<VariableSource>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(crate) struct VariableSource {
    pub(crate) secret_key_ref: Option<IgnoredAny>,
}

/// A source of many variables.
#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Variables {
    pub(crate) secret_ref: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecurityContext<'a> {
    pub(crate) privileged: Option<bool>,
    pub(crate) allow_privilege_escalation: Option<bool>,
    pub(crate) run_as_user: Option<i64>,
    pub(crate) run_as_group: Option<i64>,
    pub(crate) run_as_non_root: Option<bool>,
    #[serde(borrow)]
    pub(crate) capabilities: Option<CapabilitiesWire<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(remote = "Self")]
pub(crate) struct CapabilitiesWire<'a> {
    #[serde(borrow)]
    pub(crate) add: Option<Names<'a>>,
    #[serde(borrow)]
    pub(crate) drop: Option<Names<'a>>,
}
