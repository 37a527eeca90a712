use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Controls, LabelSelector, Word, is_default};
use crate::names::NAMESPACE_PATTERN;
use crate::pod::RULES_VERSION;
use crate::policy::NamespaceLabels;

/// What the policy judges, and where.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "a policy, such as {controls: {shareProcessNamespace: {mode: Warn}}}"
)]
pub(crate) struct IsolationPolicySpec {
    /// Where the policy judges; without it in every namespace.
    #[serde(rename = "match", default, skip_serializing_if = "is_default")]
    pub(crate) scope: Match,
    /// What the labels of a namespace may do to the modes. A policy file cannot read them: Ignore.
    #[serde(default)]
    pub(crate) namespace_labels: Word<NamespaceLabels>,
    /// Which version of the kernel and runtime rules judges; a number in quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = [LATEST, RULES_VERSION, null], "default" = LATEST))]
    pub(crate) rules_version: Option<String>,
    /// What is looked for, by control, such as {shareProcessNamespace: {mode: Warn}}. A control
    /// that is absent finds nothing.
    pub(crate) controls: Controls,
}

impl IsolationPolicySpec {
    /// The kind of the objects with this spec.
    pub(crate) const KIND: &'static str = "IsolationPolicy";
}

/// Where a policy judges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    default,
    expecting = "namespaces, such as {excludeNamespaces: [sandbox]}"
)]
pub(crate) struct Match {
    /// The namespaces in which the policy judges; without it all. A policy file knows namespaces by
    /// name only: by the label kubernetes.io/metadata.name.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) namespace_selector: LabelSelector,
    /// The exact names of namespaces that are left out.
    #[schemars(inner(regex(pattern = NAMESPACE_PATTERN)))]
    pub(crate) exclude_namespaces: Vec<String>,
}

/// The newest rules, whichever these are.
pub(crate) const LATEST: &str = "latest";
