//! What differs each time an API server is asked: unique ids, times, versions, random names.

use serde_json::{Map, Value};

/// In the place of every unique id.
const UID: &str = "7a2bc5f0-0000-4000-8000-000000000001";

/// In the place of every time.
const TIME: &str = "2026-01-01T00:00:00Z";

/// Replaces it, everywhere in a value: what stands in `names` by what is beside it, and the values
/// that no two runs have in common.
pub(crate) fn scrub(value: &mut Value, names: &[(&str, &str)]) {
    match value {
        Value::String(text) => *text = text_of(text, names),
        Value::Array(items) => items.iter_mut().for_each(|item| scrub(item, names)),
        Value::Object(members) => {
            let old = std::mem::take(members);
            *members = old.into_iter().map(|member| scrubbed(member, names)).collect::<Map<_, _>>();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn scrubbed((key, mut value): (String, Value), names: &[(&str, &str)]) -> (String, Value) {
    match key.as_str() {
        "resourceVersion" => value = "1".into(),
        "authentication.kubernetes.io/credential-id" => value = Value::from(vec!["X509SHA256=0"]),
        _ => scrub(&mut value, names),
    }
    (text_of(&key, names), value)
}

fn text_of(text: &str, names: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (from, to) in names {
        text = text.replace(from, to);
    }
    text = like(&text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", UID);
    text = like(&text, "dddd-dd-ddTdd:dd:dd.ddddddZ", TIME);
    like(&text, "dddd-dd-ddTdd:dd:ddZ", TIME)
}

/// Replaces every part of a text that has this form: x is a hexadecimal digit, d a decimal one.
fn like(text: &str, form: &str, by: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let fits = |(letter, form): (&char, char)| match form {
        'x' => letter.is_ascii_hexdigit(),
        'd' => letter.is_ascii_digit(),
        other => *letter == other,
    };
    let mut result = String::new();
    let mut rest = letters.as_slice();
    while let Some((first, others)) = rest.split_first() {
        let part = rest.get(..form.len());
        if part.is_some_and(|part| part.iter().zip(form.chars()).all(fits)) {
            result.push_str(by);
            rest = &rest[form.len()..];
        } else {
            result.push(*first);
            rest = others;
        }
    }
    result
}
