//! Plain scalars whose spelling kubectl's YAML library and ours take differently.

use serde_json::Value;

/// The only plain spellings of truth values and null (goyaml.v2, `resolve.go`); `tRue` is text.
pub(super) const WORDS: &[&str] = &[
    "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "n", "N", "no", "No",
    "NO", "false", "False", "FALSE", "off", "Off", "OFF", "", "~", "null", "Null", "NULL",
];

/// The value of a scalar, given how it is written and what stands before it; `None` where it is as
/// it was read.
pub(super) fn respelled(value: &Value, before: &str, written: &str) -> Option<Value> {
    match value {
        // A tag of one's own makes anything text.
        Value::Bool(_) | Value::Null | Value::Number(_) if has_own_tag(before) => {
            Some(written.into())
        }
        // A tag or an alias stands before it, or quotes around it: then the text is no plain one.
        Value::Bool(_) | Value::Null if is_plain(written) && !WORDS.contains(&written) => {
            Some(written.into())
        }
        Value::String(text) if text == written && text.contains('_') => {
            let digits = text.replace('_', "");
            let decimal = text.starts_with(|first: char| ('1'..='9').contains(&first))
                && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<i64>().ok().filter(|_| decimal).map(Value::from)
        }
        Value::Bool(_)
        | Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => None,
    }
}

fn has_own_tag(before: &str) -> bool {
    let last = before.trim_end().rsplit(|letter: char| letter.is_whitespace()).next();
    last.is_some_and(|word| word.starts_with('!') && !word.starts_with("!!"))
}

fn is_plain(written: &str) -> bool {
    written.chars().all(char::is_alphanumeric)
}
