//! A text by its lines, and the habits of its author.

use serde_json::Value;

use super::tree::{Part, Shape, Written};
use crate::manifest::yaml::{Style, is_word};

/// The text that is edited; it ends with a line break.
pub(super) struct Page<'t> {
    text: &'t str,
    pub newline: &'static str,
    /// Whether all of it is JSON, and must stay so.
    pub json: bool,
    /// By how much a member stands further in than the object that holds it.
    pub step: usize,
    /// The same for a dash and the key of its list.
    pub dash: usize,
    /// What one level more of lines in brackets is indented with.
    pub unit: &'t str,
    /// Whether nothing follows colons and commas in brackets.
    pub compact: bool,
}

impl<'t> Page<'t> {
    pub(super) fn new(text: &'t str, newline: &'static str, json: bool, root: &Written) -> Self {
        let mut page = Self { text, newline, json, step: 2, dash: 2, unit: "  ", compact: false };
        let (mut step, mut dash, mut unit, mut compact) = (None, None, None, None);
        root.walk(&mut |value| {
            for part in value.parts() {
                let below = part.value.parts().first();
                if value.is_flow() {
                    compact = compact.or_else(|| page.is_compact(part));
                } else if let (Shape::Map { .. }, Some(below), false) =
                    (&value.shape, below, part.value.is_flow())
                {
                    let known = if matches!(part.value.shape, Shape::Map { .. }) {
                        &mut step
                    } else {
                        &mut dash
                    };
                    *known = known.or(below.column.checked_sub(part.column));
                }
            }
            if let (None, true, Some(first)) = (unit, value.is_flow(), value.parts().first())
                && page.is_first(first.start)
            {
                unit = page.indent(first.start).strip_prefix(page.indent(value.content));
            }
        });
        page.step = step.unwrap_or(page.step);
        page.dash = dash.unwrap_or(page.dash);
        page.unit = unit.filter(|unit| !unit.is_empty()).unwrap_or(page.unit);
        page.compact = compact.unwrap_or(page.compact);
        page
    }

    /// Whether the value of a member follows its colon at once; `None` where none follows.
    pub(super) fn is_compact(&self, part: &Part) -> Option<bool> {
        let before = self.text.get(..part.value.start)?;
        let written = part.key.is_some() && !matches!(part.value.shape, Shape::Empty);
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

    pub(super) fn behind(&self, at: usize) -> &'t str {
        self.between(at, self.text.len())
    }

    /// Where the line begins that holds this place.
    pub(super) fn line(&self, at: usize) -> usize {
        self.before(at).rfind('\n').map_or(0, |end| end + 1)
    }

    /// Where the line ends that holds this place, in front of its line break.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let rest = self.behind(at);
        at + rest
            .find('\n')
            .map_or(rest.len(), |end| end - usize::from(self.between(at, at + end).ends_with('\r')))
    }

    /// Where the line begins that follows something that ends here.
    pub(super) fn next_line(&self, end: usize) -> usize {
        if self.before(end).ends_with('\n') {
            return end;
        }
        self.behind(end).find('\n').map_or(self.text.len(), |at| end + at + 1)
    }

    /// The blanks that the line begins with that holds this place.
    pub(super) fn indent(&self, at: usize) -> &'t str {
        let line = self.behind(self.line(at));
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        let length = line.len() - line.trim_start_matches([' ', '\t']).len();
        line.get(..length).unwrap_or_default()
    }

    // A whole file can be one line: these two look no further than the blanks.

    /// Whether nothing but blanks stands before this place on its line.
    pub(super) fn is_first(&self, at: usize) -> bool {
        let before = self.before(at).trim_end_matches([' ', '\t', '\u{feff}']);
        before.is_empty() || before.ends_with('\n')
    }

    /// Whether nothing but a comment stands behind this place on its line.
    pub(super) fn is_last(&self, at: usize) -> bool {
        let rest = self.behind(at).trim_start_matches([' ', '\t', '\r']);
        rest.is_empty() || rest.starts_with(['#', '\n'])
    }

    /// Whether a person would look for scalars among it, rather than for objects: it takes one
    /// line, or is a list of scalars.
    pub(super) fn is_small(&self, value: &Written) -> bool {
        let of_leaves = |parts: &[Part]| parts.iter().all(|part| part.value.is_leaf());
        let one_line = || !self.between(value.start, value.end).contains('\n');
        match &value.shape {
            Shape::Empty | Shape::Alias | Shape::Scalar(..) => true,
            Shape::List { flow, parts } => of_leaves(parts) || *flow && one_line(),
            Shape::Map { flow, .. } => *flow && one_line(),
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
    /// Those of the parts of a value, or else of what is around it.
    pub(super) fn of(parts: &[Part], around: Self) -> Self {
        let keys = parts.last().and_then(|part| part.key.as_ref()).map(|key| key.style);
        let keys = keys.unwrap_or(around.keys);
        let mut texts = parts.iter().filter_map(|part| match &part.value.shape {
            Shape::Scalar(style, text) if is_plain(text) => Some(*style),
            Shape::Empty
            | Shape::Alias
            | Shape::Scalar(..)
            | Shape::List { .. }
            | Shape::Map { .. } => None,
        });
        // One plain text among quoted ones says that quotes are not wanted everywhere.
        let first = texts.next();
        let values = first.filter(|first| texts.all(|other| other == *first));
        let plain = first.map(|_| Style::Plain);
        Self { keys, values: values.or(plain).unwrap_or(keys) }
    }

    /// Those of a new value in `holder`: a list is quoted as the lists beside it.
    pub(super) fn inside(self, holder: Option<&Written>, new: &Value) -> Self {
        let mut parts = holder.into_iter().flat_map(Written::parts).rev();
        let is_list = |value: &Written| matches!(value.shape, Shape::List { .. });
        let beside = parts.find(|part| is_list(&part.value) && !part.value.parts().is_empty());
        match beside {
            Some(beside) if new.is_array() => Self::of(beside.value.parts(), self),
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
