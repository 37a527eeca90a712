use serde_json::StreamDeserializer;

use super::located::{Located, Place};
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
    let parts = Parts { rest: text, start: Place::START };
    parts.filter_map(|part| match part {
        Ok((text, start)) => match Located::read(text, start) {
            Ok(root) => root.map(|root| Ok(Document { text, start, root })),
            Err(broken) => Some(Err(broken)),
        },
        Err(broken) => Some(Err(broken)),
    })
}

/// The parts of a text, each with the place where it begins.
struct Parts<'t> {
    rest: &'t str,
    start: Place,
}

type Part<'t> = Result<(&'t str, Place), Unreadable>;

impl<'t> Parts<'t> {
    /// The next `length` bytes.
    fn take(&mut self, length: usize) -> (&'t str, Place) {
        let (part, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        let start = self.start;
        self.start = start.after(part);
        self.rest = rest;
        (part, start)
    }

    /// The length of the JSON value that the text begins with, if it is one.
    fn json(&self) -> Option<usize> {
        let text = self.rest.strip_prefix('\u{feff}').unwrap_or(self.rest);
        if !text.trim_start().starts_with('{') {
            return None;
        }
        let reader = serde_json::Deserializer::from_str(text);
        let mut values: StreamDeserializer<'_, _, serde::de::IgnoredAny> = reader.into_iter();
        values.next()?.ok()?;
        Some(values.byte_offset() + self.rest.len() - text.len())
    }

    /// A line that separates.
    fn separator(&mut self) -> Result<(), Unreadable> {
        let length = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
        let (line, start) = self.take(length);
        let after = line.strip_prefix(SEPARATOR).unwrap_or_default().trim();
        if after.is_empty() || after.starts_with('#') {
            return Ok(());
        }
        let message = "a line that begins with `---` separates documents: nothing but a comment can follow it";
        Err(Unreadable::new(start, message))
    }

    /// YAML up to the next separator.
    fn yaml(&mut self) -> Part<'t> {
        let end = self.rest.find("\n---").map_or(self.rest.len(), |end| end + 1);
        let (text, start) = self.take(end);
        if let Some((before, after)) = text.find(LINE_ENDS).map(|end| text.split_at(end)) {
            let code = after.chars().next().map_or(0, u32::from);
            let message = format!(
                "U+{code:04X} ends a line for kubectl, though it does not look so: remove it, or write it as an escape in quotes"
            );
            return Err(Unreadable::new(start.after(before), message));
        }
        Ok((text, start))
    }
}

impl<'t> Iterator for Parts<'t> {
    type Item = Part<'t>;

    fn next(&mut self) -> Option<Part<'t>> {
        while !self.rest.is_empty() {
            if let Some(length) = self.json() {
                return Some(Ok(self.take(length)));
            }
            if !self.rest.starts_with(SEPARATOR) {
                return Some(self.yaml());
            }
            if let Err(broken) = self.separator() {
                return Some(Err(broken));
            }
        }
        None
    }
}
