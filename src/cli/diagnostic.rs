//! Diagnostics and notes as people see them: a line each.

use super::terminal::{Style, printable};
use crate::diagnostic::{Diagnostic, Severity};

/// A diagnostic as a line, with its end.
pub(super) fn line(diagnostic: &Diagnostic, style: Style) -> String {
    let severity = diagnostic.severity;
    let (begin, end) = match severity {
        Severity::Error if style.colour => ("\u{1b}[1m\u{1b}[91m", "\u{1b}[0m"),
        Severity::Error | Severity::Warning | Severity::Note => ("", ""),
    };
    let text = printable(&diagnostic.to_string());
    format!("{begin}{}{end}: {text}\n", severity.as_str())
}

/// A note that is about no one position in a file, as a line with its end.
pub(super) fn note(text: &str) -> String {
    format!("{}: {}\n", Severity::Note.as_str(), printable(text))
}
