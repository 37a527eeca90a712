//! Standard output and standard error: what their other side can show, and writing to it.

use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};
use std::os::fd::AsFd;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use anyhow::Context as _;

use crate::text::is_hidden;

/// Lines stay readable up to here, however wide a terminal is; clap's help stops there, too.
pub(super) const WIDEST: usize = 100;

/// What is not a terminal has no width, and gets that of a mail or an old terminal.
const USUAL: usize = 80;

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
pub fn printable(text: &str) -> String {
    let escape = |letter: char| {
        if is_hidden(letter) { letter.escape_default().to_string() } else { letter.to_string() }
    };
    text.chars().map(escape).collect()
}

/// Writes all of it. Whoever closes standard output early, as `head` does, has seen enough.
pub(super) fn put(mut out: impl Write, text: &[u8]) -> anyhow::Result<()> {
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// How long a line of prose may be on standard output.
pub(super) fn width() -> usize {
    Style::of_stdout().width.map_or(USUAL, |width| width.min(WIDEST))
}
