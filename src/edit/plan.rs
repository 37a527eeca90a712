//! From the difference of two values to the places of the text that change.

use serde_json::{Map, Value};
use std::ops::Range;

use super::page::{Page, Quotes};
use super::render::Layout;
use super::tree::{Part, Shape, Written};
use crate::manifest::yaml::Style;

/// The changes that are to be made, in any order; they are found in the order of the text, what is
/// inside a value before what follows it.
pub(super) struct Plan<'t> {
    pub page: &'t Page<'t>,
    edits: Vec<(Range<usize>, String)>,
}

/// What a value is part of.
#[derive(Clone, Copy)]
pub(super) struct Host<'t> {
    pub value: Option<&'t Written>,
    pub quotes: Quotes,
}

/// A new part; of a list it has no key.
pub(super) type New<'v> = (Option<&'v str>, &'v Value);

impl<'t> Plan<'t> {
    pub(super) fn new(page: &'t Page<'t>) -> Self {
        Self { page, edits: Vec::new() }
    }

    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.edits.push((range, text.into()));
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// The text as planned; `None` where two changes meet in one place.
    pub(super) fn apply(mut self) -> Option<String> {
        // Stable: of what is put in one place the inner part comes first.
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let (mut text, mut done) = (String::new(), 0);
        let mut only_deleted = false;
        for (range, new) in &self.edits {
            let deletes = new.is_empty();
            // Neighbours that go may both take what stood between them.
            let start = if deletes && only_deleted { range.start.max(done) } else { range.start };
            text.push_str(self.page.slice(done, start)?);
            text.push_str(new);
            done = range.end.max(start);
            only_deleted = deletes;
        }
        text.push_str(self.page.slice(done, self.page.len())?);
        Some(text)
    }

    /// Plans what makes `new` of the document, which is `old`.
    pub(super) fn root(&mut self, root: &'t Written, old: &Value, new: &Value) -> Option<()> {
        let style = if self.page.json { Style::DoubleQuoted } else { Style::Plain };
        let host = Host { value: None, quotes: Quotes { keys: style, values: style } };
        self.inside(host, root, old, new)
    }

    /// Plans what changes inside a value that has parts.
    fn inside(
        &mut self,
        host: Host<'t>,
        value: &'t Written,
        old: &Value,
        new: &Value,
    ) -> Option<()> {
        match (&value.shape, old, new) {
            (Shape::Map { .. }, Value::Object(old), Value::Object(new)) => {
                self.members(host, value, old, new)
            }
            (Shape::List { .. }, Value::Array(old), Value::Array(new)) => {
                self.elements(host, value, old, new)
            }
            _ => None,
        }
    }

    fn members(
        &mut self,
        host: Host<'t>,
        value: &'t Written,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
    ) -> Option<()> {
        if old.keys().any(|key| !new.contains_key(key)) {
            return None;
        }
        let parts = value.parts();
        let here = Host { value: Some(value), quotes: Quotes::of(parts, host.quotes) };
        for (at, part) in parts.iter().enumerate() {
            let Some(key) = &part.key else { return None };
            let (Some(old), Some(new)) = (old.get(&key.text), new.get(&key.text)) else { continue };
            // Of a key that stands twice the last value counts.
            let counts = || !parts.iter().skip(at + 1).any(|later| later.is(&key.text));
            if old != new && counts() {
                self.part(here, part, old, new)?;
            }
        }
        let mut added = Vec::new();
        for (key, new) in new {
            let old = old.get(key);
            if old == Some(new) || parts.iter().any(|part| part.is(key)) {
                continue;
            }
            // It came by a merge key: a scalar can be overridden, anything else would be copied.
            if old.is_some() && (new.is_array() || new.is_object()) {
                return None;
            }
            added.push((Some(key.as_str()), new));
        }
        if added.is_empty() {
            return Some(());
        }
        let small = |part: &Part| self.page.is_small(&part.value) || part.is("<<");
        let before = parts.iter().rposition(small).map_or(0, |at| at + 1);
        if value.is_flow() {
            self.insert_flow(host, here, before, &added)
        } else {
            self.insert_lines(value, before, &added, here.quotes)
        }
    }

    fn elements(
        &mut self,
        host: Host<'t>,
        value: &'t Written,
        old: &[Value],
        new: &[Value],
    ) -> Option<()> {
        let parts = value.parts();
        if parts.len() != old.len() {
            return None;
        }
        let quotes = host.quotes.inside(host.value, &Value::Array(Vec::new()));
        let quotes = if parts.is_empty() { quotes } else { Quotes::of(parts, host.quotes) };
        let here = Host { value: Some(value), quotes };
        if old.len() == new.len() {
            let mut pairs = parts.iter().zip(old.iter().zip(new));
            return pairs.try_for_each(|(part, (old, new))| self.part(here, part, old, new));
        }
        let mut rest = new.iter().peekable();
        let is_gone = |(_, item): &(usize, &Value)| rest.next_if_eq(item).is_none();
        let gone: Vec<usize> = old.iter().enumerate().filter(is_gone).map(|(at, _)| at).collect();
        let added: Vec<New<'_>> = rest.map(|item| (None, item)).collect();
        match (value.is_flow(), added.is_empty(), gone.is_empty()) {
            (true, true, _) => self.remove_flow(value, &gone),
            (true, false, true) => self.insert_flow(host, here, parts.len(), &added),
            (true, false, false) => None,
            (false, ..) => self.change_dashes(value, &gone, &added, here.quotes),
        }
    }

    fn part(&mut self, host: Host<'t>, part: &'t Part, old: &Value, new: &Value) -> Option<()> {
        if old == new {
            return Some(());
        }
        let value = &part.value;
        let quotes = host.quotes.inside(host.value, new);
        if !value.is_leaf() {
            return self.inside(host, value, old, new);
        }
        let has_parts = matches!(new, Value::Object(members) if !members.is_empty())
            || matches!(new, Value::Array(items) if !items.is_empty());
        if has_parts {
            let is_null = old.is_null() && !matches!(value.shape, Shape::Alias);
            // An anchor or a tag on nothing says something that new parts would contradict.
            if !is_null || value.start != value.content {
                return None;
            }
            let holder = host.value?;
            if !holder.is_flow()
                && part.key.is_some()
                && let Some(lines) =
                    self.page.below(new, part.column, self.page.dash_in(holder), quotes)
            {
                self.replace(value.head..value.end, "");
                self.insert(self.page.next_line(value.end), lines);
                return Some(());
            }
        }
        self.leaf(Host { quotes, ..host }, part, new)
    }

    /// Writes a value in the place of one that has no parts.
    fn leaf(&mut self, host: Host<'t>, part: &'t Part, new: &Value) -> Option<()> {
        let value = &part.value;
        let mut quotes = host.quotes;
        if let Shape::Scalar(style, text) = &value.shape {
            match style {
                Style::Literal | Style::Folded => return None,
                Style::SingleQuoted | Style::DoubleQuoted => quotes.values = *style,
                Style::Plain if super::page::is_plain(text) => quotes.values = *style,
                Style::Plain => {}
            }
        }
        let layout = host.value.map_or(Layout { compact: false, lines: None }, |holder| {
            self.page.layout_in(holder, new, part.start)
        });
        let text = self.page.flow(new, quotes, layout);
        match (&value.shape, &part.key) {
            (Shape::Empty, Some(key)) if !key.colon => self.insert(value.head, format!(": {text}")),
            (Shape::Empty, _) => self.insert(value.head, format!(" {text}")),
            // A tag of the old value does not fit the new one; an anchor is told by reading again.
            _ if value.anchored => self.replace(value.content..value.end, text),
            _ => self.replace(value.start..value.end, text),
        }
        Some(())
    }
}
