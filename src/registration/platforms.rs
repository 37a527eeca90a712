//! What managed platforms require of every webhook's namespaceSelector, and put back when it is
//! taken out. It narrows what is judged, so nothing is tolerated but what stands here: this key,
//! this operator, these values.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::policy::NAMESPACE_NAME_LABEL;

/// Somebody who runs clusters for others.
#[derive(Debug)]
pub struct Platform {
    /// In metrics.
    pub id: &'static str,
    /// For people.
    pub name: &'static str,
    /// Keys, and the values that a namespace may not have there.
    not_in: &'static [(&'static str, &'static [&'static str])],
}

/// All of them.
///
/// AKS: its admissions enforcer adds both after each write, as Azure/AKS#4002, Kong/kong-operator#239
/// and kai-scheduler/KAI-Scheduler#1292 show; the annotation `admissions.enforcer/disabled` keeps it
/// away. In 2020 it was `control-plane DoesNotExist` (Azure/AKS#1771), which leaves out far more
/// and is not tolerated.
///
/// GKE Autopilot: excludes namespaces that it manages, within the request; these are the ones that
/// Dynatrace/dynatrace-operator#2194 shows. There is no public list: what a cluster adds beyond
/// them is repaired like any change, with pauses, until it is a word here.
pub const PLATFORMS: [Platform; 2] = [
    Platform {
        id: "aks",
        name: "AKS",
        not_in: &[("control-plane", &["true"]), ("kubernetes.azure.com/managedby", &["aks"])],
    },
    Platform {
        id: "gke",
        name: "GKE Autopilot",
        not_in: &[(NAMESPACE_NAME_LABEL, &["kube-system", "gke-gmp-system", "gke-managed-cim"])],
    },
];

/// Key, operator, values. `NotIn` stands for each value by itself, because `NotIn [a, b]` says the
/// same as `NotIn [a]` and `NotIn [b]`: a platform may extend a list of ours or bring its own.
type Requirements = BTreeSet<(String, String, BTreeSet<String>)>;

impl Platform {
    fn has_all(&self, requirements: &Requirements) -> bool {
        requirements.iter().all(|(key, operator, values)| {
            let listed = self.not_in.iter().filter(|(known, _)| known == key);
            let mut listed = listed.flat_map(|(_, values)| *values);
            operator == "NotIn" && values.iter().all(|value| listed.any(|known| known == value))
        })
    }
}

/// What is to be in force.
pub(super) struct Choice {
    pub(super) selector: Value,
    /// Whose requirements the stored one has besides, where it is right otherwise.
    pub(super) tolerated: Option<&'static Platform>,
}

/// The selector that is to be in force where another one is stored: the stored one if it says what
/// is wanted, or that and what one platform requires. Otherwise the wanted one, with what is a
/// platform's: to take that out would bring the platform back.
pub(super) fn choose(wanted: &Value, stored: &Value) -> Choice {
    let plain = || Choice { selector: wanted.clone(), tolerated: None };
    let Some(ours) = requirements(wanted) else { return plain() };
    if let Some(theirs) = requirements(stored).filter(|theirs| ours.is_subset(theirs)) {
        let added = &theirs - &ours;
        let platform = PLATFORMS.iter().find(|platform| platform.has_all(&added));
        if let Some(platform) = platform {
            let tolerated = (!added.is_empty()).then_some(platform);
            return Choice { selector: stored.clone(), tolerated };
        }
    }
    let foreign = |item: &&Value| each(item).is_some_and(|one| !one.is_subset(&ours));
    let kept = PLATFORMS.iter().map(|platform| {
        let theirs = |item: &&Value| each(item).is_some_and(|one| platform.has_all(&one));
        distinct(items(stored).filter(theirs).filter(foreign)).collect::<Vec<_>>()
    });
    let kept = kept.max_by_key(Vec::len).unwrap_or_default();
    let all: Vec<_> = items(wanted).chain(kept).collect();
    Choice { selector: json!({"matchExpressions": all}), tolerated: None }
}

/// The expressions of a selector.
pub(super) fn items(selector: &Value) -> impl Iterator<Item = &Value> {
    selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten()
}

/// Of expressions that say the same, the first.
pub(super) fn distinct<'a>(
    items: impl Iterator<Item = &'a Value>,
) -> impl Iterator<Item = &'a Value> {
    let mut seen = BTreeSet::new();
    items.filter(move |item| seen.insert(each(item)))
}

/// What a selector requires; `None` if it says more than expressions, or something unknown.
fn requirements(selector: &Value) -> Option<Requirements> {
    let fields = selector.as_object()?;
    if fields.keys().any(|field| field != "matchExpressions") {
        return None;
    }
    let mut all = Requirements::new();
    for item in items(selector) {
        all.extend(each(item)?);
    }
    Some(all)
}

/// The requirements of one expression.
fn each(item: &Value) -> Option<Requirements> {
    let text = |field: &str| item.get(field).and_then(Value::as_str).map(str::to_owned);
    let (key, operator) = (text("key")?, text("operator")?);
    let values = item.get("values").and_then(Value::as_array).into_iter().flatten();
    let values: BTreeSet<_> =
        values.map(|it| it.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    if operator != "NotIn" {
        return Some([(key, operator, values)].into());
    }
    Some(values.into_iter().map(|it| (key.clone(), operator.clone(), [it].into())).collect())
}
