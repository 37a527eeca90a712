//! A text that may be too long to be kept: of a list of objects in JSON, as kubectl prints one, the
//! elements come one by one, and everything else whole.
//!
//! Only brackets, texts and commas are looked at here; whether each part is JSON shows when it is read.

use std::io::{self, Read};
use std::sync::Arc;

use serde_json::Value;

use super::span::Span;
use super::window::Window;

/// A shorter text comes whole, in bytes: what is around its elements may stand in any order.
const SHORT: usize = 1024 * 1024;

/// A part of a text.
#[derive(Debug)]
pub struct Part {
    /// All of it.
    pub text: String,
    /// Where it begins: line and column of the whole text, offset of the part.
    pub start: Span,
}

/// What comes next of a text.
#[derive(Debug)]
pub enum Piece {
    /// An element of a list, and the members that stand before it in the object around the list.
    Element(Part, Arc<Value>),
    /// The object around a list whose elements came before, without them.
    Frame(Part),
    /// All that is left, behind so many values of JSON that came before it.
    Rest(Part, usize),
}

/// Why no piece comes.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// What comes is longer than a piece can be; where it begins.
    #[error("is too long")]
    Long(Span),
    /// It is no UTF-8 from this byte on, though it says so.
    #[error("is no text")]
    NoText(usize),
    /// A list has begun and is no JSON there.
    #[error("{1}")]
    NoList(Span, &'static str),
}

const CUT: &str = "the list ends in the middle";
const NO_ELEMENT: &str = "an object of the list was expected here, or its end";
const NO_COMMA: &str = "`,` or `]` was expected behind an object of the list";

/// Which lists are taken apart.
#[derive(Clone, Copy)]
pub struct Lists {
    /// The member that holds the elements.
    pub member: &'static str,
    /// Whether an object is such a list, by what stands before its elements and the first of them.
    pub is_one: fn(&Value, &Value) -> bool,
}

/// Reads a text piece by piece; none is longer than `most` bytes.
pub struct Pieces<R> {
    lists: Lists,
    window: Window<R>,
    /// The list that is being read.
    list: Option<List>,
    /// How many values of JSON have passed.
    values: usize,
    ended: bool,
}

/// A list whose elements are being read.
struct List {
    head: Arc<Value>,
    /// The text of the object without its elements.
    frame: Vec<u8>,
    start: Span,
    /// Whether the next element stands behind a comma.
    has_elements: bool,
}

impl<R: Read> Pieces<R> {
    /// Of a text that comes from there.
    pub fn new(source: R, lists: Lists, most: usize) -> Self {
        let window = Window::new(source, most);
        Self { lists, window, list: None, values: 0, ended: false }
    }

    fn piece(&mut self) -> Result<Option<Piece>, StreamError> {
        if self.list.is_none() {
            self.list = self.begin()?;
        }
        match self.list.take() {
            Some(list) => self.inside(list).map(Some),
            None => self.rest(),
        }
    }

    /// The list that begins here, if one does: then all before its first element has passed.
    fn begin(&mut self) -> Result<Option<List>, StreamError> {
        if self.values == 0 && !self.window.has(SHORT)? {
            return Ok(None);
        }
        let mut at = self.window.blanks(0)?;
        if self.window.byte(at)? != Some(b'{') {
            return Ok(None);
        }
        let begin = at;
        at += 1;
        loop {
            let key = self.window.blanks(at)?;
            let Some(behind) = self.window.text(key)? else { return Ok(None) };
            let colon = self.window.blanks(behind)?;
            if self.window.byte(colon)? != Some(b':') {
                return Ok(None);
            }
            let value = self.window.blanks(colon + 1)?;
            if self.window.slice(key..behind) == format!("\"{}\"", self.lists.member).as_bytes() {
                return self.list(begin, key, value);
            }
            let Some(end) = self.window.value(value)? else { return Ok(None) };
            let comma = self.window.blanks(end)?;
            if self.window.byte(comma)? != Some(b',') {
                return Ok(None);
            }
            at = comma + 1;
        }
    }

    /// The list whose object begins there, and whose elements are this value.
    fn list(
        &mut self,
        begin: usize,
        key: usize,
        value: usize,
    ) -> Result<Option<List>, StreamError> {
        if self.window.byte(value)? != Some(b'[') {
            return Ok(None);
        }
        let first = self.window.blanks(value + 1)?;
        if self.window.byte(first)? != Some(b'{') {
            return Ok(None);
        }
        let Some(end) = self.window.value(first)? else { return Ok(None) };
        let first: Option<Value> = serde_json::from_slice(self.window.slice(first..end)).ok();
        let head = self.window.slice(begin..key).trim_ascii_end();
        let head = [head.strip_suffix(b",").unwrap_or(head), b"}"].concat();
        let head: Option<Value> = serde_json::from_slice(&head).ok();
        let (Some(head), Some(first)) = (head, first) else { return Ok(None) };
        if !(self.lists.is_one)(&head, &first) {
            return Ok(None);
        }
        self.window.pass(begin);
        let start = Span { offset: 0, ..self.window.position };
        let frame = self.window.pass(value + 1 - begin);
        Ok(Some(List { head: Arc::new(head), frame, start, has_elements: false }))
    }

    /// The next element of a list, or what is around them.
    fn inside(&mut self, mut list: List) -> Result<Piece, StreamError> {
        let mut at = self.window.blanks(0)?;
        if list.has_elements && self.window.byte(at)? == Some(b',') {
            at = self.window.blanks(at + 1)?;
        } else if self.window.byte(at)? == Some(b']') {
            self.window.pass(at);
            return self.frame(list);
        } else if list.has_elements {
            return Err(self.broken(at, NO_COMMA));
        }
        self.window.pass(at);
        if self.window.byte(0)? != Some(b'{') {
            return Err(self.broken(0, NO_ELEMENT));
        }
        let part = self.part(0)?;
        let head = Arc::clone(&list.head);
        list.has_elements = true;
        self.list = Some(list);
        Ok(Piece::Element(part, head))
    }

    /// The object around the elements, from behind the last of them on.
    fn frame(&mut self, mut list: List) -> Result<Piece, StreamError> {
        let Part { text, .. } = self.part(2)?;
        list.frame.extend(text.into_bytes());
        self.values += 1;
        Ok(Piece::Frame(Part { text: lossy(list.frame), start: list.start }))
    }

    /// From here to where so many brackets are closed that are open, or the one that opens here.
    fn part(&mut self, open: usize) -> Result<Part, StreamError> {
        let start = Span { offset: 0, ..self.window.position };
        let Some(end) = self.window.closing(0, open)? else {
            let is_cut = self.window.ended;
            return Err(if is_cut {
                StreamError::NoList(start, CUT)
            } else {
                StreamError::Long(start)
            });
        };
        Ok(Part { text: lossy(self.window.pass(end)), start })
    }

    fn broken(&mut self, at: usize, message: &'static str) -> StreamError {
        self.window.pass(at);
        let message = if self.window.is_passed() { CUT } else { message };
        StreamError::NoList(self.window.position, message)
    }

    /// All that is left; `None` for nothing behind a list.
    fn rest(&mut self) -> Result<Option<Piece>, StreamError> {
        self.ended = true;
        let start = Span { offset: 0, ..self.window.position };
        if self.window.has(self.window.most)? {
            return Err(StreamError::Long(start));
        }
        let bytes = self.window.all();
        if self.values > 0 && bytes.trim_ascii().is_empty() {
            return Ok(None);
        }
        let text = super::text(bytes).map_err(StreamError::NoText)?;
        Ok(Some(Piece::Rest(Part { text, start }, self.values)))
    }
}

impl<R: Read> Iterator for Pieces<R> {
    type Item = Result<Piece, StreamError>;

    /// Nothing comes behind an error.
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let piece = self.piece();
        self.ended |= piece.is_err();
        piece.transpose()
    }
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
