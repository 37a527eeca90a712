//! `--output concise`: a line for each finding, as compilers and editors have it. What else there is to say
//! goes to standard error.

use std::io::Write as _;

use super::text::{label, remarks};
use super::{FileVerdicts, Part, Summary, VerdictReport};
use crate::cli::report::{Report, Streams};
use crate::cli::terminal::{Style, printable};
use crate::verdict::Entry;

/// In the style of standard error.
pub(in crate::cli) struct Concise {
    pub(in crate::cli) err: Style,
}

impl VerdictReport for Concise {
    type Part = Part;

    fn part(&self, file: FileVerdicts) -> Part {
        let mut out = String::new();
        for entry in &file.entries {
            let Entry::Verdict(verdict) = entry else { continue };
            for finding in &verdict.findings {
                let (line, column) = (finding.position.line, finding.position.column);
                let (word, object) = (finding.outcome().as_str(), label(verdict, finding));
                let text = format!("{}:{line}:{column}: {word}: {}", file.file, finding.line);
                out.extend([&*printable(&text), " [", &object, "]\n"]);
            }
        }
        Part { out, err: remarks(&file, self.err) }
    }
}

impl Report<Part, Summary> for Concise {
    fn add(&mut self, to: &mut Streams, part: Part) -> anyhow::Result<()> {
        to.write_all(part.out.as_bytes())?;
        Ok(to.err(&part.err)?)
    }

    fn end(&mut self, to: &mut Streams, summary: &Summary) -> anyhow::Result<()> {
        Ok(to.err(&summary.to_string())?)
    }
}
