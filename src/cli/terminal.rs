//! What the other side of standard output and standard error can show.

use std::io::{IsTerminal, stderr, stdout};
use std::os::fd::AsFd;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};

/// How text is shown on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// Whether colours are wanted: on a terminal, and not with `NO_COLOR`.
    pub(super) colour: bool,
    /// The columns of the terminal, if it is one.
    pub(super) width: Option<usize>,
}

impl Style {
    pub(super) fn of_stdout() -> Self {
        Self::of(&stdout())
    }

    pub(super) fn of_stderr() -> Self {
        Self::of(&stderr())
    }

    fn of(stream: &(impl RawStream + IsTerminal + AsFd)) -> Self {
        let size = terminal_size::terminal_size_of(stream);
        Self {
            colour: AutoStream::choice(stream) != ColorChoice::Never,
            width: size.map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0),
        }
    }
}

/// Without what could break a line or command the terminal: keys and names are anyone's text.
pub(super) fn printable(text: &str) -> String {
    let escape = |letter: char| {
        if letter.is_control() { letter.escape_default().to_string() } else { letter.to_string() }
    };
    text.chars().map(escape).collect()
}
