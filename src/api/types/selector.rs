use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Check;
use super::super::names::{LABEL_KEY, LABEL_VALUE, is_label_key, is_label_value};
use super::words::Word;
use crate::path::FieldPath;
use crate::policy::{NAMESPACE_NAME_LABEL, Operator, Requirement, Selector, is_namespace_name};

/// A label selector, as everywhere in Kubernetes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    default,
    expecting = "a selector, such as {matchLabels: {app: ledger}}"
)]
pub(in crate::api) struct LabelSelector {
    /// Labels and the values they must have.
    match_labels: BTreeMap<String, String>,
    /// Expressions that must all hold.
    match_expressions: Vec<Expression>,
}

/// One requirement on a label.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an expression, such as {key: tier, operator: In, values: [backend]}"
)]
struct Expression {
    /// The key of the label.
    key: String,
    /// How its value is compared.
    operator: Word<Operator>,
    /// With what; for In and `NotIn` only.
    #[serde(default)]
    values: Vec<String>,
}

/// Whose labels a selector looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum Labels {
    /// By name only: the values are names. Other keys are refused elsewhere.
    OfNamespaces,
    /// Any.
    OfPods,
}

impl Labels {
    fn key(self, key: &str, path: FieldPath, check: &mut Check) {
        check.require(self == Self::OfNamespaces || is_label_key(key), path, LABEL_KEY);
    }

    fn value(self, key: &str, value: &str, path: FieldPath, check: &mut Check) {
        let (right, message) = match self {
            Self::OfNamespaces => (
                key != NAMESPACE_NAME_LABEL || is_namespace_name(value),
                "must be the exact name of a namespace",
            ),
            Self::OfPods => (is_label_value(value), LABEL_VALUE),
        };
        check.require(right, path, message);
    }
}

impl LabelSelector {
    /// The selector, with what it breaks reported below `path`.
    pub(in crate::api) fn compile(
        self,
        path: &FieldPath,
        labels: Labels,
        check: &mut Check,
    ) -> Selector {
        for (key, value) in &self.match_labels {
            let path = path.clone().field("matchLabels").field(key.clone());
            labels.key(key, path.clone(), check);
            labels.value(key, value, path, check);
        }
        for (place, expression) in self.match_expressions.iter().enumerate() {
            let path = path.clone().field("matchExpressions").index(place);
            expression.check(&path, labels, check);
        }
        let equal = self.match_labels.into_iter().map(|(key, value)| Requirement {
            key,
            operator: Operator::In,
            values: [value].into(),
        });
        let expressions = self.match_expressions.into_iter().map(|expression| Requirement {
            key: expression.key,
            operator: expression.operator.0,
            values: expression.values.into_iter().collect(),
        });
        Selector { requirements: equal.chain(expressions).collect() }
    }
}

impl Expression {
    fn check(&self, path: &FieldPath, labels: Labels, check: &mut Check) {
        labels.key(&self.key, path.clone().field("key"), check);
        let lists = matches!(self.operator.0, Operator::In | Operator::NotIn);
        let message = if lists {
            "must not be empty for In and NotIn"
        } else {
            "must be empty for Exists and DoesNotExist"
        };
        let values = path.clone().field("values");
        check.require(lists != self.values.is_empty(), values.clone(), message);
        for (place, value) in self.values.iter().enumerate().filter(|_| lists) {
            let path = values.clone().index(place);
            labels.value(&self.key, value, path, check);
        }
    }
}
