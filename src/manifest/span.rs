use crate::diagnostic::Position;

/// Where something stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// In bytes, from 0.
    pub offset: u32,
    /// In bytes; of a scalar its whole text, of anything else where it begins at least.
    pub length: u32,
}

impl Span {
    /// The beginning of a text.
    pub const START: Self = Self { line: 1, column: 1, offset: 0, length: 0 };

    /// The span behind `text`, which begins here.
    #[must_use]
    pub fn after(self, text: &str) -> Self {
        let (lines, last) = text.rsplit_once('\n').map_or((0, text), |(before, last)| {
            (before.bytes().filter(|byte| *byte == b'\n').count() + 1, last)
        });
        let column = if lines == 0 { self.column } else { 1 };
        Self {
            line: self.line + small(lines),
            column: column + small(last.chars().count()),
            offset: self.offset + small(text.len()),
            length: 0,
        }
    }

    /// The span in the whole text of one that was counted from `start`.
    pub(super) fn counted_from(self, start: Self) -> Self {
        let column = if self.line == 1 { self.column + start.column - 1 } else { self.column };
        let line = self.line + start.line - 1;
        Self { line, column, offset: self.offset + start.offset, length: self.length }
    }
}

impl From<Span> for Position {
    fn from(Span { line, column, .. }: Span) -> Self {
        Self { line, column }
    }
}

/// No text that is read is longer than 4 GiB.
pub(super) fn small(number: usize) -> u32 {
    number.try_into().unwrap_or(u32::MAX)
}
