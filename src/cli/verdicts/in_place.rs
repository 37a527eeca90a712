//! `--fix --in-place`: manifests are changed where they are, so that everything that is said goes
//! to standard error.

use super::text::{findings, remarks};
use super::{FileVerdicts, Summary, VerdictReport};
use crate::cli::report::{Report, Streams};
use crate::cli::terminal::Style;

/// What was changed, and the findings that are left, in the style of standard error.
pub(in crate::cli) struct InPlace {
    pub(in crate::cli) style: Style,
}

impl InPlace {
    /// What there is to say about a file.
    pub(super) fn about(&self, file: &FileVerdicts) -> String {
        [&*file.changes, &*findings(file, self.style), &*remarks(file, self.style)].concat()
    }
}

impl VerdictReport for InPlace {
    type Part = String;

    fn part(&self, file: FileVerdicts) -> String {
        self.about(&file)
    }
}

impl Report<String, Summary> for InPlace {
    fn add(&mut self, to: &mut Streams, part: String) -> anyhow::Result<()> {
        Ok(to.err(&part)?)
    }

    fn end(&mut self, to: &mut Streams, summary: &Summary) -> anyhow::Result<()> {
        Ok(to.err(&summary.to_string())?)
    }
}
