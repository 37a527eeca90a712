//! Plain scalars whose spelling kubectl's YAML library and ours take differently.

use serde_json::Value;

/// The only plain spellings of truth values and null (goyaml.v2, `resolve.go`); `tRue` is text.
pub(super) const WORDS: &[&str] = &[
    "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "n", "N", "no", "No",
    "NO", "false", "False", "FALSE", "off", "Off", "OFF", "", "~", "null", "Null", "NULL",
];

/// What our library calls numbers that are none, or that are too large to be one.
const NOT_FINITE: [&str; 3] = [".inf", "-.inf", ".nan"];

/// How a scalar is to be taken.
pub(super) enum Spelling {
    /// As it was read.
    Right,
    /// As this.
    Other(Value),
    /// Not at all: JSON has no such number.
    NotFinite,
}

/// The value of a scalar, given how it is written and what stands before it.
pub(super) fn spelling(value: &Value, before: &str, written: &str) -> Spelling {
    match value {
        // A tag of one's own makes anything text.
        Value::Bool(_) | Value::Null | Value::Number(_) if has_own_tag(before, written) => {
            Spelling::Other(written.into())
        }
        // A tag or an alias stands before it, or quotes around it: then the text is no plain one.
        Value::Bool(_) | Value::Null if is_plain(written) && !WORDS.contains(&written) => {
            Spelling::Other(written.into())
        }
        // A number that is too large is text for kubectl, such as the hash `123e4567`.
        Value::String(text) if NOT_FINITE.contains(&text.as_str()) => {
            let sign = written.trim_start_matches(['-', '+']);
            match (
                written.starts_with(['"', '\'']),
                sign.starts_with(|it: char| it.is_ascii_digit()),
            ) {
                (true, _) => Spelling::Right,
                (false, true) => Spelling::Other(written.into()),
                (false, false) => Spelling::NotFinite,
            }
        }
        Value::String(text) if text == written && text.contains('_') => {
            grouped(text).map_or(Spelling::Right, |number| Spelling::Other(number.into()))
        }
        Value::Bool(_)
        | Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => Spelling::Right,
    }
}

/// A whole number with `_` among its digits, also several of them; one that begins with 0 is octal
/// where it can be.
fn grouped(text: &str) -> Option<i64> {
    let digits = text.replace('_', "");
    let whole = text.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let octal = || i64::from_str_radix(&digits, 8).ok().filter(|_| digits.starts_with('0'));
    whole.then(|| octal().or_else(|| digits.parse().ok())).flatten()
}

/// Whether a tag that is not YAML's own stands right before a value.
fn has_own_tag(before: &str, written: &str) -> bool {
    // A look back for each value of a long line would take time that grows with its square.
    if !(written.is_empty() || before.ends_with(char::is_whitespace)) {
        return false;
    }
    let last = before.trim_end().rsplit(char::is_whitespace).next();
    last.is_some_and(|word| word.starts_with('!') && !word.starts_with("!!"))
}

fn is_plain(written: &str) -> bool {
    written.chars().all(char::is_alphanumeric)
}
