//! What an edit leaves empty, and the removal of members.

use serde_json::Value;

use super::plan::Plan;
use super::tree::{Entry, Node};

/// A member that an edit left empty.
#[derive(Clone, Debug)]
pub(super) struct Emptied {
    /// A JSON pointer to its object.
    parent: String,
    key: String,
}

impl Emptied {
    /// The outermost members of `new` that hold nothing any more, and did in `old`.
    pub(super) fn all(old: &Value, new: &Value) -> Vec<Self> {
        let mut found = Vec::new();
        Self::below(old, new, "", &mut found);
        found
    }

    fn below(old: &Value, new: &Value, path: &str, found: &mut Vec<Self>) {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => {
                for (key, new) in new {
                    let Some(old) = old.get(key) else { continue };
                    if holds_nothing(old, new) && !is_empty(old) {
                        found.push(Self { parent: path.to_owned(), key: key.clone() });
                    } else {
                        let step = key.replace('~', "~0").replace('/', "~1");
                        Self::below(old, new, &format!("{path}/{step}"), found);
                    }
                }
            }
            (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter().zip(new).enumerate() {
                    Self::below(old, new, &format!("{path}/{index}"), found);
                }
            }
            _ => {}
        }
    }

    /// Takes it out.
    pub(super) fn remove_from(&self, value: &mut Value) {
        if let Some(Value::Object(members)) = value.pointer_mut(&self.parent) {
            members.remove(&self.key);
        }
    }
}

/// Whether a value is empty, or would be without what an edit left empty in it.
fn holds_nothing(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => new.iter().all(|(key, new)| {
            old.get(key).is_some_and(|old| holds_nothing(old, new) && !is_empty(old))
        }),
        _ => is_empty(new),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

impl<'t> Plan<'t> {
    /// Removes the members of these indices, which are not all of them. Those that share a line with
    /// what stays, and those around a comment with a line of its own, stay.
    pub(super) fn remove_members(&mut self, value: &'t Node, gone: &[usize]) -> Option<()> {
        if value.is_flow() {
            return self.remove_flow(value, gone);
        }
        let entries = gone.iter().filter_map(|at| value.entries().get(*at));
        entries.into_iter().try_for_each(|entry| self.remove_lines(entry))
    }

    fn remove_lines(&mut self, entry: &Entry) -> Option<()> {
        let source = self.source;
        let lines = source.line_start(entry.start)..source.next_line(entry.value.end);
        let text = source.slice(lines.start, lines.end)?;
        let is_alone = source.starts_line(entry.start);
        let has_comment = text.lines().any(|line| line.trim_start().starts_with('#'));
        (is_alone && !has_comment).then(|| self.replace(lines, ""))
    }
}
