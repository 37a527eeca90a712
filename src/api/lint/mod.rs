//! What fits the format and still contradicts itself, or has no effect. Each fault says what to
//! change; none of them keeps an object from being used.

mod exceptions;
mod images;
mod policies;
mod selection;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::compile::Faults;
use super::types::{IsolationExceptionSpec, IsolationPolicySpec};
use crate::path::{Fault, FieldPath};
use crate::policy::{Exception, Policy};

/// What a policy says without effect.
pub(crate) fn policy(spec: &IsolationPolicySpec, policy: &Policy) -> Vec<Fault> {
    let mut faults = Faults::default();
    policies::advise(spec, policy, &mut faults);
    faults.into_vec()
}

/// What an exception says without effect, by itself and against the policies beside it; without
/// policies only by itself.
pub(crate) fn exception(
    spec: &IsolationExceptionSpec,
    exception: &Exception,
    policies: &[&Policy],
    now: Timestamp,
) -> Vec<Fault> {
    let mut faults = Faults::default();
    exceptions::advise(spec, exception, policies, now, &mut faults);
    faults.into_vec()
}

/// An object in which fields are found by their paths. What was left out is not there.
struct SpecValue(Value);

impl SpecValue {
    fn of(spec: &impl Serialize) -> Self {
        // No spec has keys that are not text, so there is nothing that could fail.
        let spec = serde_json::to_value(spec).unwrap_or_default();
        Self(Value::Object(Map::from_iter([("spec".to_owned(), spec)])))
    }

    fn at(&self, path: &FieldPath) -> Option<&Value> {
        path.find(&self.0)
    }

    /// Adds a fault for each text that is not the first of its kind in the list at a path.
    fn doubles(&self, path: &FieldPath, faults: &mut Faults) {
        let items = self.at(path).and_then(Value::as_array).map_or(&[] as &[_], Vec::as_slice);
        let mut seen = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let first = item.as_str().is_none_or(|text| seen.insert(text));
            faults.require(
                first,
                path.clone().index(index),
                "duplicate entry of this list; remove it",
            );
        }
    }
}
