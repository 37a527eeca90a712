//! Files, folders and standard input, one text after the other.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::{Path, PathBuf};

use anyhow::bail;
use walkdir::{DirEntry, WalkDir};

/// More than this is no manifest that an API server would take, nor a list that a person reads.
const LARGEST: u64 = 32 * 1024 * 1024;

/// What files of a folder are read.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    StandardInput,
    File(PathBuf),
}

/// Something that cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file} {message}")]
pub(super) struct Unreadable {
    pub(super) file: String,
    pub(super) message: String,
}

impl Source {
    /// What an argument means; `-` is standard input.
    pub(super) fn of(argument: &Path) -> Self {
        if argument == Path::new("-") { Self::StandardInput } else { Self::File(argument.into()) }
    }

    /// As it was named.
    pub(super) fn name(&self) -> String {
        match self {
            Self::StandardInput => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// Reads all of it.
    pub(super) fn read(&self) -> Result<String, Unreadable> {
        let unreadable = |message| Unreadable { file: self.name(), message };
        let bytes = match self {
            Self::StandardInput => bytes(io::stdin().lock()),
            Self::File(path) => File::open(path).and_then(bytes),
        };
        let bytes = bytes.map_err(|error| unreadable(format!("cannot be read: {error}")))?;
        if bytes.len() as u64 > LARGEST {
            return Err(unreadable(format!("is larger than {} MiB", LARGEST >> 20)));
        }
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            unreadable(format!("is not UTF-8 text (byte {at})"))
        })
    }
}

/// As much as decides whether it is too much.
fn bytes(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The arguments or, without any, standard input, unless a person would have to type it.
pub(super) fn named(arguments: &[PathBuf], nothing: &str) -> anyhow::Result<Vec<PathBuf>> {
    if !arguments.is_empty() {
        return Ok(arguments.to_vec());
    }
    if io::stdin().is_terminal() {
        bail!("{nothing}: name files or folders, or `-` for standard input");
    }
    Ok(vec![PathBuf::from("-")])
}

/// Every text the arguments mean, folders in the order of their names: files that end in .yaml,
/// .yml or .json, at any depth, through symbolic links, without hidden ones.
pub(super) fn sources(arguments: &[PathBuf]) -> impl Iterator<Item = Result<Source, Unreadable>> {
    arguments.iter().flat_map(|argument| -> Box<dyn Iterator<Item = _>> {
        let source = Source::of(argument);
        if source == Source::StandardInput || !argument.is_dir() {
            return Box::new(std::iter::once(Ok(source)));
        }
        Box::new(below(argument))
    })
}

fn below(folder: &Path) -> impl Iterator<Item = Result<Source, Unreadable>> {
    let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    let shown = walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry));
    let mut found = shown.filter_map(|entry| match entry {
        Ok(entry) => is_manifest(&entry).then(|| Ok(Source::File(entry.into_path()))),
        Err(error) => Some(Err(unreadable(&error))),
    });
    // A folder without a manifest is a mistake in a path more often than a clean result.
    let first = found.next().unwrap_or_else(|| {
        let message = "holds no .yaml, .yml or .json file".to_owned();
        Err(Unreadable { file: folder.display().to_string(), message })
    });
    std::iter::once(first).chain(found)
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn is_manifest(entry: &DirEntry) -> bool {
    let extension = entry.path().extension().unwrap_or_default().to_ascii_lowercase();
    entry.file_type().is_file() && EXTENSIONS.iter().any(|known| extension == *known)
}

fn unreadable(error: &walkdir::Error) -> Unreadable {
    let file = error.path().map_or_else(String::new, |path| path.display().to_string());
    let message = match (error.loop_ancestor(), error.io_error()) {
        (Some(ancestor), _) => {
            format!("is a symbolic link back to {}, which it is in", ancestor.display())
        }
        (None, Some(error)) => format!("cannot be read: {error}"),
        (None, None) => "cannot be read".to_owned(),
    };
    Unreadable { file, message }
}
