//! Values that have parts.

use std::sync::Arc;

use super::super::merge::{Entry, MERGES_OBJECTS, object};
use super::super::source_value::{Key, Node};
use super::super::unreadable::Unreadable;
use super::parser::{Cost, ParsedNode, Parser, What, shown};
use super::scanner::{ScanResult, wrong};
use super::token::{Kind, Token};

const NO_KEY: &str = "a key must be text";

impl<'t> Parser<'t> {
    /// Elements, each behind a dash.
    pub(super) fn dashes(&mut self) -> ScanResult<(Node, Cost)> {
        let (mut items, mut cost) = (Vec::new(), Cost::CALL);
        while self.tokens.peek()?.kind == Kind::BlockEntry {
            let behind = self.tokens.next()?.end;
            let next = &self.tokens.peek()?.kind;
            let is_empty = matches!(next, Kind::BlockEntry) || ends_member(next);
            let item = if is_empty { self.nothing(behind) } else { self.value(true, false)? };
            cost += item.cost;
            items.push(item.located()?);
        }
        Ok((Node::List(Arc::new(items)), cost))
    }

    /// Members, line by line.
    pub(super) fn lines(&mut self) -> ScanResult<(Node, Cost)> {
        self.tokens.next()?;
        let (mut entries, mut cost) = (Vec::new(), Cost::CALL);
        while self.tokens.peek()?.kind == Kind::Key {
            let behind = self.tokens.next()?.end;
            let is_empty = ends_member(&self.tokens.peek()?.kind);
            let key = if is_empty { self.nothing(behind) } else { self.value(true, true)? };
            let next = self.tokens.peek()?;
            let mut behind = next.start;
            let mut empty = true;
            if next.kind == Kind::Value {
                behind = self.tokens.next()?.end;
                empty = ends_member(&self.tokens.peek()?.kind);
            }
            let value = if empty { self.nothing(behind) } else { self.value(true, true)? };
            cost += self.entry(key, value, &mut entries)?;
        }
        self.close(&Kind::BlockEnd, "a key was expected at this column")?;
        Ok((map(entries)?, cost))
    }

    pub(super) fn brackets(&mut self) -> ScanResult<(Node, Cost)> {
        let open = self.tokens.next()?.start;
        self.open.push(open);
        let (mut items, mut cost) = (Vec::new(), Cost::CALL);
        while self.goes_on(&Kind::FlowSequenceEnd, items.is_empty())? {
            let item = if self.tokens.peek()?.kind == Kind::Key {
                self.pair()?
            } else {
                self.value(false, false)?
            };
            cost += item.cost;
            items.push(item.located()?);
        }
        Ok((Node::List(Arc::new(items)), cost))
    }

    /// An object of one member that stands in brackets without braces.
    fn pair(&mut self) -> ScanResult<ParsedNode<'t>> {
        self.decoded += 1;
        let Token { start, end, .. } = self.tokens.next()?;
        let ends = |kind: &Kind<'_>| matches!(kind, Kind::FlowEntry | Kind::FlowSequenceEnd);
        let next = self.tokens.peek()?;
        let key = if next.kind == Kind::Value || ends(&next.kind) {
            return Err(wrong(next.start, NO_KEY));
        } else {
            self.value(false, false)?
        };
        let value = self.flow_value(ends)?;
        let mut entries = Vec::new();
        let mut cost = Cost::CALL;
        cost += self.entry(key, value, &mut entries)?;
        let what = What::Parts(map(entries)?);
        Ok(ParsedNode { span: self.span(start, end), what, cost, is_alias: false })
    }

    pub(super) fn braces(&mut self) -> ScanResult<(Node, Cost)> {
        let open = self.tokens.next()?.start;
        self.open.push(open);
        let ends = |kind: &Kind<'_>| matches!(kind, Kind::FlowEntry | Kind::FlowMappingEnd);
        let (mut entries, mut cost) = (Vec::new(), Cost::CALL);
        while self.goes_on(&Kind::FlowMappingEnd, entries.is_empty())? {
            let is_marked = self.tokens.peek()?.kind == Kind::Key;
            if is_marked {
                self.tokens.next()?;
            }
            let next = self.tokens.peek()?;
            if is_marked && (next.kind == Kind::Value || ends(&next.kind)) {
                return Err(wrong(next.start, NO_KEY));
            }
            let key = self.value(false, false)?;
            let value = if is_marked {
                self.flow_value(ends)?
            } else {
                let mark = self.tokens.peek()?.start;
                self.nothing(mark)
            };
            cost += self.entry(key, value, &mut entries)?;
        }
        Ok((map(entries)?, cost))
    }

    /// What stands behind a colon in brackets, if one is there.
    fn flow_value(&mut self, ends: impl Fn(&Kind<'_>) -> bool) -> ScanResult<ParsedNode<'t>> {
        let next = self.tokens.peek()?;
        let mut mark = next.start;
        if next.kind == Kind::Value {
            self.tokens.next()?;
            let next = self.tokens.peek()?;
            mark = next.start;
            if !ends(&next.kind) {
                return self.value(false, false);
            }
        }
        Ok(self.nothing(mark))
    }

    /// Whether there is another part before the closing bracket; passes that, or the comma.
    fn goes_on(&mut self, close: &Kind<'t>, is_first: bool) -> ScanResult<bool> {
        let next = self.tokens.peek()?;
        if next.kind != *close && !is_first {
            if next.kind != Kind::FlowEntry {
                let (kind, start) = (next.kind.clone(), next.start);
                return Err(self.unexpected(&kind, start, &format!("`,` or {}", shown(close))));
            }
            self.tokens.next()?;
        }
        let ends = self.tokens.peek()?.kind == *close;
        if ends {
            self.tokens.next()?;
            self.open.pop();
        }
        Ok(!ends)
    }

    pub(super) fn close(&mut self, kind: &Kind<'_>, expected: &str) -> ScanResult<()> {
        let next = self.tokens.peek()?;
        if next.kind != *kind {
            return Err(wrong(next.start, expected));
        }
        drop(self.tokens.next()?);
        Ok(())
    }

    /// Adds a member, or what is to be merged; returns what it costs.
    fn entry(
        &mut self,
        key: ParsedNode<'t>,
        value: ParsedNode<'t>,
        entries: &mut Vec<Entry>,
    ) -> ScanResult<Cost> {
        let span = key.span;
        let refused = |message| Unreadable::new(span, message);
        let merges = matches!(key.what, What::Scalar(_, true));
        let mut cost = value.cost;
        if merges {
            // An alias can stand for an object to merge, not for a list of them.
            let is_list = matches!(value.what, What::Parts(Node::List(_)));
            if value.is_alias && is_list {
                return Err(refused(MERGES_OBJECTS));
            }
            // Go decodes neither the key nor, around several objects, their list.
            cost.calls -= usize::from(is_list);
            self.decoded -= 1 + usize::from(is_list);
            entries.push(Entry::Merge(span, value.located()?));
            return Ok(cost);
        }
        let text = match key.what {
            What::Scalar(scalar, _) => scalar.key(),
            What::Parts(_) => None,
        };
        cost += key.cost;
        let key = Key { span, text: text.ok_or_else(|| refused(NO_KEY))? };
        entries.push(Entry::Member(key, value.located()?));
        Ok(cost)
    }
}

/// Whether a token ends what is left out before it, line by line.
fn ends_member(kind: &Kind<'_>) -> bool {
    matches!(kind, Kind::Key | Kind::Value | Kind::BlockEnd)
}

fn map(entries: Vec<Entry>) -> ScanResult<Node> {
    object(entries)
        .map(|map| Node::Map(Arc::new(map)))
        .map_err(|span| Unreadable::new(span, MERGES_OBJECTS))
}
