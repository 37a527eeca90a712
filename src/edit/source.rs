//! The text that is edited, by its lines, and the habits of its author.

use serde_json::Value;

use super::tree::{Entry, Node, Shape};
use crate::manifest::yaml::{Style, is_word};

/// The text that is edited; it ends with a line break.
pub(super) struct Source<'t> {
    text: &'t str,
    pub newline: &'static str,
    /// Whether all of it is JSON, and must stay so.
    pub json: bool,
    /// Indent of the entries of a block mapping, counted from those of the mapping that holds it.
    pub mapping_indent: usize,
    /// Indent of the dashes of a block sequence, counted from its key.
    pub sequence_indent: usize,
    /// What one level of lines in brackets adds to their indent.
    pub flow_indent: &'t str,
    /// Whether nothing follows colons and commas in brackets.
    pub compact: bool,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t str, newline: &'static str, json: bool, root: &Node) -> Self {
        let mut source = Self {
            text,
            newline,
            json,
            mapping_indent: 2,
            sequence_indent: 2,
            flow_indent: "  ",
            compact: false,
        };
        let (mut mapping_indent, mut sequence_indent) = (None, None);
        let (mut flow_indent, mut compact) = (None, None);
        root.walk(&mut |value| {
            for entry in value.entries() {
                let below = entry.value.entries().first();
                if value.is_flow() {
                    compact = compact.or_else(|| source.is_compact(entry));
                } else if let (Shape::Mapping { .. }, Some(below), false) =
                    (&value.shape, below, entry.value.is_flow())
                {
                    let known = if matches!(entry.value.shape, Shape::Mapping { .. }) {
                        &mut mapping_indent
                    } else {
                        &mut sequence_indent
                    };
                    *known = known.or(below.column.checked_sub(entry.column));
                }
            }
            if let (None, true, Some(first)) =
                (flow_indent, value.is_flow(), value.entries().first())
                && source.starts_line(first.start)
            {
                flow_indent = source.indent(first.start).strip_prefix(source.indent(value.content));
            }
        });
        source.mapping_indent = mapping_indent.unwrap_or(source.mapping_indent);
        source.sequence_indent = sequence_indent.unwrap_or(source.sequence_indent);
        source.flow_indent =
            flow_indent.filter(|indent| !indent.is_empty()).unwrap_or(source.flow_indent);
        source.compact = compact.unwrap_or(source.compact);
        source
    }

    /// Whether the value of a member follows its colon at once; `None` where none follows.
    pub(super) fn is_compact(&self, entry: &Entry) -> Option<bool> {
        let before = self.text.get(..entry.value.start)?;
        let written = entry.key.is_some() && !matches!(entry.value.shape, Shape::Empty);
        written.then(|| before.ends_with(':'))
    }

    pub(super) fn between(&self, from: usize, to: usize) -> &'t str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// Like `between`; `None` where the text has no such part.
    pub(super) fn slice(&self, from: usize, to: usize) -> Option<&'t str> {
        self.text.get(from..to)
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    fn before(&self, at: usize) -> &'t str {
        self.between(0, at)
    }

    pub(super) fn after(&self, at: usize) -> &'t str {
        self.between(at, self.text.len())
    }

    /// Where the line begins that holds this offset.
    pub(super) fn line_start(&self, at: usize) -> usize {
        self.before(at).rfind('\n').map_or(0, |end| end + 1)
    }

    /// Where the line ends that holds this offset, in front of its line break.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let rest = self.after(at);
        at + rest
            .find('\n')
            .map_or(rest.len(), |end| end - usize::from(self.between(at, at + end).ends_with('\r')))
    }

    /// Where the line begins that follows something that ends here.
    pub(super) fn next_line(&self, end: usize) -> usize {
        if self.before(end).ends_with('\n') {
            return end;
        }
        self.after(end).find('\n').map_or(self.text.len(), |at| end + at + 1)
    }

    /// The blanks that the line begins with that holds this offset.
    pub(super) fn indent(&self, at: usize) -> &'t str {
        let line = self.after(self.line_start(at));
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        let length = line.len() - line.trim_start_matches([' ', '\t']).len();
        line.get(..length).unwrap_or_default()
    }

    // A whole file can be one line: these two look no further than the blanks.

    /// Whether nothing but blanks comes before this offset on its line.
    pub(super) fn starts_line(&self, at: usize) -> bool {
        let before = self.before(at).trim_end_matches([' ', '\t', '\u{feff}']);
        before.is_empty() || before.ends_with('\n')
    }

    /// Whether nothing but a comment comes after this offset on its line.
    pub(super) fn ends_line(&self, at: usize) -> bool {
        let rest = self.after(at).trim_start_matches([' ', '\t', '\r']);
        rest.is_empty() || rest.starts_with(['#', '\n'])
    }

    /// Whether a person would look for scalars among it, rather than for objects: it takes one
    /// line, or is a list of scalars.
    pub(super) fn is_small(&self, value: &Node) -> bool {
        let of_leaves = |entries: &[Entry]| entries.iter().all(|entry| entry.value.is_leaf());
        let one_line = || !self.between(value.start, value.end).contains('\n');
        match &value.shape {
            Shape::Empty | Shape::Alias | Shape::Scalar(..) => true,
            Shape::Sequence { flow, entries } => of_leaves(entries) || *flow && one_line(),
            Shape::Mapping { flow, .. } => *flow && one_line(),
        }
    }
}

/// How new text looks among its neighbours.
#[derive(Clone, Copy)]
pub(super) struct Quotes {
    pub keys: Style,
    pub values: Style,
}

impl Quotes {
    /// Those of the entries of a value, or else of what is around it.
    pub(super) fn of(entries: &[Entry], around: Self) -> Self {
        let keys = entries.last().and_then(|entry| entry.key.as_ref()).map(|key| key.style);
        let keys = keys.unwrap_or(around.keys);
        let mut texts = entries.iter().filter_map(|entry| match &entry.value.shape {
            Shape::Scalar(style, text) if is_plain(text) => Some(*style),
            Shape::Empty
            | Shape::Alias
            | Shape::Scalar(..)
            | Shape::Sequence { .. }
            | Shape::Mapping { .. } => None,
        });
        // One plain text among quoted ones says that quotes are not wanted everywhere.
        let first = texts.next();
        let values = first.filter(|first| texts.all(|other| other == *first));
        let plain = first.map(|_| Style::Plain);
        Self { keys, values: values.or(plain).unwrap_or(keys) }
    }

    /// Those of a new value in `holder`: a list is quoted as the other lists there.
    pub(super) fn inside(self, holder: Option<&Node>, new: &Value) -> Self {
        let mut entries = holder.into_iter().flat_map(Node::entries).rev();
        let is_list = |value: &Node| matches!(value.shape, Shape::Sequence { .. });
        let sibling =
            entries.find(|entry| is_list(&entry.value) && !entry.value.entries().is_empty());
        match sibling {
            Some(sibling) if new.is_array() => Self::of(sibling.value.entries(), self),
            Some(_) | None => self,
        }
    }
}

/// Whether a text can stand without quotes and stay text; of all that can, the simple ones.
pub(super) fn is_plain(text: &str) -> bool {
    let simple = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(simple)
        && !is_word(text)
}
