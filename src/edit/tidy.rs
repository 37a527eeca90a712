//! What an edit leaves empty, and the removal of members.

use serde_json::Value;

use super::plan::Plan;
use super::tree::{Entry, Node};

/// Removes the members of `new` that are empty and were not so in `old`.
pub(super) fn prune(old: &Value, new: &mut Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            new.retain(|key, new| {
                let Some(old) = old.get(key) else { return true };
                prune(old, new);
                !is_empty(new) || is_empty(old)
            });
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            old.iter().zip(new).for_each(|(old, new)| prune(old, new));
        }
        _ => {}
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
