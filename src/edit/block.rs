//! Changes to objects and lists that are written line by line.

use super::plan::{NewEntry, Plan};
use super::render::Block;
use super::source::{Quotes, Source};
use super::tree::{Node, Shape};

impl Plan<'_> {
    /// Puts new entries after the first `before` ones.
    pub(super) fn insert_block(
        &mut self,
        value: &Node,
        before: usize,
        added: &[NewEntry<'_>],
        quotes: Quotes,
    ) -> Option<()> {
        let source = self.source;
        let (first, last) = (value.entries().first()?, value.entries().last()?);
        let dashes = source.sequence_indent_in(value);
        let lines = added.iter().filter_map(|(key, new)| {
            let quotes = quotes.inside(Some(value), new);
            let block = Block { column: first.column, dashes, quotes };
            Some(source.block_entry((*key)?, new, block))
        });
        let lines: String = lines.collect();
        let previous = before.checked_sub(1).and_then(|at| value.entries().get(at));
        let starts_below =
            value.properties_end > 0 && value.properties_end < source.line_start(first.start);
        let at = match previous {
            Some(entry) => source.next_line(entry.value.end),
            None if starts_below => source.next_line(value.properties_end),
            // Its first member shares a line with a dash, or it is the whole document.
            None => source.next_line(last.value.end),
        };
        self.insert(at, lines);
        Some(())
    }

    /// Removes the elements of these indices of a list with dashes, and appends others.
    pub(super) fn change_block_sequence(
        &mut self,
        value: &Node,
        gone: &[usize],
        added: &[NewEntry<'_>],
        quotes: Quotes,
    ) -> Option<()> {
        let source = self.source;
        let entries = value.entries();
        if gone.len() == entries.len() && added.is_empty() {
            if value.properties_end == 0 {
                return None;
            }
            self.insert(value.properties_end, " []");
        }
        for entry in gone.iter().filter_map(|at| entries.get(*at)) {
            if !source.starts_line(entry.start) {
                return None;
            }
            self.replace(source.line_start(entry.start)..source.next_line(entry.value.end), "");
        }
        let last = entries.last()?;
        let gap = source.between(last.start + 1, last.value.start);
        let gap = if gap.is_empty() || gap.contains(|blank| blank != ' ') { " " } else { gap };
        let lines: String =
            added.iter().map(|(_, new)| source.block_item(new, last.column, gap, quotes)).collect();
        if !lines.is_empty() {
            self.insert(source.next_line(last.value.end), lines);
        }
        Some(())
    }
}

impl Source<'_> {
    /// Indent of the dashes of a new block sequence in this mapping, counted from its key: that of
    /// its other sequences. `None` where they are in flow style.
    pub(super) fn sequence_indent_in(&self, mapping: &Node) -> Option<usize> {
        let mut lists = mapping.entries().iter().rev().filter(|entry| {
            matches!(entry.value.shape, Shape::Sequence { .. }) && !entry.value.entries().is_empty()
        });
        match lists.next() {
            Some(entry) if entry.value.is_flow() => None,
            Some(entry) => entry.value.entries().first()?.column.checked_sub(entry.column),
            None => Some(self.sequence_indent),
        }
    }
}
