//! `--output text`: each finding with the line it is about, as people read it.

use std::io::Write as _;

use annotate_snippets::Level;

use super::{FileVerdicts, Part, Summary, VerdictReport};
use crate::cli::diagnostic;
use crate::cli::report::{Report, Streams};
use crate::cli::snippet::{Grade, Remark};
use crate::cli::terminal::{Style, printable};
use crate::verdict::{Entry, LocatedFinding, Outcome, Verdict};

/// Findings in the style of standard output, what could not be judged in that of standard error.
pub(in crate::cli) struct Text {
    pub(in crate::cli) out: Style,
    pub(in crate::cli) err: Style,
}

impl VerdictReport for Text {
    type Part = Part;

    fn part(&self, file: FileVerdicts) -> Part {
        Part { out: findings(&file, self.out), err: remarks(&file, self.err) }
    }
}

impl Report<Part, Summary> for Text {
    fn add(&mut self, to: &mut Streams, part: Part) -> anyhow::Result<()> {
        to.write_all(part.out.as_bytes())?;
        Ok(to.err(&part.err)?)
    }

    fn end(&mut self, to: &mut Streams, summary: &Summary) -> anyhow::Result<()> {
        Ok(write!(to, "{summary}")?)
    }
}

/// The findings of a file.
pub(super) fn findings(file: &FileVerdicts, style: Style) -> String {
    let verdicts = file.entries.iter().filter_map(|entry| match entry {
        Entry::Verdict(verdict) => Some(verdict),
        Entry::Skip(_) | Entry::Warning(_) | Entry::Error(_) => None,
    });
    let name = printable(&file.file);
    let all = verdicts.flat_map(|one| one.findings.iter().map(move |finding| (one, finding)));
    all.map(|(verdict, finding)| {
        let remark = Remark {
            grade: grade(finding.outcome()),
            message: &finding.line,
            file: &name,
            text: &file.text,
            position: finding.position,
            range: finding.extent.clone(),
            label: label(verdict, finding),
        };
        remark.show(style)
    })
    .collect()
}

fn grade(outcome: Outcome) -> Grade {
    let level = match outcome {
        Outcome::Repaired => Level::HELP,
        Outcome::Denied => Level::ERROR,
        Outcome::Warning => Level::WARNING,
        Outcome::Exempt | Outcome::Audit => Level::NOTE,
    };
    Grade { word: outcome.as_str(), level }
}

/// Whose field it is.
pub(super) fn label(verdict: &Verdict, finding: &LocatedFinding) -> String {
    let mut label = verdict.kind.to_owned();
    if let Some(name) = &verdict.shown_name {
        let slash = verdict.namespace.as_ref().map(|namespace| format!("{namespace}/"));
        label = format!("{label} {}{name}", slash.unwrap_or_default());
    }
    if let Some(exception) = &finding.ruling.exempt {
        label = format!("{label}; exception {exception} applies");
    }
    printable(&label)
}

/// What could not be judged, and what may not mean what its author thinks, a line each.
pub(super) fn remarks(file: &FileVerdicts, style: Style) -> String {
    let remarks = file.entries.iter().filter_map(|entry| match entry {
        Entry::Warning(remark) | Entry::Error(remark) => Some(remark),
        Entry::Verdict(_) | Entry::Skip(_) => None,
    });
    remarks.map(|remark| diagnostic::line(remark, style)).collect()
}
