use super::super::span::Span;

/// A position in a text, as YAML counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// In bytes, from 0.
    pub offset: usize,
    /// From 0; some ends of lines are none for people.
    pub line: u32,
    /// In characters, from 0.
    pub column: u32,
    /// Lines that only YAML sees, and how many characters stand before this one in what people see
    /// as one line.
    hidden: (u32, u32),
}

impl Mark {
    /// As people count; `end` is behind what stands there.
    pub(super) fn span(self, end: usize) -> Span {
        let small = |number: usize| number.try_into().unwrap_or(u32::MAX);
        Span {
            line: self.line - self.hidden.0 + 1,
            column: self.column + self.hidden.1 + 1,
            offset: small(self.offset),
            length: small(end.saturating_sub(self.offset)),
        }
    }
}

/// A text and how much of it was read.
#[derive(Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    pub mark: Mark,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, mark: Mark::default() }
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.mark.offset..).unwrap_or_default()
    }

    /// The text between two offsets.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'t str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// The byte `ahead` of the next one; 0 behind the end, as no text holds it.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.mark.offset + ahead).copied().unwrap_or(0)
    }

    pub(super) fn is_end(&self) -> bool {
        self.mark.offset >= self.text.len()
    }

    /// The bytes of the line break `ahead`; 0 for none.
    fn break_at(&self, ahead: usize) -> usize {
        match (self.peek(ahead), self.peek(ahead + 1), self.peek(ahead + 2)) {
            // kubectl takes lines apart before it reads them, each without the `\r` at its end.
            (b'\r', b'\r', b'\n') | (0xE2, 0x80, 0xA8 | 0xA9) => 3,
            (b'\r', b'\n', _) | (0xC2, 0x85, _) => 2,
            (b'\r' | b'\n', ..) => 1,
            _ => 0,
        }
    }

    pub(super) fn is_break(&self, ahead: usize) -> bool {
        self.break_at(ahead) > 0
    }

    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t')
    }

    /// Whether a word ends there: blanks, line breaks, the end.
    pub(super) fn is_space(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_break(ahead) || self.peek(ahead) == 0
    }

    /// Whether a line ends here.
    pub(super) fn is_line_end(&self) -> bool {
        self.is_break(0) || self.is_end()
    }

    /// Whether a line `---` or `...` begins here.
    pub(super) fn is_separator(&self, of: u8) -> bool {
        self.mark.column == 0 && (0..3).all(|ahead| self.peek(ahead) == of) && self.is_space(3)
    }

    /// Passes one character, which is no line break.
    pub(super) fn skip(&mut self) {
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        self.mark.offset += width;
        self.mark.column += u32::from(width > 0);
    }

    pub(super) fn skip_many(&mut self, characters: usize) {
        (0..characters).for_each(|_| self.skip());
    }

    /// Passes bytes up to the first that does not hold, or to the end of the line.
    pub(super) fn skip_while(&mut self, holds: impl Fn(u8) -> bool) -> &'t str {
        let begin = self.mark.offset;
        loop {
            let byte = self.peek(0);
            if byte == 0 || !holds(byte) || self.is_break(0) {
                break;
            }
            self.mark.offset += 1;
            // Of a character of several bytes the first counts.
            self.mark.column += u32::from(byte & 0xC0 != 0x80);
        }
        self.slice(begin, self.mark.offset)
    }

    /// Passes text without a line break up to an offset.
    pub(super) fn pass(&mut self, end: usize) {
        let passed = self.slice(self.mark.offset, end).chars().count();
        self.mark.column += u32::try_from(passed).unwrap_or(u32::MAX);
        self.mark.offset = end;
    }

    pub(super) fn skip_blanks(&mut self) -> &'t str {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t'))
    }

    /// Passes a comment, if one begins here.
    pub(super) fn skip_comment(&mut self) {
        if self.peek(0) == b'#' {
            self.skip_while(|_| true);
        }
    }

    /// Passes a line break; returns what it means in a scalar.
    pub(super) fn skip_break(&mut self) -> &'t str {
        let begin = self.mark.offset;
        let width = self.break_at(0);
        let written = self.slice(begin, begin + width);
        let seen = written.ends_with('\n');
        self.mark.offset += width;
        self.mark.line += 1;
        self.mark.hidden = if seen {
            (self.mark.hidden.0, 0)
        } else {
            (self.mark.hidden.0 + 1, self.mark.hidden.1 + self.mark.column + 1)
        };
        self.mark.column = 0;
        if width == 3 && !seen { written } else { "\n" }
    }
}
