//! From the entries of files to the two standard streams, in the order of the files.

use std::io::{self, Stderr, StdoutLock, Write as _, stderr, stdout};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget};

use super::fix::{self, Fixed};
use crate::cli::inputs::{LARGEST, Source};
use crate::cli::terminal::Style;
use crate::cli::verdicts::json::{Document, Rows};
use crate::cli::verdicts::text;
use crate::cli::verdicts::totals::Totals;
use crate::files::{self, FileError};
use crate::manifest;
use crate::verdict::{Broken, Entry, Judge, Skipped, Why};

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Findings, in the style of standard output.
    Text(Style),
    /// One JSON document.
    Json,
    /// Mended manifests; findings in the style of standard error.
    Fixed(Style),
    /// Manifests mended where they are, likewise.
    InPlace(Style),
}

/// What one file adds to the output.
#[derive(Default)]
pub(super) struct FileReport {
    out: String,
    err: String,
    rows: Rows,
    totals: Totals,
}

impl FileReport {
    /// Judges a file.
    pub(super) fn of(judge: &Judge, form: Form, source: &Source, text: &str) -> Self {
        match form {
            Form::Json | Form::Text(_) => {
                Self::found(form, &source.name(), text, &judge.text(text))
            }
            Form::Fixed(_) | Form::InPlace(_) => Self::fixed(judge, form, source, text),
        }
    }

    /// Whether nothing was there, not even what is skipped.
    pub(super) fn is_empty(&self) -> bool {
        self.totals.is_nothing()
    }

    /// Judges what is left when a file is mended.
    fn fixed(judge: &Judge, form: Form, source: &Source, text: &str) -> Self {
        let file = source.name();
        let mut fixed = fix::fixed(judge, text);
        let mut entries = judge.text(&fixed.text);
        if let (Form::InPlace(_), Source::File(path)) = (form, source) {
            // Half of a file is not written: its author would take it for the whole.
            let broken = entries.iter().any(|entry| matches!(entry, Entry::Broken(_)));
            let whole = !broken && fixed.left.is_empty();
            let written = if whole { write(path, (text, &fixed)) } else { Ok(()) };
            if !whole || written.is_err() {
                fixed.undo(text);
                entries = judge.text(text);
            }
            let wrong = written.err();
            entries.extend(wrong.map(|message| Entry::Broken(Broken { place: None, message })));
        }
        let mut report = Self::found(form, &file, &fixed.text, &entries);
        report.err.insert_str(0, &fixed.told(&file));
        if matches!(form, Form::Fixed(_)) {
            report.out = fixed.text;
        }
        report
    }

    /// Of a chart, which is left out.
    pub(super) fn chart(form: Form, folder: &Path) -> Self {
        let file = folder.join("Chart.yaml").display().to_string();
        let why = Why::Chart(folder.display().to_string());
        let entries = [Entry::Skipped(Skipped { line: 1, kind: None, why })];
        Self::found(form, &file, "", &entries)
    }

    /// Of a file that cannot be read.
    pub(super) fn unreadable(form: Form, file: &str, message: String) -> Self {
        let entries = [Entry::Broken(Broken { place: None, message })];
        Self::found(form, file, "", &entries)
    }

    fn found(form: Form, file: &str, text: &str, entries: &[Entry]) -> Self {
        let totals = Totals::of(file, entries);
        let shown = |style| text::findings(file, text, entries, style);
        let errors = |style| text::errors(file, entries, style);
        match form {
            Form::Json => {
                // Only a value that cannot be a key could fail, and there is none.
                let rows = Rows::of(file, entries).unwrap_or_default();
                Self { rows, totals, ..Self::default() }
            }
            Form::Text(style) => {
                let err = errors(Style::of_stderr());
                Self { out: shown(style), err, totals, ..Self::default() }
            }
            Form::Fixed(style) | Form::InPlace(style) => {
                let err = shown(style) + &errors(style);
                Self { err, totals, ..Self::default() }
            }
        }
    }
}

/// Replaces the file that a text was read from, if anything in it was mended.
fn write(path: &Path, (text, fixed): (&str, &Fixed)) -> Result<(), String> {
    if fixed.mended == 0 {
        return Ok(());
    }
    let written = files::write(path, fixed.text.as_bytes(), Some(text.as_bytes()));
    written.map_err(|error| {
        if matches!(error, FileError::Changed) && is_encoded(path, text) {
            return NO_UTF8.to_owned();
        }
        format!("cannot be written: {error}")
    })
}

const NO_UTF8: &str =
    "is not written: it is no UTF-8, which --in-place writes; save it as UTF-8 first";

/// Whether a file holds this text in another encoding.
fn is_encoded(path: &Path, text: &str) -> bool {
    files::read(path, LARGEST).ok().and_then(|bytes| manifest::text(bytes).ok()).as_deref()
        == Some(text)
}

/// What is over before needs no progress.
const PATIENCE: Duration = Duration::from_secs(1);

/// The two streams, and what is counted until the end.
pub(super) struct Output {
    form: Form,
    out: io::BufWriter<StdoutLock<'static>>,
    /// Not locked: who waits for a file says so there.
    err: Stderr,
    document: Option<Document>,
    /// Whether something was written that a separator must follow.
    begun: bool,
    files: u64,
    progress: ProgressBar,
    totals: Totals,
}

impl Output {
    pub(super) fn begin(form: Form) -> io::Result<Self> {
        let mut out = io::BufWriter::new(stdout().lock());
        let document = match form {
            Form::Json => Some(Document::begin(&mut out)?),
            Form::Text(_) | Form::Fixed(_) | Form::InPlace(_) => None,
        };
        Ok(Self {
            form,
            out,
            err: stderr(),
            document,
            begun: false,
            files: 0,
            progress: ProgressBar::hidden(),
            totals: Totals::default(),
        })
    }

    pub(super) fn add(&mut self, report: FileReport) -> io::Result<()> {
        self.totals.add(&report.totals);
        self.files += 1;
        if let Some(document) = &mut self.document {
            document.add(&mut self.out, report.rows)?;
        }
        if !report.out.is_empty() {
            if self.begun && matches!(self.form, Form::Fixed(_)) {
                self.out.write_all(b"---\n")?;
            }
            self.begun = true;
            self.out.write_all(report.out.as_bytes())?;
            if !report.out.ends_with('\n') {
                self.out.write_all(b"\n")?;
            }
        }
        if !report.err.is_empty() {
            // On a terminal both are one, and the files keep their order.
            self.out.flush()?;
            self.progress.suspend(|| self.err.write_all(report.err.as_bytes()))?;
        }
        Ok(())
    }

    /// Shows what was written, and how far it is.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.progress.suspend(|| self.out.flush())?;
        if self.progress.is_hidden() && self.progress.elapsed() > PATIENCE {
            // Draws on a terminal only.
            self.progress.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.progress.set_message(format!("{} files", self.files));
        self.progress.tick();
        Ok(())
    }

    /// The last lines, and the exit code.
    pub(super) fn end(mut self) -> io::Result<u8> {
        self.progress.finish_and_clear();
        if let Some(document) = self.document.take() {
            document.end(&mut self.out, &self.totals)?;
        }
        match self.form {
            Form::Json => {}
            Form::Text(_) => writeln!(self.out, "{}", self.totals)?,
            Form::Fixed(_) | Form::InPlace(_) => writeln!(self.err, "{}", self.totals)?,
        }
        self.out.flush()?;
        Ok(self.totals.exit_code())
    }
}
