//! Anybody's text, made fit to be shown: bounded, on one line, without what commands a terminal.

mod near;

use std::borrow::Cow;

pub use near::{did_you_mean, nearest};

/// What is shown of one value of a request, in characters: as long as the longest name that
/// Kubernetes has. Values are compared whole.
pub const VALUE: usize = 253;

/// A value of a request, bounded. For texts that are cleaned as a whole later.
pub fn value(value: &str) -> Cow<'_, str> {
    cut(value, VALUE)
}

/// Text in at most so many characters; one that was cut ends with an ellipsis. Reads no more of it
/// than is shown.
pub fn cut(text: &str, room: usize) -> Cow<'_, str> {
    // A character has one byte at least.
    if text.len() <= room || text.chars().nth(room).is_none() {
        return Cow::Borrowed(text);
    }
    let Some(rest) = room.checked_sub(1) else { return Cow::Borrowed("") };
    Cow::Owned(text.chars().take(rest).chain(['…']).collect())
}

/// An error as the system words it, without its numbers: people look up words.
pub fn without_codes(error: &str) -> String {
    let mut parts = error.split(" (os error ");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once(')').map_or(part, |(_, rest)| rest));
    std::iter::once(first).chain(rest).collect()
}

/// Text without what could break the line, command a terminal or reorder what is seen.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_hidden) {
        Cow::Owned(text.replace(is_hidden, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Control characters, separators of lines, and letters that turn the direction of text.
pub fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// Names as a list, the first ones and a count of the rest.
pub fn listed<'n>(names: impl IntoIterator<Item = &'n str>, most: usize) -> String {
    let mut names = names.into_iter();
    let list: Vec<_> = names.by_ref().take(most).map(value).collect();
    counted(list, names.count())
}

/// A list, and how many more there are.
pub fn counted(mut list: Vec<Cow<'_, str>>, rest: usize) -> String {
    if rest > 0 {
        list.push(Cow::Owned(format!("and {rest} more")));
    }
    list.join(", ")
}

/// What a sentence lists: `a, b and c`.
pub fn series(items: &[impl AsRef<str>]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

/// A number of things.
pub fn plural(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// What is wrong with bytes that are no text from this one on.
pub fn not_utf8(byte: usize) -> String {
    format!("is not UTF-8 text (byte {byte})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_characters() {
        for (text, room, expected) in [
            ("", 0, ""),
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("äöü", 3, "äöü"),
            ("äöüß", 3, "äö…"),
            ("ab", 1, "…"),
            ("ab", 0, ""),
        ] {
            assert_eq!(cut(text, room), expected);
        }
        assert_eq!(value(&"x".repeat(VALUE + 1)).chars().count(), VALUE);
    }

    #[test]
    fn a_list_counts_what_it_leaves_out() {
        assert_eq!(listed(["a", "b"], 2), "a, b");
        assert_eq!(listed(["a", "b", "c", "d"], 2), "a, b, and 2 more");
        assert_eq!(listed([], 2), "");
    }
}
