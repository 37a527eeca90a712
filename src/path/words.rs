//! The words of people for what serde calls a type.

/// What a type is called by whoever reads it, and what it is.
const EXPECTED: [(&str, &str); 18] = [
    ("a string", TEXT),
    ("string", TEXT),
    ("a borrowed string", TEXT),
    ("str", TEXT),
    ("a boolean", "true or false"),
    ("bool", "true or false"),
    ("i32", WHOLE),
    ("i64", WHOLE),
    ("u16", WHOLE),
    ("u32", WHOLE),
    ("u64", WHOLE),
    ("usize", WHOLE),
    ("f64", "a number"),
    ("a sequence", "a list"),
    ("a map", "an object"),
    ("a map of strings", "an object of texts"),
    ("unit", "null"),
    ("any valid JSON value", "a value"),
];

/// What people call a string.
pub const TEXT: &str = "text";

const WHOLE: &str = "a whole number";

/// serde names what it found by a word, and appends its value.
const FOUND: [(&str, &str); 7] = [
    ("boolean", "true or false"),
    ("integer", WHOLE),
    ("floating point", "a fraction"),
    ("string", TEXT),
    ("sequence", "a list"),
    ("map", "an object"),
    ("null", "null"),
];

/// What is expected, in words for people; what is no word of serde's is one already.
pub fn expected(word: &str) -> &str {
    EXPECTED.iter().find(|(name, _)| *name == word).map_or(word, |(_, plain)| plain)
}

/// What was found instead, without its value: that may be a secret.
pub fn found(text: &str) -> Option<&'static str> {
    let number = text.strip_prefix("floating point `").and_then(|rest| rest.strip_suffix('`'));
    if number.and_then(|number| number.parse::<f64>().ok()).is_some_and(|it| it.fract() == 0.0) {
        return Some("a number of more than 64 bits");
    }
    FOUND.iter().find(|(name, _)| text.starts_with(name)).map(|(_, plain)| *plain)
}

/// What was found instead: its value, or what it is.
pub fn shown(text: &str) -> &str {
    let plain = |(name, plain): &(&str, &'static str)| {
        let value = text.strip_prefix(name)?.trim_start();
        Some(if value.is_empty() { plain } else { value })
    };
    FOUND.iter().find_map(plain).unwrap_or(text)
}

/// What is wrong with a text of JSON, without where.
pub fn unread(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "it ends too early".to_owned();
    }
    if !error.is_data() {
        return "it is no JSON".to_owned();
    }
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let wrong =
        text.strip_prefix("invalid type: ").or_else(|| text.strip_prefix("invalid value: "));
    match wrong.and_then(|wrong| wrong.rsplit_once(", expected ")) {
        Some((value, wanted)) => format!("found {}, expected {}", shown(value), expected(wanted)),
        None => text.to_owned(),
    }
}
