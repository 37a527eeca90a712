//! `--output json`: the form that scripts rely on, written as it comes.

use std::io::Write as _;

use json_patch::PatchOperation;
use serde::Serialize;

use super::{FileVerdicts, Summary, VerdictReport};
use crate::cli::report::{Report, Streams};
use crate::diagnostic::Diagnostic;
use crate::reach::Aspect;
use crate::verdict::{Entry, Listing, LocatedFinding, Skip, SkipReason, Verdict};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultRow<'a> {
    file: &'a str,
    line: u32,
    api_version: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    verdict: &'static str,
    findings: Vec<FindingRow<'a>>,
}

#[derive(Serialize)]
struct FindingRow<'a> {
    control: &'static str,
    mode: &'static str,
    container: Option<&'a str>,
    to: Option<&'a str>,
    aspects: Option<Vec<&'static str>>,
    path: String,
    line: u32,
    column: u32,
    message: String,
    reason: &'static str,
    certainty: Option<&'static str>,
    remedy: &'a str,
    patch: Option<&'a [PatchOperation]>,
    repaired: bool,
    conditional: bool,
    exception: Option<&'a str>,
}

#[derive(Serialize)]
struct SkippedRow<'a> {
    file: &'a str,
    line: u32,
    kind: Option<&'a str>,
    /// Of what a reader may have expected to be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// An error or a warning.
#[derive(Serialize)]
struct RemarkRow<'a> {
    file: &'a str,
    line: Option<u32>,
    message: &'a str,
}

impl<'a> From<&'a LocatedFinding> for FindingRow<'a> {
    fn from(located: &'a LocatedFinding) -> Self {
        let (ruling, finding) = (&located.ruling, &located.ruling.finding);
        Self {
            control: finding.control.id,
            mode: ruling.mode.as_str(),
            container: located.container.as_deref(),
            to: located.to.as_deref(),
            aspects: finding
                .subject
                .pair()
                .map(|pair| pair.aspects().iter().map(Aspect::as_str).collect()),
            path: located.words.path.to_string(),
            line: located.position.line,
            column: located.position.column,
            message: located.words.message(),
            reason: finding.reason,
            certainty: finding.certainty(),
            remedy: &located.words.remedy,
            patch: Some(located.patch.as_slice()).filter(|patch| !patch.is_empty()),
            repaired: located.repaired,
            conditional: ruling.conditional.is_some(),
            exception: ruling.exempt.as_deref().or(ruling.conditional.as_deref()),
        }
    }
}

/// What a file adds: rows as JSON, each of its list.
#[derive(Default)]
pub(in crate::cli) struct Rows {
    results: Vec<String>,
    skipped: Vec<String>,
    warnings: Vec<String>,
    errors: Vec<String>,
}

impl Rows {
    fn of(file: &FileVerdicts) -> serde_json::Result<Self> {
        let mut rows = Self::default();
        for entry in &file.entries {
            match entry {
                Entry::Verdict(verdict) => rows.results.push(result(&file.file, verdict)?),
                Entry::Skip(skip) => rows.skipped.push(skipped(&file.file, skip)?),
                Entry::Warning(warning) => rows.warnings.push(remark(warning)?),
                Entry::Error(error) => rows.errors.push(remark(error)?),
            }
        }
        Ok(rows)
    }
}

fn result(file: &str, verdict: &Verdict) -> serde_json::Result<String> {
    serde_json::to_string(&ResultRow {
        file,
        line: verdict.line,
        api_version: &verdict.api_version,
        kind: verdict.kind,
        namespace: verdict.namespace.as_deref(),
        name: verdict.name.as_deref(),
        verdict: if verdict.denied { "denied" } else { "allowed" },
        findings: verdict.findings.iter().map(FindingRow::from).collect(),
    })
}

fn skipped(file: &str, skip: &Skip) -> serde_json::Result<String> {
    let reason = match skip.reason {
        SkipReason::Other | SkipReason::Nothing | SkipReason::Custom(_) => None,
        SkipReason::Partial(_) => Some("not judged: a patch? It has no pod template"),
        SkipReason::Chart(_) => Some("a Helm chart: its templates are left out"),
    };
    let Skip { line, kind, .. } = skip;
    serde_json::to_string(&SkippedRow { file, line: *line, kind: kind.as_deref(), reason })
}

fn remark(remark: &Diagnostic) -> serde_json::Result<String> {
    let line = remark.position.map(|position| position.line);
    serde_json::to_string(&RemarkRow { file: &remark.file, line, message: &remark.message })
}

/// One JSON document, its results written as they come; what was skipped and what else there is to say is
/// kept for its end.
#[derive(Default)]
pub(in crate::cli) struct Json {
    last: Rows,
    /// Whether a result was written.
    has_results: bool,
}

impl VerdictReport for Json {
    type Part = Rows;

    const LISTING: Listing = Listing::Singly;

    fn part(&self, file: FileVerdicts) -> Rows {
        // Only a value that cannot be a key could fail, and there is none.
        Rows::of(&file).unwrap_or_default()
    }
}

impl Report<Rows, Summary> for Json {
    fn begin(&mut self, to: &mut Streams) -> anyhow::Result<()> {
        Ok(to.write_all(b"{\"results\": [")?)
    }

    fn add(&mut self, to: &mut Streams, rows: Rows) -> anyhow::Result<()> {
        for row in rows.results {
            let comma = if std::mem::replace(&mut self.has_results, true) { "," } else { "" };
            write!(to, "{comma}\n{row}")?;
        }
        self.last.skipped.extend(rows.skipped);
        self.last.warnings.extend(rows.warnings);
        self.last.errors.extend(rows.errors);
        Ok(())
    }

    fn end(&mut self, to: &mut Streams, summary: &Summary) -> anyhow::Result<()> {
        let list = |rows: &[String]| match rows.join(",\n") {
            rows if rows.is_empty() => rows,
            rows => format!("\n{rows}\n"),
        };
        let Rows { skipped, warnings, errors, .. } = &self.last;
        let [skipped, warnings, errors] = [skipped, warnings, errors].map(|rows| list(rows));
        let summary = serde_json::to_string(summary)?;
        Ok(write!(
            to,
            "\n],\n\"skipped\": [{skipped}],\n\"warnings\": [{warnings}],\n\"errors\": [{errors}],\n\"summary\": {summary}}}\n"
        )?)
    }
}
