//! What a selector can match at all.

use std::collections::BTreeMap;

use crate::policy::{NAMESPACE_NAME_LABEL, Operator, Policy, Requirement, Selector};

/// Stands for all values that a selector does not list: no label has this one.
const OTHER: &str = " ";

/// The values of the `In` that lists the fewest, which are all that can match.
fn listed<'s>(requirements: impl Iterator<Item = &'s Requirement>) -> Option<Vec<&'s str>> {
    let lists = requirements.filter(|requirement| requirement.operator == Operator::In);
    let fewest = lists.min_by_key(|requirement| requirement.values.len())?;
    Some(fewest.values.iter().map(String::as_str).collect())
}

fn selects(selector: &Selector, namespace: &str) -> bool {
    selector.matches(|key| (key == NAMESPACE_NAME_LABEL).then_some(namespace))
}

/// The namespaces that a selector of names selects; `None` for all but some.
pub(super) fn namespaces(selector: &Selector) -> Option<Vec<&str>> {
    match listed(selector.requirements.iter()) {
        Some(names) => Some(names.into_iter().filter(|name| selects(selector, name)).collect()),
        None => (!selects(selector, OTHER)).then(Vec::new),
    }
}

/// Whether a policy's selector selects a namespace, excluded or not.
pub(super) fn is_selected(policy: &Policy, namespace: &str) -> bool {
    selects(&policy.scope.namespaces, namespace)
}

/// Whether a policy judges in a namespace.
pub(super) fn is_concerned(policy: &Policy, namespace: &str) -> bool {
    is_selected(policy, namespace) && !policy.scope.exclude.contains(namespace)
}

/// The first label on which the requirements of a selector contradict each other.
pub(super) fn contradiction(selector: &Selector) -> Option<&str> {
    let mut by_key: BTreeMap<&str, Vec<Requirement>> = BTreeMap::new();
    for requirement in &selector.requirements {
        by_key.entry(&requirement.key).or_default().push(requirement.clone());
    }
    let contradictory = |requirements: Vec<Requirement>| {
        let alone = Selector { requirements };
        let present = listed(alone.requirements.iter()).unwrap_or_else(|| vec![OTHER]);
        let mut values = present.into_iter().map(Some).chain([None]);
        !values.any(|value| alone.matches(|_| value))
    };
    by_key.into_iter().find_map(|(key, all)| contradictory(all).then_some(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Operator::{DoesNotExist, Exists, In, NotIn};

    fn selector(requirements: &[(&str, Operator, &[&str])]) -> Selector {
        let requirements = requirements.iter().map(|(key, operator, values)| Requirement {
            key: (*key).to_owned(),
            operator: *operator,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        });
        Selector { requirements: requirements.collect() }
    }

    #[test]
    fn contradictions() {
        type Case<'a> = (&'a [(&'a str, Operator, &'a [&'a str])], Option<&'a str>);
        let table: &[Case<'_>] = &[
            (&[], None),
            (&[("a", In, &["1"]), ("b", In, &["2"])], None),
            (&[("b", Exists, &[]), ("a", In, &["1"]), ("a", In, &["2"])], Some("a")),
            (&[("a", In, &["1", "2"]), ("a", NotIn, &["1"])], None),
            (&[("a", In, &["1", "2"]), ("a", NotIn, &["1", "2", "3"])], Some("a")),
            (&[("a", Exists, &[]), ("a", DoesNotExist, &[])], Some("a")),
            (&[("a", Exists, &[]), ("a", NotIn, &["1"])], None),
            (&[("a", DoesNotExist, &[]), ("a", NotIn, &["1"])], None),
            (&[("a", DoesNotExist, &[]), ("a", In, &["1"])], Some("a")),
        ];
        for (requirements, expected) in table {
            assert_eq!(contradiction(&selector(requirements)), *expected, "{requirements:?}");
        }
    }

    #[test]
    fn namespaces_have_names() {
        let name = NAMESPACE_NAME_LABEL;
        for (requirements, expected) in [
            (vec![], None),
            (vec![(name, Exists, &[] as &[&str])], None),
            (vec![(name, NotIn, &["a"])], None),
            (vec![(name, DoesNotExist, &[])], Some(vec![])),
            (vec![(name, In, &["a", "b"]), (name, NotIn, &["a"])], Some(vec!["b"])),
            (vec![(name, In, &["a", "b"]), (name, In, &["c"])], Some(vec![])),
        ] {
            assert_eq!(namespaces(&selector(&requirements)), expected, "{requirements:?}");
        }
    }
}
