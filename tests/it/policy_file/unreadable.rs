//! Text that cannot be read at all.

use super::read;

/// (a text that cannot be read, what a person reads)
const UNREADABLE: &[(&str, &str)] = &[
    ("a: 1\na: 2\n", "policy.yaml:2:1: duplicate key `a`"),
    ("a: {b: 1, c: 2, b: 3}\n", "policy.yaml:1:17: duplicate key `b`"),
    ("a: [", "policy.yaml:1:4: the bracket that opens here is not closed"),
    (
        "a: *x",
        "policy.yaml:1:4: `*` names an anchor that is not there; text that begins with `*` needs quotes",
    ),
    ("a: &a [*a]", "policy.yaml:1:8: an alias cannot stand inside its own anchor"),
    ("a: .inf", "policy.yaml:1:4: value `.inf` is not a finite number"),
    ("null: x", "policy.yaml:1:1: a key must be text"),
    ("? [a]\n: 1", "policy.yaml:1:3: a key must be text"),
    (
        "{\"a\":1}\n{a: 1} b",
        "policy.yaml:1:1: apiVersion: must be bulkhead.dev/v1alpha1\npolicy.yaml:2:8: kubectl reads nothing behind the end of a document: separate documents by a line `---`",
    ),
    (
        "--- {a: 1}",
        "policy.yaml:1:1: a line that begins with `---` separates documents: nothing but a comment can follow it",
    ),
    (
        "a: 1\n...\nb: 1\n",
        "policy.yaml:3:1: kubectl reads nothing behind the end of a document: separate documents by a line `---`",
    ),
    ("---\n\n--- # b\na: 1\na: 2\n", "policy.yaml:5:1: duplicate key `a`"),
    (
        "a:\n  <<: 1\n",
        "policy.yaml:2:3: `<<` merges an object, or a list of objects, and nothing else",
    ),
    (
        "just text",
        "policy.yaml:1:1: found \"just text\", expected an object with apiVersion, kind, metadata and spec",
    ),
    (
        "[1, 2]",
        "policy.yaml:1:1: found a list, expected an object with apiVersion, kind, metadata and spec",
    ),
];

#[test]
fn what_cannot_be_read_is_reported_in_words_of_the_format() {
    for (text, expected) in UNREADABLE {
        assert_eq!(read(text).unwrap_err(), *expected, "{text}");
    }
    let message = read(&format!("a: &a [{}]\nb: [{}]", "x,".repeat(999), "*a,".repeat(6000)));
    let large = "is too large: most of it would be copies by aliases";
    assert!(message.as_ref().unwrap_err().ends_with(large), "{message:?}");
    assert!(read(&"[".repeat(1000)).unwrap_err().ends_with("is nested too deeply"));
}

#[test]
fn bombs_are_refused() {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (name, of) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip("abcdefgh".chars()) {
        let aliases = vec![format!("*{of}"); 9].join(",");
        bomb = format!("{bomb}{name}: &{name} [{aliases}]\n");
    }
    assert!(read(&bomb).is_err());
    assert!(read(&"[".repeat(100_000)).is_err());
}
