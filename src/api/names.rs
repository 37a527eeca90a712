//! What Kubernetes accepts as names and labels.

/// The message for what is not an [`is_subdomain`].
pub(super) const SUBDOMAIN: &str = "must be lower case letters, digits, `-` and `.`, at most 253, a letter or digit at both ends and beside each `.`";

/// The message for what is not an [`is_label_key`].
pub(super) const LABEL_KEY: &str = "must be the key of a label, such as app or example.com/app";

/// The message for what is not an [`is_label_value`].
pub(super) const LABEL_VALUE: &str = "must be the value of a label: at most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends";

/// [`is_subdomain`] as the pattern of a schema, without its length.
pub(super) const SUBDOMAIN_PATTERN: &str =
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/// The exact name of a namespace as the pattern of a schema.
pub(super) const NAMESPACE_PATTERN: &str = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$";

/// [`is_label_key`] as the pattern of a schema, without the length of its domain.
pub(super) const LABEL_KEY_PATTERN: &str = r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";

/// [`is_label_value`] as the pattern of a schema.
pub(super) const LABEL_VALUE_PATTERN: &str = r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$";

/// Whether an object can be called this (RFC 1123 subdomain).
pub(super) fn is_subdomain(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let part = |part: &str| is_enclosed(part, plain, "-");
    name.len() <= 253 && name.split('.').all(part)
}

/// Whether this can be the key of a label: a name, before it perhaps a domain and `/`.
pub(super) fn is_label_key(key: &str) -> bool {
    let (domain, name) = key.split_once('/').map_or((None, key), |(one, two)| (Some(one), two));
    domain.is_none_or(is_subdomain) && !name.is_empty() && is_label_value(name)
}

/// Whether this can be the value of a label; an empty one can.
pub(super) fn is_label_value(value: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric();
    value.is_empty() || (value.len() <= 63 && is_enclosed(value, plain, "-_."))
}

/// Plain letters at both ends, plain or `inner` ones between them.
fn is_enclosed(text: &str, plain: impl Fn(char) -> bool, inner: &str) -> bool {
    text.starts_with(&plain)
        && text.ends_with(&plain)
        && text.chars().all(|letter| plain(letter) || inner.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::{is_label_key, is_label_value, is_subdomain};

    #[test]
    fn keys_values_and_names() {
        let long = "a".repeat(63);
        let table = [
            ("app", true, true, true),
            ("a.b-c", true, true, true),
            ("A_b.C", true, true, false),
            ("example.com/App", true, false, false),
            ("Example.com/app", false, false, false),
            ("a/b/c", false, false, false),
            ("/app", false, false, false),
            ("app/", false, false, false),
            ("-a", false, false, false),
            ("a-", false, false, false),
            ("a..b", true, true, false),
            ("", false, true, false),
            ("*", false, false, false),
            ("é", false, false, false),
            (&long, true, true, true),
            (&format!("{long}a"), false, false, true),
            (&format!("{long}a/{long}"), true, false, false),
        ];
        for (text, key, value, name) in table {
            let found = (is_label_key(text), is_label_value(text), is_subdomain(text));
            assert_eq!(found, (key, value, name), "{text}");
        }
    }
}
