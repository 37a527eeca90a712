//! New text for values.

use serde_json::Value;

use super::page::{Page, Quotes, is_plain};
use crate::manifest::yaml::Style;

/// How a value in brackets is laid out.
#[derive(Clone, Copy)]
pub(super) struct Layout<'t> {
    pub compact: bool,
    /// The indentation of the line where it begins, if its parts get lines of their own.
    pub lines: Option<&'t str>,
}

impl Layout<'_> {
    /// What stands between a comma and what follows it on the line.
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

impl Page<'_> {
    /// A value in brackets, or a scalar.
    pub(super) fn flow(&self, value: &Value, quotes: Quotes, layout: Layout<'_>) -> String {
        let deeper = layout.lines.map(|indent| format!("{indent}{}", self.unit));
        let inside = Layout { lines: deeper.as_deref(), ..layout };
        match value {
            Value::String(value) => text(value, quotes.values),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Array(items) => {
                let parts = items.iter().map(|item| self.flow(item, quotes, inside));
                format!("[{}]", self.joined(&parts.collect::<Vec<_>>(), layout))
            }
            Value::Object(members) => {
                let parts = members.iter().map(|(key, value)| {
                    member(key, &self.flow(value, quotes, inside), quotes, layout)
                });
                format!("{{{}}}", self.joined(&parts.collect::<Vec<_>>(), layout))
            }
        }
    }

    /// What stands between brackets that hold these parts.
    pub(super) fn joined(&self, parts: &[String], layout: Layout<'_>) -> String {
        match layout.lines {
            Some(indent) if !parts.is_empty() => {
                let line = format!("{}{indent}", self.newline);
                let inside = format!("{line}{}", self.unit);
                format!("{inside}{}{line}", parts.join(&format!(",{inside}")))
            }
            Some(_) | None => parts.join(&format!(",{}", layout.gap())),
        }
    }

    /// The lines of a member of an object without braces; `dash` is how far in the dashes of lists
    /// stand, if lists are to have some.
    pub(super) fn lines(
        &self,
        (key, value): (&str, &Value),
        column: usize,
        dash: Option<usize>,
        quotes: Quotes,
    ) -> String {
        let (indent, key) = (" ".repeat(column), text(key, quotes.keys));
        if let Some(below) = self.below(value, column, dash, quotes) {
            return format!("{indent}{key}:{}{below}", self.newline);
        }
        let inline = self.flow(value, quotes, Layout { compact: false, lines: None });
        format!("{indent}{key}: {inline}{}", self.newline)
    }

    /// The lines of a value below its key, which stands at `column`; `None` where it needs none.
    pub(super) fn below(
        &self,
        value: &Value,
        column: usize,
        dash: Option<usize>,
        quotes: Quotes,
    ) -> Option<String> {
        match (value, dash) {
            (Value::Object(members), _) if !members.is_empty() => {
                let column = column + self.step;
                let lines = members.iter().map(|(key, value)| {
                    let dash = dash.map(|_| self.dash);
                    self.lines((key, value), column, dash, quotes)
                });
                Some(lines.collect())
            }
            (Value::Array(items), Some(dash)) if !items.is_empty() => {
                let column = column + dash;
                Some(items.iter().map(|item| self.item(item, column, " ", quotes)).collect())
            }
            _ => None,
        }
    }

    /// The line of an element of a list with dashes.
    pub(super) fn item(&self, item: &Value, column: usize, gap: &str, quotes: Quotes) -> String {
        let inline = self.flow(item, quotes, Layout { compact: false, lines: None });
        format!("{}-{gap}{inline}{}", " ".repeat(column), self.newline)
    }
}
