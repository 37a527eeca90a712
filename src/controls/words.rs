//! How findings are said.

use crate::path::FieldPath;

/// A line names no more containers than these, and counts the rest.
pub const NAMES: usize = 10;

/// How a finding is said, or several of one control with one remedy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The field to look at; of several findings that of the first.
    pub path: FieldPath,
    /// How many more fields there are to look at.
    pub more: usize,
    /// Whom it is about, e.g. `container web`.
    pub who: String,
    /// What to change: an imperative clause.
    pub remedy: String,
    /// A part of the remedy that is enough, for a line that has no room for more.
    pub shorter: Option<&'static str>,
    /// What happens otherwise, with values: a clause.
    pub why: String,
}

impl Words {
    /// Those of a finding on a pod as a whole.
    pub(super) fn of_pod(path: FieldPath, remedy: &str, why: String) -> Self {
        let (who, remedy) = ("pod".to_owned(), remedy.to_owned());
        Self { path, who, remedy, why, ..Self::default() }
    }

    /// The one text of a finding: whom it is about, what to do, why, and where to look.
    pub fn message(&self) -> String {
        format!("{}: {}; {}; see {}", self.who, self.remedy, self.why, self.place())
    }

    /// The field, and how many more there are.
    pub fn place(&self) -> String {
        match self.more {
            0 => self.path.to_string(),
            more => format!("{} and {more} more", self.path),
        }
    }
}

/// How a repair is said: clauses without their subject, which end before the containers where the
/// control finds containers.
#[derive(Clone, Copy, Debug)]
pub struct Repair {
    /// What it did.
    pub did: &'static str,
    /// What it will do.
    pub will: &'static str,
}
