//! Noticing that files changed, by their contents.
//!
//! The kubelet replaces a mounted Secret or ConfigMap by flipping a symlink above it, which a
//! watch on the file does not see; and some file systems report nothing. Reading a few kilobytes
//! each second sees every way.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::files::{self, FileError};

/// How often the files are read.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Files that belong together.
#[derive(Clone, Debug)]
pub(super) struct Files<const N: usize>(pub(super) [PathBuf; N]);

/// What each of them holds, or why it cannot be read.
pub(super) type Contents<const N: usize> = [Result<Vec<u8>, String>; N];

impl<const N: usize> Files<N> {
    /// The files' names.
    pub(super) fn name(&self) -> String {
        self.0.each_ref().map(|path| path.display().to_string()).join(" and ")
    }

    /// Reads all of them now.
    pub(super) fn read(&self) -> [Result<Vec<u8>, FileError>; N] {
        self.0.each_ref().map(|path| files::read(path, files::MOST))
    }

    fn contents(&self) -> Contents<N> {
        self.read().map(|read| read.map_err(|error| error.to_string()))
    }

    /// Calls `changed` whenever the contents differ from those last handed over, once they have
    /// been the same for two readings: a pair that is being replaced does not fit for a moment.
    pub(super) async fn watch(
        self,
        begin: [Vec<u8>; N],
        mut changed: impl FnMut(&Self, &Contents<N>),
    ) {
        let (mut known, mut seen) = (begin.map(Ok), None);
        let mut ticks = interval(POLL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = self.contents();
            if now == known {
                seen = None;
            } else if seen.as_ref() == Some(&now) {
                changed(&self, &now);
                (known, seen) = (now, None);
            } else {
                seen = Some(now);
            }
        }
    }
}
