//! The members of an AdmissionReview that count, as serde reads them: one pass, borrowed.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::objects::{List, MOST_GROUPS, Text, read_from_objects};

read_from_objects!(Review<'a, O>, Envelope<'a, O>, GroupKind<'a>, GroupResource<'a>, UserInfo<'a>);

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
    pub(super) user_info: Option<UserInfo<'a>>,
    pub(super) object: Option<O>,
    pub(super) old_object: Option<O>,
    pub(super) dry_run: Option<bool>,
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
pub(super) struct UserInfo<'a> {
    #[serde(borrow)]
    pub(super) username: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) groups: Option<List<Text<'a>, Cow<'a, str>, MOST_GROUPS>>,
}
