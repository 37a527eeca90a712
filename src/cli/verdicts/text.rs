//! What people read: each finding with the line it is about.

use annotate_snippets::Level;

use crate::verdict::{Entry, Found, Judged};
use crate::cli::diagnostic;
use crate::cli::snippet::{Grade, Remark};
use crate::cli::terminal::{Style, printable};
use crate::policy::Mode;

/// The findings of a file.
pub(in crate::cli) fn findings(file: &str, text: &str, entries: &[Entry], style: Style) -> String {
    let judged = entries.iter().filter_map(|entry| match entry {
        Entry::Judged(judged) => Some(judged),
        Entry::Skipped(_) | Entry::Broken(_) => None,
    });
    let file = printable(file);
    let all = judged.flat_map(|judged| judged.findings.iter().map(move |found| (judged, found)));
    all.map(|(judged, found)| {
        let remark = Remark {
            grade: grade(found),
            message: &found.line,
            file: &file,
            text,
            line: found.place.line,
            column: found.place.column,
            range: found.extent.clone(),
            label: label(judged, found),
        };
        remark.show(style)
    })
    .collect()
}

fn grade(found: &Found) -> Grade {
    match found.ruling.mode {
        _ if found.repaired => Grade("repaired", Level::HELP),
        _ if found.ruling.is_exempt() => Grade("exempt", Level::NOTE),
        Mode::Deny => Grade("denied", Level::ERROR),
        Mode::Warn => Grade("warning", Level::WARNING),
        Mode::Audit | Mode::Disabled => Grade("audit", Level::NOTE),
    }
}

/// Whose field it is.
fn label(judged: &Judged, found: &Found) -> String {
    let mut label = judged.kind.to_owned();
    if let Some(name) = &judged.shown_name {
        let slash = judged.namespace.as_ref().map(|namespace| format!("{namespace}/"));
        label = format!("{label} {}{name}", slash.unwrap_or_default());
    }
    if let Some(exception) = &found.ruling.exempt {
        label = format!("{label}; exception {exception} applies");
    }
    printable(&label)
}

/// What could not be judged, a line each.
pub(in crate::cli) fn errors(file: &str, entries: &[Entry], style: Style) -> String {
    let broken = entries.iter().filter_map(|entry| match entry {
        Entry::Broken(broken) => Some(broken),
        Entry::Judged(_) | Entry::Skipped(_) => None,
    });
    broken.map(|broken| diagnostic::line(broken, file, style)).collect()
}
