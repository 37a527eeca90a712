//! Changes to objects and lists that are written line by line.

use super::page::{Page, Quotes};
use super::plan::{New, Plan};
use super::tree::{Shape, Written};

impl Plan<'_> {
    /// Puts new members behind the first `before` ones.
    pub(super) fn insert_lines(
        &mut self,
        value: &Written,
        before: usize,
        added: &[New<'_>],
        quotes: Quotes,
    ) -> Option<()> {
        let page = self.page;
        let (first, last) = (value.parts().first()?, value.parts().last()?);
        let dash = page.dash_in(value);
        let lines = added.iter().filter_map(|(key, new)| {
            Some(page.lines(((*key)?, new), first.column, dash, quotes.inside(Some(value), new)))
        });
        let lines: String = lines.collect();
        let previous = before.checked_sub(1).and_then(|at| value.parts().get(at));
        let starts_below = value.head > 0 && value.head < page.line(first.start);
        let at = match previous {
            Some(part) => page.next_line(part.value.end),
            None if starts_below => page.next_line(value.head),
            // Its first member shares a line with a dash, or it is the whole document.
            None => page.next_line(last.value.end),
        };
        self.insert(at, lines);
        Some(())
    }

    /// Removes the elements at these places of a list with dashes, and appends others.
    pub(super) fn change_dashes(
        &mut self,
        value: &Written,
        gone: &[usize],
        added: &[New<'_>],
        quotes: Quotes,
    ) -> Option<()> {
        let page = self.page;
        let parts = value.parts();
        if gone.len() == parts.len() && added.is_empty() {
            if value.head == 0 {
                return None;
            }
            self.insert(value.head, " []");
        }
        for part in gone.iter().filter_map(|at| parts.get(*at)) {
            if !page.is_first(part.start) {
                return None;
            }
            self.replace(page.line(part.start)..page.next_line(part.value.end), "");
        }
        let last = parts.last()?;
        let gap = page.between(last.start + 1, last.value.start);
        let gap = if gap.is_empty() || gap.contains(|blank| blank != ' ') { " " } else { gap };
        let lines: String =
            added.iter().map(|(_, new)| page.item(new, last.column, gap, quotes)).collect();
        if !lines.is_empty() {
            self.insert(page.next_line(last.value.end), lines);
        }
        Some(())
    }
}

impl Page<'_> {
    /// How far in from its key a new list in this object has its dashes, if it has some: as the
    /// lists beside it.
    pub(super) fn dash_in(&self, holder: &Written) -> Option<usize> {
        let mut lists = holder.parts().iter().rev().filter(|part| {
            matches!(part.value.shape, Shape::List { .. }) && !part.value.parts().is_empty()
        });
        match lists.next() {
            Some(part) if part.value.is_flow() => None,
            Some(part) => part.value.parts().first()?.column.checked_sub(part.column),
            None => Some(self.dash),
        }
    }
}
