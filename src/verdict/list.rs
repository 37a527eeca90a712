//! Lists whose items come one by one, because all of them may be too much to be kept.

use serde_json::Value;

use super::entry::Entry;
use super::judge::Judge;
use super::objects::{Manifest, items_of_list, refused, text};
use super::warnings;
use crate::diagnostic::Diagnostic;
use crate::manifest::{self, Lists, Part, Piece, documents_behind};
use crate::objects;

/// The lists of Kubernetes, whose items are judged one by one.
pub const LISTS: Lists = Lists { member: ITEMS, is_one };

const ITEMS: &str = "items";

const TWO_LISTS: &str = "`items` is repeated: kubectl takes the last one, and all were judged; \
                         keep one of them";

/// Whether an object is a list, by what stands before its items and the first of them: its kind may
/// stand behind them, as kubectl writes it, where each says its own.
fn is_one(head: &Value, first: &Value) -> bool {
    let says = |value: &Value, key| {
        value.get(key).and_then(Value::as_str).is_some_and(|it| !it.is_empty())
    };
    match head.get("kind") {
        Some(kind) => kind.as_str().is_some_and(|kind| {
            !kind.is_empty()
                && !objects::KINDS.iter().any(|one| one.kind.eq_ignore_ascii_case(kind))
        }),
        None => says(first, "kind") && says(first, "apiVersion"),
    }
}

impl Judge<'_> {
    /// Every object of a piece of a text, with its verdict.
    pub fn piece(&self, file: &str, piece: &Piece) -> Vec<Entry> {
        match piece {
            Piece::Element(part, head) => match manifest::value(part) {
                Ok(value) => self.entries(file, &value, items_of_list(file, &value, head)),
                Err(broken) => {
                    vec![Entry::Error(Diagnostic::at(file, broken.span, broken.message))]
                }
            },
            Piece::Frame(part) => frame(file, part).into_iter().map(Entry::Error).collect(),
            Piece::Rest(part, 0) => self.text(Manifest { file, text: &part.text }),
            Piece::Rest(part, values) => {
                let documents =
                    documents_behind(part, *values).flat_map(|document| match document {
                        Ok(document) => self.document(file, &document),
                        Err(broken) => {
                            vec![Entry::Error(Diagnostic::at(file, broken.span, broken.message))]
                        }
                    });
                documents.collect()
            }
        }
    }
}

/// What is wrong with the object around the items.
fn frame(file: &str, part: &Part) -> Option<Diagnostic> {
    let message = match manifest::value(part) {
        Err(broken) => format!("the object around the items cannot be read: {}", broken.message),
        Ok(value) if warnings::repeats(&value, ITEMS) => TWO_LISTS.to_owned(),
        Ok(value) => refused(&value, text(&value, "apiVersion"), text(&value, "kind"))?,
    };
    Some(Diagnostic::at(file, part.start, message))
}
