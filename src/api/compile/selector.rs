use super::Faults;
use crate::api::types::{Expression, LabelSelector};
use crate::names::{LABEL_KEY, LABEL_VALUE, is_label_key, is_label_value};
use crate::path::FieldPath;
use crate::policy::{NAMESPACE_NAME_LABEL, Operator, Requirement, Selector, is_namespace_name};

/// Whose labels a selector looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labels {
    /// By name only: the values are names. Other keys are refused elsewhere.
    OfNamespaces,
    /// Any.
    OfPods,
}

impl Labels {
    fn key(self, key: &str, path: FieldPath, faults: &mut Faults) {
        faults.require(self == Self::OfNamespaces || is_label_key(key), path, LABEL_KEY);
    }

    fn value(self, key: &str, value: &str, path: FieldPath, faults: &mut Faults) {
        let (right, message) = match self {
            Self::OfNamespaces => (
                key != NAMESPACE_NAME_LABEL || is_namespace_name(value),
                "must be the exact name of a namespace",
            ),
            Self::OfPods => (is_label_value(value), LABEL_VALUE),
        };
        faults.require(right, path, message);
    }
}

impl LabelSelector {
    /// The selector, with its faults below `path`.
    pub(super) fn compile(
        &self,
        path: &FieldPath,
        labels: Labels,
        faults: &mut Faults,
    ) -> Selector {
        for (key, value) in &self.match_labels {
            let path = path.clone().field("matchLabels").field(key.clone());
            labels.key(key, path.clone(), faults);
            labels.value(key, value, path, faults);
        }
        for (index, expression) in self.match_expressions.iter().enumerate() {
            let path = path.clone().field("matchExpressions").index(index);
            expression.check(&path, labels, faults);
        }
        let equal = self.match_labels.iter().map(|(key, value)| Requirement {
            key: key.clone(),
            operator: Operator::In,
            values: [value.clone()].into(),
        });
        let expressions = self.match_expressions.iter().map(|expression| Requirement {
            key: expression.key.clone(),
            operator: expression.operator.0,
            values: expression.values.iter().cloned().collect(),
        });
        Selector { requirements: equal.chain(expressions).collect() }
    }
}

impl Expression {
    fn check(&self, path: &FieldPath, labels: Labels, faults: &mut Faults) {
        labels.key(&self.key, path.clone().field("key"), faults);
        let lists = matches!(self.operator.0, Operator::In | Operator::NotIn);
        let message = if lists {
            "must not be empty for In and NotIn"
        } else {
            "must be empty for Exists and DoesNotExist"
        };
        let values = path.clone().field("values");
        faults.require(lists != self.values.is_empty(), values.clone(), message);
        for (index, value) in self.values.iter().enumerate().filter(|_| lists) {
            labels.value(&self.key, value, values.clone().index(index), faults);
        }
    }
}
