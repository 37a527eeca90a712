use std::borrow::Cow;

use super::super::source_value::SourceValue;
use super::super::span::Span;
use super::super::unreadable::Unreadable;
use super::parser::{BEHIND_THE_END, Parser};
use super::scanner::{Dialect, Scanner};

/// A text that holds one document at most.
#[derive(Clone, Copy, Debug)]
pub(in crate::manifest) struct Source<'t> {
    pub text: &'t str,
    /// Where it begins.
    pub start: Span,
    pub dialect: Dialect,
    /// Whether a line `---` stands before it that is part of it; else a byte order mark may.
    pub begun: bool,
}

/// Reads the value of a text; `None` where it is empty.
pub(in crate::manifest) fn read(source: Source<'_>) -> Result<Option<SourceValue>, Unreadable> {
    let Source { text, start, dialect, .. } = source;
    let excluded = text.find(is_excluded).filter(|_| dialect == Dialect::Yaml);
    let Some((before, rest)) = excluded.and_then(|at| text.split_at_checked(at)) else {
        return value(source);
    };
    match value(Source { text: before, ..source }) {
        // What stands there is not read.
        Err(broken) if broken.message == BEHIND_THE_END => Err(broken),
        Ok(_) | Err(_) => {
            let code = rest.chars().next().map_or(0, u32::from);
            let message = format!(
                "the character U+{code:04X} cannot stand in YAML: write it as an escape in double quotes"
            );
            Err(Unreadable::new(start.after(before), message))
        }
    }
}

/// Whether YAML excludes a character.
fn is_excluded(letter: char) -> bool {
    !matches!(
        letter,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..
    )
}

fn value(source: Source<'_>) -> Result<Option<SourceValue>, Unreadable> {
    let Source { text, start, dialect, begun } = source;
    // For kubectl each line has an end.
    let whole = if text.ends_with('\n') || dialect == Dialect::Json {
        Cow::Borrowed(text)
    } else {
        format!("{text}\n").into()
    };
    let mut tokens = Scanner::new(&whole, dialect);
    if !begun {
        tokens.skip_order_mark();
    }
    Parser::new(tokens, start).document(begun).map_err(|broken| broken.counted_from(start))
}
