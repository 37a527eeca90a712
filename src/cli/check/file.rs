//! One file: what is in it, and what becomes of that.

use std::path::Path;

use super::fix::{Fix, fix};
use crate::cli::inputs::{Input, LARGEST, Source};
use crate::cli::verdicts::FileVerdicts;
use crate::diagnostic::Diagnostic;
use crate::files::{self, FileError};
use crate::manifest;
use crate::verdict::{Entry, Judge, Manifest, Skip, SkipReason};

/// What is done with files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// They are judged.
    Judge,
    /// They are repaired, and then judged.
    Fix,
    /// Likewise, and written.
    FixInPlace,
}

/// What becomes of something that a path leads to.
pub(super) fn verdicts(
    judge: &Judge<'_>,
    action: Action,
    input: Result<Input, Diagnostic>,
) -> FileVerdicts {
    let source = match input {
        Ok(Input::Text(source)) => source,
        Ok(Input::Chart(folder)) => return chart(&folder),
        Err(error) => return unusable(error),
    };
    let text = match source.manifest(LARGEST) {
        Ok(text) => text,
        Err(error) => return unusable(error),
    };
    let file = source.name();
    if action != Action::Judge {
        return fixed(judge, action, &source, text);
    }
    let entries = judge.text(Manifest { file: &file, text: &text });
    FileVerdicts { file, text, entries, changes: String::new() }
}

/// Of what cannot be used as a whole.
pub(super) fn unusable(error: Diagnostic) -> FileVerdicts {
    FileVerdicts::one(error.file.clone(), Entry::Error(error))
}

/// Of a chart, which is left out.
fn chart(folder: &Path) -> FileVerdicts {
    let reason = SkipReason::Chart(folder.display().to_string());
    let skip = Skip { line: 1, kind: None, reason };
    FileVerdicts::one(folder.join("Chart.yaml").display().to_string(), Entry::Skip(skip))
}

/// Judges what a repair leaves of a text, or the text as it was, where it stays so.
fn fixed(judge: &Judge<'_>, action: Action, source: &Source, text: String) -> FileVerdicts {
    let file = source.name();
    let mut fix = fix(judge, Manifest { file: &file, text: &text });
    let is_changed = fix.text != text;
    let mut after = is_changed.then(|| judge.text(Manifest { file: &file, text: &fix.text }));
    let mut error = None;
    if let (Action::FixInPlace, Source::File(path)) = (action, source) {
        let mut entries = after.as_ref().unwrap_or(&fix.before).iter();
        // Half of a file is not written: its author would take it for the whole.
        let whole = fix.manual.is_empty() && !entries.any(|it| matches!(it, Entry::Error(_)));
        let written = if whole { write(path, &text, &fix) } else { Ok(()) };
        if !whole || written.is_err() {
            after = None;
            fix.text = text;
            fix.objects = 0;
        }
        error = written.err().map(|message| Diagnostic::of_file(&*file, message));
    }
    let changes = fix.lines(&file);
    let mut entries = after.unwrap_or(fix.before);
    entries.extend(error.map(Entry::Error));
    FileVerdicts { file, text: fix.text, entries, changes }
}

/// Replaces the file that a text was read from, if anything in it was repaired.
fn write(path: &Path, text: &str, fix: &Fix) -> Result<(), String> {
    if fix.objects == 0 {
        return Ok(());
    }
    let written = files::write(path, fix.text.as_bytes(), Some(text.as_bytes()));
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
