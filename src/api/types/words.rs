//! Settings that are one of a few words.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, Expected, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::controls::Certainty;
use crate::controls::process_reach::PairCertainty;
use crate::controls::ptrace_capability::{Privileged, Scope};
use crate::controls::supplemental_groups_policy::OnUnsupportedNodes;
use crate::pod::ContainerKind;
use crate::policy::{Mode, NamespaceLabels, Operator, Repair};
use crate::reach::Aspect;
use crate::text::did_you_mean;

/// A core type with its words in the file format.
pub(crate) trait Words: Copy + 'static {
    /// Every word and what it stands for.
    const WORDS: &'static [(&'static str, Self)];
}

/// A value of the file format that is one of [`Words::WORDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<T>(pub(crate) T);

impl<T: Default> Default for Word<T> {
    fn default() -> Self {
        Self(T::default())
    }
}

impl<'de, T: Words> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<T: Words> Visitor<'_> for Reader<T> {
            type Value = Word<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "one of {}", words::<T>().join(", "))
            }
            /// YAML reads `Yes` as a truth value.
            fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
                let spelling = if value { "Yes" } else { "No" };
                let quotes = if words::<T>().contains(&spelling) {
                    format!("; write \"{spelling}\" in quotes")
                } else {
                    String::new()
                };
                Err(E::invalid_type(
                    Unexpected::Bool(value),
                    &&*format!("{}{quotes}", &self as &dyn Expected),
                ))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                let known = T::WORDS.iter().find(|(word, _)| *word == text);
                let known = known.map(|(_, value)| Word(*value));
                known.ok_or_else(|| {
                    let near = did_you_mean(text, &words::<T>());
                    E::invalid_value(
                        Unexpected::Str(text),
                        &&*format!("{}{near}", &self as &dyn Expected),
                    )
                })
            }
        }
        deserializer.deserialize_str(Reader(PhantomData))
    }
}

impl<T: Words + PartialEq> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let own = T::WORDS.iter().find(|(_, value)| *value == self.0);
        own.map(|(word, _)| *word).serialize(serializer)
    }
}

impl<T: Words> JsonSchema for Word<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Owned(words::<T>().join("_or_"))
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": words::<T>()})
    }
}

fn words<T: Words>() -> Vec<&'static str> {
    T::WORDS.iter().map(|(word, _)| *word).collect()
}

impl Words for NamespaceLabels {
    const WORDS: &'static [(&'static str, Self)] =
        &[("Ignore", Self::Ignore), ("Tighten", Self::Tighten), ("Override", Self::Override)];
}

/// `subjects[].kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubjectWord {
    User,
    Group,
    ServiceAccount,
}

impl Words for SubjectWord {
    const WORDS: &'static [(&'static str, Self)] =
        &[("User", Self::User), ("Group", Self::Group), ("ServiceAccount", Self::ServiceAccount)];
}

impl Words for Mode {
    const WORDS: &'static [(&'static str, Self)] = Self::WORDS;
}

impl Words for Repair {
    const WORDS: &'static [(&'static str, Self)] =
        &[("Never", Self::Never), ("OnCreate", Self::OnCreate)];
}

impl Words for Certainty {
    const WORDS: &'static [(&'static str, Self)] =
        &[("Inert", Self::Inert), ("Latent", Self::Latent)];
}

impl Words for Scope {
    const WORDS: &'static [(&'static str, Self)] =
        &[("Anywhere", Self::Anywhere), ("SharedProcesses", Self::SharedProcesses)];
}

impl Words for Privileged {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("SharedProcesses", Self::SharedProcesses),
        ("Anywhere", Self::Anywhere),
        ("Never", Self::Never),
    ];
}

impl Words for OnUnsupportedNodes {
    const WORDS: &'static [(&'static str, Self)] =
        &[("Leave", Self::Leave), ("Patch", Self::Patch)];
}

impl Words for PairCertainty {
    const WORDS: &'static [(&'static str, Self)] =
        &[("Yes", Self::Yes), ("Possible", Self::Possible)];
}

impl Words for Aspect {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("environ", Self::Environ),
        ("filesystem", Self::Filesystem),
        ("memory", Self::Memory),
        ("descriptors", Self::Descriptors),
        ("signal", Self::Signal),
        ("cmdline", Self::Cmdline),
    ];
}

impl Words for ContainerKind {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("Init", Self::Init),
        ("Sidecar", Self::Sidecar),
        ("Regular", Self::Regular),
        ("Ephemeral", Self::Ephemeral),
    ];
}

impl Words for Operator {
    const WORDS: &'static [(&'static str, Self)] = Self::WORDS;
}
