//! What Kubernetes accepts as names and labels (RFC 1123).

use std::fmt;
use std::str::FromStr;

/// The message for what is not an [`is_subdomain`].
pub const SUBDOMAIN: &str = "must be lower case letters, digits, `-` and `.`, at most 253, a letter or digit at both ends and beside each `.`";

/// The message for what is not an [`is_label_key`].
pub const LABEL_KEY: &str = "must be the key of a label, such as app or example.com/app";

/// The message for what is not an [`is_label_value`].
pub const LABEL_VALUE: &str = "must be the value of a label: at most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends";

/// [`is_subdomain`] as the pattern of a schema, without its length.
pub const SUBDOMAIN_PATTERN: &str =
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/// The exact name of a namespace as the pattern of a schema.
pub const NAMESPACE_PATTERN: &str = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$";

/// [`is_label_key`] as the pattern of a schema, without the length of its domain.
pub const LABEL_KEY_PATTERN: &str = r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";

/// [`is_label_value`] as the pattern of a schema.
pub const LABEL_VALUE_PATTERN: &str = r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$";

/// Whether an object can be called this (RFC 1123 subdomain).
pub fn is_subdomain(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let part = |part: &str| is_enclosed(part, plain, "-");
    name.len() <= 253 && name.split('.').all(part)
}

/// Whether a namespace can be called this (RFC 1123 label); a pattern is no name.
pub fn is_label(name: &str) -> bool {
    name.len() <= 63 && is_subdomain(name) && !name.contains('.')
}

/// Whether this can be the key of a label: a name, before it perhaps a domain and `/`.
pub fn is_label_key(key: &str) -> bool {
    let (domain, name) = key.split_once('/').map_or((None, key), |(one, two)| (Some(one), two));
    domain.is_none_or(is_subdomain) && !name.is_empty() && is_label_value(name)
}

/// Whether this can be the value of a label; an empty one can.
pub fn is_label_value(value: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric();
    value.is_empty() || (value.len() <= 63 && is_enclosed(value, plain, "-_."))
}

/// Plain letters at both ends, plain or `inner` ones between them.
fn is_enclosed(text: &str, plain: impl Fn(char) -> bool, inner: &str) -> bool {
    text.starts_with(&plain)
        && text.ends_with(&plain)
        && text.chars().all(|letter| plain(letter) || inner.contains(letter))
}

/// An object in a namespace, as `NAMESPACE/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespacedName {
    /// Where it is.
    pub namespace: String,
    /// What it is called there.
    pub name: String,
}

/// The message for what is not a [`NamespacedName`].
pub const NAMESPACED: &str = "is not NAMESPACE/NAME, in lower case";

impl fmt::Display for NamespacedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.namespace, self.name)
    }
}

impl FromStr for NamespacedName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((namespace, name)) if is_label(namespace) && is_subdomain(name) => {
                Ok(Self { namespace: namespace.to_owned(), name: name.to_owned() })
            }
            _ => Err(NAMESPACED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NamespacedName, is_label, is_label_key, is_label_value, is_subdomain};

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

    #[test]
    fn a_namespace_is_one_label() {
        let long = "a".repeat(63);
        for (text, is_one) in [
            ("shop", true),
            ("shop-1", true),
            ("a.b", false),
            ("-a", false),
            ("a-", false),
            ("Shop", false),
            ("*", false),
            ("", false),
            (&long, true),
            (&format!("{long}a"), false),
        ] {
            assert_eq!(is_label(text), is_one, "{text}");
        }
    }

    #[test]
    fn an_object_may_have_a_label_longer_than_its_namespace_may() {
        let long = "a".repeat(64);
        for (text, is_one) in [
            ("ops/bulkhead".to_owned(), true),
            ("ops/bulkhead.tls".to_owned(), true),
            (format!("ops/{long}"), true),
            (format!("ops/{long}.{long}.{long}"), true),
            (format!("ops/{}", "a".repeat(253)), true),
            (format!("ops/{}", "a".repeat(254)), false),
            (format!("{long}/bulkhead"), false),
            ("ops.a/bulkhead".to_owned(), false),
            ("ops/Bulkhead".to_owned(), false),
            ("ops/a/b".to_owned(), false),
            ("ops/".to_owned(), false),
            ("ops".to_owned(), false),
        ] {
            let parsed = text.parse::<NamespacedName>();
            assert_eq!(parsed.is_ok_and(|name| name.to_string() == text), is_one, "{text}");
        }
    }
}
