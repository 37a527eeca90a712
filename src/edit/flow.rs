//! Changes to objects and lists that are written in brackets.

use serde_json::Value;

use super::page::Page;
use super::plan::{Host, New, Plan};
use super::render::{Layout, member};
use super::tree::{Part, Shape, Written};

impl<'t> Plan<'t> {
    /// Puts new parts behind the first `before` ones of `here`, which is in `host`.
    pub(super) fn insert_flow(
        &mut self,
        host: Host<'t>,
        here: Host<'t>,
        before: usize,
        added: &[New<'_>],
    ) -> Option<()> {
        let (page, value) = (self.page, here.value?);
        let previous = before.checked_sub(1).and_then(|at| value.parts().get(at));
        let Some(beside) = previous.or_else(|| value.parts().first()) else {
            return self.fill(host, here, added);
        };
        let lines = page.is_first(beside.start);
        let gap = if lines {
            format!("{}{}", page.newline, page.indent(beside.start))
        } else {
            page.layout_in(value, &Value::Null, beside.start).gap().to_owned()
        };
        let texts = added.iter().map(|(key, new)| {
            let layout = page.layout_in(value, new, beside.start);
            let quotes = here.quotes.inside(here.value, new);
            let text = page.flow(new, quotes, layout);
            key.map_or(text.clone(), |key| member(key, &text, quotes, layout))
        });
        let texts = texts.collect::<Vec<_>>().join(&format!(",{gap}"));
        // The end of the line, behind a comment, where new parts get lines of their own.
        let behind = |at| if lines && page.is_last(at) { page.line_end(at) } else { at };
        match previous.map(|part| (part.comma, part.value.end)) {
            Some((Some(comma), _)) => self.insert(behind(comma + 1), format!("{gap}{texts},")),
            Some((None, end)) => {
                self.insert(end, ",");
                self.insert(behind(end), format!("{gap}{texts}"));
            }
            None if lines && page.is_last(value.content + 1) => {
                self.insert(behind(value.content + 1), format!("{gap}{texts},"));
            }
            None => self.insert(beside.start, format!("{texts},{gap}")),
        }
        Some(())
    }

    /// Puts parts between brackets that hold none.
    fn fill(&mut self, host: Host<'t>, here: Host<'t>, added: &[New<'_>]) -> Option<()> {
        let (page, value) = (self.page, here.value?);
        let holder = host.value.filter(|holder| holder.is_flow());
        let kind = if matches!(value.shape, Shape::List { .. }) {
            Value::Array(Vec::new())
        } else {
            Value::Object(serde_json::Map::new())
        };
        let inline = Layout { compact: page.compact, lines: None };
        let layout = holder.map_or(inline, |holder| page.layout_in(holder, &kind, value.content));
        let inside = value.content + 1..value.end.checked_sub(1)?;
        let blank = page.between(inside.start, inside.end).trim().is_empty();
        let layout = if blank { layout } else { inline };
        let deeper = layout.lines.map(|indent| format!("{indent}{}", page.unit));
        let deeper = Layout { lines: deeper.as_deref(), ..layout };
        let texts = added.iter().map(|(key, new)| {
            let text = page.flow(new, here.quotes, deeper);
            key.map_or(text.clone(), |key| member(key, &text, here.quotes, layout))
        });
        let text = page.joined(&texts.collect::<Vec<_>>(), layout);
        // Comments between the brackets stay.
        let end = if blank { inside.end } else { inside.start };
        self.replace(inside.start..end, text);
        Some(())
    }

    /// Removes the elements at these places of a list in brackets, with the commas they need.
    pub(super) fn remove_flow(&mut self, value: &'t Written, gone: &[usize]) -> Option<()> {
        let page = self.page;
        let parts = value.parts();
        let inside = value.content + 1..value.end.checked_sub(1)?;
        if gone.len() == parts.len() && !page.between(inside.start, inside.end).contains('#') {
            self.replace(inside, "");
            return Some(());
        }
        let mut rest = gone;
        while let Some(first) = rest.first() {
            let run = rest.iter().zip(*first..).take_while(|(at, place)| *at == place).count();
            let (these, others) = rest.split_at_checked(run)?;
            rest = others;
            let run = parts.get(*first..*these.last()? + 1)?;
            let alone =
                run.iter().all(|part| page.is_first(part.start) && page.is_last(part.stop()));
            let ends = rest.is_empty() && these.last() == parts.len().checked_sub(1).as_ref();
            if alone || page.between(run.first()?.start, run.last()?.stop()).contains('#') {
                for (at, part) in run.iter().enumerate() {
                    self.remove_run(part, part, ends && at + 1 == run.len())?;
                }
            } else {
                self.remove_run(run.first()?, run.last()?, ends)?;
            }
        }
        let last_goes = gone.last() == parts.len().checked_sub(1).as_ref();
        let kept = (0..parts.len()).rfind(|at| gone.binary_search(at).is_err());
        if let (true, None, Some(kept)) = (last_goes, parts.last()?.comma, kept) {
            let comma = parts.get(kept)?.comma?;
            self.replace(comma..comma + 1, "");
        }
        Some(())
    }

    /// Removes neighbours; `ends` says that the bracket follows.
    fn remove_run(&mut self, first: &Part, last: &Part, ends: bool) -> Option<()> {
        let page = self.page;
        let (start, stop) = (first.start, last.stop());
        if page.between(last.value.end, stop).contains('#') {
            return None;
        }
        if page.is_first(start) && page.is_last(stop) {
            self.replace(page.line(start)..page.next_line(stop), "");
            return Some(());
        }
        let before = page.between(0, start);
        let blank = before.trim_end_matches([' ', '\t']).len();
        if ends {
            let other = before.trim_end().len();
            let has_comment = || page.between(page.line(other), other).contains('#');
            let from = if other == blank || has_comment() { blank } else { other };
            self.replace(from..stop, "");
        } else if page.is_last(stop) {
            self.replace(blank..stop, "");
        } else {
            let rest = page.behind(stop);
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            self.replace(start..stop + blanks, "");
        }
        Some(())
    }
}

impl Part {
    /// Where it ends, its comma included.
    fn stop(&self) -> usize {
        self.comma.map_or(self.value.end, |comma| comma + 1)
    }
}

impl<'t> Page<'t> {
    /// How a new value is laid out in `holder`, on a line with the place `at`: as the values of its
    /// kind beside it, or else as `holder` itself.
    pub(super) fn layout_in(&self, holder: &Written, new: &Value, at: usize) -> Layout<'t> {
        let same = |value: &Written| match value.shape {
            Shape::List { .. } => new.is_array(),
            Shape::Map { .. } => new.is_object(),
            Shape::Empty | Shape::Alias | Shape::Scalar(..) => false,
        };
        let mut values = holder.parts().iter().rev().map(|part| &part.value);
        let beside = values.find(|value| same(value) && !value.parts().is_empty());
        let model = beside.unwrap_or(holder);
        let lines =
            holder.is_flow() && model.parts().first().is_some_and(|part| self.is_first(part.start));
        let compact = holder.parts().iter().find_map(|part| self.is_compact(part));
        Layout {
            compact: compact.filter(|_| holder.is_flow()).unwrap_or(self.compact),
            lines: lines.then(|| self.indent(at)),
        }
    }
}
