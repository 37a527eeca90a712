//! What every form of output of every verb is: a [`Report`], and the [`Streams`] it writes to.

use std::io::{self, Stderr, StdoutLock, Write, stderr, stdout};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget};

use super::terminal::Unbroken;

/// A form of output: what it writes before, for each item, and behind all of them.
pub(super) trait Report<Item, Summary: ?Sized = ()> {
    /// Before everything.
    fn begin(&mut self, _to: &mut Streams) -> anyhow::Result<()> {
        Ok(())
    }

    /// For one item.
    fn add(&mut self, to: &mut Streams, item: Item) -> anyhow::Result<()>;

    /// Behind everything.
    fn end(&mut self, _to: &mut Streams, _summary: &Summary) -> anyhow::Result<()> {
        Ok(())
    }
}

/// What is over before needs no progress.
const PATIENCE: Duration = Duration::from_secs(1);

/// Standard output, to which this writes, and standard error.
pub(super) struct Streams {
    out: io::BufWriter<Unbroken<StdoutLock<'static>>>,
    /// Not locked: who waits for a file says so there.
    err: Unbroken<Stderr>,
    progress: ProgressBar,
}

impl Streams {
    /// The streams of the program.
    pub(super) fn open() -> Self {
        Self {
            out: io::BufWriter::new(Unbroken(stdout().lock())),
            err: Unbroken(stderr()),
            progress: ProgressBar::hidden(),
        }
    }

    /// Writes to standard error. On a terminal both are one, and what was written before comes
    /// before.
    pub(super) fn err(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.out.flush()?;
        self.progress.suspend(|| self.err.write_all(text.as_bytes()))
    }

    /// Shows what was written, and how far it is.
    pub(super) fn progress(&mut self, message: String) -> io::Result<()> {
        self.flush()?;
        if self.progress.is_hidden() && self.progress.elapsed() > PATIENCE {
            // Draws on a terminal only.
            self.progress.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.progress.set_message(message);
        self.progress.tick();
        Ok(())
    }

    /// Takes the progress away: what follows are the last lines.
    pub(super) fn end_progress(&self) {
        self.progress.finish_and_clear();
    }
}

impl Write for Streams {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.progress.suspend(|| self.out.flush())
    }
}
