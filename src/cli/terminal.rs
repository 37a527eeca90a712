//! Standard output and standard error: what their other side can show, and writing to it.

use std::io::{self, ErrorKind, IsTerminal, Write, stderr, stdout};
use std::os::fd::AsFd;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use anyhow::Context as _;
use clap::ValueEnum;

use crate::text::{is_hidden, without_codes};

/// Lines stay readable up to here, however wide a terminal is; clap's help stops there, too.
pub(super) const WIDEST: usize = 100;

/// What is not a terminal has no width, and gets that of a mail or an old terminal.
const USUAL: usize = 80;

/// How text is shown on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// Whether colours are wanted: as `--color` says, else on a terminal, and not with `NO_COLOR`.
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
pub(super) fn printable(text: &str) -> String {
    let escape = |letter: char| {
        if is_hidden(letter) { letter.escape_default().to_string() } else { letter.to_string() }
    };
    text.chars().map(escape).collect()
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Also into files and pipes
    Always,
    /// Nowhere
    Never,
}

impl Color {
    /// Makes it what every stream of this process follows.
    pub(super) fn apply(self) {
        let choice = match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// A stream of this process. Once whoever reads it has closed it, as `head` does, what is written goes
/// nowhere: they have seen enough, and what was found still decides the exit code.
pub(super) struct Unbroken<W>(pub(super) W);

impl<W: Write> Write for Unbroken<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
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

/// An error with its causes, as people see it: line by line, printable, without the numbers of the system.
pub fn shown(error: &anyhow::Error) -> Vec<String> {
    without_codes(&format!("{error:#}")).lines().map(printable).collect()
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
