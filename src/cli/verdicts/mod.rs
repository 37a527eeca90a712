//! Verdicts on manifests, as they are shown: one file for each form of output.

mod concise;
mod fixed;
mod in_place;
mod json;
mod notes;
mod summary;
mod text;
mod totals;

use super::report::Report;
use crate::verdict::{Entry, Listing};

pub(super) use concise::Concise;
pub(super) use fixed::Fixed;
pub(super) use in_place::InPlace;
pub(super) use json::Json;
pub(super) use summary::{FailOn, Summary, Terms};
pub(super) use text::Text;
pub(super) use totals::Totals;

/// A form of output for verdicts. What a file adds is made on the threads that judge, and written in
/// the order of the files.
pub(super) trait VerdictReport: Report<Self::Part, Summary> + Sync {
    /// What a file adds.
    type Part: Send;

    /// How findings are listed.
    const LISTING: Listing = Listing::Joined;

    /// Makes it.
    fn part(&self, file: FileVerdicts) -> Self::Part;
}

/// What a file adds to either stream.
pub(super) struct Part {
    out: String,
    err: String,
}

/// What became of a file.
pub(super) struct FileVerdicts {
    /// As it was named.
    pub(super) file: String,
    /// What the entries are about; empty where it could not be read.
    pub(super) text: String,
    pub(super) entries: Vec<Entry>,
    /// What was changed in the text, and what could not be: lines for people.
    pub(super) changes: String,
}

impl FileVerdicts {
    /// Of a file with one entry, and of no text.
    pub(super) fn one(file: String, entry: Entry) -> Self {
        let (text, changes) = (String::new(), String::new());
        Self { file, text, entries: vec![entry], changes }
    }
}
