//! The members that count, as serde reads them: one pass, borrowed, everything else skipped.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A string that borrows from the body unless it holds escapes. serde borrows a bare `Cow`, but
/// not one inside an `Option` or a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

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

/// A map of strings in which no key stands twice; a `null` value is an empty string, as in Go.
#[derive(Debug, Default)]
pub(super) struct Pairs<'a>(pub(super) BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<Text<'de>, Option<Text<'de>>>()? {
                    let value = value.map(|text| text.0).unwrap_or_default();
                    if pairs.insert(key.0, value).is_some() {
                        return Err(A::Error::custom("a key stands twice"));
                    }
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// Whether the annotation of a mirror pod is among these.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    pub(super) mirror: bool,
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

read_from_objects!(
    Review<'a, O>,
    Envelope<'a, O>,
    GroupKind<'a>,
    GroupResource<'a>,
    UserInfo,
    Object<'a>,
    Metadata<'a>,
    Owner,
    Spec<'a>,
    JobTemplate<'a>,
    JobSpec<'a>,
    Template<'a>,
    PodOs<'a>,
    PodSecurityContext<'a>,
    ContainerWire<'a>,
    SecurityContext<'a>,
    CapabilitiesWire<'a>,
);

/// An AdmissionReview; `O` is what its objects are read as.
#[derive(Debug, Deserialize)]
#[serde(
    remote = "Self",
    rename_all = "camelCase",
    bound(deserialize = "O: Deserialize<'de>, 'de: 'a")
)]
pub(super) struct Review<'a, O> {
    pub(super) api_version: Option<Text<'a>>,
    pub(super) kind: Option<Text<'a>>,
    pub(super) request: Option<Envelope<'a, O>>,
}

/// Its `request`.
#[derive(Debug, Deserialize)]
#[serde(
    remote = "Self",
    rename_all = "camelCase",
    bound(deserialize = "O: Deserialize<'de>, 'de: 'a")
)]
pub(super) struct Envelope<'a, O> {
    pub(super) uid: Option<Text<'a>>,
    pub(super) kind: Option<GroupKind<'a>>,
    pub(super) resource: Option<GroupResource<'a>>,
    pub(super) sub_resource: Option<Text<'a>>,
    pub(super) name: Option<Text<'a>>,
    pub(super) namespace: Option<Text<'a>>,
    pub(super) operation: Option<Text<'a>>,
    pub(super) user_info: Option<UserInfo>,
    pub(super) object: Option<O>,
    pub(super) old_object: Option<O>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(super) struct GroupKind<'a> {
    #[serde(borrow)]
    pub(super) kind: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(super) struct GroupResource<'a> {
    #[serde(borrow)]
    pub(super) group: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) resource: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(remote = "Self")]
pub(super) struct UserInfo {
    pub(super) username: Option<String>,
    pub(super) groups: Option<Vec<String>>,
}

/// An object of any of the kinds that are judged. The members of pods and of the kinds that hold
/// templates do not collide, so one type serves, whatever the order of members in the body.
#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(super) struct Object<'a> {
    #[serde(borrow)]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    pub(super) spec: Option<Spec<'a>>,
    /// Of a PodTemplate.
    #[serde(borrow)]
    pub(super) template: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata<'a> {
    #[serde(borrow)]
    pub(super) labels: Option<Pairs<'a>>,
    pub(super) annotations: Option<Annotations>,
    pub(super) owner_references: Option<Vec<Owner>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(super) struct Owner {
    pub(super) controller: Option<bool>,
}

/// `spec` of a pod, or of an object that holds a template. Templates are kept as they stand, so
/// that an update can tell an unchanged one without reading it.
#[derive(Debug, Default, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec<'a> {
    #[serde(borrow)]
    pub(super) template: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) job_template: Option<JobTemplate<'a>>,
    #[serde(borrow)]
    pub(super) os: Option<PodOs<'a>>,
    #[serde(borrow)]
    pub(super) node_selector: Option<Pairs<'a>>,
    pub(super) share_process_namespace: Option<bool>,
    #[serde(rename = "hostPID")]
    pub(super) host_pid: Option<bool>,
    #[serde(borrow)]
    pub(super) security_context: Option<PodSecurityContext<'a>>,
    #[serde(borrow)]
    pub(super) init_containers: Option<Vec<ContainerWire<'a>>>,
    #[serde(borrow)]
    pub(super) containers: Option<Vec<ContainerWire<'a>>>,
    #[serde(borrow)]
    pub(super) ephemeral_containers: Option<Vec<ContainerWire<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(super) struct JobTemplate<'a> {
    #[serde(borrow)]
    pub(super) spec: Option<JobSpec<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(super) struct JobSpec<'a> {
    #[serde(borrow)]
    pub(super) template: Option<&'a RawValue>,
}

/// A pod template, read when it is to be judged.
#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(super) struct Template<'a> {
    #[serde(borrow)]
    pub(super) metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    pub(super) spec: Option<Spec<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
pub(super) struct PodOs<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(super) struct PodSecurityContext<'a> {
    pub(super) run_as_user: Option<i64>,
    pub(super) run_as_non_root: Option<bool>,
    #[serde(borrow)]
    pub(super) supplemental_groups_policy: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(super) struct ContainerWire<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) image: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) restart_policy: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) target_container_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) security_context: Option<SecurityContext<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(super) struct SecurityContext<'a> {
    pub(super) privileged: Option<bool>,
    pub(super) allow_privilege_escalation: Option<bool>,
    pub(super) run_as_user: Option<i64>,
    pub(super) run_as_non_root: Option<bool>,
    #[serde(borrow)]
    pub(super) capabilities: Option<CapabilitiesWire<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(remote = "Self")]
pub(super) struct CapabilitiesWire<'a> {
    #[serde(borrow)]
    pub(super) add: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub(super) drop: Option<Vec<Text<'a>>>,
}
