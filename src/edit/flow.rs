//! Changes to objects and lists that are written in brackets.

use serde_json::Value;

use super::plan::{NewEntry, Parent, Plan};
use super::render::{Layout, member};
use super::source::Source;
use super::tree::{Entry, Node, Shape};

impl<'t> Plan<'t> {
    /// Puts new entries after the first `before` ones of `here`, which is in `parent`.
    pub(super) fn insert_flow(
        &mut self,
        parent: Parent<'t>,
        here: Parent<'t>,
        before: usize,
        added: &[NewEntry<'_>],
    ) -> Option<()> {
        let (source, value) = (self.source, here.value?);
        let previous = before.checked_sub(1).and_then(|at| value.entries().get(at));
        let Some(sibling) = previous.or_else(|| value.entries().first()) else {
            return self.fill_flow(parent, here, added);
        };
        let lines = source.starts_line(sibling.start);
        let gap = if lines {
            format!("{}{}", source.newline, source.indent(sibling.start))
        } else {
            source.layout_in(value, &Value::Null, sibling.start).gap().to_owned()
        };
        let texts = added.iter().map(|(key, new)| {
            let layout = source.layout_in(value, new, sibling.start);
            let quotes = here.quotes.inside(here.value, new);
            let text = source.flow(new, quotes, layout);
            key.map_or(text.clone(), |key| member(key, &text, quotes, layout))
        });
        let texts = texts.collect::<Vec<_>>().join(&format!(",{gap}"));
        // The end of the line, after a comment, where new entries get lines of their own.
        let after = |at| if lines && source.ends_line(at) { source.line_end(at) } else { at };
        match previous.map(|entry| (entry.comma, entry.value.end)) {
            Some((Some(comma), _)) => self.insert(after(comma + 1), format!("{gap}{texts},")),
            Some((None, end)) => {
                self.insert(end, ",");
                self.insert(after(end), format!("{gap}{texts}"));
            }
            None if lines && source.ends_line(value.content + 1) => {
                self.insert(after(value.content + 1), format!("{gap}{texts},"));
            }
            None => self.insert(sibling.start, format!("{texts},{gap}")),
        }
        Some(())
    }

    /// Puts entries between brackets that hold none.
    fn fill_flow(
        &mut self,
        parent: Parent<'t>,
        here: Parent<'t>,
        added: &[NewEntry<'_>],
    ) -> Option<()> {
        let (source, value) = (self.source, here.value?);
        let holder = parent.value.filter(|holder| holder.is_flow());
        let kind = if matches!(value.shape, Shape::Sequence { .. }) {
            Value::Array(Vec::new())
        } else {
            Value::Object(serde_json::Map::new())
        };
        let inline = Layout { compact: source.compact, lines: None };
        let layout = holder.map_or(inline, |holder| source.layout_in(holder, &kind, value.content));
        let inside = value.content + 1..value.end.checked_sub(1)?;
        let blank = source.between(inside.start, inside.end).trim().is_empty();
        let layout = if blank { layout } else { inline };
        let deeper = layout.lines.map(|indent| format!("{indent}{}", source.flow_indent));
        let deeper = Layout { lines: deeper.as_deref(), ..layout };
        let texts = added.iter().map(|(key, new)| {
            let text = source.flow(new, here.quotes, deeper);
            key.map_or(text.clone(), |key| member(key, &text, here.quotes, layout))
        });
        let text = source.joined(&texts.collect::<Vec<_>>(), layout);
        // Comments between the brackets stay.
        let end = if blank { inside.end } else { inside.start };
        self.replace(inside.start..end, text);
        Some(())
    }

    /// Removes the elements of these indices of a list in brackets, with the commas they need.
    pub(super) fn remove_flow(&mut self, value: &'t Node, gone: &[usize]) -> Option<()> {
        let source = self.source;
        let entries = value.entries();
        let inside = value.content + 1..value.end.checked_sub(1)?;
        if gone.len() == entries.len() && !source.between(inside.start, inside.end).contains('#') {
            self.replace(inside, "");
            return Some(());
        }
        let mut rest = gone;
        while let Some(first) = rest.first() {
            let run = rest.iter().zip(*first..).take_while(|(at, next)| *at == next).count();
            let (these, others) = rest.split_at_checked(run)?;
            rest = others;
            let run = entries.get(*first..*these.last()? + 1)?;
            let alone = run.iter().all(|entry| {
                source.starts_line(entry.start) && source.ends_line(entry.end_with_comma())
            });
            let ends = rest.is_empty() && these.last() == entries.len().checked_sub(1).as_ref();
            if alone
                || source.between(run.first()?.start, run.last()?.end_with_comma()).contains('#')
            {
                for (at, entry) in run.iter().enumerate() {
                    self.remove_run(entry, entry, ends && at + 1 == run.len())?;
                }
            } else {
                self.remove_run(run.first()?, run.last()?, ends)?;
            }
        }
        let last_goes = gone.last() == entries.len().checked_sub(1).as_ref();
        let kept = (0..entries.len()).rfind(|at| gone.binary_search(at).is_err());
        if let (true, None, Some(kept)) = (last_goes, entries.last()?.comma, kept) {
            let comma = entries.get(kept)?.comma?;
            self.replace(comma..comma + 1, "");
        }
        Some(())
    }

    /// Removes neighbours; `ends` says that the bracket follows.
    fn remove_run(&mut self, first: &Entry, last: &Entry, ends: bool) -> Option<()> {
        let source = self.source;
        let (start, stop) = (first.start, last.end_with_comma());
        if source.between(last.value.end, stop).contains('#') {
            return None;
        }
        if source.starts_line(start) && source.ends_line(stop) {
            self.replace(source.line_start(start)..source.next_line(stop), "");
            return Some(());
        }
        let before = source.between(0, start);
        let blank = before.trim_end_matches([' ', '\t']).len();
        if ends {
            let other = before.trim_end().len();
            let has_comment = || source.between(source.line_start(other), other).contains('#');
            let from = if other == blank || has_comment() { blank } else { other };
            self.replace(from..stop, "");
        } else if source.ends_line(stop) {
            self.replace(blank..stop, "");
        } else {
            let rest = source.after(stop);
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            self.replace(start..stop + blanks, "");
        }
        Some(())
    }
}

impl Entry {
    /// Where it ends, its comma included.
    fn end_with_comma(&self) -> usize {
        self.comma.map_or(self.value.end, |comma| comma + 1)
    }
}

impl<'t> Source<'t> {
    /// How a new value is laid out in `holder`, on the line of the offset `at`: as the values of its
    /// kind next to it, or else as `holder` itself.
    pub(super) fn layout_in(&self, holder: &Node, new: &Value, at: usize) -> Layout<'t> {
        let same = |value: &Node| match value.shape {
            Shape::Sequence { .. } => new.is_array(),
            Shape::Mapping { .. } => new.is_object(),
            Shape::Empty | Shape::Alias | Shape::Scalar(..) => false,
        };
        let mut values = holder.entries().iter().rev().map(|entry| &entry.value);
        let sibling = values.find(|value| same(value) && !value.entries().is_empty());
        let model = sibling.unwrap_or(holder);
        let lines = holder.is_flow()
            && model.entries().first().is_some_and(|entry| self.starts_line(entry.start));
        let compact = holder.entries().iter().find_map(|entry| self.is_compact(entry));
        Layout {
            compact: compact.filter(|_| holder.is_flow()).unwrap_or(self.compact),
            lines: lines.then(|| self.indent(at)),
        }
    }
}
