//! Noticing that files changed, by their contents.
//!
//! The kubelet replaces a mounted Secret or ConfigMap by flipping a symlink above it, which a
//! watch on the file does not see; and some file systems tell nothing. Reading a few kilobytes
//! each second sees every way.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::files;

/// How often the files are read.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Files that belong together.
#[derive(Clone, Debug)]
pub(super) struct Files(pub(super) Vec<PathBuf>);

/// What each of them holds, or why it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contents(pub(super) Vec<(PathBuf, Result<Vec<u8>, String>)>);

impl Contents {
    /// The files' names.
    pub(super) fn name(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|(path, _)| path.display().to_string()).collect();
        names.join(" and ")
    }
}

impl Files {
    /// Reads all of them now.
    pub(super) fn read(&self) -> Contents {
        let read = |path: &PathBuf| {
            let bytes = files::read(path, files::MOST);
            (path.clone(), bytes.map_err(|error| error.to_string()))
        };
        Contents(self.0.iter().map(read).collect())
    }

    /// Calls `changed` whenever the contents differ from those last handed over, once they have
    /// been the same for two readings: a pair that is being replaced does not fit for a moment.
    pub(super) async fn watch(self, begin: Contents, mut changed: impl FnMut(&Contents)) {
        let (mut known, mut seen) = (begin, None);
        let mut ticks = interval(POLL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = self.read();
            if now == known {
                seen = None;
            } else if seen.as_ref() == Some(&now) {
                changed(&now);
                (known, seen) = (now, None);
            } else {
                seen = Some(now);
            }
        }
    }
}
