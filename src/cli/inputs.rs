//! Files, folders and standard input, one text after the other.

use std::fs::{self, File};
use std::io::{self, IsTerminal as _, Read, Write as _, stderr};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{anyhow, bail};
use jiff::Timestamp;

use super::terminal::printable;
use crate::diagnostic::Diagnostic;
use crate::files::{self, FileError};
use crate::manifest;
use crate::text::not_utf8;

/// More than this is no manifest that an API server would take, nor a list that a person reads.
pub(super) const LARGEST: u64 = 32 * 1024 * 1024;

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    StandardInput,
    File(PathBuf),
}

/// What an argument leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A text.
    Text(Source),
    /// A folder with a Helm chart: what is left out of it is no manifest yet.
    Chart(PathBuf),
}

impl Input {
    /// As it was named.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Text(source) => source.name(),
            Self::Chart(folder) => folder.display().to_string(),
        }
    }
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

    /// Reads all of it as UTF-8, if it is no more than that.
    pub(super) fn read(&self, most: u64) -> Result<String, Diagnostic> {
        text(self.name(), self.bytes(most), utf8)
    }

    /// Reads a manifest, in what encoding ever kubectl reads it.
    pub(super) fn manifest(&self, most: u64) -> Result<String, Diagnostic> {
        text(self.name(), self.bytes(most), manifest::text)
    }

    /// Whether it may be a list too long to be read whole: a pipe, or a large file of JSON.
    pub(super) fn may_be_long(&self) -> bool {
        match self {
            Self::StandardInput => true,
            Self::File(path) => is_stream(path) || is_long_json(path),
        }
    }

    fn bytes(&self, most: u64) -> Result<Vec<u8>, FileError> {
        match self {
            Self::File(path) if !is_stream(path) => files::read(path, most),
            Self::StandardInput | Self::File(_) => self.through(|from| files::whole(from, most))?,
        }
    }

    /// Opens it and hands it over. A pipe is waited for: a shell makes one of `<(helm template .)`.
    pub(super) fn through<T>(&self, read: impl FnOnce(&mut dyn Read) -> T) -> Result<T, FileError> {
        match self {
            Self::StandardInput => patiently("standard input", || Ok(io::stdin().lock()), read),
            Self::File(path) if is_stream(path) => {
                patiently(&path.display().to_string(), || File::open(path), read)
            }
            Self::File(path) => files::open(path).map(|(mut file, _)| read(&mut file)),
        }
    }
}

/// A file of JSON that is larger is read piece by piece, in bytes.
const LONG: u64 = 1024 * 1024;

fn is_long_json(path: &Path) -> bool {
    let Ok((file, size)) = files::open(path) else { return false };
    let mut begin = Vec::new();
    let read = size > LONG && file.take(64).read_to_end(&mut begin).is_ok();
    read && begin.trim_ascii_start().starts_with(b"{")
}

/// Reads a file that a flag names.
pub(super) fn named_by_flag(path: &Path, most: u64) -> anyhow::Result<String> {
    file(path, most).map_err(|error| anyhow!("{} {}", error.file, error.message))
}

/// Reads a regular file.
pub(super) fn file(path: &Path, most: u64) -> Result<String, Diagnostic> {
    text(path.display().to_string(), files::read(path, most), utf8)
}

/// The error is where it is no UTF-8.
fn utf8(bytes: Vec<u8>) -> Result<String, usize> {
    String::from_utf8(bytes).map_err(|error| error.utf8_error().valid_up_to())
}

fn text(
    file: String,
    bytes: Result<Vec<u8>, FileError>,
    decoded: fn(Vec<u8>) -> Result<String, usize>,
) -> Result<String, Diagnostic> {
    let bytes = bytes.map_err(|error| format!("cannot be read: {error}"));
    let text = bytes.and_then(|bytes| decoded(bytes).map_err(not_utf8));
    text.map_err(|message| Diagnostic::of_file(file, message))
}

/// Whether others write while it is read.
fn is_stream(path: &Path) -> bool {
    let kind = fs::metadata(path).map(|metadata| metadata.file_type());
    kind.is_ok_and(|kind| kind.is_fifo() || kind.is_char_device())
}

/// How long nothing may come before that is said.
const PATIENCE: Duration = Duration::from_secs(2);

/// Opens something and reads it; where nothing comes, says once what is waited for.
fn patiently<R: Read, T>(
    name: &str,
    open: impl FnOnce() -> io::Result<R>,
    read: impl FnOnce(&mut dyn Read) -> T,
) -> Result<T, FileError> {
    let (activity, news) = mpsc::channel();
    let listen = move || {
        let mut state = Activity::Waits;
        loop {
            let next = match state {
                Activity::Waits => news.recv_timeout(PATIENCE),
                Activity::Came => news.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match next {
                Ok(activity) => state = activity,
                Err(RecvTimeoutError::Timeout) => {
                    let line = printable(&format!("waiting for {name}: nothing comes from there"));
                    // Without standard error there is nobody to say it to.
                    drop(writeln!(stderr(), "{line}"));
                    return;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    };
    thread::scope(|scope| {
        // Without a thread it is waited for in silence.
        drop(thread::Builder::new().spawn_scoped(scope, listen));
        let mut source = Notifier { source: open()?, activity };
        Ok(read(&mut source))
    })
}

/// What whoever reads does.
#[derive(Clone, Copy)]
enum Activity {
    /// Waits for what comes.
    Waits,
    /// Works on what came.
    Came,
}

/// Tells of everything that comes.
struct Notifier<R> {
    source: R,
    activity: Sender<Activity>,
}

impl<R: Read> Read for Notifier<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Who listened has said what there was to say.
        let _ = self.activity.send(Activity::Waits);
        let read = self.source.read(buffer);
        let _ = self.activity.send(Activity::Came);
        read
    }
}

/// A time that a flag names.
pub(super) fn time(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "a time looks like 2026-12-01T12:00:00Z")
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

/// What to do with what looks like a template; follows a message.
pub(super) fn template(verb: &str) -> String {
    format!("; this looks like a template: pipe `helm template` into `bulkhead {verb} -`")
}

/// What to do with a Helm chart.
pub(super) fn chart(folder: &str, verb: &str) -> String {
    format!(
        "{folder} is a Helm chart, whose templates are left out; pipe `helm template {folder}` into `bulkhead {verb} -`"
    )
}
