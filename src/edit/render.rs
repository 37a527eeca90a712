//! New text for values.

use serde_json::Value;

use super::source::{Quotes, Source, is_plain};
use crate::manifest::yaml::Style;

/// How a value in brackets is laid out.
#[derive(Clone, Copy)]
pub(super) struct Layout<'t> {
    pub compact: bool,
    /// The indentation of the line where it begins, if its entries get lines of their own.
    pub lines: Option<&'t str>,
}

/// How a value is written line by line.
#[derive(Clone, Copy)]
pub(super) struct Block {
    /// Where its key begins.
    pub column: usize,
    /// Indent of the dashes of sequences, counted from their key; `None` where they are in flow
    /// style.
    pub dashes: Option<usize>,
    pub quotes: Quotes,
}

impl Layout<'_> {
    /// What is between a comma and what follows it on the line.
    pub(super) fn gap(self) -> &'static str {
        if self.compact { "" } else { " " }
    }
}

/// A text, with these quotes where it can have them.
pub(super) fn text(text: &str, style: Style) -> String {
    let printable = !text.chars().any(char::is_control);
    match style {
        Style::SingleQuoted if printable => format!("'{}'", text.replace('\'', "''")),
        Style::Plain | Style::Literal | Style::Folded if is_plain(text) => text.to_owned(),
        // What is text for JSON is text for YAML in double quotes.
        Style::SingleQuoted
        | Style::Plain
        | Style::Literal
        | Style::Folded
        | Style::DoubleQuoted => Value::from(text).to_string(),
    }
}

/// A key, its colon and a value that has no lines of its own.
pub(super) fn member(key: &str, value: &str, quotes: Quotes, layout: Layout<'_>) -> String {
    format!("{}:{}{value}", text(key, quotes.keys), layout.gap())
}

impl Source<'_> {
    /// A value in brackets, or a scalar.
    pub(super) fn flow(&self, value: &Value, quotes: Quotes, layout: Layout<'_>) -> String {
        let deeper = layout.lines.map(|indent| format!("{indent}{}", self.flow_indent));
        let inside = Layout { lines: deeper.as_deref(), ..layout };
        match value {
            Value::String(value) => text(value, quotes.values),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Array(items) => {
                let entries = items.iter().map(|item| self.flow(item, quotes, inside));
                format!("[{}]", self.joined(&entries.collect::<Vec<_>>(), layout))
            }
            Value::Object(members) => {
                let entries = members.iter().map(|(key, value)| {
                    member(key, &self.flow(value, quotes, inside), quotes, layout)
                });
                format!("{{{}}}", self.joined(&entries.collect::<Vec<_>>(), layout))
            }
        }
    }

    /// What is between brackets that hold these entries.
    pub(super) fn joined(&self, entries: &[String], layout: Layout<'_>) -> String {
        match layout.lines {
            Some(indent) if !entries.is_empty() => {
                let line = format!("{}{indent}", self.newline);
                let inside = format!("{line}{}", self.flow_indent);
                format!("{inside}{}{line}", entries.join(&format!(",{inside}")))
            }
            Some(_) | None => entries.join(&format!(",{}", layout.gap())),
        }
    }

    /// The lines of an entry of a block mapping.
    pub(super) fn block_entry(&self, key: &str, value: &Value, block: Block) -> String {
        let (indent, key) = (" ".repeat(block.column), text(key, block.quotes.keys));
        if let Some(below) = self.block_content(value, block) {
            return format!("{indent}{key}:{}{below}", self.newline);
        }
        let inline = self.flow(value, block.quotes, Layout { compact: false, lines: None });
        format!("{indent}{key}: {inline}{}", self.newline)
    }

    /// The lines of a value below its key, which is at `block.column`; `None` where it needs none.
    pub(super) fn block_content(&self, value: &Value, block: Block) -> Option<String> {
        match (value, block.dashes) {
            (Value::Object(members), dashes) if !members.is_empty() => {
                let column = block.column + self.mapping_indent;
                let dashes = dashes.map(|_| self.sequence_indent);
                let below = Block { column, dashes, ..block };
                Some(
                    members
                        .iter()
                        .map(|(key, value)| self.block_entry(key, value, below))
                        .collect(),
                )
            }
            (Value::Array(items), Some(indent)) if !items.is_empty() => {
                let column = block.column + indent;
                let items = items.iter().map(|it| self.block_item(it, column, " ", block.quotes));
                Some(items.collect())
            }
            _ => None,
        }
    }

    /// The line of an element of a list with dashes.
    pub(super) fn block_item(
        &self,
        item: &Value,
        column: usize,
        gap: &str,
        quotes: Quotes,
    ) -> String {
        let inline = self.flow(item, quotes, Layout { compact: false, lines: None });
        format!("{}-{gap}{inline}{}", " ".repeat(column), self.newline)
    }
}
