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

/// The documents of a text, one by one, as kubectl takes it apart: at lines `---`, or value by
/// value where it is JSON. One that cannot be read does not keep the others from being read.
pub fn documents(text: &str) -> impl Iterator<Item = Result<Document<'_>, Unreadable>> {
    Parts { rest: text, start: Place::START }.flat_map(|part| {
        let mut read = Vec::new();
        match part {
            Ok((text, start)) => match Located::read(text, start) {
                Ok(root) => read.extend(root.map(|root| Ok(Document { text, start, root }))),
                Err(broken) => read.push(Err(broken)),
            },
            Err(broken) => read.push(Err(broken)),
        }
        read
    })
}

/// The parts of a text, each with the place where it begins.
struct Parts<'t> {
    rest: &'t str,
    start: Place,
}

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
}

impl<'t> Iterator for Parts<'t> {
    type Item = Result<(&'t str, Place), Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some(length) = self.json() {
            return Some(Ok(self.take(length)));
        }
        if self.rest.starts_with(SEPARATOR) {
            let length = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
            let (line, start) = self.take(length);
            let after = line.strip_prefix(SEPARATOR).unwrap_or_default().trim();
            if !after.is_empty() && !after.starts_with('#') {
                let message = "a line that begins with `---` separates documents: nothing but a comment can follow it";
                return Some(Err(Unreadable::new(start, message)));
            }
        }
        let end = match self.rest.find("\n---") {
            _ if self.rest.starts_with(SEPARATOR) => 0,
            Some(end) => end + 1,
            None => self.rest.len(),
        };
        Some(Ok(self.take(end)))
    }
}
