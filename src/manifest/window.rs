//! The part of a text that is in memory: read on as far as is asked, and dropped as it passes.

use std::io::{self, Read};

use super::span::Span;

/// How much is read at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// What was read of a text and has not passed. Offsets count from what has passed.
pub(super) struct Window<R> {
    source: R,
    /// No piece has more bytes.
    pub most: usize,
    buffer: Vec<u8>,
    /// How much of the buffer has passed.
    at: usize,
    /// Where what has not passed begins.
    pub position: Span,
    /// Whether all was read.
    pub ended: bool,
}

impl<R: Read> Window<R> {
    pub(super) fn new(source: R, most: usize) -> Self {
        Self { source, most, buffer: Vec::new(), at: 0, position: Span::START, ended: false }
    }

    /// Reads more; whether there was any.
    fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.drain(..std::mem::take(&mut self.at));
        let known = self.buffer.len();
        self.buffer.resize(known + CHUNK, 0);
        // As it comes: what is there is judged while the rest is waited for.
        let read = loop {
            match self.source.read(self.buffer.get_mut(known..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(known + read.as_ref().copied().unwrap_or_default());
        self.ended = read? == 0;
        Ok(!self.ended)
    }

    /// Whether there are more bytes than these.
    pub(super) fn has(&mut self, bytes: usize) -> io::Result<bool> {
        while self.buffer.len() - self.at <= bytes {
            if !self.more()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A byte, if it is there and not beyond what a piece can be.
    pub(super) fn byte(&mut self, at: usize) -> io::Result<Option<u8>> {
        Ok(if at < self.most && self.has(at)? {
            self.buffer.get(self.at + at).copied()
        } else {
            None
        })
    }

    /// What was read.
    pub(super) fn slice(&self, range: std::ops::Range<usize>) -> &[u8] {
        self.buffer.get(self.at + range.start..self.at + range.end).unwrap_or_default()
    }

    /// The offset behind blanks.
    pub(super) fn blanks(&mut self, mut at: usize) -> io::Result<usize> {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.byte(at)? {
            at += 1;
        }
        Ok(at)
    }

    /// The offset of the next of these bytes from there on, and which it is.
    fn next_of(&mut self, of: &[u8], mut at: usize) -> io::Result<Option<(usize, u8)>> {
        while at < self.most && self.has(at)? {
            let rest = self.buffer.get(self.at + at..).unwrap_or_default();
            let found = rest.iter().enumerate().find(|(_, byte)| of.contains(byte));
            match found {
                Some((ahead, byte)) => return Ok(Some((at + ahead, *byte))),
                None => at += rest.len(),
            }
        }
        Ok(None)
    }

    /// The offset behind the text in quotes that begins there.
    pub(super) fn text(&mut self, at: usize) -> io::Result<Option<usize>> {
        if self.byte(at)? != Some(b'"') {
            return Ok(None);
        }
        let mut at = at + 1;
        loop {
            match self.next_of(b"\"\\", at)? {
                None => return Ok(None),
                Some((end, b'"')) => return Ok(Some(end + 1)),
                Some((escape, _)) => at = escape + 2,
            }
        }
    }

    /// The offset behind a value.
    pub(super) fn value(&mut self, mut at: usize) -> io::Result<Option<usize>> {
        match self.byte(at)? {
            Some(b'{' | b'[') => self.closing(at, 0),
            Some(b'"') => self.text(at),
            _ => {
                while self.byte(at)?.is_some_and(|byte| !b",]} \t\r\n".contains(&byte)) {
                    at += 1;
                }
                Ok(Some(at))
            }
        }
    }

    /// The offset behind the bracket that closes the last of those that are open; `None` for none.
    pub(super) fn closing(&mut self, mut at: usize, mut open: usize) -> io::Result<Option<usize>> {
        loop {
            let Some((next, byte)) = self.next_of(b"\"{[}]", at)? else { return Ok(None) };
            match byte {
                b'"' => {
                    let Some(behind) = self.text(next)? else { return Ok(None) };
                    at = behind;
                    continue;
                }
                b'{' | b'[' => open += 1,
                _ if open <= 1 => return Ok(Some(next + 1)),
                _ => open -= 1,
            }
            at = next + 1;
        }
    }

    /// Whether all that was read has passed.
    pub(super) fn is_passed(&self) -> bool {
        self.at == self.buffer.len()
    }

    /// Lets all bytes pass that were read.
    pub(super) fn all(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.buffer);
        bytes.drain(..std::mem::take(&mut self.at));
        bytes
    }

    /// Lets bytes pass, as many as there are at most.
    pub(super) fn pass(&mut self, bytes: usize) -> Vec<u8> {
        let end = self.at.saturating_add(bytes).min(self.buffer.len());
        let passed = self.buffer.get(self.at..end).unwrap_or_default().to_vec();
        for byte in &passed {
            match byte {
                b'\n' => {
                    self.position.line = self.position.line.saturating_add(1);
                    self.position.column = 1;
                }
                // Of a character of several bytes the first counts.
                0x80..=0xBF => {}
                _ => self.position.column = self.position.column.saturating_add(1),
            }
        }
        self.at = end;
        passed
    }
}
