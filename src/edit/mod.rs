//! Changes to the text of a document that keep what its author wrote: comments, order, format.
//!
//! Comes in: a [`Document`] and operations on its values. Goes out: its text, changed in as few
//! spots as a careful person would; or nothing, as the result is always read again and
//! must be the value that the operations make.

mod block;
mod flow;
mod plan;
mod render;
mod source;
mod tidy;
mod tree;

use json_patch::PatchOperation;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::manifest::yaml::Dialect;
use crate::manifest::{Document, documents};
use crate::path::FieldPath;
use plan::{Plan, Removal};
use source::Source;
use tidy::Emptied;
use tree::Node;

/// The text of `document` with these operations applied to the values at these paths, in order,
/// and everything else left as it is written.
///
/// Members can be set, elements of lists removed and appended. `None` where an operation does
/// something else, does not apply, or where the text cannot be edited so that it reads back as
/// exactly the changed value: where an alias or a merge key (`<<`) would have to be taken apart.
pub fn edited(
    document: &Document<'_>,
    changes: &[(FieldPath, Vec<PatchOperation>)],
) -> Option<String> {
    let (old, new) = values(document, changes)?;
    written(document, &old, &new, Removal::OfElements)
}

/// The same without what that leaves empty: a list that loses its last element goes, and an object that
/// loses its last member so. Each that cannot be removed stays.
pub fn tidied(
    document: &Document<'_>,
    changes: &[(FieldPath, Vec<PatchOperation>)],
) -> Option<String> {
    let (old, new) = values(document, changes)?;
    let plain = written(document, &old, &new, Removal::OfElements)?;
    let emptied = Emptied::all(&old, &new);
    let without = |members: &[Emptied]| {
        let mut tidy = new.clone();
        for member in members {
            member.remove_from(&mut tidy);
        }
        written(document, &old, &tidy, Removal::OfMembersToo)
    };
    if emptied.is_empty() {
        return Some(plain);
    }
    if let Some(text) = without(&emptied) {
        return Some(text);
    }
    // One by one: a comment that keeps one keeps no other.
    let (mut removed, mut text) = (Vec::new(), plain);
    for member in emptied.into_iter().take(ONE_BY_ONE) {
        removed.push(member);
        match without(&removed) {
            Some(tidier) => text = tidier,
            None => drop(removed.pop()),
        }
    }
    Some(text)
}

/// Each of these takes a reading of the document.
const ONE_BY_ONE: usize = 64;

/// The value of a document, and what it is once it is changed.
fn values(
    document: &Document<'_>,
    changes: &[(FieldPath, Vec<PatchOperation>)],
) -> Option<(Value, Value)> {
    let old = serde_json::to_value(&document.root).ok()?;
    let mut new = old.clone();
    for (path, operations) in changes {
        json_patch::patch(path.find_mut(&mut new)?, operations).ok()?;
    }
    Some((old, new))
}

/// The text of a document, which is `old`, so that it is `new`.
fn written(document: &Document<'_>, old: &Value, new: &Value, removal: Removal) -> Option<String> {
    if new == old {
        return Some(document.text.to_owned());
    }
    let newline = match document.text.split_once('\n') {
        Some((line, _)) if line.ends_with('\r') => "\r\n",
        Some(_) | None => "\n",
    };
    // Every line shall have an end; one that is added here goes again.
    let added = if document.text.ends_with('\n') { "" } else { newline };
    let text = format!("{}{added}", document.text);
    let json = is_json(document.text);
    let root = Node::read(&text, if json { Dialect::Json } else { Dialect::Yaml })?;
    let source = Source::new(&text, newline, json, &root);
    let mut plan = Plan::new(&source, removal);
    plan.root(&root, old, new)?;
    let text = plan.apply()?.strip_suffix(added)?.to_owned();
    (reads_as(&text, new) && (!source.json || is_json(&text))).then_some(text)
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text.strip_prefix('\u{feff}').unwrap_or(text)).is_ok()
}

/// Whether the text is one document with this value.
fn reads_as(text: &str, value: &Value) -> bool {
    let mut found = documents(text);
    let (Some(Ok(document)), None) = (found.next(), found.next()) else { return false };
    serde_json::to_value(&document.root).is_ok_and(|found| found == *value)
}
