//! The members that count, as serde reads them: one pass, borrowed, everything else skipped.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use hashbrown::HashMap;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::affinity::Affinity;
use crate::pod::{Container, PodView, Volume};

/// A string that borrows from the body unless it holds escapes. serde borrows a bare `Cow`, but
/// not one inside an `Option` or a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'a> From<Text<'a>> for Cow<'a, str> {
    fn from(text: Text<'a>) -> Self {
        text.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// A map of strings of which the first are kept, at most [`MOST_PAIRS`], and the others counted. Of
/// those no key stands twice; a `null` value is an empty string, as in Go.
#[derive(Debug, Default)]
pub(crate) struct Pairs<'a> {
    pub(crate) kept: HashMap<Cow<'a, str>, Cow<'a, str>>,
    /// How many more there are.
    pub(crate) more: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Pairs::default();
                while pairs.kept.len() < MOST_PAIRS
                    && let Some((key, value)) = map.next_entry::<Text<'de>, Option<Text<'de>>>()?
                {
                    let value = value.map(|text| text.0).unwrap_or_default();
                    if pairs.kept.insert(key.0, value).is_some() {
                        return Err(A::Error::custom("a key stands twice"));
                    }
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    pairs.more += 1;
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A list whose first elements, at most so many, are read as `W` and kept as `T`, and whose others
/// are counted: what is kept of one may take hundreds of bytes, where `{}` takes three.
#[derive(Debug)]
pub(crate) struct List<W, T, const MOST: usize> {
    pub(crate) kept: Vec<T>,
    /// How many more there are.
    pub(crate) more: usize,
    read: PhantomData<W>,
}

impl<W, T, const MOST: usize> Default for List<W, T, MOST> {
    fn default() -> Self {
        Self { kept: Vec::new(), more: 0, read: PhantomData }
    }
}

impl<'de, W: Deserialize<'de>, T: From<W>, const MOST: usize> Deserialize<'de>
    for List<W, T, MOST>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<W, T, const MOST: usize>(PhantomData<(W, T)>);
        impl<'de, W: Deserialize<'de>, T: From<W>, const MOST: usize> Visitor<'de> for Reader<W, T, MOST> {
            type Value = List<W, T, MOST>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut read = List::default();
                while read.kept.len() < MOST {
                    let Some(element) = list.next_element::<W>()? else { return Ok(read) };
                    read.kept.push(element.into());
                }
                while list.next_element::<IgnoredAny>()?.is_some() {
                    read.more += 1;
                }
                Ok(read)
            }
        }
        deserializer.deserialize_seq(Reader(PhantomData))
    }
}

/// Volumes are named in texts only.
const MOST_VOLUMES: usize = 1024;

/// More groups than any directory gives to a user.
pub(crate) const MOST_GROUPS: usize = 1 << 14;

/// More labels than an object has that a person made.
const MOST_PAIRS: usize = 4096;

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

/// Lets types be read from objects only: serde's derived code would take a list of members, too.
/// `O` is what the objects of a review are read as.
macro_rules! read_from_objects {
    ($($type:ident $(<$life:lifetime $(, $object:ident)?>)?),* $(,)?) => {$(
        impl<'de $(: $life, $life $(, $object: Deserialize<'de>)?)?> Deserialize<'de>
            for $type $(<$life $(, $object)?>)?
        {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader $(<$life $(, $object)?>)?
                    (PhantomData<$type $(<$life $(, $object)?>)?>);
                impl<'de $(: $life, $life $(, $object: Deserialize<'de>)?)?> Visitor<'de>
                    for Reader $(<$life $(, $object)?>)?
                {
                    type Value = $type $(<$life $(, $object)?>)?;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                        // The inherent function that `remote = "Self"` derives.
                        $type::deserialize(MapAccessDeserializer::new(map))
                    }
                }
                deserializer.deserialize_map(Reader(PhantomData))
            }
        }
    )*};
}

pub(crate) use read_from_objects;

read_from_objects!(
    Object<'a>,
    Metadata<'a>,
    Owner,
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
    pub(crate) owner_references: Option<Vec<Owner>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(crate) struct Owner {
    pub(crate) controller: Option<bool>,
}

/// `spec` of a pod, or of an object that holds a template. Templates are kept as they stand, so
/// that an update can tell an unchanged one without reading it.
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
