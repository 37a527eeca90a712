use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::names;

/// An object of a policy file; what an API server adds to one is ignored.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "an object with apiVersion, kind, metadata and spec"
)]
pub(crate) struct Object<S> {
    /// The version of the format.
    #[serde(rename = "apiVersion")]
    _api_version: String,
    /// Which kind of object this is.
    #[serde(rename = "kind")]
    _kind: String,
    /// The name of the object, and what else Kubernetes keeps there.
    pub(crate) metadata: Metadata,
    pub(crate) spec: S,
    /// What an API server adds; ignored.
    #[serde(rename = "status", default)]
    #[schemars(schema_with = "anything")]
    _status: IgnoredAny,
}

/// `metadata`, as far as it counts; what an API server adds is ignored.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "metadata, such as {name: baseline}")]
pub(crate) struct Metadata {
    /// What the object is called, once among those of its kind (RFC 1123 subdomain).
    #[schemars(regex(pattern = names::SUBDOMAIN_PATTERN), length(max = 253))]
    pub(crate) name: String,
}

/// The schema of a value of any kind.
fn anything(_: &mut SchemaGenerator) -> Schema {
    Schema::default()
}
