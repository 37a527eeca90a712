use serde_json::StreamDeserializer;

use super::located::Located;
use super::place::Place;
use super::unreadable::Unreadable;

/// A document of a text that is not empty.
#[derive(Debug)]
pub struct Document<'t> {
    /// Its text; the lines that separate it are not part of it.
    pub text: &'t str,
    /// Where that begins.
    pub start: Place,
    /// Its value, with places in the whole text.
    pub root: Located,
}

/// What separates documents: a line that begins so.
const SEPARATOR: &str = "---";

/// What ends a line for kubectl and for nobody else, so that a comment hides what follows it.
const LINE_ENDS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// The documents of a text, one by one, as kubectl takes it apart: at lines `---`, or value by
/// value where it is JSON. One that cannot be read does not keep the others from being read.
pub fn documents(text: &str) -> impl Iterator<Item = Result<Document<'_>, Unreadable>> {
    Parts::new(text).filter_map(|part| match part {
        Ok((text, start)) => match Located::read(text, start) {
            Ok(root) => root.map(|root| Ok(Document { text, start, root })),
            Err(broken) => Some(Err(broken)),
        },
        Err(broken) => Some(Err(broken)),
    })
}

/// The parts of a text, each with the place where it begins.
struct Parts<'t> {
    /// What is left up to the next separator.
    part: &'t str,
    /// What is left behind that.
    rest: &'t str,
    start: Place,
}

type Part<'t> = Result<(&'t str, Place), Unreadable>;

impl<'t> Parts<'t> {
    fn new(text: &'t str) -> Self {
        Self { part: "", rest: text, start: Place::START }
    }

    /// The next `length` bytes of the part.
    fn take(&mut self, length: usize) -> (&'t str, Place) {
        let (taken, rest) = self.part.split_at_checked(length).unwrap_or((self.part, ""));
        let start = self.start;
        self.start = start.after(taken);
        self.part = rest;
        (taken, start)
    }

    /// Begins what comes next: a line that separates, or what stands before one.
    fn refill(&mut self) {
        let end = if self.rest.starts_with(SEPARATOR) {
            self.rest.find('\n')
        } else {
            self.rest.find("\n---")
        };
        let end = end.map_or(self.rest.len(), |end| end + 1);
        (self.part, self.rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
    }

    /// The length of the JSON value that the part begins with, if it is one. No value goes beyond:
    /// JSON has no line that separates.
    fn json(&self) -> Option<usize> {
        let text = self.part.strip_prefix('\u{feff}').unwrap_or(self.part);
        if !text.trim_start().starts_with('{') {
            return None;
        }
        let reader = serde_json::Deserializer::from_str(text);
        let mut values: StreamDeserializer<'_, _, serde::de::IgnoredAny> = reader.into_iter();
        values.next()?.ok()?;
        Some(values.byte_offset() + self.part.len() - text.len())
    }
}

/// What is wrong with a line that separates.
fn separates(line: &str, start: Place) -> Result<(), Unreadable> {
    let after = line.strip_prefix(SEPARATOR).unwrap_or_default().trim();
    if after.is_empty() || after.starts_with('#') {
        return Ok(());
    }
    let message =
        "a line that begins with `---` separates documents: nothing but a comment can follow it";
    Err(Unreadable::new(start, message))
}

/// What is wrong with YAML for every reader but kubectl.
fn shows_its_lines(text: &str, start: Place) -> Result<(), Unreadable> {
    let Some((before, after)) = text.find(LINE_ENDS).map(|end| text.split_at(end)) else {
        return Ok(());
    };
    let code = after.chars().next().map_or(0, u32::from);
    let message = format!(
        "U+{code:04X} ends a line for kubectl, though it does not look so: remove it, or write it as an escape in quotes"
    );
    Err(Unreadable::new(start.after(before), message))
}

impl<'t> Iterator for Parts<'t> {
    type Item = Part<'t>;

    fn next(&mut self) -> Option<Part<'t>> {
        loop {
            if self.part.is_empty() {
                self.refill();
            }
            if self.part.is_empty() {
                return None;
            }
            if let Some(length) = self.json() {
                return Some(Ok(self.take(length)));
            }
            let (text, start) = self.take(self.part.len());
            if !text.starts_with(SEPARATOR) {
                return Some(shows_its_lines(text, start).map(|()| (text, start)));
            }
            if let Err(broken) = separates(text, start) {
                return Some(Err(broken));
            }
        }
    }
}
