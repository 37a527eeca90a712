//! `bulkhead policy lint`: mistakes in policy files.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::slice;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::diagnostic;
use crate::cli::exit::Exit;
use crate::cli::inputs::{self, Input};
use crate::cli::output::{Form, OutputArgs};
use crate::cli::report::{Report, Streams};
use crate::cli::selection::{Selection, SelectionArgs};
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
    /// Policy files, YAML or JSON, and folders, in which files that mention bulkhead.dev are read; `-`
    /// is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    selection: SelectionArgs,
    /// When an exception has to be in force, e.g. 2026-12-01T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = inputs::time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    output: OutputArgs<Form>,
    /// Print problems alone: no line for each file
    #[arg(long, short)]
    quiet: bool,
    /// From which severity on the exit code says so
    #[arg(long, value_name = "SEVERITY", default_value = "warning")]
    fail_on: FailOn,
}

const MORE: &str = "\
Examples:
  bulkhead policy lint policy.yaml            every problem, a line each
  bulkhead policy lint policies/              the same of every policy file below a folder
  bulkhead policy lint -o json a.yaml         for scripts
  bulkhead policy lint --fail-on error a.yaml what serve would take has exit code 0

Exit codes:
  0  nothing to say, or with --fail-on error warnings alone
  1  warnings: something contradicts itself or has no effect
  2  a file breaks a rule of the format, or cannot be read";

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
    let (paths, selection) = args.selection.of(args.paths.clone())?;
    let files = paths.iter().flat_map(|path| PolicyFile::all(path, &selection, now));
    let files: Vec<_> = files.collect();
    let summary = Summary::of(&files);
    let written = match args.output.form {
        Form::Text => write(&files, &summary, Text { quiet: args.quiet }),
        Form::Json => write(&files, &summary, Json::default()),
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

/// What a policy file mentions; of a folder no others are read.
const MENTIONED: &str = "bulkhead.dev";

impl PolicyFile {
    /// Those that a path leads to.
    fn all(path: &Path, selection: &Selection, now: Timestamp) -> Vec<Self> {
        let in_folder = path != Path::new("-") && path.is_dir();
        let mut files = Vec::new();
        for input in selection.inputs(path) {
            match input {
                Ok(Input::Text(source)) => {
                    let text = source.read(files::MOST);
                    let counts = |text: &String| !in_folder || text.contains(MENTIONED);
                    if text.as_ref().map_or(true, counts) {
                        files.push(Self::of(source.name(), text, now));
                    }
                }
                // Its templates are no policies yet, and its other files none at all.
                Ok(Input::Chart(_)) => {}
                Err(error) => files.push(Self::of(error.file.clone(), Err(error), now)),
            }
        }
        if in_folder && files.is_empty() && !selection.takes_nothing() {
            let name = path.display().to_string();
            let message = format!("holds no policy file: none mentions {MENTIONED}");
            files.push(Self::of(name.clone(), Err(Diagnostic::of_file(name, message)), now));
        }
        files
    }

    fn of(name: String, text: Result<String, Diagnostic>, now: Timestamp) -> Self {
        let lint = match text {
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
struct Text {
    quiet: bool,
}

impl Report<&PolicyFile, Summary> for Text {
    fn add(&mut self, to: &mut Streams, file: &PolicyFile) -> anyhow::Result<()> {
        for diagnostic in &file.lint.diagnostics {
            to.write_all(diagnostic::line(diagnostic, Style::PLAIN).as_bytes())?;
        }
        if self.quiet {
            return Ok(());
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
