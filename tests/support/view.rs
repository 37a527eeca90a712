//! Pods as the webhook reads them.

use bulkhead::objects;
use bulkhead::pod::PodView;
use serde_json::{Value, json};

/// Looks at a pod, whose kind need not be said.
pub(crate) fn with_pod<T>(object: &Value, look: impl FnOnce(&PodView<'_>) -> T) -> T {
    let mut object = object.clone();
    object["kind"] = json!("Pod");
    let kind = objects::by_kind("v1", "Pod").unwrap();
    look(&objects::read(&object.to_string(), kind).unwrap().unwrap())
}
