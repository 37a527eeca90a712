//! The one text of findings, for denial, warning, audit annotation and every later way out.

use std::borrow::Cow;

use super::debug::Command;
use super::joined::{Told, joined};
use crate::controls::Edit;
use crate::policy::{Mode, Ruling};

/// What the API server keeps of a warning when there are many (`pkg/endpoints/filters/warning.go`).
const LINE: usize = 256;

/// More lines than this help nobody at a prompt.
const LINES: usize = 10;

/// An audit annotation has no limit of its own; an audit log does.
const ANNOTATION: usize = 16 * 1024;

/// The line of a finding, or of several that are told together ([`joined`]): control, field, what is
/// wrong, what to do, whose policy. The same in denials, warnings, audit annotations and on the
/// command line.
pub fn line(group: &[&Ruling]) -> String {
    compose("", group)
}

/// The lines of several findings, and a count of those left out.
pub(super) fn lines(rulings: &[Ruling]) -> Vec<String> {
    prefixed("", rulings)
}

/// The same with words in front.
pub(super) fn prefixed(prefix: &str, rulings: &[Ruling]) -> Vec<String> {
    let groups = joined(rulings, |ruling| ruling);
    let mut lines: Vec<_> = groups.iter().take(LINES).map(|one| compose(prefix, one)).collect();
    let rest = groups.get(LINES..).unwrap_or_default();
    if !rest.is_empty() {
        let pairs = rest.iter().flatten().any(|ruling| ruling.finding.pair.is_some());
        let verb = if pairs { "reach" } else { "check" };
        lines.push(format!("and {} more: bulkhead {verb} FILE shows all", rest.len()));
    }
    lines
}

/// The warning for a repair.
pub(super) fn repair(ruling: &Ruling) -> String {
    let done = match ruling.finding.edit {
        Some(Edit::StopSharing) => "was set to false",
        Some(Edit::StrictGroups) => "was set to Strict",
        Some(Edit::DropPtrace { .. }) => "no longer grants SYS_PTRACE",
        None => "was changed",
    };
    let body = format!("{} {done} by Bulkhead", ruling.finding.path);
    fit(&format!("{}: ", ruling.control().id), &body, &policies(&ruling.repaired_by))
}

/// The audit annotations: nothing where nothing was found.
pub(super) fn annotations(
    rulings: &[Ruling],
    is_denial: impl Fn(Mode) -> bool,
) -> Vec<(&'static str, String)> {
    let mut annotations = Vec::new();
    if rulings.is_empty() {
        return annotations;
    }
    let denied = rulings.iter().any(|ruling| !ruling.is_exempt() && is_denial(ruling.mode));
    annotations.push(("verdict", if denied { "denied" } else { "allowed" }.to_owned()));
    let groups = joined(rulings, |ruling| ruling);
    let first = groups.iter().filter_map(|group| Some((group, group.first()?)));
    let exempt = first.clone().filter_map(|(group, one)| Some((group, one.exempt.as_ref()?)));
    let exempt = exempt.map(|(group, by)| format!("{by} {}", line(group)));
    let found = first.filter(|(_, one)| !one.is_exempt());
    let found = found.map(|(group, one)| format!("{} {}", one.mode, line(group)));
    for (key, list) in [("exceptions", bounded(exempt)), ("findings", bounded(found))] {
        if !list.is_empty() {
            annotations.push((key, list));
        }
    }
    annotations
}

/// Lines up to the limit, then a count.
fn bounded(lines: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    let mut more = 0_usize;
    for line in lines {
        if more > 0 || text.len() + line.len() > ANNOTATION {
            more += 1;
        } else {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&line);
        }
    }
    if more > 0 {
        text.push_str("\nand ");
        text.push_str(&more.to_string());
        text.push_str(" more");
    }
    text
}

fn compose(prefix: &str, group: &[&Ruling]) -> String {
    let Some((first, told)) = group.first().zip(Told::of(group)) else { return String::new() };
    let colon = if prefix.is_empty() { "" } else { ": " };
    let start = format!("{prefix}{colon}{}: ", first.control().id);
    let end = |remedy: &str| {
        let end = format!("; {remedy}{}", policies(&told.policies));
        match &first.conditional {
            Some(exception) => format!("{end} (unless exception {} applies)", name(exception)),
            None => end,
        }
    };
    // What to do and whose policy it is stay whole; what is wrong gives way.
    let whole = end(&told.remedy);
    let length = [&start, &told.what, &whole].map(|part| part.chars().count());
    match told.shorter {
        Some(shorter) if length.iter().sum::<usize>() > LINE => {
            fit(&start, &told.what, &end(shorter))
        }
        _ => fit(&start, &told.what, &whole),
    }
}

/// What to tell a user of `kubectl debug`.
pub(super) struct Advice<'a> {
    /// The container at fault.
    pub(super) container: &'a str,
    /// The profiles it looks like: an empty list where it has settings of its own, `None` where it
    /// may have been mended since its user chose one.
    pub(super) like: Option<Vec<&'static str>>,
    /// Whether it is in a copy, whose original is not known.
    pub(super) in_copy: bool,
    /// What to type instead; `None` where nothing passes.
    pub(super) command: Option<Command>,
}

const NOTHING: &str = "no profile of kubectl debug passes here";

/// The line for a user of `kubectl debug`: the command stays whole.
pub(super) fn debug(advice: Advice<'_>) -> String {
    let (like, mark) = match advice.like.as_deref() {
        None => (String::new(), ": "),
        Some([]) => (" has settings of its own".to_owned(), "; "),
        Some(names) => {
            (format!(" looks like kubectl debug --profile={}", names.join(" or ")), "; ")
        }
    };
    let start = format!("{mark}this passes: ");
    let command = advice.command.map(|command| command.within(LINE - start.len()));
    let end = match (command, advice.in_copy) {
        (Some(command), _) => start + &command,
        (None, false) => format!("{mark}{NOTHING}; ask for an IsolationException"),
        (None, true) => {
            let last = "without it one may, else ask for an IsolationException";
            format!("{mark}{NOTHING} with --copy-to; {last}")
        }
    };
    fit("", &format!("{}{like}", advice.container), &end)
}

fn policies(names: &[std::sync::Arc<str>]) -> String {
    let word = if names.len() == 1 { "policy" } else { "policies" };
    format!(" ({word} {})", name(&names.join(", ")))
}

/// A name, or a list of them, that leaves room for the finding.
fn name(name: &str) -> String {
    cut(name, LINE / 4)
}

/// One clean line: the middle part gives way.
fn fit(start: &str, body: &str, end: &str) -> String {
    let room = LINE.saturating_sub(start.chars().count() + end.chars().count());
    clean(&format!("{start}{}{end}", cut(body, room))).into_owned()
}

/// Text of anybody's without what could break the line, command a terminal or reorder what is seen.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_hidden) {
        Cow::Owned(text.replace(is_hidden, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Control characters, separators of lines, and letters that turn the direction of text.
pub fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let Some(rest) = room.checked_sub(1) else { return String::new() };
    text.chars().take(rest).chain(['…']).collect()
}
