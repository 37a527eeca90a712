//! The advice for a user of `kubectl debug`, as one line.

use super::command::Command;
use crate::decision::text::{LINE, fit};
use crate::text::value;

/// Advice for a user of `kubectl debug`.
pub(super) struct Advice<'a> {
    /// The container at fault.
    pub(super) container: &'a str,
    /// The profiles it looks like: an empty list where it has settings of its own, `None` where it
    /// may have been repaired since its user chose one.
    pub(super) like: Option<Vec<&'static str>>,
    /// Whether it is in a copy, whose original is not known.
    pub(super) in_copy: bool,
    /// What to type instead; `None` where nothing passes.
    pub(super) command: Option<Command>,
}

const NOTHING: &str = "no profile of kubectl debug passes here";

/// The line for a user of `kubectl debug`: the command stays whole.
pub(super) fn line(advice: Advice<'_>) -> String {
    let (like, mark) = match advice.like.as_deref() {
        None => (String::new(), ": "),
        Some([]) => (" has settings of its own".to_owned(), "; "),
        Some(names) => {
            (format!(" looks like kubectl debug --profile={}", names.join(" or ")), "; ")
        }
    };
    let start = format!("{mark}this passes: ");
    let command = advice.command.map(|command| command.within(LINE - start.len()));
    let end = match (command, advice.in_copy) {
        (Some(command), _) => start + &command,
        (None, false) => format!("{mark}{NOTHING}; ask for an IsolationException"),
        (None, true) => {
            let last = "without it one may, else ask for an IsolationException";
            format!("{mark}{NOTHING} with --copy-to; {last}")
        }
    };
    fit(LINE, ["", &format!("{}{like}", value(advice.container)), &end])
}
