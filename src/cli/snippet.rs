//! A line of a text with what is said about it, as compilers show it.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::page::wrap;
use super::terminal::{Style, WIDEST};

/// With less room, each line is a word.
const NARROWEST: usize = 20;

/// Where there is no terminal, lines are kept whole, within reason.
const LONGEST: usize = 1000;

/// How bad something is: its word and its colour.
#[derive(Clone, Debug)]
pub(super) struct Grade(pub(super) &'static str, pub(super) Level<'static>);

/// Something to say about a place of a text.
pub(super) struct Remark<'a> {
    pub(super) grade: Grade,
    pub(super) message: &'a str,
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    /// The line of its first byte, from 1.
    pub(super) line: u32,
    /// In the text, in bytes.
    pub(super) range: Range<usize>,
    /// What stands there.
    pub(super) label: String,
}

impl Remark<'_> {
    /// The remark as it is shown, with a line end.
    pub(super) fn show(&self, style: Style) -> String {
        let (line, range) = self.source();
        let Grade(name, level) = self.grade.clone();
        // The lines of a title stand below each other, behind its first word.
        let room = |width: usize| width.min(WIDEST).saturating_sub(name.len() + ": ".len());
        let title = style.width.map(|width| wrap(self.message, room(width).max(NARROWEST), ""));
        let snippet = Snippet::source(line)
            .path(self.file)
            .line_start(self.line as usize)
            .annotation(AnnotationKind::Primary.span(range).label(self.label.as_str()));
        let title = level.with_name(name).primary_title(title.as_deref().unwrap_or(self.message));
        let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let renderer = renderer.term_width(style.width.map_or(LONGEST, |it| it.min(WIDEST)));
        renderer.render(&[title.element(snippet)]) + "\n\n"
    }

    /// The line it is about, and the part of that which is meant.
    fn source(&self) -> (&str, Range<usize>) {
        let before = self.text.get(..self.range.start).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |end| end + 1);
        let rest = self.text.get(begin..).unwrap_or_default();
        let line = rest.split(['\n', '\r']).next().unwrap_or_default();
        let start = (self.range.start - begin).min(line.len());
        (line, start..(self.range.end.saturating_sub(begin)).clamp(start, line.len()))
    }
}
