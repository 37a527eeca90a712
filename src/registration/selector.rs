//! Which namespaces are enforced: none, all, or those of one requirement, whose inverse the
//! advisory webhook carries. Two requirements have no inverse that a selector could say.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::path::unread;
use crate::policy::Operator;

/// Where nobody's answer refuses a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Enforce {
    /// Nowhere.
    #[default]
    Nowhere,
    /// Wherever it is not excluded.
    Everywhere,
    /// Where one requirement holds; elsewhere only advice.
    Where(Expression),
}

/// One item of `matchExpressions`; its values stay in the order in which they were written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expression {
    key: String,
    #[serde(with = "OperatorText")]
    operator: Operator,
    #[serde(default)]
    values: Vec<String>,
}

/// As JSON has it.
#[derive(Deserialize)]
#[serde(remote = "Operator", rename = "Operator")]
enum OperatorText {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// A selector that cannot be split in two.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// Not the JSON of a selector.
    #[error("is null, {{}} or a namespaceSelector, as JSON: {0}")]
    Unreadable(String),
    /// It has no inverse.
    #[error("has {0} requirements; only one can be inverted for the advisory webhook")]
    Many(usize),
    /// The API server would refuse it.
    #[error("{0} needs at least one value")]
    NoValues(&'static str),
    /// Likewise.
    #[error("{0} takes no values")]
    Values(&'static str),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Selector {
    #[serde(default)]
    match_labels: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    match_expressions: Vec<Expression>,
}

impl Enforce {
    /// Reads `null`, `{}`, or a selector with one requirement, as JSON.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let read: Result<Option<Selector>, _> = serde_json::from_str(text);
        let read = read.map_err(|error| SelectorError::Unreadable(unread(&error)))?;
        let Some(selector) = read else { return Ok(Self::Nowhere) };
        let labels = selector.match_labels.into_iter().map(|(key, value)| Expression {
            key,
            operator: Operator::In,
            values: vec![value],
        });
        let mut all: Vec<_> = labels.chain(selector.match_expressions).collect();
        let count = all.len();
        match (all.pop(), count) {
            (None, _) => Ok(Self::Everywhere),
            (Some(one), 1) => one.checked().map(Self::Where),
            _ => Err(SelectorError::Many(count)),
        }
    }
}

impl Expression {
    fn checked(self) -> Result<Self, SelectorError> {
        let name = self.operator.as_str();
        match self.operator {
            Operator::In | Operator::NotIn if self.values.is_empty() => {
                Err(SelectorError::NoValues(name))
            }
            Operator::Exists | Operator::DoesNotExist if !self.values.is_empty() => {
                Err(SelectorError::Values(name))
            }
            Operator::In | Operator::NotIn | Operator::Exists | Operator::DoesNotExist => Ok(self),
        }
    }

    /// As an item of `matchExpressions`.
    pub(super) fn expression(&self) -> Value {
        let mut item = json!({"key": self.key, "operator": self.operator.as_str()});
        if let (false, Some(item)) = (self.values.is_empty(), item.as_object_mut()) {
            item.insert("values".to_owned(), json!(self.values));
        }
        item
    }

    /// What holds exactly where this does not.
    pub(super) fn inverse(&self) -> Self {
        Self { operator: self.operator.inverse(), ..self.clone() }
    }
}
