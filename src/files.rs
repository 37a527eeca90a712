//! Files that are read whole and written whole: regular ones alone, and none beyond a limit.
//!
//! Comes in: a path, and how much is too much. Goes out: bytes, all of them, or a [`FileError`] that
//! says why not. Nothing here waits for another program: a pipe is not opened, a device not read. What
//! is read of other things ([`whole`]) has the same limit.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{
    FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown,
};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::text::without_codes;

/// More than any policy, certificate or kubeconfig has.
pub const MOST: u64 = 16 << 20;

/// Why a file is not read, or not written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system says so.
    #[error("{}", in_words(.0))]
    System(io::Error),
    /// It could not be read again, or reading would wait for whoever writes.
    #[error("not a regular file, but a {0}")]
    Kind(&'static str),
    /// Half of it would be taken for the whole.
    #[error("larger than {} MiB{}", most >> 20, .size.map(|it| format!(" ({it} bytes)")).unwrap_or_default())]
    Large {
        /// The limit, in bytes.
        most: u64,
        /// How large it is, where that is known.
        size: Option<u64>,
    },
    /// A link whose target is not there.
    #[error("a symbolic link to nothing")]
    Dangling,
    /// Other names would go on leading to what it was.
    #[error(
        "it has {0} names (hard links), and a new file would have one: write a copy, or remove the others"
    )]
    Shared(u64),
    /// Somebody else wrote it since it was read.
    #[error("it was changed meanwhile, and what it holds now stays; start again")]
    Changed,
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// What the system says, without its number.
pub fn in_words(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::IsADirectory {
        return "it is a folder, not a file".to_owned();
    }
    without_codes(&error.to_string())
}

/// All of a regular file, or of one that a symbolic link leads to.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, FileError> {
    let (file, size) = open(path)?;
    // A file that is too large is not read first.
    if size > most {
        return Err(FileError::Large { most, size: Some(size) });
    }
    whole(file, most)
}

/// The same, to be read piece by piece, and how large it is, in bytes.
pub fn open(path: &Path) -> Result<(File, u64), FileError> {
    regular(&fs::metadata(path)?)?;
    // Another may be in its place by now: a pipe would wait for its writer, a terminal become ours.
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    regular(&metadata)?;
    Ok((file, metadata.len()))
}

/// All that comes.
pub fn whole(source: impl Read, most: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let size = source.take(most + 1).read_to_end(&mut bytes)?;
    if size as u64 > most { Err(FileError::Large { most, size: None }) } else { Ok(bytes) }
}

/// Refuses what is no regular file, and says what it is.
pub fn regular(metadata: &Metadata) -> Result<(), FileError> {
    let kind = metadata.file_type();
    let table = [
        (kind.is_dir(), "folder"),
        (kind.is_fifo(), "pipe"),
        (kind.is_socket(), "socket"),
        (kind.is_char_device() || kind.is_block_device(), "device"),
        (!kind.is_file(), "thing of another kind"),
    ];
    let other = table.into_iter().find_map(|(is_it, name)| is_it.then_some(name));
    other.map_or(Ok(()), |name| Err(FileError::Kind(name)))
}

/// Makes a file, or replaces a regular one, as a whole: nobody reads half of it, its owner and its
/// rights stay, and so does a symbolic link to it. Where it must still hold what it held `before`,
/// what somebody else wrote since is not lost.
pub fn write(path: &Path, bytes: &[u8], before: Option<&[u8]>) -> Result<(), FileError> {
    let (path, old) = target(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // Nobody reads in between what they may not read in the end.
    let rights = if old.is_some() { 0o600 } else { 0o666 };
    // A name that nobody can foresee, and that is not there.
    let mut part = tempfile::Builder::new()
        .prefix(".bulkhead-")
        .permissions(Permissions::from_mode(rights))
        .tempfile_in(folder.unwrap_or_else(|| Path::new(".")))?;
    part.write_all(bytes)?;
    if let Some(old) = &old {
        let new = part.as_file().metadata()?;
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            fchown(part.as_file(), Some(old.uid()), Some(old.gid()))?;
        }
        part.as_file().set_permissions(old.permissions())?;
    }
    part.as_file().sync_all()?;
    if let Some(before) = before
        && !holds(&path, before)?
    {
        return Err(FileError::Changed);
    }
    // Where nothing was, nothing is replaced.
    let put = if old.is_some() { part.persist(&path) } else { part.persist_noclobber(&path) };
    put.map_err(|error| error.error)?;
    Ok(())
}

/// The file that a path leads to, and what it is now, if it is there.
fn target(path: &Path) -> Result<(PathBuf, Option<Metadata>), FileError> {
    let old = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return match fs::symlink_metadata(path) {
                Ok(_) => Err(FileError::Dangling),
                Err(_) => Ok((path.to_owned(), None)),
            };
        }
        other => other?,
    };
    regular(&old)?;
    if old.nlink() > 1 {
        return Err(FileError::Shared(old.nlink()));
    }
    Ok((fs::canonicalize(path)?, Some(old)))
}

/// Whether a file holds these bytes and no others.
fn holds(path: &Path, bytes: &[u8]) -> Result<bool, FileError> {
    match read(path, bytes.len() as u64) {
        Ok(now) => Ok(now == bytes),
        Err(FileError::Large { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
