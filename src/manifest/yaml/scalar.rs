//! Scalars in each style: what their lines become.

use std::borrow::Cow;

use super::cursor::{Cursor, Mark};
use super::scanner::{Dialect, ScanResult, Scanner, TAB, wrong};
use super::token::{Kind, Style, Token};

/// Line breaks inside a scalar that flows: the first of several is a blank.
#[derive(Default)]
struct Breaks<'t> {
    /// What the first one means; empty where it is escaped.
    first: &'t str,
    more: String,
    /// Whether there was one.
    any: bool,
}

impl<'t> Breaks<'t> {
    fn add(&mut self, line_break: &'t str) {
        if self.any {
            self.more.push_str(line_break);
        } else {
            (self.first, self.any) = (line_break, true);
        }
    }

    /// Writes what they become, and forgets them.
    fn fold(&mut self, into: &mut String) {
        match (self.first, self.more.is_empty()) {
            ("\n", true) => into.push(' '),
            ("\n", false) => into.push_str(&self.more),
            (first, _) => {
                into.push_str(first);
                into.push_str(&self.more);
            }
        }
        *self = Self::default();
    }
}

/// What happens to the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomp {
    /// `-`: all go.
    Strip,
    /// One stays.
    Clip,
    /// `+`: all stay.
    Keep,
}

impl<'t> Scanner<'t> {
    /// A scalar without quotes.
    pub(super) fn plain_scalar(&mut self) -> ScanResult<Token<'t>> {
        let start = self.at.mark;
        let mut end = start;
        // Only one of several lines is not as it is written.
        let mut folded: Option<String> = None;
        let mut breaks = Breaks::default();
        while !self.at.is_separator(b'-') && !self.at.is_separator(b'.') && self.at.peek(0) != b'#'
        {
            let begin = self.at.mark.offset;
            self.skip_plain_word();
            let word = self.at.slice(begin, self.at.mark.offset);
            if !word.is_empty() {
                if breaks.any {
                    let text = folded
                        .get_or_insert_with(|| self.at.slice(start.offset, end.offset).to_owned());
                    breaks.fold(text);
                    text.push_str(word);
                } else if let Some(text) = &mut folded {
                    text.push_str(self.at.slice(end.offset, self.at.mark.offset));
                }
                end = self.at.mark;
            }
            if !self.at.is_blank(0) && !self.at.is_break(0) {
                break;
            }
            self.skip_plain_blanks(&mut breaks)?;
            if self.flow == 0 && i64::from(self.at.mark.column) <= self.indent {
                break;
            }
        }
        self.key_allowed |= breaks.any;
        let text =
            folded.map_or_else(|| self.at.slice(start.offset, end.offset).into(), Cow::Owned);
        Ok(Token { kind: Kind::Scalar(Style::Plain, text), start, end })
    }

    fn skip_plain_word(&mut self) {
        let flow = self.flow > 0;
        loop {
            self.at.skip_while(|byte| {
                !(matches!(byte, b' ' | b'\t' | b':') || flow && b",?[]{}".contains(&byte))
            });
            if self.at.peek(0) != b':' || self.at.is_space(1) {
                return;
            }
            self.at.skip();
        }
    }

    fn skip_plain_blanks(&mut self, breaks: &mut Breaks<'t>) -> ScanResult<()> {
        loop {
            let is_tab = self.at.peek(0) == b'\t';
            if self.at.is_break(0) {
                breaks.add(self.at.skip_break());
            } else if is_tab && breaks.any && i64::from(self.at.mark.column) <= self.indent {
                return Err(self.wrong(TAB));
            } else if self.at.is_blank(0) {
                self.at.skip();
            } else {
                return Ok(());
            }
        }
    }

    /// A scalar in quotes.
    pub(super) fn quoted_scalar(&mut self, single: bool) -> ScanResult<Token<'t>> {
        let style = if single { Style::SingleQuoted } else { Style::DoubleQuoted };
        let start = self.at.mark;
        self.at.skip();
        let text = match self.dialect {
            Dialect::Json => self.json_text(start.offset)?.into(),
            Dialect::Yaml => self.quoted_text(single, start)?,
        };
        Ok(Token { kind: Kind::Scalar(style, text), start, end: self.at.mark })
    }

    /// The text up to the closing quote, and passes that.
    fn quoted_text(&mut self, single: bool, open: Mark) -> ScanResult<Cow<'t, str>> {
        let (begin, quote) = (self.at.mark, if single { b'\'' } else { b'"' });
        let run = |at: &mut Cursor<'t>| {
            at.skip_while(|byte| !matches!(byte, b' ' | b'\t' | b'\\') && byte != quote)
        };
        // As it mostly is: on one line, without escapes.
        let simple = self.at.skip_while(|byte| byte != quote && (single || byte != b'\\'));
        if self.at.peek(0) == quote && !(single && self.at.peek(1) == quote) {
            self.at.skip();
            return Ok(simple.into());
        }
        self.at.mark = begin;
        let (mut text, mut breaks) = (String::new(), Breaks::default());
        loop {
            if self.at.is_separator(b'-') || self.at.is_separator(b'.') || self.at.is_end() {
                return Err(wrong(open, "the quote that opens here is not closed"));
            }
            text.push_str(run(&mut self.at));
            match (self.at.peek(0), self.at.peek(1)) {
                (b'\'', b'\'') if single => {
                    text.push('\'');
                    self.at.skip_many(2);
                }
                (next, _) if next == quote => {
                    self.at.skip();
                    return Ok(text.into());
                }
                (b'\\', _) if single => {
                    text.push('\\');
                    self.at.skip();
                }
                (b'\\', _) if self.at.is_break(1) => {
                    self.at.skip();
                    self.at.skip_break();
                    breaks.any = true;
                }
                (b'\\', _) => text.push(self.escape()?),
                _ => {}
            }
            self.skip_quoted_blanks(&mut text, &mut breaks);
        }
    }

    /// Passes blanks and line breaks, if some stand here, and writes what they become.
    fn skip_quoted_blanks(&mut self, text: &mut String, breaks: &mut Breaks<'t>) {
        let mut blanks = "";
        loop {
            if self.at.is_break(0) {
                breaks.add(self.at.skip_break());
            } else if self.at.is_blank(0) {
                blanks = self.at.skip_blanks();
            } else {
                break;
            }
        }
        if breaks.any { breaks.fold(text) } else { text.push_str(blanks) }
    }

    /// The character that an escape stands for; passes it.
    fn escape(&mut self) -> ScanResult<char> {
        let letter = self.at.peek(1);
        let digits = match letter {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        let found = match letter {
            b'0' => Some('\0'),
            b'a' => Some('\u{7}'),
            b'b' => Some('\u{8}'),
            b't' | b'\t' => Some('\t'),
            b'n' => Some('\n'),
            b'v' => Some('\u{b}'),
            b'f' => Some('\u{c}'),
            b'r' => Some('\r'),
            b'e' => Some('\u{1b}'),
            b' ' | b'"' | b'\'' | b'\\' => Some(char::from(letter)),
            b'N' => Some('\u{85}'),
            b'_' => Some('\u{a0}'),
            b'L' => Some('\u{2028}'),
            b'P' => Some('\u{2029}'),
            _ => {
                let from = self.at.mark.offset + 2;
                let code = self.at.slice(from, from + digits);
                let hexadecimal = digits > 0 && code.bytes().all(|byte| byte.is_ascii_hexdigit());
                let code = u32::from_str_radix(code, 16).ok().filter(|_| hexadecimal);
                code.and_then(char::from_u32)
            }
        };
        let found = found.ok_or_else(|| {
            let written = self.at.rest().chars().take(2 + digits).collect::<String>();
            self.wrong(format!(
                "`{}` is no escape of YAML: write `\\\\` for a backslash, or single quotes",
                written.escape_debug().to_string().replace("\\\\", "\\")
            ))
        })?;
        self.at.skip_many(2 + digits);
        Ok(found)
    }

    /// Likewise of JSON; its escapes, and what is a line break in it, are others.
    fn json_text(&mut self, open: usize) -> ScanResult<String> {
        let body = self.at.rest().as_bytes();
        let mut escaped = false;
        let length = body.iter().position(|byte| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        });
        let end = self.at.mark.offset + length.map_or(body.len(), |length| length + 1);
        let written = self.at.slice(open, end);
        let text = serde_json::from_str(written)
            .or_else(|_| serde_json::from_str(&paired(written)))
            .map_err(|_| self.wrong("this text is no text of JSON"))?;
        self.at.pass(end);
        Ok(text)
    }

    /// A scalar of whole lines.
    pub(super) fn block_scalar(&mut self, literal: bool) -> ScanResult<Token<'t>> {
        let start = self.at.mark;
        self.at.skip();
        let (chomp, deeper) = self.block_header()?;
        let mut indent = match (deeper, self.indent) {
            (0, _) => 0,
            (deeper, around) => around.max(0) + deeper,
        };
        let mut end = self.at.mark;
        let (mut text, mut last, mut more) = (String::new(), "", String::new());
        self.skip_indent(&mut indent, &mut more, &mut end)?;
        let mut was_blank = false;
        while i64::from(self.at.mark.column) == indent && !self.at.is_end() {
            let is_blank = self.at.is_blank(0);
            if !literal && !was_blank && !is_blank && last == "\n" {
                if more.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(last);
            }
            text.push_str(&more);
            more.clear();
            was_blank = is_blank;
            text.push_str(self.at.skip_while(|_| true));
            last = if self.at.is_break(0) { self.at.skip_break() } else { "" };
            self.skip_indent(&mut indent, &mut more, &mut end)?;
        }
        if chomp != Chomp::Strip {
            text.push_str(last);
        }
        if chomp == Chomp::Keep {
            text.push_str(&more);
        }
        let style = if literal { Style::Literal } else { Style::Folded };
        Ok(Token { kind: Kind::Scalar(style, text.into()), start, end })
    }

    /// What stands behind `|` or `>`, to the end of the line: what happens to the last line breaks,
    /// and by how much the text is indented, 0 if it does not say so.
    fn block_header(&mut self) -> ScanResult<(Chomp, i64)> {
        let (mut chomp, mut deeper) = (None, None);
        for _ in 0..2 {
            match self.at.peek(0) {
                b'-' if chomp.is_none() => chomp = Some(Chomp::Strip),
                b'+' if chomp.is_none() => chomp = Some(Chomp::Keep),
                digit @ b'1'..=b'9' if deeper.is_none() => deeper = Some(i64::from(digit - b'0')),
                _ => break,
            }
            self.at.skip();
        }
        self.at.skip_blanks();
        self.at.skip_comment();
        if !self.at.is_line_end() {
            return Err(self.wrong(
                "behind `|` or `>` only `-` or `+`, a digit from 1 to 9 and a comment can stand",
            ));
        }
        if self.at.is_break(0) {
            self.at.skip_break();
        }
        Ok((chomp.unwrap_or(Chomp::Clip), deeper.unwrap_or(0)))
    }

    /// Passes indentation and empty lines; an indentation of 0 becomes that of the first line.
    fn skip_indent(
        &mut self,
        indent: &mut i64,
        breaks: &mut String,
        end: &mut Mark,
    ) -> ScanResult<()> {
        *end = self.at.mark;
        let mut deepest = 0;
        loop {
            let open = |at: &Cursor<'_>| *indent == 0 || i64::from(at.mark.column) < *indent;
            while open(&self.at) && self.at.peek(0) == b' ' {
                self.at.skip();
            }
            deepest = deepest.max(i64::from(self.at.mark.column));
            if open(&self.at) && self.at.peek(0) == b'\t' {
                return Err(self.wrong(TAB));
            }
            if !self.at.is_break(0) {
                break;
            }
            breaks.push_str(self.at.skip_break());
            *end = self.at.mark;
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}

/// Text of JSON with U+FFFD for each half of a surrogate pair that stands alone, as Go reads it.
fn paired(written: &str) -> String {
    let code = |escape: &str| {
        let digits = escape.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let (mut text, mut rest) = (String::new(), written);
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        let length = match (code(escape), escape.get(6..).and_then(code)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(_), _) => 6,
            (None, _) => 2,
        };
        let alone =
            length == 6 && code(escape).is_some_and(|code| (0xD800..=0xDFFF).contains(&code));
        let (escape, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        text.push_str(before);
        text.push_str(if alone { "\\ufffd" } else { escape });
        rest = after;
    }
    text.push_str(rest);
    text
}
