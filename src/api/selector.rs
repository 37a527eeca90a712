use std::collections::BTreeMap;

use serde::Deserialize;

use super::Check;
use super::document::Step;
use super::words::Word;
use crate::policy::{Operator, Requirement, Selector};

/// A label selector, as everywhere in Kubernetes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct LabelSelector {
    match_labels: BTreeMap<String, String>,
    match_expressions: Vec<Expression>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expression {
    key: String,
    operator: Word<Operator>,
    #[serde(default)]
    values: Vec<String>,
}

impl LabelSelector {
    /// The selector, with what it breaks reported below `path`.
    pub(super) fn compile(self, path: &[Step], check: &mut Check) -> Selector {
        let below = |steps: &[Step]| [path, steps].concat();
        for (place, expression) in self.match_expressions.iter().enumerate() {
            let lists = matches!(expression.operator.0, Operator::In | Operator::NotIn);
            let steps = [Step::key("matchExpressions"), Step::Index(place), Step::key("values")];
            let message = if lists {
                "must not be empty for In and NotIn"
            } else {
                "must be empty for Exists and DoesNotExist"
            };
            check.require(lists != expression.values.is_empty(), below(&steps), message);
        }
        let labels = self.match_labels.into_iter().map(|(key, value)| Requirement {
            key,
            operator: Operator::In,
            values: [value].into(),
        });
        let expressions = self.match_expressions.into_iter().map(|expression| Requirement {
            key: expression.key,
            operator: expression.operator.0,
            values: expression.values.into_iter().collect(),
        });
        Selector { requirements: labels.chain(expressions).collect() }
    }
}
