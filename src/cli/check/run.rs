//! From paths to the output: files beside each other, long inputs piece by piece.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::file::{self, Action};
use crate::cli::inputs::{Input, LARGEST, Source};
use crate::cli::report::Streams;
use crate::cli::selection::Selection;
use crate::cli::verdicts::{FileVerdicts, Summary, Terms, Totals, VerdictReport};
use crate::diagnostic::Diagnostic;
use crate::files::in_words;
use crate::manifest::{Part, Piece, Pieces, StreamError};
use crate::text::not_utf8;
use crate::verdict::{Judge, LISTS};

/// How many files each core works on before what it found is shown.
const BATCH: usize = 32;

/// How much of a list is judged at once, in bytes.
const PORTION: usize = 1024 * 1024;

/// Of each thread, in bytes: one that waits takes up another file on top of its own.
const STACK: usize = 64 << 20;

/// Something that a path leads to, and the index of that path.
type Found = (usize, Result<Input, Diagnostic>);

/// What there is so far; it does not grow with what is read.
pub(super) struct Run<'r, R> {
    judge: &'r Judge<'r>,
    action: Action,
    report: R,
    streams: Streams,
    totals: Totals,
    pool: ThreadPool,
    /// Whether a path led to nothing, for each.
    empty: Vec<bool>,
    files: usize,
}

impl<'r, R: VerdictReport> Run<'r, R> {
    pub(super) fn begin(
        judge: &'r Judge<'r>,
        action: Action,
        mut report: R,
        paths: usize,
    ) -> anyhow::Result<Self> {
        let pool = ThreadPoolBuilder::new().stack_size(STACK).build()?;
        let mut streams = Streams::open();
        report.begin(&mut streams)?;
        let (totals, empty) = (Totals::default(), vec![true; paths]);
        Ok(Self { judge, action, report, streams, totals, pool, empty, files: 0 })
    }

    /// Judges everything that the paths lead to.
    pub(super) fn all(&mut self, mut found: impl Iterator<Item = Found>) -> anyhow::Result<()> {
        let most = BATCH * self.pool.current_num_threads();
        let mut goes_on = true;
        while goes_on {
            let (mut some, mut long) = (Vec::new(), None);
            while long.is_none() && some.len() < most {
                match found.next() {
                    None => {
                        goes_on = false;
                        break;
                    }
                    // What is fixed is printed whole.
                    Some((index, Ok(Input::Text(source))))
                        if self.action == Action::Judge && source.may_be_long() =>
                    {
                        long = Some((index, source));
                    }
                    Some(one) => some.push(one),
                }
            }
            self.files(some)?;
            if let Some((index, source)) = long {
                self.pieces(index, &source)?;
            }
        }
        Ok(())
    }

    /// Judges files, each whole, beside each other.
    fn files(&mut self, some: Vec<Found>) -> anyhow::Result<()> {
        let (judge, action, report) = (self.judge, self.action, &self.report);
        let part = |(index, input): Found| {
            let name = input.as_ref().map(Input::name).unwrap_or_default();
            (index, shown(report, &name, || file::verdicts(judge, action, input)))
        };
        let parts: Vec<_> = self.pool.install(|| some.into_par_iter().map(part).collect());
        self.files += parts.len();
        for (index, part) in parts {
            self.add(index, part)?;
        }
        Ok(self.streams.progress(format!("{} files", self.files))?)
    }

    /// Judges a text as it comes.
    fn pieces(&mut self, index: usize, source: &Source) -> anyhow::Result<()> {
        let name = source.name();
        let most = usize::try_from(LARGEST).unwrap_or(usize::MAX);
        let read = source.through(|from| {
            let mut pieces = Pieces::new(from, LISTS, most);
            loop {
                let (portion, error) = portion(&mut pieces);
                if portion.is_empty() && error.is_none() {
                    return Ok(());
                }
                self.portion(index, &name, portion)?;
                if let Some(error) = error {
                    self.unusable(index, broken(&name, error))?;
                }
            }
        });
        self.files += 1;
        let refused = |error| Diagnostic::of_file(&*name, format!("cannot be read: {error}"));
        read.map_err(refused).unwrap_or_else(|error| self.unusable(index, error))
    }

    fn portion(&mut self, index: usize, name: &str, portion: Vec<Piece>) -> anyhow::Result<()> {
        let (judge, report) = (self.judge, &self.report);
        let part = |piece| shown(report, name, || verdicts(judge, name, piece));
        let parts: Vec<_> = self.pool.install(|| portion.into_par_iter().map(part).collect());
        for part in parts {
            self.add(index, part)?;
        }
        Ok(self.streams.progress(format!("{name}: {} objects", self.totals.judged()))?)
    }

    fn unusable(&mut self, index: usize, error: Diagnostic) -> anyhow::Result<()> {
        let file = file::unusable(error);
        let part = (Totals::of(&file), self.report.part(file));
        self.add(index, part)
    }

    fn add(&mut self, index: usize, (of_file, part): (Totals, R::Part)) -> anyhow::Result<()> {
        if let Some(empty) = self.empty.get_mut(index) {
            *empty &= of_file.is_nothing();
        }
        self.totals.add(&of_file);
        self.report.add(&mut self.streams, part)
    }

    /// Says what led to nothing, and how it ended.
    pub(super) fn end(
        mut self,
        paths: &[PathBuf],
        selection: &Selection,
        terms: Terms,
    ) -> anyhow::Result<Summary> {
        let empty = std::mem::take(&mut self.empty);
        for (path, _) in paths.iter().zip(empty).filter(|(_, empty)| *empty) {
            if let Some(nothing) = selection.nothing(path) {
                self.unusable(0, nothing)?;
            }
        }
        self.streams.end_progress();
        let summary = Summary::new(self.totals, terms);
        self.report.end(&mut self.streams, &summary)?;
        self.streams.flush()?;
        Ok(summary)
    }
}

/// What something comes to, and what it adds to the output.
fn shown<R: VerdictReport>(
    report: &R,
    name: &str,
    judged: impl FnOnce() -> FileVerdicts,
) -> (Totals, R::Part) {
    let shown = |file: FileVerdicts| (Totals::of(&file), report.part(file));
    // A fault of ours in one file must not keep the others from being judged.
    catch_unwind(AssertUnwindSafe(|| shown(judged()))).unwrap_or_else(|_| {
        let message = "cannot be judged: this is a fault of bulkhead";
        shown(file::unusable(Diagnostic::of_file(name, message)))
    })
}

/// The next pieces, as many as are judged at once, and what is wrong behind them.
fn portion(
    pieces: &mut impl Iterator<Item = Result<Piece, StreamError>>,
) -> (Vec<Piece>, Option<StreamError>) {
    let (mut some, mut bytes) = (Vec::new(), 0);
    while bytes < PORTION {
        match pieces.next() {
            None => break,
            Some(Err(error)) => return (some, Some(error)),
            Some(Ok(piece)) => {
                bytes += text(&piece).text.len();
                some.push(piece);
            }
        }
    }
    (some, None)
}

fn text(piece: &Piece) -> &Part {
    let (Piece::Element(part, _) | Piece::Frame(part) | Piece::Rest(part, _)) = piece;
    part
}

/// What becomes of a piece.
fn verdicts(judge: &Judge<'_>, name: &str, piece: Piece) -> FileVerdicts {
    let entries = judge.piece(name, &piece);
    let (Piece::Element(part, _) | Piece::Frame(part) | Piece::Rest(part, _)) = piece;
    FileVerdicts { file: name.to_owned(), text: part.text, entries, changes: String::new() }
}

fn broken(name: &str, error: StreamError) -> Diagnostic {
    match error {
        StreamError::Read(error) => {
            Diagnostic::of_file(name, format!("cannot be read: {}", in_words(&error)))
        }
        StreamError::Long(start) => {
            let message = format!(
                "cannot be read: larger than {} MiB; only a List of JSON may be larger, whose items are \
                 read one by one (kubectl get pods -A -o json)",
                LARGEST >> 20
            );
            if start.line == 1 && start.column == 1 {
                Diagnostic::of_file(name, message)
            } else {
                Diagnostic::at(name, start, message)
            }
        }
        StreamError::NoText(byte) => Diagnostic::of_file(name, not_utf8(byte)),
        StreamError::NoList(at, message) => Diagnostic::at(name, at, message),
    }
}
