//! What a scalar is: null, a truth value, a number or text, by its spelling and its tag
//! (goyaml.v2, `resolve`), and what JSON has for it (sigs.k8s.io/yaml, `convertToJSONableObject`).

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::number::{self, Number};
use super::properties::YAMLS_OWN;
use super::timestamp::is_timestamp;

/// A scalar as it was resolved.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'t> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'t, str>),
}

/// The only plain spellings of truth values and null.
const WORDS: &[(&[&str], Option<bool>)] = &[
    (&["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"], Some(true)),
    (&["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"], Some(false)),
    (&["", "~", "null", "Null", "NULL"], None),
];

/// Longer than any of them.
const LONGEST_WORD: usize = 5;

/// Whether a text without quotes could be taken for null or a truth value, by whatever reader.
pub(crate) fn is_word(text: &str) -> bool {
    WORDS.iter().any(|(words, _)| words.iter().any(|word| word.eq_ignore_ascii_case(text)))
}

/// Lenient as Go: the bits behind the last byte do not matter.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// A scalar, by its text, its tag, and whether it is without quotes; the error is what its tag wants.
pub(super) fn resolve<'t>(
    text: Cow<'t, str>,
    tag: Option<&str>,
    plain: bool,
) -> Result<Scalar<'t>, String> {
    let Some(tag) = tag else {
        return Ok(if plain { guess(text) } else { Scalar::Text(text) });
    };
    // Any other tag makes it text.
    let Some(own) = tag.strip_prefix(YAMLS_OWN) else { return Ok(Scalar::Text(text)) };
    let (found, wants) = match own {
        "timestamp" => {
            let fits = is_timestamp(&text);
            (fits.then_some(Scalar::Text(text)), "a time such as 2026-12-01T12:00:00Z")
        }
        "binary" => {
            let bytes = BASE64.decode(text.replace(['\r', '\n'], ""));
            (bytes.ok().map(|bytes| Scalar::Text(lossy(&bytes).into())), "base64")
        }
        "null" | "bool" | "int" | "float" => typed(own, guess(text)),
        _ => return Ok(Scalar::Text(text)),
    };
    found.ok_or_else(|| format!("`!!{own}` wants {wants}"))
}

/// A scalar as what its tag says, if it is that, and what that is.
fn typed<'t>(tag: &str, scalar: Scalar<'t>) -> (Option<Scalar<'t>>, &'static str) {
    match (tag, scalar) {
        ("null", scalar) => (Some(scalar).filter(|it| matches!(it, Scalar::Null)), "null"),
        ("bool", scalar) => {
            (Some(scalar).filter(|it| matches!(it, Scalar::Bool(_))), "true or false")
        }
        ("int", Scalar::Number(number)) if number.is_whole() => {
            (Some(Scalar::Number(number)), "a whole number")
        }
        ("int", _) => (None, "a whole number"),
        (_, Scalar::Number(number)) => (number.as_float().map(Scalar::Number), "a number"),
        (_, Scalar::Null | Scalar::Bool(_) | Scalar::Text(_)) => (None, "a number"),
    }
}

/// The text of bytes, with U+FFFD in place of each that is none, as Go's JSON has it.
fn lossy(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

/// What a text without quotes is.
fn guess(text: Cow<'_, str>) -> Scalar<'_> {
    let may_be = |letter: u8| letter.is_ascii_digit() || b"+-.~yYnNtTfFoO".contains(&letter);
    if !text.bytes().next().is_none_or(may_be) {
        return Scalar::Text(text);
    }
    let words = WORDS.iter().filter(|_| text.len() <= LONGEST_WORD);
    match words.clone().find(|(words, _)| words.contains(&&*text)) {
        Some((_, Some(truth))) => Scalar::Bool(*truth),
        Some((_, None)) => Scalar::Null,
        None => number::read(&text).map_or(Scalar::Text(text), Scalar::Number),
    }
}

impl Scalar<'_> {
    /// As a value; the error says that JSON has none.
    pub(super) fn value(self) -> Result<Value, String> {
        match self {
            Self::Null => Ok(Value::Null),
            Self::Bool(truth) => Ok(truth.into()),
            Self::Number(number) => number.value().ok_or_else(|| {
                let spelled = number.key().unwrap_or_default();
                format!("value `{spelled}` is not a finite number")
            }),
            Self::Text(text) => Ok(text.into_owned().into()),
        }
    }

    /// As a key; `None` where it cannot be one.
    pub(super) fn key(self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Bool(truth) => Some(truth.to_string()),
            Self::Number(number) => number.key(),
            Self::Text(text) => Some(text.into_owned()),
        }
    }
}
