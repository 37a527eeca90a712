//! From the difference of two values to the spans of the text that change.

use serde_json::{Map, Value};
use std::ops::Range;

use super::render::{Block, Layout};
use super::source::{Quotes, Source};
use super::tree::{Entry, Node, Shape};
use crate::manifest::yaml::Style;

/// What can be removed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Removal {
    OfElements,
    OfMembersToo,
}

/// The changes that are to be made, in any order; they are found in the order of the text, what is
/// inside a value before what follows it.
pub(super) struct Plan<'t> {
    pub source: &'t Source<'t>,
    removal: Removal,
    edits: Vec<(Range<usize>, String)>,
}

/// What holds a value.
#[derive(Clone, Copy)]
pub(super) struct Parent<'t> {
    pub value: Option<&'t Node>,
    pub quotes: Quotes,
}

/// A new entry; of a list it has no key.
pub(super) type NewEntry<'v> = (Option<&'v str>, &'v Value);

impl<'t> Plan<'t> {
    pub(super) fn new(source: &'t Source<'t>, removal: Removal) -> Self {
        Self { source, removal, edits: Vec::new() }
    }

    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.edits.push((range, text.into()));
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// The text as planned; `None` where two changes meet in one place.
    pub(super) fn apply(mut self) -> Option<String> {
        // Stable: of what is put in one place the inner one comes first.
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let (mut text, mut done) = (String::new(), 0);
        let mut only_deleted = false;
        for (range, new) in &self.edits {
            let deletes = new.is_empty();
            // Neighbours that go may both take what was between them.
            let start = if deletes && only_deleted { range.start.max(done) } else { range.start };
            text.push_str(self.source.slice(done, start)?);
            text.push_str(new);
            done = range.end.max(start);
            only_deleted = deletes;
        }
        text.push_str(self.source.slice(done, self.source.len())?);
        Some(text)
    }

    /// Plans what makes `new` of the document, which is `old`.
    pub(super) fn root(&mut self, root: &'t Node, old: &Value, new: &Value) -> Option<()> {
        let style = if self.source.json { Style::DoubleQuoted } else { Style::Plain };
        let parent = Parent { value: None, quotes: Quotes { keys: style, values: style } };
        self.inside(parent, root, old, new)
    }

    /// Plans what changes inside a value that has entries.
    fn inside(
        &mut self,
        parent: Parent<'t>,
        value: &'t Node,
        old: &Value,
        new: &Value,
    ) -> Option<()> {
        match (&value.shape, old, new) {
            (Shape::Mapping { .. }, Value::Object(old), Value::Object(new)) => {
                self.members(parent, value, old, new)
            }
            (Shape::Sequence { .. }, Value::Array(old), Value::Array(new)) => {
                self.elements(parent, value, old, new)
            }
            _ => None,
        }
    }

    fn members(
        &mut self,
        parent: Parent<'t>,
        value: &'t Node,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
    ) -> Option<()> {
        let entries = value.entries();
        let gone = self.gone(entries, old, new)?;
        let here = Parent { value: Some(value), quotes: Quotes::of(entries, parent.quotes) };
        for (at, entry) in entries.iter().enumerate() {
            let Some(key) = &entry.key else { return None };
            let (Some(old), Some(new)) = (old.get(&key.text), new.get(&key.text)) else { continue };
            // Of a duplicate key the last value counts.
            let counts = || !entries.iter().skip(at + 1).any(|later| later.is(&key.text));
            if old != new && counts() {
                self.entry(here, entry, old, new)?;
            }
        }
        let mut added = Vec::new();
        for (key, new) in new {
            let old = old.get(key);
            if old == Some(new) || entries.iter().any(|entry| entry.is(key)) {
                continue;
            }
            // It came by a merge key: a scalar can be overridden, anything else would be copied.
            if old.is_some() && (new.is_array() || new.is_object()) {
                return None;
            }
            added.push((Some(key.as_str()), new));
        }
        if !gone.is_empty() {
            // Nothing would be left, which is no object line by line; or new entries would be among them.
            let is_left = value.is_flow() || gone.len() < entries.len();
            return if is_left && added.is_empty() {
                self.remove_members(value, &gone)
            } else {
                None
            };
        }
        if added.is_empty() {
            return Some(());
        }
        let small = |entry: &Entry| self.source.is_small(&entry.value) || entry.is("<<");
        let before = entries.iter().rposition(small).map_or(0, |at| at + 1);
        if value.is_flow() {
            self.insert_flow(parent, here, before, &added)
        } else {
            self.insert_block(value, before, &added, here.quotes)
        }
    }

    /// The indices of the members that go; `None` where one cannot.
    fn gone(
        &self,
        entries: &[Entry],
        old: &Map<String, Value>,
        new: &Map<String, Value>,
    ) -> Option<Vec<usize>> {
        let mut keys = old.keys().filter(|key| !new.contains_key(*key)).peekable();
        if keys.peek().is_none() {
            return Some(Vec::new());
        }
        // What came by a merge key cannot be removed here.
        let written = |key: &String| entries.iter().any(|entry| entry.is(key));
        if self.removal == Removal::OfElements || !keys.all(written) {
            return None;
        }
        let goes =
            |entry: &Entry| entry.key.as_ref().is_some_and(|key| !new.contains_key(&key.text));
        let indices = entries.iter().enumerate().filter(|(_, entry)| goes(entry));
        Some(indices.filter(|(_, entry)| !entry.is("<<")).map(|(at, _)| at).collect())
    }

    fn elements(
        &mut self,
        parent: Parent<'t>,
        value: &'t Node,
        old: &[Value],
        new: &[Value],
    ) -> Option<()> {
        let entries = value.entries();
        if entries.len() != old.len() {
            return None;
        }
        let quotes = parent.quotes.inside(parent.value, &Value::Array(Vec::new()));
        let quotes = if entries.is_empty() { quotes } else { Quotes::of(entries, parent.quotes) };
        let here = Parent { value: Some(value), quotes };
        if old.len() == new.len() {
            let mut pairs = entries.iter().zip(old.iter().zip(new));
            return pairs.try_for_each(|(entry, (old, new))| self.entry(here, entry, old, new));
        }
        let mut rest = new.iter().peekable();
        let is_gone = |(_, item): &(usize, &Value)| rest.next_if_eq(item).is_none();
        let gone: Vec<usize> = old.iter().enumerate().filter(is_gone).map(|(at, _)| at).collect();
        let added: Vec<NewEntry<'_>> = rest.map(|item| (None, item)).collect();
        match (value.is_flow(), added.is_empty(), gone.is_empty()) {
            (true, true, _) => self.remove_flow(value, &gone),
            (true, false, true) => self.insert_flow(parent, here, entries.len(), &added),
            (true, false, false) => None,
            (false, ..) => self.change_block_sequence(value, &gone, &added, here.quotes),
        }
    }

    fn entry(
        &mut self,
        parent: Parent<'t>,
        entry: &'t Entry,
        old: &Value,
        new: &Value,
    ) -> Option<()> {
        if old == new {
            return Some(());
        }
        let value = &entry.value;
        let quotes = parent.quotes.inside(parent.value, new);
        if !value.is_leaf() {
            return self.inside(parent, value, old, new);
        }
        let has_parts = matches!(new, Value::Object(members) if !members.is_empty())
            || matches!(new, Value::Array(items) if !items.is_empty());
        if has_parts {
            let is_null = old.is_null() && !matches!(value.shape, Shape::Alias);
            // An anchor or a tag on nothing says something that new entries would contradict.
            if !is_null || value.start != value.content {
                return None;
            }
            let holder = parent.value?;
            let dashes = self.source.sequence_indent_in(holder);
            let block = Block { column: entry.column, dashes, quotes };
            if !holder.is_flow()
                && entry.key.is_some()
                && let Some(lines) = self.source.block_content(new, block)
            {
                self.replace(value.properties_end..value.end, "");
                self.insert(self.source.next_line(value.end), lines);
                return Some(());
            }
        }
        self.leaf(Parent { quotes, ..parent }, entry, new)
    }

    /// Writes a value in place of one that has no entries.
    fn leaf(&mut self, parent: Parent<'t>, entry: &'t Entry, new: &Value) -> Option<()> {
        let value = &entry.value;
        let mut quotes = parent.quotes;
        if let Shape::Scalar(style, text) = &value.shape {
            match style {
                Style::Literal | Style::Folded => return None,
                Style::SingleQuoted | Style::DoubleQuoted => quotes.values = *style,
                Style::Plain if super::source::is_plain(text) => quotes.values = *style,
                Style::Plain => {}
            }
        }
        let layout = parent.value.map_or(Layout { compact: false, lines: None }, |holder| {
            self.source.layout_in(holder, new, entry.start)
        });
        let text = self.source.flow(new, quotes, layout);
        match (&value.shape, &entry.key) {
            (Shape::Empty, Some(key)) if !key.colon => {
                self.insert(value.properties_end, format!(": {text}"));
            }
            (Shape::Empty, _) => self.insert(value.properties_end, format!(" {text}")),
            // A tag of the old value does not fit the new one; an anchor shows when the text is read again.
            _ if value.has_anchor => self.replace(value.content..value.end, text),
            _ => self.replace(value.start..value.end, text),
        }
        Some(())
    }
}
