//! Exceptions, and the names of all objects.

use super::load::named;
use super::read;
use super::tables::{BAD_EXCEPTIONS, EXCEPTION, POLICY};

#[test]
fn a_bad_exception_is_reported_by_place_field_and_remedy() {
    read(EXCEPTION).unwrap();
    for (line, replacement, expected) in BAD_EXCEPTIONS {
        let text = EXCEPTION.replace(line, replacement);
        assert_ne!(text, EXCEPTION, "{line} is not in the base");
        assert_eq!(read(&text).unwrap_err(), named(expected), "{replacement}");
    }
}

/// (a name, whether an object may have it); numbers are told to be quoted.
#[test]
fn names_of_objects() {
    let long = "a".repeat(253);
    let longer = "a".repeat(254);
    let rule = "must be lower case letters, digits, `-` and `.`, at most 253, a letter or digit at both ends and beside each `.`";
    for (name, right) in [
        ("a", true),
        ("a.b-c.9", true),
        ("\"1\"", true),
        (long.as_str(), true),
        (longer.as_str(), false),
        ("\"\"", false),
        ("A", false),
        ("a_b", false),
        ("a..b", false),
        ("a.-b", false),
        ("-a", false),
        ("a.", false),
        ("ä", false),
    ] {
        for base in [&format!("{POLICY}  controls: {{}}\n"), EXCEPTION] {
            let text = base.replace("{name: p}", &format!("{{name: {name}}}"));
            let text = text.replace("{name: e}", &format!("{{name: {name}}}"));
            let expected = (!right).then(|| format!("policy.yaml:3:12: metadata.name: {rule}"));
            assert_eq!(read(&text).err(), expected, "{name}");
        }
    }
    let number = EXCEPTION.replace("{name: e}", "{name: 123}");
    assert_eq!(
        read(&number).unwrap_err(),
        "policy.yaml:3:12: metadata.name: found `123`, expected text: write it in quotes"
    );
    let list = EXCEPTION.replace("{name: e}", "[e]");
    assert_eq!(
        read(&list).unwrap_err(),
        "policy.yaml:3:1: metadata: found a list, expected metadata, such as {name: baseline}"
    );
}
