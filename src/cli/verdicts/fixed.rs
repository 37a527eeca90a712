//! `--fix`: manifests are printed changed; what else there is to say goes to standard error.

use std::io::Write as _;

use super::{FileVerdicts, InPlace, Summary, VerdictReport};
use crate::cli::report::{Report, Streams};
use crate::cli::terminal::Style;

/// The texts, as documents of one stream, and about them what [`InPlace`] says.
pub(in crate::cli) struct Fixed {
    about: InPlace,
    /// What the next text begins with, so that it is a document of its own.
    separator: &'static str,
}

impl Fixed {
    /// In the style of standard error.
    pub(in crate::cli) fn new(style: Style) -> Self {
        Self { about: InPlace { style }, separator: "" }
    }
}

/// What a file adds.
pub(in crate::cli) struct Part {
    text: String,
    about: String,
}

impl VerdictReport for Fixed {
    type Part = Part;

    fn part(&self, file: FileVerdicts) -> Part {
        Part { about: self.about.about(&file), text: file.text }
    }
}

impl Report<Part, Summary> for Fixed {
    fn add(&mut self, to: &mut Streams, part: Part) -> anyhow::Result<()> {
        if !part.text.is_empty() {
            write!(to, "{}{}", std::mem::replace(&mut self.separator, "---\n"), part.text)?;
            if !part.text.ends_with('\n') {
                writeln!(to)?;
            }
        }
        self.about.add(to, part.about)
    }

    fn end(&mut self, to: &mut Streams, summary: &Summary) -> anyhow::Result<()> {
        self.about.end(to, summary)
    }
}
