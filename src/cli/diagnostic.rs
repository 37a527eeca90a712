//! What is wrong with a file, as a line for people.

use super::terminal::{Style, printable};
use crate::verdict::Broken;

/// What is wrong, as a line for standard error.
pub(super) fn line(broken: &Broken, file: &str, style: Style) -> String {
    let (begin, end) = if style.colour { ("\u{1b}[1m\u{1b}[91m", "\u{1b}[0m") } else { ("", "") };
    let place = broken.place.map(|place| format!(":{}:{}", place.line, place.column));
    let place = place.unwrap_or_default();
    let line = printable(&format!("{file}{place}: {}", broken.message));
    format!("{begin}error{end}: {line}\n")
}
