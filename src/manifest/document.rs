use serde::de::IgnoredAny;
use serde_json::StreamDeserializer;

use super::source_value::SourceValue;
use super::span::{Span, small};
use super::stream::Part;
use super::unreadable::Unreadable;
use super::yaml::{self, Dialect, ORDER_MARK, Source};
use crate::path::unread;

/// A document of a text that is not empty, nor null.
#[derive(Debug)]
pub struct Document<'t> {
    /// Its text; the lines that separate it are not part of it.
    pub text: &'t str,
    /// Where that begins.
    pub start: Span,
    /// Its value, with spans of the whole text.
    pub root: SourceValue,
}

/// The text that bytes are for kubectl: UTF-16 where a byte order mark says so, else UTF-8, with
/// U+FFFD in place of what is none. Behind a mark of UTF-8 that is an error: its offset.
pub fn text(bytes: Vec<u8>) -> Result<String, usize> {
    match bytes.as_slice() {
        [0xFF, 0xFE, bytes @ ..] => Ok(utf16(bytes, u16::from_le_bytes)),
        [0xFE, 0xFF, bytes @ ..] => Ok(utf16(bytes, u16::from_be_bytes)),
        [0xEF, 0xBB, 0xBF, ..] => {
            String::from_utf8(bytes).map_err(|error| error.utf8_error().valid_up_to())
        }
        _ => Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let letters = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
    let letters = letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER));
    letters.chain(rest.iter().map(|_| char::REPLACEMENT_CHARACTER)).collect()
}

/// What separates documents: a line that begins so.
const SEPARATOR: &str = "---";

/// The documents of a text, one by one, as kubectl takes it apart: value by value while it is JSON,
/// else at lines `---`. One that cannot be read does not keep the others from being read.
pub fn documents(text: &str) -> impl Iterator<Item = Result<Document<'_>, Unreadable>> {
    read(Parts::new(text))
}

/// The documents of what is left of a text, behind so many values of JSON.
pub fn documents_behind(
    part: &Part,
    values: usize,
) -> impl Iterator<Item = Result<Document<'_>, Unreadable>> {
    let Part { text, start } = part;
    read(Parts { rest: text, start: *start, mode: Mode::Json(values), begun: false })
}

/// The value of a part that is one value of JSON.
pub fn value(part: &Part) -> Result<SourceValue, Unreadable> {
    let Part { text, start } = part;
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        // Its position counts from the part.
        let (line, column) = (error.line(), error.column());
        let inside = Span { line: small(line), column: small(column.max(1)), ..Span::START };
        return Err(Unreadable::new(inside, unread(&error)).counted_from(*start));
    }
    let source = Source { text, start: *start, dialect: Dialect::Json, begun: false };
    let value = yaml::read(source)?;
    value.ok_or_else(|| Unreadable::new(*start, "a value was expected"))
}

fn read(parts: Parts<'_>) -> impl Iterator<Item = Result<Document<'_>, Unreadable>> {
    parts.filter_map(|part| match part {
        Ok(part) => match yaml::read(part) {
            Ok(root) => {
                let root = root.filter(|root| !root.is_null());
                root.map(|root| Ok(Document { text: part.text, start: part.start, root }))
            }
            Err(broken) => Some(Err(broken)),
        },
        Err(broken) => Some(Err(broken)),
    })
}

/// What kubectl takes a text for; what was YAML once is not JSON again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// With so many values up to here.
    Json(usize),
    Yaml,
}

/// The parts of a text, each a document at most.
struct Parts<'t> {
    rest: &'t str,
    /// Where the rest begins.
    start: Span,
    mode: Mode,
    /// Whether something stands before the rest that is one document with it: a separator with
    /// nothing before itself is part of what follows.
    begun: bool,
}

impl<'t> Parts<'t> {
    fn new(text: &'t str) -> Self {
        let mut parts = Self { rest: text, start: Span::START, mode: Mode::Yaml, begun: false };
        if text.starts_with(ORDER_MARK) {
            parts.pass(ORDER_MARK.len_utf8());
            parts.start.column = 1;
        }
        if parts.rest.trim_start().starts_with('{') {
            parts.mode = Mode::Json(0);
        }
        parts
    }

    /// The next `length` bytes, and where they begin.
    fn pass(&mut self, length: usize) -> (&'t str, Span) {
        let (text, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        let start = self.start;
        self.start = start.after(text);
        self.rest = rest;
        (text, start)
    }

    fn json(&mut self, values: usize) -> Option<Next<'t>> {
        if self.rest.trim_matches(JSON_BLANKS).is_empty() {
            return None;
        }
        if let Some(length) = json_length(self.rest) {
            let (text, start) = self.pass(length);
            self.mode = Mode::Json(values + 1);
            return Some(Ok(Source { text, start, dialect: Dialect::Json, begun: false }));
        }
        self.mode = Mode::Yaml;
        // kubectl takes this letter for what is no UTF-8.
        let line = self.rest.trim_start_matches([' ', '\t', '\r']);
        if values > 1 || line.starts_with(char::REPLACEMENT_CHARACTER) {
            self.pass(self.rest.len() - self.rest.trim_start().len());
            return Some(Err(Unreadable::new(self.start, NO_MORE_JSON)));
        }
        // The rest of the line goes, if nothing stands on it. Four bytes ahead are needed for that.
        let blanks = self.rest.len() - self.rest.trim_start().len();
        let line = self.rest.find('\n').filter(|end| *end < blanks);
        let next = line.unwrap_or(blanks);
        if self.rest.len() - next < 4 {
            self.pass(next);
            return Some(Err(Unreadable::new(self.start, TOO_SHORT)));
        }
        self.pass(line.map_or(blanks, |end| end + 1));
        self.yaml()
    }

    fn yaml(&mut self) -> Option<Next<'t>> {
        while self.rest.starts_with(SEPARATOR) {
            let (line, start) =
                self.pass(self.rest.find('\n').map_or(self.rest.len(), |end| end + 1));
            self.begun = !self.begun;
            if let Err(broken) = separates(line, start, self.begun) {
                self.begun = false;
                return Some(Err(broken));
            }
        }
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.find("\n---").map_or(self.rest.len(), |end| end + 1);
        let (text, start) = self.pass(end);
        let begun = std::mem::replace(&mut self.begun, true);
        Some(Ok(Source { text, start, dialect: Dialect::Yaml, begun }))
    }
}

const JSON_BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The length of the value of JSON that a text begins with, blanks before it included. For Go a word
/// or a number ends where it cannot go on, whatever follows.
fn json_length(text: &str) -> Option<usize> {
    let begin = text.len() - text.trim_start_matches(JSON_BLANKS).len();
    let rest = text.get(begin..)?;
    let word = ["null", "true", "false"].iter().find(|word| rest.starts_with(**word));
    if let Some(word) = word {
        return Some(begin + word.len());
    }
    if rest.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Some(begin + number_length(rest)?);
    }
    let mut read: StreamDeserializer<'_, _, IgnoredAny> =
        serde_json::Deserializer::from_str(rest).into_iter();
    read.next()?.ok()?;
    Some(begin + read.byte_offset())
}

/// The length of the number of JSON that a text begins with.
fn number_length(text: &str) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut end = usize::from(text.starts_with('-'));
    let whole = digits(text.get(end..)?);
    // `01` are two of them.
    end += if text.get(end..)?.starts_with('0') { 1 } else { whole };
    if whole == 0 {
        return None;
    }
    let rest = text.get(end..)?;
    if rest.starts_with('.') {
        let fraction = digits(rest.get(1..)?);
        end += if fraction == 0 { return None } else { 1 + fraction };
    }
    let rest = text.get(end..)?;
    if rest.starts_with(['e', 'E']) {
        let sign = usize::from(rest.get(1..)?.starts_with(['+', '-']));
        let exponent = digits(rest.get(1 + sign..)?);
        end += if exponent == 0 { return None } else { 1 + sign + exponent };
    }
    Some(end)
}

const TOO_SHORT: &str = "kubectl reads nothing as short as this behind what looks like JSON";
const NO_MORE_JSON: &str = "behind several values of JSON kubectl reads nothing but JSON";

/// What is wrong with a line that separates; `begins`: it is part of what follows.
fn separates(line: &str, start: Span, begins: bool) -> Result<(), Unreadable> {
    let after = line.strip_prefix(SEPARATOR).unwrap_or_default();
    let hidden = |letter: char| {
        letter != '\t' && letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
    };
    let message = match after.trim() {
        // What stands behind such an end would be read by kubectl alone.
        _ if begins && after.trim_end_matches(['\r', '\n']).contains(hidden) => {
            "a line `---` holds a character that people do not see (U+2028 and the like): remove it"
        }
        "" => return Ok(()),
        comment if !comment.starts_with('#') => {
            "a line that begins with `---` separates documents: nothing but a comment can follow it"
        }
        _ if begins && after.starts_with('#') => "a blank must stand between `---` and `#`",
        _ => return Ok(()),
    };
    Err(Unreadable::new(start, message))
}

type Next<'t> = Result<Source<'t>, Unreadable>;

impl<'t> Iterator for Parts<'t> {
    type Item = Next<'t>;

    fn next(&mut self) -> Option<Next<'t>> {
        match self.mode {
            Mode::Json(values) => self.json(values),
            Mode::Yaml => self.yaml(),
        }
    }
}
