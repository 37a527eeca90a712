use std::collections::VecDeque;

use super::super::unreadable::Unreadable;
use super::cursor::{Cursor, Mark};
use super::token::{Kind, Token};

/// Whose rules a text follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Yaml,
    /// What was read as JSON before: escapes as there, keys of any length, and no line breaks but
    /// those of JSON.
    Json,
}

/// Takes a text apart, token by token.
///
/// What is a key shows only at its colon; so tokens wait in a queue while one of them may still turn
/// out to begin a key.
pub(crate) struct Scanner<'t> {
    pub(super) at: Cursor<'t>,
    pub(super) dialect: Dialect,
    tokens: VecDeque<Token<'t>>,
    /// How many tokens were taken.
    taken: usize,
    /// Of the block that is open; -1 for none.
    pub(super) indent: i64,
    /// Of the blocks around it.
    indents: Vec<i64>,
    /// How many brackets are open.
    pub(super) flow: usize,
    /// Whether a key without `?` may begin here.
    pub(super) key_allowed: bool,
    /// What may be a key, at most one for each level of brackets, the outermost first.
    candidates: VecDeque<Candidate>,
    ended: bool,
}

/// A position where a key without `?` may have begun.
struct Candidate {
    flow: usize,
    /// The number of its first token.
    token: usize,
    mark: Mark,
    /// Whether nothing but a key can stand there.
    required: bool,
}

/// How far the colon may be from the beginning of its key, in characters.
const LONGEST_KEY: usize = 1024;

pub(super) type ScanResult<T> = Result<T, Unreadable>;

/// What may stand before a text, and means nothing.
pub(in crate::manifest) const ORDER_MARK: char = '\u{feff}';

pub(super) const TAB: &str = "a tab cannot indent: use spaces";
const NO_COLON: &str = "a key needs a `:` behind it, on its line";

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str, dialect: Dialect) -> Self {
        Self {
            at: Cursor::new(text),
            dialect,
            tokens: VecDeque::new(),
            taken: 0,
            indent: -1,
            indents: Vec::new(),
            flow: 0,
            key_allowed: true,
            candidates: VecDeque::new(),
            ended: false,
        }
    }

    /// Passes the byte order mark that a text may begin with.
    pub(crate) fn skip_order_mark(&mut self) {
        if self.at.rest().starts_with(ORDER_MARK) {
            self.at.mark.offset = ORDER_MARK.len_utf8();
        }
    }

    /// The next token, without taking it.
    pub(crate) fn peek(&mut self) -> ScanResult<&Token<'t>> {
        self.fill()?;
        self.tokens.front().ok_or_else(|| self.wrong("the text ended before"))
    }

    /// The next token; the last one is given out again and again.
    pub(crate) fn next(&mut self) -> ScanResult<Token<'t>> {
        self.fill()?;
        let is_last = self.tokens.front().is_some_and(|token| token.kind == Kind::StreamEnd);
        let token = if is_last { self.tokens.front().cloned() } else { self.tokens.pop_front() };
        self.taken += usize::from(!is_last);
        token.ok_or_else(|| self.wrong("the text ended before"))
    }

    /// What is wrong here.
    pub(super) fn wrong(&self, message: impl Into<String>) -> Unreadable {
        wrong(self.at.mark, message)
    }

    /// Scans until the first token in the queue cannot begin a key any more.
    fn fill(&mut self) -> ScanResult<()> {
        while self.tokens.is_empty() || self.first_may_be_key()? {
            self.scan()?;
        }
        Ok(())
    }

    fn first_may_be_key(&mut self) -> ScanResult<bool> {
        let first = self.candidates.front();
        let first = first.filter(|candidate| candidate.token == self.taken);
        let Some(candidate) = first else { return Ok(false) };
        if self.may_be_key(candidate)? {
            return Ok(true);
        }
        self.candidates.pop_front();
        Ok(false)
    }

    /// Whether a colon here would make it a key.
    fn may_be_key(&self, candidate: &Candidate) -> ScanResult<bool> {
        let (from, here) = (candidate.mark, self.at.mark);
        // Bytes are an upper bound of characters, and need no counting.
        let near = here.offset - from.offset <= LONGEST_KEY
            || self.at.slice(from.offset, here.offset).chars().count() <= LONGEST_KEY;
        if self.dialect == Dialect::Json || (from.line == here.line && near) {
            return Ok(true);
        }
        if candidate.required { Err(wrong(from, NO_COLON)) } else { Ok(false) }
    }

    /// Scans one token, and what it implies.
    fn scan(&mut self) -> ScanResult<()> {
        self.skip_to_token()?;
        self.close_blocks(i64::from(self.at.mark.column));
        let next = self.at.peek(0);
        if self.at.is_end() {
            return self.end();
        }
        if self.at.mark.column == 0 && next == b'%' {
            self.end_document()?;
            let token = self.directive()?;
            self.tokens.push_back(token);
            return Ok(());
        }
        for (of, kind) in [(b'-', Kind::DocumentStart), (b'.', Kind::DocumentEnd)] {
            if self.at.is_separator(of) {
                self.end_document()?;
                self.push_mark(kind, 3);
                return Ok(());
            }
        }
        let word_ends = self.at.is_space(1);
        match next {
            b'[' => self.open_flow(Kind::FlowSequenceStart),
            b'{' => self.open_flow(Kind::FlowMappingStart),
            b']' => self.close_flow(Kind::FlowSequenceEnd),
            b'}' => self.close_flow(Kind::FlowMappingEnd),
            b',' => self.entry(Kind::FlowEntry),
            b'-' if word_ends => self.dash(),
            b'?' if word_ends || self.flow > 0 => self.key(),
            b':' if word_ends || self.flow > 0 => self.value(),
            b'|' | b'>' if self.flow == 0 => {
                self.remove_candidate()?;
                self.key_allowed = true;
                let token = self.block_scalar(next == b'|')?;
                self.tokens.push_back(token);
                Ok(())
            }
            _ => self.word(next),
        }
    }

    /// What can be a key, or stand before one.
    fn word(&mut self, next: u8) -> ScanResult<()> {
        self.save_candidate()?;
        self.key_allowed = false;
        let token = match next {
            b'*' | b'&' => self.anchor(),
            b'!' => self.tag(),
            b'\'' | b'"' => self.quoted_scalar(next == b'\''),
            _ if self.begins_plain(next) => self.plain_scalar(),
            b'\t' => Err(self.wrong(TAB)),
            _ => {
                let letter = char::from(next);
                Err(self.wrong(format!("text that begins with `{letter}` needs quotes")))
            }
        }?;
        self.tokens.push_back(token);
        Ok(())
    }

    fn begins_plain(&self, next: u8) -> bool {
        match next {
            b'-' => !self.at.is_blank(1),
            b'?' | b':' => self.flow == 0 && !self.at.is_space(1),
            _ => !self.at.is_space(0) && !b",[]{}#&*!|>'\"%@`".contains(&next),
        }
    }

    fn skip_to_token(&mut self) -> ScanResult<()> {
        loop {
            if self.at.mark.column == 0 && self.at.rest().starts_with(ORDER_MARK) {
                return Err(self.wrong("a byte order mark (U+FEFF) can only begin a file"));
            }
            let tabs = self.flow > 0 || !self.key_allowed || self.dialect == Dialect::Json;
            self.at.skip_while(|byte| byte == b' ' || (tabs && byte == b'\t'));
            self.at.skip_comment();
            if !self.at.is_break(0) {
                return Ok(());
            }
            self.at.skip_break();
            self.key_allowed |= self.flow == 0;
        }
    }

    /// A token of so many characters.
    fn push_mark(&mut self, kind: Kind<'t>, length: usize) {
        let start = self.at.mark;
        self.at.skip_many(length);
        self.tokens.push_back(Token { kind, start, end: self.at.mark });
    }

    /// Opens a block at a column, unless it is open; its token stands before the token of that
    /// number, or behind all.
    fn open_block(&mut self, mark: Mark, before: Option<usize>, kind: Kind<'t>) {
        let column = i64::from(mark.column);
        if self.flow > 0 || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        let at = before.map_or(self.tokens.len(), |number| number - self.taken);
        self.tokens.insert(at, Token { kind, start: mark, end: mark });
    }

    /// Closes the blocks that are deeper than a column.
    fn close_blocks(&mut self, column: i64) {
        while self.flow == 0 && self.indent > column {
            self.push_mark(Kind::BlockEnd, 0);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn end(&mut self) -> ScanResult<()> {
        self.end_document()?;
        // Around brackets that are not closed nothing becomes a key any more.
        self.candidates.clear();
        if !self.ended {
            self.ended = true;
            self.push_mark(Kind::StreamEnd, 0);
        }
        Ok(())
    }

    fn end_document(&mut self) -> ScanResult<()> {
        self.close_blocks(-1);
        self.remove_candidate()?;
        self.key_allowed = false;
        Ok(())
    }

    fn open_flow(&mut self, kind: Kind<'t>) -> ScanResult<()> {
        self.save_candidate()?;
        self.flow += 1;
        self.key_allowed = true;
        self.push_mark(kind, 1);
        Ok(())
    }

    fn close_flow(&mut self, kind: Kind<'t>) -> ScanResult<()> {
        self.remove_candidate()?;
        self.flow = self.flow.saturating_sub(1);
        self.key_allowed = false;
        self.push_mark(kind, 1);
        Ok(())
    }

    fn entry(&mut self, kind: Kind<'t>) -> ScanResult<()> {
        self.remove_candidate()?;
        self.key_allowed = true;
        self.push_mark(kind, 1);
        Ok(())
    }

    fn dash(&mut self) -> ScanResult<()> {
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(self.wrong("a list cannot begin here: begin it on a line of its own"));
            }
            self.open_block(self.at.mark, None, Kind::BlockSequenceStart);
        }
        self.entry(Kind::BlockEntry)
    }

    fn key(&mut self) -> ScanResult<()> {
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(self.wrong("a key cannot begin here: begin it on a line of its own"));
            }
            self.open_block(self.at.mark, None, Kind::BlockMappingStart);
        }
        self.remove_candidate()?;
        self.key_allowed = self.flow == 0;
        self.push_mark(Kind::Key, 1);
        Ok(())
    }

    fn value(&mut self) -> ScanResult<()> {
        let candidate = self.candidates.pop_back_if(|candidate| candidate.flow == self.flow);
        let candidate = match candidate {
            Some(candidate) => self.may_be_key(&candidate)?.then_some(candidate),
            None => None,
        };
        if let Some(Candidate { token, mark, .. }) = candidate {
            let key = Token { kind: Kind::Key, start: mark, end: mark };
            self.tokens.insert(token - self.taken, key);
            self.open_block(mark, Some(token), Kind::BlockMappingStart);
            self.key_allowed = false;
        } else {
            if self.flow == 0 {
                if !self.key_allowed {
                    return Err(self.wrong(
                        "a second key cannot stand on this line: write text that holds `: ` in quotes",
                    ));
                }
                self.open_block(self.at.mark, None, Kind::BlockMappingStart);
            }
            self.key_allowed = self.flow == 0;
        }
        self.push_mark(Kind::Value, 1);
        Ok(())
    }

    /// Remembers that a key may begin here.
    fn save_candidate(&mut self) -> ScanResult<()> {
        // Of JSON only text can be a key; to wait for a bracket's end would be to keep all tokens.
        let is_key = self.dialect == Dialect::Yaml || self.at.peek(0) == b'"';
        if !self.key_allowed || !is_key {
            return Ok(());
        }
        self.remove_candidate()?;
        let mark = self.at.mark;
        self.candidates.push_back(Candidate {
            flow: self.flow,
            token: self.taken + self.tokens.len(),
            mark,
            required: self.flow == 0 && self.indent == i64::from(mark.column),
        });
        Ok(())
    }

    /// Forgets what may have been a key in these brackets.
    fn remove_candidate(&mut self) -> ScanResult<()> {
        match self.candidates.pop_back_if(|candidate| candidate.flow == self.flow) {
            Some(candidate) if candidate.required => Err(wrong(candidate.mark, NO_COLON)),
            Some(_) | None => Ok(()),
        }
    }
}

/// What is wrong at a mark.
pub(super) fn wrong(mark: Mark, message: impl Into<String>) -> Unreadable {
    Unreadable::new(mark.span(mark.offset), message)
}
