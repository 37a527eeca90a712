//! The one text of findings, for denial, warning, audit annotation and every later way out.

use super::joined::{joined, words};
use crate::controls::Scene;
use crate::policy::{Mode, Names, Ruling};
use crate::text::{clean, cut};

/// What the API server keeps of a warning when there are many (`pkg/endpoints/filters/warning.go`).
pub(super) const LINE: usize = 256;

/// More lines than this help nobody at a prompt.
pub(super) const LINES: usize = 10;

/// An audit annotation has no limit of its own; an audit log does.
const ANNOTATION: usize = 16 * 1024;

/// The line of a finding, or of several that share one ([`joined`]): control, field, what is
/// wrong, what to do, whose policy. The same in denials, warnings, audit annotations and on the
/// command line.
pub fn line(scene: &Scene<'_, '_>, group: &[&Ruling]) -> String {
    compose(scene, "", group)
}

/// The lines of several findings, and a count of those left out.
pub(super) fn lines(scene: &Scene<'_, '_>, rulings: &[&Ruling]) -> Vec<String> {
    prefixed(scene, "", rulings)
}

/// The same with words in front.
pub(super) fn prefixed(scene: &Scene<'_, '_>, prefix: &str, rulings: &[&Ruling]) -> Vec<String> {
    let groups = joined(rulings, |ruling| *ruling);
    let groups: Vec<Vec<&Ruling>> =
        groups.into_iter().map(|group| group.into_iter().copied().collect()).collect();
    let shown = groups.iter().take(LINES);
    let mut lines: Vec<_> = shown.map(|one| compose(scene, prefix, one)).collect();
    let rest = groups.len().saturating_sub(LINES);
    if rest > 0 {
        lines.push(format!("and {rest} more: bulkhead check FILE shows all"));
    }
    lines
}

/// The warnings for repairs, and a count of those left out.
pub(super) fn repairs(scene: &Scene<'_, '_>, rulings: &[&Ruling]) -> Vec<String> {
    let mut lines: Vec<_> = rulings.iter().take(LINES).map(|one| repair(scene, one)).collect();
    let rest = rulings.len().saturating_sub(LINES);
    if rest > 0 {
        lines.push(format!("and {rest} more were changed by Bulkhead"));
    }
    lines
}

fn repair(scene: &Scene<'_, '_>, ruling: &Ruling) -> String {
    let done = ruling.control().repair.unwrap_or("was changed");
    let body = format!("{} {done} by Bulkhead", ruling.finding.words(scene).path);
    fit(&format!("{}: ", ruling.control().id), &body, &policies(&ruling.repaired_by))
}

/// The audit annotations: nothing where nothing was found.
pub(super) fn annotations(
    scene: &Scene<'_, '_>,
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
    let exempt = first.clone().filter_map(|(group, one)| Some((group, one.exempt.as_deref()?)));
    let found = first.filter(|(_, one)| !one.is_exempt());
    let found = found.map(|(group, one)| (group, one.mode.as_str()));
    let line = |(group, word): (&Vec<&Ruling>, &str)| format!("{word} {}", line(scene, group));
    for (key, list) in [("exceptions", bounded(exempt, line)), ("findings", bounded(found, line))] {
        if !list.is_empty() {
            annotations.push((key, list));
        }
    }
    annotations
}

/// Lines up to the limit, then a count: a line that is not shown is not made.
fn bounded<T>(mut items: impl Iterator<Item = T>, line: impl Fn(T) -> String) -> String {
    let mut text = String::new();
    while let Some(item) = items.next() {
        let line = line(item);
        if text.len() + line.len() > ANNOTATION {
            let rest = 1 + items.count();
            return format!("{text}\nand {rest} more");
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
    }
    text
}

fn compose(scene: &Scene<'_, '_>, prefix: &str, group: &[&Ruling]) -> String {
    let Some(first) = group.first() else { return String::new() };
    let (words, names) = words(scene, group);
    let colon = if prefix.is_empty() { "" } else { ": " };
    let start = format!("{prefix}{colon}{}: ", first.control().id);
    let end = |remedy: &str| {
        let end = format!("; {remedy}{}", policies(&names));
        match &first.conditional {
            Some(exception) => format!("{end} (unless exception {} applies)", name(exception)),
            None => end,
        }
    };
    // What to do and whose policy it is stay whole; what is wrong gives way.
    let (what, whole) = (format!("{} {}", words.path, words.detail), end(&words.remedy));
    let length = [&start, &what, &whole].map(|part| part.chars().count());
    match words.shorter {
        Some(shorter) if length.iter().sum::<usize>() > LINE => fit(&start, &what, &end(shorter)),
        _ => fit(&start, &what, &whole),
    }
}

fn policies(names: &Names) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    let word = if names.len() == 1 { "policy" } else { "policies" };
    format!(" ({word} {})", name(&names.join(", ")))
}

/// A name, or a list of them, that leaves room for the finding.
fn name(name: &str) -> String {
    cut(name, LINE / 4).into_owned()
}

/// One clean line: the middle part gives way.
pub(super) fn fit(start: &str, body: &str, end: &str) -> String {
    let room = LINE.saturating_sub(start.chars().count() + end.chars().count());
    clean(&format!("{start}{}{end}", cut(body, room))).into_owned()
}
