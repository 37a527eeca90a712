//! The text of a document taken apart as it is written, by the tokens of the library that also
//! reads its values: which brackets, dashes and quotes, and where.

use serde_saphyr::granit_parser::{Options, ScalarStyle, Scanner, StrInput, TokenType};
use std::{iter::Peekable, vec};

/// A value as it is written.
#[derive(Debug)]
pub(super) struct Written {
    /// Where it begins, its anchor and tag included.
    pub start: usize,
    /// The end of what stands before its content: its anchor or tag, or else its colon or dash.
    pub head: usize,
    /// Where its content begins.
    pub content: usize,
    /// Where its content ends; behind the last line break for a block scalar.
    pub end: usize,
    pub anchored: bool,
    pub shape: Shape,
}

#[derive(Debug)]
pub(super) enum Shape {
    /// Nothing, which is null.
    Empty,
    Alias,
    Scalar(ScalarStyle, String),
    /// A list in brackets, or with dashes.
    List {
        flow: bool,
        parts: Vec<Part>,
    },
    /// An object in braces, or line by line.
    Map {
        flow: bool,
        parts: Vec<Part>,
    },
}

/// A member of an object or an element of a list.
#[derive(Debug)]
pub(super) struct Part {
    /// Where it begins: with its key, its dash, or its value.
    pub start: usize,
    /// In characters, from 0.
    pub column: usize,
    pub key: Option<Key>,
    pub value: Written,
    /// Where the comma behind it begins.
    pub comma: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Key {
    pub text: String,
    pub style: ScalarStyle,
    /// Whether a colon follows; `{a}` has none.
    pub colon: bool,
}

impl Part {
    pub(super) fn is(&self, name: &str) -> bool {
        self.key.as_ref().is_some_and(|key| key.text == name)
    }
}

impl Written {
    /// The document, if it can be taken apart.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut options = Options::default();
        options.set_emit_comments(false);
        let scanner = Scanner::with_options(StrInput::new(text), options);
        let mut tokens = Vec::new();
        for token in scanner {
            let (span, kind) = token.ok()?.into_parts();
            let range = span.byte_range()?;
            tokens.push(Token {
                start: range.start,
                end: range.end,
                column: span.start.col(),
                kind,
            });
        }
        let mut reader = Reader { text, tokens: tokens.into_iter().peekable() };
        while matches!(reader.peek()?, TokenType::StreamStart | TokenType::DocumentStart) {
            reader.next()?;
        }
        reader.value(0, false)
    }

    pub(super) fn parts(&self) -> &[Part] {
        match &self.shape {
            Shape::List { parts, .. } | Shape::Map { parts, .. } => parts,
            Shape::Empty | Shape::Alias | Shape::Scalar(..) => &[],
        }
    }

    pub(super) fn is_flow(&self) -> bool {
        matches!(self.shape, Shape::List { flow: true, .. } | Shape::Map { flow: true, .. })
    }

    /// Whether it has no parts.
    pub(super) fn is_leaf(&self) -> bool {
        matches!(self.shape, Shape::Empty | Shape::Alias | Shape::Scalar(..))
    }

    /// This value and all inside it, in the order of the text.
    pub(super) fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        self.parts().iter().for_each(|part| part.value.walk(visit));
    }
}

struct Token<'t> {
    start: usize,
    end: usize,
    column: usize,
    kind: TokenType<'t>,
}

struct Reader<'t> {
    text: &'t str,
    tokens: Peekable<vec::IntoIter<Token<'t>>>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Option<Token<'t>> {
        self.tokens.next()
    }

    fn peek(&mut self) -> Option<&TokenType<'t>> {
        Some(&self.tokens.peek()?.kind)
    }

    /// The value behind an indicator that ends at `head`. As the value of a member a list may stand
    /// at the column of its key; no token then begins or ends it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "any other token begins what follows")]
    fn value(&mut self, mut head: usize, of_member: bool) -> Option<Written> {
        let (mut start, mut anchored) = (None, false);
        while let TokenType::Anchor(_) | TokenType::Tag(..) = self.peek()? {
            let token = self.next()?;
            anchored |= matches!(token.kind, TokenType::Anchor(_));
            start.get_or_insert(token.start);
            head = token.end;
        }
        let (content, end) = (self.tokens.peek()?.start, self.tokens.peek()?.end);
        let (shape, end) = match self.peek()? {
            TokenType::Alias(_) => {
                self.next()?;
                (Shape::Alias, end)
            }
            TokenType::Scalar(..) => {
                let TokenType::Scalar(style, text) = self.next()?.kind else { return None };
                let end = match style {
                    // The token reaches up to what follows on the next line.
                    ScalarStyle::Literal | ScalarStyle::Folded => {
                        self.text.get(..end)?.trim_end_matches([' ', '\t']).len()
                    }
                    ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                        end
                    }
                };
                (Shape::Scalar(style, text.into_owned()), end)
            }
            TokenType::BlockSequenceStart => {
                self.next()?;
                let found = self.dashes(content)?;
                self.next().filter(|token| token.kind == TokenType::BlockEnd)?;
                found
            }
            TokenType::BlockEntry if of_member => self.dashes(head)?,
            TokenType::BlockMappingStart => self.lines()?,
            TokenType::FlowSequenceStart => self.brackets()?,
            TokenType::FlowMappingStart => self.braces()?,
            _ => (Shape::Empty, head),
        };
        let content = if matches!(shape, Shape::Empty) { head } else { content };
        Some(Written { start: start.unwrap_or(content), head, content, end, anchored, shape })
    }

    /// A list with dashes, of which the first is the first thing behind `from`.
    fn dashes(&mut self, mut from: usize) -> Option<(Shape, usize)> {
        let mut parts: Vec<Part> = Vec::new();
        while let TokenType::BlockEntry = self.peek()? {
            self.next()?;
            let dash = self.dash(from)?;
            let line = self.text.get(..dash)?.rsplit('\n').next()?.trim_start_matches('\u{feff}');
            let value = self.value(dash + 1, false)?;
            from = value.end;
            let column = line.chars().count();
            parts.push(Part { start: dash, column, key: None, value, comma: None });
        }
        Some((Shape::List { flow: false, parts }, from))
    }

    /// The next dash. Its own token does not say where it is: it stands behind blanks and comments.
    fn dash(&self, from: usize) -> Option<usize> {
        let mut rest = self.text.get(from..)?.trim_start();
        while rest.starts_with('#') {
            rest = rest.split_once('\n')?.1.trim_start();
        }
        rest.starts_with('-').then(|| self.text.len() - rest.len())
    }

    fn lines(&mut self) -> Option<(Shape, usize)> {
        self.next()?;
        let mut parts = Vec::new();
        while *self.peek()? != TokenType::BlockEnd {
            parts.push(self.member()?);
        }
        self.next()?;
        let end = parts.last()?.value.end;
        Some((Shape::Map { flow: false, parts }, end))
    }

    /// A member from its key on.
    fn member(&mut self) -> Option<Part> {
        let mark = self.next().filter(|token| token.kind == TokenType::Key)?;
        let key = self.value(mark.end, false)?;
        let (text, style) = match key.shape {
            Shape::Scalar(style, text) => (text, style),
            Shape::Empty | Shape::Alias | Shape::List { .. } | Shape::Map { .. } => return None,
        };
        let (colon, value) = if let TokenType::Value = self.peek()? {
            let at = self.next()?.start;
            self.text.get(at..)?.strip_prefix(':')?;
            (true, self.value(at + 1, true)?)
        } else {
            (false, nothing(key.end))
        };
        let key = Some(Key { text, style, colon });
        Some(Part { start: mark.start, column: mark.column, key, value, comma: None })
    }

    fn braces(&mut self) -> Option<(Shape, usize)> {
        self.next()?;
        let mut parts = Vec::new();
        while *self.peek()? != TokenType::FlowMappingEnd {
            let mut part =
                if *self.peek()? == TokenType::Key { self.member()? } else { self.bare()? };
            part.comma = self.comma();
            parts.push(part);
        }
        Some((Shape::Map { flow: true, parts }, self.next()?.end))
    }

    /// A member of which only the key is written.
    fn bare(&mut self) -> Option<Part> {
        let Token { start, end, column, kind } = self.next()?;
        let TokenType::Scalar(style, text) = kind else { return None };
        let key = Some(Key { text: text.into_owned(), style, colon: false });
        Some(Part { start, column, key, value: nothing(end), comma: None })
    }

    fn brackets(&mut self) -> Option<(Shape, usize)> {
        self.next()?;
        let mut parts = Vec::new();
        while *self.peek()? != TokenType::FlowSequenceEnd {
            let Token { start, column, .. } = *self.tokens.peek()?;
            let value = self.value(start, false)?;
            let comma = self.comma();
            if comma.is_none() && *self.peek()? != TokenType::FlowSequenceEnd {
                return None;
            }
            parts.push(Part { start, column, key: None, value, comma });
        }
        Some((Shape::List { flow: true, parts }, self.next()?.end))
    }

    fn comma(&mut self) -> Option<usize> {
        let comma = self.tokens.next_if(|token| token.kind == TokenType::FlowEntry);
        comma.map(|token| token.start)
    }
}

fn nothing(at: usize) -> Written {
    Written { start: at, head: at, content: at, end: at, anchored: false, shape: Shape::Empty }
}
