//! The manifests below a folder.

use std::ffi::OsStr;
use std::iter;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ignore::gitignore::Gitignore;
use ignore::{DirEntry, Error, WalkBuilder};

use super::inputs::{self, Input, Source};
use crate::diagnostic::Diagnostic;
use crate::files;

/// What files are read.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// Files that say what is left out, in the syntax of .gitignore. What git ignores may be what is
/// deployed.
const IGNORED: &str = ".bulkheadignore";

/// What makes a folder a Helm chart.
const CHART: &str = "Chart.yaml";

/// What of a chart is no manifest, like files whose name begins with `values`: what is under `crds`,
/// or elsewhere in its folder, is read.
const OF_CHARTS: [&str; 4] = ["templates", "charts", "ci", "requirements.yaml"];

/// Every manifest below a folder, in the order of their names: files that end in .yaml, .yml or
/// .json, at any depth, through symbolic links, without hidden ones and what is left out. What has
/// such a name and is no regular file was not put there to be left out.
pub(super) fn below(
    folder: &Path,
    excluded: Gitignore,
    allow_empty: bool,
) -> impl Iterator<Item = Result<Input, Diagnostic>> + use<> {
    let root = folder.to_owned();
    let is_excluded = move |path: &Path, is_folder: bool| {
        let path = path.strip_prefix(&root).unwrap_or(path);
        excluded.matched(path, is_folder).is_ignore()
    };
    let hides = is_excluded.clone();
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false).hidden(true).parents(true).add_custom_ignore_filename(IGNORED);
    walk.follow_links(true).sort_by_file_name(OsStr::cmp);
    // The library opens them whatever they are: what is no regular file keeps its folder from being
    // read.
    let begin = folder.canonicalize().ok();
    let around = begin.iter().flat_map(|folder| folder.ancestors()).find_map(unusable);
    let unusable_here = around.is_some();
    let broken = Arc::new(Mutex::new(Vec::from_iter(around.map(Err))));
    let inside = Arc::clone(&broken);
    walk.filter_entry(move |entry| {
        if is_of_chart(entry) || hides(entry.path(), is_folder(entry)) {
            return false;
        }
        let wrong = Some(entry).filter(|entry| is_folder(entry)).and_then(|it| unusable(it.path()));
        let is_usable = wrong.is_none();
        inside.lock().unwrap_or_else(PoisonError::into_inner).extend(wrong.map(Err));
        is_usable
    });
    let entries = iter::once(walk).filter(move |_| !unusable_here).flat_map(|walk| walk.build());
    let found = entries.flat_map(move |entry| match entry {
        Ok(entry) => of(&entry),
        // A link that leads nowhere is no entry that the filter would see.
        Err(error) => unreadable(&error, None)
            .into_iter()
            .filter(|error| !is_excluded(Path::new(&error.file), false))
            .map(Err)
            .collect(),
    });
    let last = iter::once_with(move || {
        std::mem::take(&mut *broken.lock().unwrap_or_else(PoisonError::into_inner))
    });
    let mut found = found.chain(last.flatten());
    let folder = folder.display().to_string();
    // A folder without a manifest is a mistake in a path more often than a clean result.
    let mut complaint = Some(NOTHING).filter(|_| !allow_empty);
    iter::from_fn(move || match found.next() {
        Some(one) => {
            let is_chart = matches!(one, Ok(Input::Chart(_)));
            complaint = complaint.filter(|_| is_chart).map(|_| CHARTS);
            Some(one)
        }
        None => complaint.take().map(|what| Err(Diagnostic::of_file(&*folder, what))),
    })
}

const NOTHING: &str = "holds no .yaml, .yml or .json file";
const CHARTS: &str = "holds nothing but Helm charts, whose templates are left out";

/// What is wrong with the ignore file of a folder, if it has one.
fn unusable(folder: &Path) -> Option<Diagnostic> {
    let path = folder.join(IGNORED);
    path.symlink_metadata().ok()?;
    inputs::file(&path, MOST_IGNORED).err()
}

/// More is no list of what to leave out.
const MOST_IGNORED: u64 = 1024 * 1024;

fn is_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

fn is_of_chart(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let named = OF_CHARTS.iter().any(|of_chart| name == *of_chart);
    (named || name.to_string_lossy().starts_with("values"))
        && entry.path().with_file_name(CHART).is_file()
}

/// What an entry is to us, and what is wrong with the ignore file in it.
fn of(entry: &DirEntry) -> Vec<Result<Input, Diagnostic>> {
    let mut found: Vec<_> = entry.error().map(|error| unreadable(error, None)).unwrap_or_default();
    let mut found: Vec<_> = found.drain(..).map(Err).collect();
    let path = entry.path();
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    if is_folder(entry) || !EXTENSIONS.iter().any(|known| extension == *known) {
        return found;
    }
    found.push(match path.parent().filter(|_| entry.file_name() == CHART) {
        Some(folder) => Ok(Input::Chart(folder.to_owned())),
        None => regular(entry).map(|()| Input::Text(Source::File(path.to_owned()))),
    });
    found
}

fn regular(entry: &DirEntry) -> Result<(), Diagnostic> {
    let refused = |error: String| {
        let file = entry.path().display().to_string();
        Diagnostic::of_file(file, format!("cannot be read: {error}"))
    };
    let metadata = entry.metadata().map_err(|error| refused(error.to_string()))?;
    files::regular(&metadata).map_err(|error| refused(error.to_string()))
}

/// Where something is wrong: a path, and a line of an ignore file.
type Location<'e> = Option<(&'e Path, Option<u64>)>;

/// What is wrong, one by one.
fn unreadable(error: &Error, at: Location<'_>) -> Vec<Diagnostic> {
    let file = at.map_or_else(String::new, |(path, _)| path.display().to_string());
    let message = match error {
        Error::Partial(all) => return all.iter().flat_map(|one| unreadable(one, at)).collect(),
        Error::WithPath { path, err } => return unreadable(err, Some((path, None))),
        Error::WithDepth { err, .. } => return unreadable(err, at),
        Error::WithLineNumber { line, err } => {
            return unreadable(err, at.map(|(path, _)| (path, Some(*line))));
        }
        Error::Loop { ancestor, child } => {
            let file = child.display().to_string();
            let ancestor = ancestor.display();
            let message = format!("is a symbolic link back to {ancestor}, which it is in");
            return vec![Diagnostic::of_file(file, message)];
        }
        // Around it is the path once more.
        Error::Io(error) => {
            let inner = error.get_ref().and_then(std::error::Error::source);
            let inner = inner.and_then(|inner| inner.downcast_ref()).unwrap_or(error);
            format!("cannot be read: {}", files::in_words(inner))
        }
        Error::Glob { .. } | Error::UnrecognizedFileType(_) | Error::InvalidDefinition => {
            let line = at.and_then(|(_, line)| line).map(|line| format!(" (line {line})"));
            format!("has a pattern that cannot be used{}: {error}", line.unwrap_or_default())
        }
    };
    vec![Diagnostic::of_file(file, message)]
}
