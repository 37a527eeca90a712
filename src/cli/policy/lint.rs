//! `bulkhead policy lint`: mistakes in policy files.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::slice;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::diagnostic;
use crate::cli::exit::Exit;
use crate::cli::inputs::Source;
use crate::cli::report::{Report, Streams};
use crate::cli::terminal::{self, Style, printable};
use crate::diagnostic::{Diagnostic, Severity};
use crate::files;
use crate::policy_file::{Lint, PolicyText};
use crate::text::plural;

/// Check policy files: every rule of the format they break (error), and what contradicts itself or
/// has no effect (warning).
#[derive(Args, Clone, Debug)]
#[command(after_help = MORE)]
pub(super) struct LintArgs {
    /// Policy files, YAML or JSON; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// When an exception has to be in force, e.g. 2026-12-01T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output: Format,
    /// From which severity on the exit code says so
    #[arg(long, value_name = "SEVERITY", default_value = "warning")]
    fail_on: FailOn,
}

const MORE: &str = "\
Examples:
  bulkhead policy lint policy.yaml            every problem, a line each
  bulkhead policy lint --output json a.yaml   for scripts
  bulkhead policy lint --fail-on error a.yaml what serve would take has exit code 0

Exit codes:
  0  nothing to say, or with --fail-on error warnings alone
  1  warnings: something contradicts itself or has no effect
  2  a file breaks a rule of the format, or cannot be read";

/// `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line per problem and file.
    Text,
    /// One document.
    Json,
}

/// `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Warnings count.
    Warning,
    /// Errors alone count.
    Error,
}

/// Checks every file, and reports on all of them.
pub(super) fn run(args: &LintArgs) -> anyhow::Result<Exit> {
    let now = args.at.unwrap_or_else(Timestamp::now);
    let files: Vec<_> = args.files.iter().map(|file| PolicyFile::read(file, now)).collect();
    let summary = Summary::of(&files);
    let written = match args.output {
        Format::Text => write(&files, &summary, Text),
        Format::Json => write(&files, &summary, Json::default()),
    };
    terminal::written(written)?;
    Ok(summary.exit(args.fail_on))
}

fn write(
    files: &[PolicyFile],
    summary: &Summary,
    mut report: impl for<'f> Report<&'f PolicyFile, Summary>,
) -> anyhow::Result<()> {
    let mut streams = Streams::open();
    report.begin(&mut streams)?;
    for file in files {
        report.add(&mut streams, file)?;
    }
    report.end(&mut streams, summary)?;
    Ok(streams.flush()?)
}

/// A file as it is named in what is printed, and what there is to say about it.
struct PolicyFile {
    name: String,
    lint: Lint,
}

impl PolicyFile {
    fn read(file: &Path, now: Timestamp) -> Self {
        let source = Source::of(file);
        let name = source.name();
        let lint = match source.read(files::MOST) {
            Ok(text) => PolicyText::new(name.clone(), text).lint(now),
            Err(error) => Lint { diagnostics: vec![error], ..Lint::default() },
        };
        Self { name, lint }
    }
}

/// How much there is to say.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
}

impl Summary {
    fn of(files: &[PolicyFile]) -> Self {
        let count = |severity| files.iter().map(|file| file.lint.of(severity).count()).sum();
        Self { errors: count(Severity::Error), warnings: count(Severity::Warning) }
    }

    fn exit(&self, fail_on: FailOn) -> Exit {
        match (self.errors, self.warnings, fail_on) {
            (0, 0, _) | (0, _, FailOn::Error) => Exit::Clean,
            (0, _, FailOn::Warning) => Exit::Findings,
            (_, _, _) => Exit::Unusable,
        }
    }
}

/// Every diagnostic on a line, and for each file a line that counts.
struct Text;

impl Report<&PolicyFile, Summary> for Text {
    fn add(&mut self, to: &mut Streams, file: &PolicyFile) -> anyhow::Result<()> {
        for diagnostic in &file.lint.diagnostics {
            to.write_all(diagnostic::line(diagnostic, Style::PLAIN).as_bytes())?;
        }
        let Summary { errors, warnings } = Summary::of(slice::from_ref(file));
        let found = [(errors, "error"), (warnings, "warning")];
        let found = found.into_iter().filter(|(number, _)| *number > 0);
        let found: Vec<_> = found.map(|(number, noun)| plural(number, noun)).collect();
        let found = if found.is_empty() { "no problems".to_owned() } else { found.join(", ") };
        let policies = match file.lint.policies {
            1 => "1 policy".to_owned(),
            number => format!("{number} policies"),
        };
        let exceptions = plural(file.lint.exceptions, "exception");
        let name = printable(&file.name);
        Ok(writeln!(to, "{name}: {policies}, {exceptions}: {found}")?)
    }
}

/// One document, written at the end.
#[derive(Default)]
struct Json {
    files: Vec<FileRow>,
    problems: Vec<DiagnosticRow>,
}

#[derive(Serialize)]
struct Document<'r> {
    files: &'r [FileRow],
    problems: &'r [DiagnosticRow],
    summary: Summary,
}

#[derive(Serialize)]
struct FileRow {
    file: String,
    policies: usize,
    exceptions: usize,
}

#[derive(Serialize)]
struct DiagnosticRow {
    file: String,
    /// null where the whole file is meant.
    line: Option<u32>,
    column: Option<u32>,
    field: String,
    severity: &'static str,
    message: String,
}

impl From<&Diagnostic> for DiagnosticRow {
    fn from(diagnostic: &Diagnostic) -> Self {
        let Diagnostic { file, position, field, severity, message } = diagnostic.clone();
        let (line, column) = position.map(|it| (it.line, it.column)).unzip();
        Self { file, line, column, field, severity: severity.as_str(), message }
    }
}

impl Report<&PolicyFile, Summary> for Json {
    fn add(
        &mut self,
        _: &mut Streams,
        PolicyFile { name, lint }: &PolicyFile,
    ) -> anyhow::Result<()> {
        let Lint { policies, exceptions, ref diagnostics } = *lint;
        self.files.push(FileRow { file: name.clone(), policies, exceptions });
        self.problems.extend(diagnostics.iter().map(DiagnosticRow::from));
        Ok(())
    }

    fn end(&mut self, to: &mut Streams, summary: &Summary) -> anyhow::Result<()> {
        let (files, problems) = (self.files.as_slice(), self.problems.as_slice());
        let document = Document { files, problems, summary: *summary };
        Ok(writeln!(to, "{}", serde_json::to_string_pretty(&document)?)?)
    }
}
