//! What pages and pictures have in common: text that is only text, and colours.

use crate::cli::terminal::printable;

/// A text inside markup, or between the quotes of an attribute, whoever wrote it.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in printable(text).chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // No XML may hold them.
            '\u{fffe}' | '\u{ffff}' => safe.extend(letter.escape_unicode()),
            _ => safe.push(letter),
        }
    }
    safe
}

/// Colours, for light and dark. Each grade has a sign of its own, too.
pub(super) const COLOURS: &str = "\
:root { color-scheme: light dark; --page: #fbfbfa; --ink: #1c1e21; --soft: #62666d; --line: #d9dade;
  --card: #ffffff; --link: #1f5fae; --takes: #b3261e; --on-takes: #ffffff; --maytake: #f6c667; --on-maytake: #3a2500;
  --reaches: #9fc2ee; --on-reaches: #0d2a4d; --mayreach: #dce9f8; --on-mayreach: #17365c;
  --sees: #ececee; --on-sees: #55585e; }
@media screen and (prefers-color-scheme: dark) { :root { --page: #16181b; --ink: #e7e8ea; --soft: #a3a7ae; --line: #383b41;
  --card: #1e2125; --link: #8ab8f2; --takes: #e5534b; --on-takes: #1a0605; --maytake: #8a5a00; --on-maytake: #ffe9c2;
  --reaches: #2f5c94; --on-reaches: #e6f0fc; --mayreach: #22364f; --on-mayreach: #c4d8f0;
  --sees: #2a2d32; --on-sees: #a9adb4; } }
";
