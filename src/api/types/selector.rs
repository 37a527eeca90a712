use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Word;
use crate::policy::Operator;

/// A label selector, as everywhere in Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    default,
    expecting = "a selector, such as {matchLabels: {app: ledger}}"
)]
pub(crate) struct LabelSelector {
    /// Labels and the values they must have.
    pub(crate) match_labels: BTreeMap<String, String>,
    /// Expressions that must all hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) match_expressions: Vec<Expression>,
}

/// One requirement on a label.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an expression, such as {key: tier, operator: In, values: [backend]}"
)]
pub(crate) struct Expression {
    /// The key of the label.
    pub(crate) key: String,
    /// How its value is compared.
    pub(crate) operator: Word<Operator>,
    /// With what; for In and `NotIn` only.
    #[serde(default)]
    pub(crate) values: Vec<String>,
}
