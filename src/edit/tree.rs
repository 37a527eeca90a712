//! The text of a document taken apart as it is written, by the tokens from which its values are
//! read, too: which brackets, dashes and quotes, and where.

use crate::manifest::yaml::{Dialect, Kind, Scanner, Style, Token};

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
    Scalar(Style, String),
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
    pub style: Style,
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
    pub(super) fn read(text: &str, dialect: Dialect) -> Option<Self> {
        let mut reader = Reader { tokens: Scanner::new(text, dialect) };
        reader.tokens.skip_order_mark();
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

struct Reader<'t> {
    tokens: Scanner<'t>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Option<Token<'t>> {
        self.tokens.next().ok()
    }

    fn peek(&mut self) -> Option<&Kind<'t>> {
        Some(&self.tokens.peek().ok()?.kind)
    }

    /// The value behind an indicator that ends at `head`. As the value of a member a list may stand
    /// at the column of its key; no token then begins or ends it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "any other token begins what follows")]
    fn value(&mut self, mut head: usize, of_member: bool) -> Option<Written> {
        let (mut start, mut anchored) = (None, false);
        while let Kind::Anchor(_) | Kind::Tag(_) = self.peek()? {
            let token = self.next()?;
            anchored |= matches!(token.kind, Kind::Anchor(_));
            start.get_or_insert(token.start.offset);
            head = token.end.offset;
        }
        let token = self.tokens.peek().ok()?;
        let (content, end) = (token.start.offset, token.end.offset);
        let (shape, end) = match self.peek()? {
            Kind::Alias(_) => {
                self.next()?;
                (Shape::Alias, end)
            }
            Kind::Scalar(..) => {
                let Kind::Scalar(style, text) = self.next()?.kind else { return None };
                (Shape::Scalar(style, text.into_owned()), end)
            }
            Kind::BlockSequenceStart => {
                self.next()?;
                let found = self.dashes(content)?;
                self.next().filter(|token| token.kind == Kind::BlockEnd)?;
                found
            }
            Kind::BlockEntry if of_member => self.dashes(head)?,
            Kind::BlockMappingStart => self.lines()?,
            Kind::FlowSequenceStart => self.brackets()?,
            Kind::FlowMappingStart => self.braces()?,
            _ => (Shape::Empty, head),
        };
        let content = if matches!(shape, Shape::Empty) { head } else { content };
        Some(Written { start: start.unwrap_or(content), head, content, end, anchored, shape })
    }

    /// A list with dashes, which would end at `end` if it had none.
    fn dashes(&mut self, mut end: usize) -> Option<(Shape, usize)> {
        let mut parts: Vec<Part> = Vec::new();
        while let Kind::BlockEntry = self.peek()? {
            let dash = self.next()?;
            let value = self.value(dash.end.offset, false)?;
            end = value.end;
            let (start, column) = (dash.start.offset, dash.start.column as usize);
            parts.push(Part { start, column, key: None, value, comma: None });
        }
        Some((Shape::List { flow: false, parts }, end))
    }

    fn lines(&mut self) -> Option<(Shape, usize)> {
        self.next()?;
        let mut parts = Vec::new();
        while *self.peek()? != Kind::BlockEnd {
            parts.push(self.member()?);
        }
        self.next()?;
        let end = parts.last()?.value.end;
        Some((Shape::Map { flow: false, parts }, end))
    }

    /// A member from its key on.
    fn member(&mut self) -> Option<Part> {
        let mark = self.next().filter(|token| token.kind == Kind::Key)?;
        let key = self.value(mark.end.offset, false)?;
        let (text, style) = match key.shape {
            Shape::Scalar(style, text) => (text, style),
            Shape::Empty | Shape::Alias | Shape::List { .. } | Shape::Map { .. } => return None,
        };
        let (colon, value) = if let Kind::Value = self.peek()? {
            let behind = self.next()?.end.offset;
            (true, self.value(behind, true)?)
        } else {
            (false, nothing(key.end))
        };
        let key = Some(Key { text, style, colon });
        let (start, column) = (mark.start.offset, mark.start.column as usize);
        Some(Part { start, column, key, value, comma: None })
    }

    fn braces(&mut self) -> Option<(Shape, usize)> {
        self.next()?;
        let mut parts = Vec::new();
        while *self.peek()? != Kind::FlowMappingEnd {
            let mut part = if *self.peek()? == Kind::Key { self.member()? } else { self.bare()? };
            part.comma = self.comma();
            parts.push(part);
        }
        Some((Shape::Map { flow: true, parts }, self.next()?.end.offset))
    }

    /// A member of which only the key is written.
    fn bare(&mut self) -> Option<Part> {
        let Token { start, end, kind } = self.next()?;
        let Kind::Scalar(style, text) = kind else { return None };
        let key = Some(Key { text: text.into_owned(), style, colon: false });
        let (start, column) = (start.offset, start.column as usize);
        Some(Part { start, column, key, value: nothing(end.offset), comma: None })
    }

    fn brackets(&mut self) -> Option<(Shape, usize)> {
        self.next()?;
        let mut parts = Vec::new();
        while *self.peek()? != Kind::FlowSequenceEnd {
            let mark = self.tokens.peek().ok()?.start;
            let (start, column) = (mark.offset, mark.column as usize);
            let value = self.value(start, false)?;
            let comma = self.comma();
            if comma.is_none() && *self.peek()? != Kind::FlowSequenceEnd {
                return None;
            }
            parts.push(Part { start, column, key: None, value, comma });
        }
        Some((Shape::List { flow: true, parts }, self.next()?.end.offset))
    }

    fn comma(&mut self) -> Option<usize> {
        if *self.peek()? != Kind::FlowEntry {
            return None;
        }
        Some(self.next()?.start.offset)
    }
}

fn nothing(at: usize) -> Written {
    Written { start: at, head: at, content: at, end: at, anchored: false, shape: Shape::Empty }
}
