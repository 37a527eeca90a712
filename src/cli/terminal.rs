//! Standard output and standard error: what their other side can show, and writing to it.

use std::io::{self, ErrorKind, IsTerminal, Write, stderr, stdout};
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
    /// Neither colours nor a width, wherever it is shown.
    pub(super) const PLAIN: Self = Self { colour: false, width: None };

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
    written(out.write_all(text).and_then(|()| out.flush()).map_err(Into::into))
}

/// What became of writing, where it is no error that whoever reads has seen enough.
pub(super) fn written(result: anyhow::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if is_closed(&error) => Ok(()),
        result => result.context("cannot write to standard output"),
    }
}

/// Whether whoever reads our output has closed it.
pub fn is_closed(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// How long a line of prose may be on standard output.
pub(super) fn width() -> usize {
    Style::of_stdout().width.map_or(USUAL, |width| width.min(WIDEST))
}
