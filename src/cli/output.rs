//! Standard output, for verbs that end by themselves.

use std::io::{ErrorKind, Write, stdout};

use anyhow::Context as _;

/// Lines stay readable up to here, however wide a terminal is; clap's help stops there, too.
const WIDEST: usize = 100;

/// What is not a terminal has no width, and gets that of a mail or an old terminal.
const USUAL: usize = 80;

/// Writes all of it. Whoever closes standard output early, as `head` does, has seen enough.
pub(super) fn put(mut out: impl Write, text: &[u8]) -> anyhow::Result<()> {
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// How long a line may be.
pub(super) fn width() -> usize {
    let terminal = terminal_size::terminal_size_of(stdout());
    terminal.map_or(USUAL, |(width, _)| usize::from(width.0).min(WIDEST))
}
