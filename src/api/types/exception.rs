use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LabelSelector, SubjectWord, Word, is_default};
use crate::names::NAMESPACE_PATTERN;
use crate::pod::ContainerKind;
use crate::reach::Aspect;

/// What the exception covers. Namespaces and subjects authorise; everything else narrows.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "an exception with reason, expiresAt, controls and namespaces"
)]
pub(crate) struct IsolationExceptionSpec {
    /// Why, for those who find it later.
    #[schemars(regex(pattern = r"\S"))]
    pub(crate) reason: String,
    /// When the exception ends (RFC 3339), such as 2026-12-01T12:00:00Z. This, or permanent: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub(crate) expires_at: Option<String>,
    /// Whether it never ends; not together with expiresAt.
    #[serde(default)]
    pub(crate) permanent: bool,
    /// The controls whose findings it covers, by id.
    #[schemars(length(min = 1))]
    pub(crate) controls: Vec<String>,
    /// The exact names of the namespaces it is for; no patterns.
    #[schemars(length(min = 1), inner(regex(pattern = NAMESPACE_PATTERN)))]
    pub(crate) namespaces: Vec<String>,
    /// The labels of the pods it covers; without it all pods.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) pod_selector: LabelSelector,
    /// The names of the containers it covers; `*` stands for any run of characters. An exception that
    /// narrows by container never covers a finding on the pod as a whole.
    #[serde(default)]
    #[schemars(inner(length(min = 1)))]
    pub(crate) containers: Vec<String>,
    /// The kinds of the containers it covers.
    #[serde(default)]
    pub(crate) container_types: Vec<Word<ContainerKind>>,
    /// The pairs of containers it covers, for process-reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) pairs: Vec<PairSpec>,
    /// The images of the containers it covers, as the runtime reads them: without a registry of
    /// docker.io, without tag and digest `latest`. `*` stands for any run of characters without
    /// `/`, `**` for any run. Only a pattern with a digest covers images with one. Pin a digest: a
    /// tag can be moved.
    #[serde(default)]
    #[schemars(inner(regex(pattern = IMAGE_PATTERN)))]
    pub(crate) images: Vec<String>,
    /// The requesters who may use it; without it everyone. Needs `containerTypes: [Ephemeral]` or
    /// `barePods: true`, because controllers create all other pods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) subjects: Vec<SubjectSpec>,
    /// Whether it covers only pods without a controller.
    #[serde(default)]
    pub(crate) bare_pods: bool,
}

impl IsolationExceptionSpec {
    /// The kind of the objects with this spec.
    pub(crate) const KIND: &'static str = "IsolationException";
}

/// An ordered pair of containers, such as {from: "debugger-*", to: app}.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a pair, such as {from: \"debugger-*\", to: app}")]
pub(crate) struct PairSpec {
    /// The container that reaches; `*` stands for any run of characters.
    #[schemars(length(min = 1))]
    pub(crate) from: String,
    /// The container that is reached; `*` stands for any run of characters.
    #[schemars(length(min = 1))]
    pub(crate) to: String,
    /// What it may reach; without it everything.
    #[serde(default)]
    pub(crate) aspects: Vec<Word<Aspect>>,
}

/// Who may use the exception, such as {kind: Group, name: sre-oncall}.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a subject, such as {kind: Group, name: sre-oncall}")]
pub(crate) struct SubjectSpec {
    /// What the name is compared with.
    pub(crate) kind: Word<SubjectWord>,
    /// The exact name.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// The namespace of the service account, and only for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<String>,
}

/// An image pattern as the pattern of a schema, by its letters and the length of a digest.
const IMAGE_PATTERN: &str = r"^([A-Za-z0-9.:*\[\]-]+/)?[a-z0-9._*/-]+(:[A-Za-z0-9_.*-]+)?(@(sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}|[a-f0-9:sh*]*[*][a-f0-9:sh*]*))?$";
