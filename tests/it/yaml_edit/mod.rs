//! Edits of manifests: the changed value, and every other byte as it was.

mod generated;
mod places;
mod table;
mod writer;

use bulkhead::edit::edited;
use bulkhead::manifest::{Document, documents};
use bulkhead::path::FieldPath;
use json_patch::PatchOperation;
use serde_json::{Value, json};

/// Operations from lines `add /path value` and `remove /path`.
pub(crate) fn operations(lines: &str) -> Vec<PatchOperation> {
    let operation = |line: &str| {
        let mut words = line.trim().splitn(3, ' ');
        let (op, path) = (words.next().unwrap(), words.next().unwrap());
        let mut operation = json!({"op": op, "path": path});
        if let Some(value) = words.next() {
            operation["value"] = serde_json::from_str(value).unwrap();
        }
        serde_json::from_value(operation).unwrap()
    };
    lines.lines().filter(|line| !line.trim().is_empty()).map(operation).collect()
}

pub(crate) fn one(text: &str) -> Document<'_> {
    let mut all = documents(text);
    let document = all.next().expect("a document").unwrap_or_else(|it| panic!("{text}: {it:?}"));
    assert!(all.next().is_none(), "{text}: more than one document");
    document
}

pub(crate) fn value(text: &str) -> Value {
    serde_json::to_value(&one(text).root).unwrap()
}

/// The text with its one document edited at the root.
pub(crate) fn edit(text: &str, operations: &[PatchOperation]) -> Option<String> {
    let document = one(text);
    let edited = edited(&document, &[(FieldPath::ROOT, operations.to_vec())])?;
    let start = document.start.offset as usize;
    let (before, rest) = text.split_at(start);
    Some(format!("{before}{edited}{}", &rest[document.text.len()..]))
}
