use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::super::merge::MERGE;
use super::super::source_value::{Node, SourceValue};
use super::super::span::Span;
use super::super::unreadable::Unreadable;
use super::cursor::Mark;
use super::node::{Scalar, resolve};
use super::properties::YAMLS_OWN;
use super::scanner::{ScanResult, Scanner, wrong};
use super::token::{Kind, Style, Token};

/// How deep values can be inside each other, so that any thread has the stack for them. kubectl
/// reads 10,000; no object of Kubernetes comes near.
const DEEPEST: usize = 200;

/// More values than this are no manifest.
const MOST_VALUES: usize = 8_000_000;

/// More bytes than this are not made by aliases: no API server takes an object a tenth as large.
const MOST_COPIED: usize = 32 * 1024 * 1024;

const TOO_DEEP: &str = "is nested too deeply";
const TOO_LARGE: &str = "is too large: it has too many values";
const TOO_MANY_ALIASES: &str = "is too large: most of it would be copies by aliases";
const INSIDE_ITSELF: &str = "an alias cannot stand inside its own anchor";
const NO_ANCHOR: &str =
    "`*` names an anchor that is not there; text that begins with `*` needs quotes";
const NOTHING_BEFORE_THE_END: &str = "nothing stands before this `...`: remove it";
const NO_DIRECTIVES: &str =
    "kubectl reads no document that begins with a `%YAML` or `%TAG` line: remove it";
const UNKNOWN_TAG: &str =
    "nothing says what this tag stands for; text that begins with `!` needs quotes";
pub(super) const BEHIND_THE_END: &str =
    "kubectl reads nothing behind the end of a document: separate documents by a line `---`";

/// Which part of what is decoded may be copies (goyaml.v2, `allowedAliasRatio`).
#[expect(clippy::cast_precision_loss, reason = "so does Go")]
fn too_many_copies(copied: Cost, decoded: usize) -> bool {
    const LOW: usize = 400_000;
    const HIGH: usize = 4_000_000;
    let allowed = match decoded {
        ..=LOW => 0.99,
        HIGH.. => 0.10,
        _ => 0.99 - 0.89 * ((decoded - LOW) as f64 / (HIGH - LOW) as f64),
    };
    let part = copied.calls as f64 / decoded as f64;
    copied.bytes > MOST_COPIED || copied.calls > 100 && decoded > 1000 && part > allowed
}

/// A value that was read.
#[derive(Clone)]
pub(super) struct ParsedNode<'t> {
    pub span: Span,
    pub what: What<'t>,
    pub cost: Cost,
    pub is_alias: bool,
}

/// What it takes to decode a value.
#[derive(Clone, Copy, Default)]
pub(super) struct Cost {
    /// How often Go's decoder calls itself.
    pub calls: usize,
    /// The bytes of its texts.
    pub bytes: usize,
}

impl Cost {
    pub(super) const CALL: Self = Self { calls: 1, bytes: 0 };
}

impl AddAssign for Cost {
    fn add_assign(&mut self, more: Self) {
        self.calls += more.calls;
        self.bytes += more.bytes;
    }
}

#[derive(Clone)]
pub(super) enum What<'t> {
    /// A scalar, and whether it is `<<` as it merges: in quotes, or as text by its tag, it is a key
    /// like others.
    Scalar(Scalar<'t>, bool),
    Parts(Node),
}

impl ParsedNode<'_> {
    pub(super) fn located(self) -> ScanResult<SourceValue> {
        let node = match self.what {
            What::Parts(node) => node,
            What::Scalar(scalar, _) => {
                let value = scalar.value().map_err(|why| Unreadable::new(self.span, why))?;
                Node::Scalar(value)
            }
        };
        Ok(SourceValue { span: self.span, node })
    }
}

/// What stands before a value.
#[derive(Default)]
struct Properties<'t> {
    anchor: Option<&'t str>,
    tag: Option<String>,
}

pub(super) struct Parser<'t> {
    pub tokens: Scanner<'t>,
    start: Span,
    /// The number and the value of each name, which is not there yet inside it.
    anchors: BTreeMap<&'t str, (usize, Option<ParsedNode<'t>>)>,
    anchored: usize,
    /// Where the brackets around the next token begin.
    pub open: Vec<Mark>,
    depth: usize,
    pub decoded: usize,
    copied: Cost,
}

impl<'t> Parser<'t> {
    pub(super) fn new(tokens: Scanner<'t>, start: Span) -> Self {
        Self {
            tokens,
            start,
            anchors: BTreeMap::new(),
            anchored: 0,
            open: Vec::new(),
            depth: 0,
            decoded: 0,
            copied: Cost::default(),
        }
    }

    /// The value of a document; `None` where there is none.
    pub(super) fn document(&mut self, begun: bool) -> ScanResult<Option<SourceValue>> {
        let first = self.tokens.peek()?;
        match (&first.kind, begun) {
            (Kind::StreamEnd, _) => return Ok(None),
            (Kind::DocumentEnd, false) => return Err(wrong(first.start, NOTHING_BEFORE_THE_END)),
            (Kind::Directive, false) => return Err(wrong(first.start, NO_DIRECTIVES)),
            (Kind::DocumentStart, false) => drop(self.tokens.next()?),
            _ => {}
        }
        let next = self.tokens.peek()?;
        let root = if matches!(
            next.kind,
            Kind::DocumentStart | Kind::DocumentEnd | Kind::StreamEnd | Kind::Directive
        ) {
            let mark = next.start;
            self.nothing(mark)
        } else {
            self.value(true, false)?
        };
        // What cannot be read there is not read either.
        let behind = |broken: Unreadable| Unreadable::new(broken.span, BEHIND_THE_END);
        let mut next = self.tokens.next().map_err(behind)?;
        while next.kind == Kind::DocumentEnd {
            next = self.tokens.next().map_err(behind)?;
        }
        if next.kind != Kind::StreamEnd {
            return Err(wrong(next.start, BEHIND_THE_END));
        }
        root.located().map(Some)
    }

    pub(super) fn span(&self, start: Mark, end: Mark) -> Span {
        start.span(end.offset).counted_from(self.start)
    }

    /// A value that is left out.
    pub(super) fn nothing(&mut self, mark: Mark) -> ParsedNode<'t> {
        self.decoded += 1;
        ParsedNode {
            span: self.span(mark, mark),
            what: What::Scalar(Scalar::Null, false),
            cost: Cost::CALL,
            is_alias: false,
        }
    }

    /// A value; `block`: one that may be written line by line; `of_member`: a list may begin at the
    /// column of its key.
    pub(super) fn value(&mut self, block: bool, of_member: bool) -> ScanResult<ParsedNode<'t>> {
        if let Kind::Alias(name) = self.tokens.peek()?.kind {
            return self.alias(name);
        }
        let start = self.tokens.peek()?.start;
        self.decoded += 1;
        if self.decoded > MOST_VALUES {
            return Err(wrong(start, TOO_LARGE));
        }
        if too_many_copies(self.copied, self.decoded) {
            return Err(wrong(start, TOO_MANY_ALIASES));
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(wrong(start, TOO_DEEP));
        }
        let (properties, behind) = self.properties()?;
        let anchor = properties.anchor.map(|name| {
            self.anchored += 1;
            self.anchors.insert(name, (self.anchored, None));
            (name, self.anchored)
        });
        let parsed = self.content(&properties, behind, block, of_member)?;
        self.depth -= 1;
        if let Some((name, number)) = anchor
            && let Some((last, value)) = self.anchors.get_mut(name)
            && *last == number
        {
            *value = Some(parsed.clone());
        }
        Ok(parsed)
    }

    fn alias(&mut self, name: &str) -> ScanResult<ParsedNode<'t>> {
        let Token { start, end, .. } = self.tokens.next()?;
        let Some((_, value)) = self.anchors.get(name) else { return Err(wrong(start, NO_ANCHOR)) };
        let Some(value) = value else { return Err(wrong(start, INSIDE_ITSELF)) };
        self.decoded += 1 + value.cost.calls;
        self.copied += value.cost;
        if too_many_copies(self.copied, self.decoded) {
            return Err(wrong(start, TOO_MANY_ALIASES));
        }
        let mut cost = value.cost;
        cost += Cost::CALL;
        let what = match value.what.clone() {
            What::Scalar(scalar, _) => What::Scalar(scalar, false),
            parts @ What::Parts(_) => parts,
        };
        Ok(ParsedNode { span: self.span(start, end), what, cost, is_alias: true })
    }

    /// The anchor and the tag of a value, in any order, and where they end.
    #[expect(clippy::wildcard_enum_match_arm, reason = "any other token begins the value")]
    fn properties(&mut self) -> ScanResult<(Properties<'t>, Option<Mark>)> {
        let (mut found, mut behind) = (Properties::default(), None);
        loop {
            match &self.tokens.peek()?.kind {
                Kind::Anchor(name) if found.anchor.is_none() => found.anchor = Some(name),
                Kind::Tag(Some(tag)) if found.tag.is_none() => found.tag = Some(tag.clone()),
                Kind::Tag(None) if found.tag.is_none() => {
                    return Err(wrong(self.tokens.peek()?.start, UNKNOWN_TAG));
                }
                _ => return Ok((found, behind)),
            }
            behind = Some(self.tokens.next()?.end);
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "any other token begins no value")]
    fn content(
        &mut self,
        properties: &Properties<'t>,
        behind: Option<Mark>,
        block: bool,
        of_member: bool,
    ) -> ScanResult<ParsedNode<'t>> {
        let next = self.tokens.peek()?;
        let (start, end) = (next.start, next.end);
        let span = self.span(start, end);
        let tag = properties.tag.as_deref();
        let (node, cost) = match &self.tokens.peek()?.kind {
            Kind::BlockEntry if of_member => self.dashes()?,
            Kind::Scalar(style, _) => {
                let is_plain = *style == Style::Plain;
                // Taken, not copied: a text of several lines is a copy already.
                let Kind::Scalar(_, text) = self.tokens.next()?.kind else {
                    return Err(wrong(start, "a value was expected"));
                };
                return Self::scalar(span, text, tag, is_plain);
            }
            Kind::FlowSequenceStart => self.brackets()?,
            Kind::FlowMappingStart => self.braces()?,
            Kind::BlockSequenceStart if block => {
                self.tokens.next()?;
                let found = self.dashes()?;
                self.close(&Kind::BlockEnd, "a list goes on with `-` at its column, or ends")?;
                found
            }
            Kind::BlockMappingStart if block => self.lines()?,
            found => {
                let Some(behind) = behind else {
                    let found = found.clone();
                    return Err(self.unexpected(&found, start, "a value"));
                };
                return Self::scalar(self.span(behind, behind), "".into(), tag, true);
            }
        };
        Ok(ParsedNode { span, what: What::Parts(node), cost, is_alias: false })
    }

    fn scalar(
        span: Span,
        text: Cow<'t, str>,
        tag: Option<&str>,
        is_plain: bool,
    ) -> ScanResult<ParsedNode<'t>> {
        let merges = text == MERGE
            && match tag.map(|tag| tag.strip_prefix(YAMLS_OWN).unwrap_or(tag)) {
                None => is_plain,
                Some(tag) => tag == "!" || tag == "merge",
            };
        let cost = Cost { calls: 1, bytes: text.len() };
        let scalar = resolve(text, tag, is_plain).map_err(|why| Unreadable::new(span, why))?;
        Ok(ParsedNode { span, what: What::Scalar(scalar, merges), cost, is_alias: false })
    }

    /// What is wrong with a token; with the end, that a bracket is open.
    pub(super) fn unexpected(&self, found: &Kind<'_>, at: Mark, expected: &str) -> Unreadable {
        match self.open.last() {
            Some(open) if *found == Kind::StreamEnd => {
                wrong(*open, "the bracket that opens here is not closed")
            }
            Some(open) => {
                let (found, line) = (shown(found), self.span(*open, *open).line);
                wrong(
                    at,
                    format!(
                        "{expected} was expected, not {found}; the bracket opens in line {line}"
                    ),
                )
            }
            None => wrong(at, format!("{expected} was expected, not {}", shown(found))),
        }
    }
}

/// A token for people.
pub(super) fn shown(kind: &Kind<'_>) -> &'static str {
    match kind {
        Kind::DocumentStart => "`---`",
        Kind::DocumentEnd => "`...`",
        Kind::StreamEnd => "the end",
        Kind::Directive => "a line that begins with `%`",
        Kind::BlockSequenceStart | Kind::BlockEntry => "`-`",
        Kind::BlockMappingStart | Kind::Key => "a key",
        Kind::BlockEnd => "less indentation",
        Kind::FlowSequenceStart => "`[`",
        Kind::FlowSequenceEnd => "`]`",
        Kind::FlowMappingStart => "`{`",
        Kind::FlowMappingEnd => "`}`",
        Kind::FlowEntry => "`,`",
        Kind::Value => "`:`",
        Kind::Alias(_) => "an alias",
        Kind::Anchor(_) => "an anchor",
        Kind::Tag(_) => "a tag",
        Kind::Scalar(..) => "text",
    }
}
