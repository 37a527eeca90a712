//! A line of a text with what is said about it, as compilers show it.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::page::wrap;
use super::terminal::{Style, WIDEST};
use crate::diagnostic::Position;

/// How much of a line is searched on either side, in bytes.
const AROUND: usize = 500;

/// With less room, each line is a word.
const NARROWEST: usize = 20;

/// Where there is no terminal, lines are kept whole, within reason: a file can be one line.
const LONGEST: usize = 160;

/// How bad something is: its word and its colour.
#[derive(Clone, Debug)]
pub(super) struct Grade {
    pub(super) word: &'static str,
    pub(super) level: Level<'static>,
}

/// Something to say about a part of a text.
pub(super) struct Remark<'a> {
    pub(super) grade: Grade,
    pub(super) message: &'a str,
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    /// Of its first byte.
    pub(super) position: Position,
    /// In the text, in bytes.
    pub(super) range: Range<usize>,
    /// What to write at it.
    pub(super) label: String,
}

impl Remark<'_> {
    /// The remark as it is shown, with a line end.
    pub(super) fn show(&self, style: Style) -> String {
        let (line, range, whole) = self.source();
        let number = self.position.line as usize;
        let Grade { word, level } = self.grade.clone();
        // The lines of a title are below each other, behind its first word.
        let room = |width: usize| width.min(WIDEST).saturating_sub(word.len() + ": ".len());
        let title = style.width.map(|width| wrap(self.message, room(width).max(NARROWEST), ""));
        let annotation = AnnotationKind::Primary.span(range).label(self.label.as_str());
        let snippet = Snippet::source(line).line_start(number).annotation(annotation);
        let (origin, snippet) = if whole {
            (None, snippet.path(self.file))
        } else {
            // Its columns do not begin with the line's.
            let origin = Origin::path(self.file).line(number);
            (Some(origin.char_column(self.position.column as usize)), snippet)
        };
        let title = level.with_name(word).primary_title(title.as_deref().unwrap_or(self.message));
        let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let renderer = renderer.term_width(style.width.map_or(LONGEST, |it| it.min(WIDEST)));
        renderer.render(&[title.elements(origin).element(snippet)]) + "\n\n"
    }

    /// The line it is about, the part of that which is meant, and whether it is the line from its
    /// beginning: of a line that is too long to be shown only what is around the part is taken.
    /// Looking at all of it for each remark would take time that grows with its square.
    fn source(&self) -> (&str, Range<usize>, bool) {
        // No letter has more than four bytes.
        let near = |at: usize| {
            let back = (0..4).find(|back| self.text.is_char_boundary(at.saturating_sub(*back)));
            at.saturating_sub(back.unwrap_or(0))
        };
        let from = near(self.range.start.saturating_sub(AROUND));
        let to = near(self.range.end.saturating_add(AROUND).min(self.text.len()));
        let window = self.text.get(from..to).unwrap_or_default();
        let before = window.get(..self.range.start - from).unwrap_or_default();
        let begin = before.rfind('\n').map(|end| end + 1);
        let shown = before.get(begin.unwrap_or(0)..).unwrap_or_default();
        // Not so where the text is a part of one whose line begins before it.
        let whole = shown.trim_start_matches('\u{feff}').chars().count() + 1
            == self.position.column as usize;
        let from = from + begin.unwrap_or(0);
        let rest = window.get(begin.unwrap_or(0)..).unwrap_or_default();
        let line = rest.split(['\n', '\r']).next().unwrap_or_default();
        let start = (self.range.start - from).min(line.len());
        let end = self.range.end.saturating_sub(from).clamp(start, line.len());
        (line, start..end, whole)
    }
}
