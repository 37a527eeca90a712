//! The nodes of a document as they are written, by the tokens from which its values are read, too:
//! which brackets, dashes and quotes, and where.

use crate::manifest::yaml::{Dialect, Kind, Scanner, Style, Token};

/// A node as it is written.
#[derive(Debug)]
pub(super) struct Node {
    /// Where it begins, its anchor and tag included.
    pub start: usize,
    /// The end of its properties (anchor and tag), or else of the colon or dash before it.
    pub properties_end: usize,
    /// Where its content begins.
    pub content: usize,
    /// Where its content ends; after the last line break for a block scalar.
    pub end: usize,
    pub has_anchor: bool,
    pub shape: Shape,
}

#[derive(Debug)]
pub(super) enum Shape {
    /// Nothing, which is null.
    Empty,
    Alias,
    Scalar(Style, String),
    /// A list in brackets, or with dashes.
    Sequence {
        flow: bool,
        entries: Vec<Entry>,
    },
    /// An object in braces, or line by line.
    Mapping {
        flow: bool,
        entries: Vec<Entry>,
    },
}

/// A member of an object or an element of a list.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where it begins: with its key, its dash, or its value.
    pub start: usize,
    /// In characters, from 0.
    pub column: usize,
    pub key: Option<Key>,
    pub value: Node,
    /// Where the comma after it begins.
    pub comma: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Key {
    pub text: String,
    pub style: Style,
    /// Whether a colon follows; `{a}` has none.
    pub colon: bool,
}

impl Entry {
    pub(super) fn is(&self, name: &str) -> bool {
        self.key.as_ref().is_some_and(|key| key.text == name)
    }
}

impl Node {
    /// The document, if it can be taken apart.
    pub(super) fn read(text: &str, dialect: Dialect) -> Option<Self> {
        let mut reader = Reader { tokens: Scanner::new(text, dialect) };
        reader.tokens.skip_order_mark();
        reader.value(0, false)
    }

    pub(super) fn entries(&self) -> &[Entry] {
        match &self.shape {
            Shape::Sequence { entries, .. } | Shape::Mapping { entries, .. } => entries,
            Shape::Empty | Shape::Alias | Shape::Scalar(..) => &[],
        }
    }

    pub(super) fn is_flow(&self) -> bool {
        matches!(self.shape, Shape::Sequence { flow: true, .. } | Shape::Mapping { flow: true, .. })
    }

    /// Whether it has no entries.
    pub(super) fn is_leaf(&self) -> bool {
        matches!(self.shape, Shape::Empty | Shape::Alias | Shape::Scalar(..))
    }

    /// This value and all inside it, in the order of the text.
    pub(super) fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        self.entries().iter().for_each(|entry| entry.value.walk(visit));
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

    /// The value after an indicator that ends at `properties_end`. As the value of a member a list may stand
    /// at the column of its key; no token then begins or ends it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "any other token begins what follows")]
    fn value(&mut self, mut properties_end: usize, of_member: bool) -> Option<Node> {
        let (mut start, mut has_anchor) = (None, false);
        while let Kind::Anchor(_) | Kind::Tag(_) = self.peek()? {
            let token = self.next()?;
            has_anchor |= matches!(token.kind, Kind::Anchor(_));
            start.get_or_insert(token.start.offset);
            properties_end = token.end.offset;
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
                let found = self.block_sequence(content)?;
                self.next().filter(|token| token.kind == Kind::BlockEnd)?;
                found
            }
            Kind::BlockEntry if of_member => self.block_sequence(properties_end)?,
            Kind::BlockMappingStart => self.block_mapping()?,
            Kind::FlowSequenceStart => self.flow_sequence()?,
            Kind::FlowMappingStart => self.flow_mapping()?,
            _ => (Shape::Empty, properties_end),
        };
        let content = if matches!(shape, Shape::Empty) { properties_end } else { content };
        Some(Node {
            start: start.unwrap_or(content),
            properties_end,
            content,
            end,
            has_anchor,
            shape,
        })
    }

    /// A list with dashes, which would end at `end` if it had none.
    fn block_sequence(&mut self, mut end: usize) -> Option<(Shape, usize)> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Kind::BlockEntry = self.peek()? {
            let dash = self.next()?;
            let value = self.value(dash.end.offset, false)?;
            end = value.end;
            let (start, column) = (dash.start.offset, dash.start.column as usize);
            entries.push(Entry { start, column, key: None, value, comma: None });
        }
        Some((Shape::Sequence { flow: false, entries }, end))
    }

    fn block_mapping(&mut self) -> Option<(Shape, usize)> {
        self.next()?;
        let mut entries = Vec::new();
        while *self.peek()? != Kind::BlockEnd {
            entries.push(self.member()?);
        }
        self.next()?;
        let end = entries.last()?.value.end;
        Some((Shape::Mapping { flow: false, entries }, end))
    }

    /// A member from its key on.
    fn member(&mut self) -> Option<Entry> {
        let mark = self.next().filter(|token| token.kind == Kind::Key)?;
        let key = self.value(mark.end.offset, false)?;
        let (text, style) = match key.shape {
            Shape::Scalar(style, text) => (text, style),
            Shape::Empty | Shape::Alias | Shape::Sequence { .. } | Shape::Mapping { .. } => {
                return None;
            }
        };
        let (colon, value) = if let Kind::Value = self.peek()? {
            let colon_end = self.next()?.end.offset;
            (true, self.value(colon_end, true)?)
        } else {
            (false, empty(key.end))
        };
        let key = Some(Key { text, style, colon });
        let (start, column) = (mark.start.offset, mark.start.column as usize);
        Some(Entry { start, column, key, value, comma: None })
    }

    fn flow_mapping(&mut self) -> Option<(Shape, usize)> {
        self.next()?;
        let mut entries = Vec::new();
        while *self.peek()? != Kind::FlowMappingEnd {
            let mut entry =
                if *self.peek()? == Kind::Key { self.member()? } else { self.key_alone()? };
            entry.comma = self.comma();
            entries.push(entry);
        }
        Some((Shape::Mapping { flow: true, entries }, self.next()?.end.offset))
    }

    /// A member of which only the key is written.
    fn key_alone(&mut self) -> Option<Entry> {
        let Token { start, end, kind } = self.next()?;
        let Kind::Scalar(style, text) = kind else { return None };
        let key = Some(Key { text: text.into_owned(), style, colon: false });
        let (start, column) = (start.offset, start.column as usize);
        Some(Entry { start, column, key, value: empty(end.offset), comma: None })
    }

    fn flow_sequence(&mut self) -> Option<(Shape, usize)> {
        self.next()?;
        let mut entries = Vec::new();
        while *self.peek()? != Kind::FlowSequenceEnd {
            let mark = self.tokens.peek().ok()?.start;
            let (start, column) = (mark.offset, mark.column as usize);
            let value = self.value(start, false)?;
            let comma = self.comma();
            if comma.is_none() && *self.peek()? != Kind::FlowSequenceEnd {
                return None;
            }
            entries.push(Entry { start, column, key: None, value, comma });
        }
        Some((Shape::Sequence { flow: true, entries }, self.next()?.end.offset))
    }

    fn comma(&mut self) -> Option<usize> {
        if *self.peek()? != Kind::FlowEntry {
            return None;
        }
        Some(self.next()?.start.offset)
    }
}

fn empty(at: usize) -> Node {
    Node {
        start: at,
        properties_end: at,
        content: at,
        end: at,
        has_anchor: false,
        shape: Shape::Empty,
    }
}
