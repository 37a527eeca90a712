//! `--output json`: the form that scripts rely on, written as it comes.

use std::io::{self, Write};

use json_patch::PatchOperation;
use serde::Serialize;

use crate::verdict::{Broken, Entry, Found, Judged, Skipped, Why};
use super::totals::Totals;
use crate::controls::Certainty;
use crate::reach::Aspect;

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

#[derive(Serialize)]
struct ErrorRow<'a> {
    file: &'a str,
    line: Option<u32>,
    message: &'a str,
}

impl<'a> From<&'a Found> for FindingRow<'a> {
    fn from(found: &'a Found) -> Self {
        let (ruling, finding) = (&found.ruling, &found.ruling.finding);
        Self {
            control: finding.control.id,
            mode: ruling.mode.as_str(),
            container: found.container.as_deref(),
            to: found.to.as_deref(),
            aspects: finding
                .subject
                .pair()
                .map(|pair| pair.aspects().iter().map(Aspect::as_str).collect()),
            path: found.words.path.to_string(),
            line: found.place.line,
            column: found.place.column,
            message: found.words.message(),
            reason: finding.reason,
            certainty: finding.certainty.map(Certainty::as_str),
            remedy: &found.words.remedy,
            patch: Some(found.patch.as_slice()).filter(|patch| !patch.is_empty()),
            repaired: found.repaired,
            conditional: ruling.conditional.is_some(),
            exception: ruling.exempt.as_deref().or(ruling.conditional.as_deref()),
        }
    }
}

/// Rows as JSON, each of its list.
#[derive(Default)]
pub(in crate::cli) struct Rows {
    results: Vec<String>,
    skipped: Vec<String>,
    errors: Vec<String>,
}

impl Rows {
    /// The rows of one file.
    pub(in crate::cli) fn of(file: &str, entries: &[Entry]) -> serde_json::Result<Self> {
        let mut rows = Self::default();
        for entry in entries {
            match entry {
                Entry::Judged(judged) => rows.results.push(result(file, judged)?),
                Entry::Skipped(skipped) => rows.skipped.push(skip(file, skipped)?),
                Entry::Broken(broken) => rows.errors.push(error(file, broken)?),
            }
        }
        Ok(rows)
    }
}

fn result(file: &str, judged: &Judged) -> serde_json::Result<String> {
    serde_json::to_string(&ResultRow {
        file,
        line: judged.line,
        api_version: &judged.api_version,
        kind: judged.kind,
        namespace: judged.namespace.as_deref(),
        name: judged.name.as_deref(),
        verdict: if judged.denied { "denied" } else { "allowed" },
        findings: judged.findings.iter().map(FindingRow::from).collect(),
    })
}

fn skip(file: &str, skipped: &Skipped) -> serde_json::Result<String> {
    let reason = match skipped.why {
        Why::Other | Why::Nothing | Why::Custom(_) => None,
        Why::Partial(_) => Some("not judged: a patch? It has no pod template"),
        Why::Chart(_) => Some("a Helm chart: its templates are left out"),
    };
    let Skipped { line, kind, .. } = skipped;
    serde_json::to_string(&SkippedRow { file, line: *line, kind: kind.as_deref(), reason })
}

fn error(file: &str, broken: &Broken) -> serde_json::Result<String> {
    let line = broken.place.map(|place| place.line);
    serde_json::to_string(&ErrorRow { file, line, message: &broken.message })
}

/// One JSON document, its results written as they come; what was skipped and what went wrong is
/// kept for its end.
pub(in crate::cli) struct Document {
    kept: Rows,
    separator: &'static str,
}

impl Document {
    /// Begins it.
    pub(in crate::cli) fn begin(out: &mut impl Write) -> io::Result<Self> {
        out.write_all(b"{\"results\": [")?;
        Ok(Self { kept: Rows::default(), separator: "\n" })
    }

    /// Adds the rows of a file.
    pub(in crate::cli) fn add(&mut self, out: &mut impl Write, rows: Rows) -> io::Result<()> {
        for row in rows.results {
            write!(out, "{}{row}", std::mem::replace(&mut self.separator, ",\n"))?;
        }
        self.kept.skipped.extend(rows.skipped);
        self.kept.errors.extend(rows.errors);
        Ok(())
    }

    /// Ends it.
    pub(in crate::cli) fn end(self, out: &mut impl Write, totals: &Totals) -> io::Result<()> {
        let list = |rows: Vec<String>| match rows.join(",\n") {
            rows if rows.is_empty() => rows,
            rows => format!("\n{rows}\n"),
        };
        let (skipped, errors) = (list(self.kept.skipped), list(self.kept.errors));
        let summary = serde_json::to_string(totals)?;
        write!(
            out,
            "\n],\n\"skipped\": [{skipped}],\n\"errors\": [{errors}],\n\"summary\": {summary}}}\n"
        )
    }
}
