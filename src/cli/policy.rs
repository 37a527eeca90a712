use std::io::stdout;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use super::inputs::{Source, Unreadable};
use super::terminal::{printable, put};
use crate::files;
use crate::policy_file::{Lint, PolicyText, Problem};

/// Look after policy files.
#[derive(Args, Clone, Debug)]
#[command(disable_help_subcommand = true, after_help = MORE)]
pub(super) struct PolicyArgs {
    #[command(subcommand)]
    verb: Verb,
}

const MORE: &str = "\
Examples:
  bulkhead policy lint policy.yaml   look for mistakes in a policy file

Exit codes:
  0  fine
  1  warnings
  2  a file cannot be used";

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    Lint(LintArgs),
}

/// Check policy files: every rule of the format they break (error), and what contradicts itself or
/// has no effect (warning).
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
struct LintArgs {
    /// Policy files, YAML or JSON; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// When an exception has to be in force, e.g. 2026-12-01T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  bulkhead policy lint policy.yaml            every problem, a line each
  bulkhead policy lint --output json a.yaml   for scripts

Exit codes:
  0  nothing to say
  1  warnings: something contradicts itself or has no effect
  2  a file breaks a rule of the format, or cannot be read";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// One line per problem and file.
    Text,
    /// One document.
    Json,
}

/// Warnings alone.
const ADVICE: u8 = 1;
/// A file that cannot be used.
const UNUSABLE: u8 = 2;

pub(super) fn run(args: PolicyArgs) -> anyhow::Result<ExitCode> {
    match args.verb {
        Verb::Lint(args) => lint(&args),
    }
}

fn lint(args: &LintArgs) -> anyhow::Result<ExitCode> {
    let now = args.at.unwrap_or_else(Timestamp::now);
    let linted: Vec<_> = args.files.iter().map(|file| read_and_lint(file, now)).collect();
    let text = match args.output {
        Output::Text => linted.iter().map(|(file, lint)| shown(file, lint)).collect(),
        Output::Json => serde_json::to_string_pretty(&Report::of(&linted))? + "\n",
    };
    put(stdout().lock(), text.as_bytes())?;
    let any = |of: fn(&Lint) -> &Vec<Problem>| linted.iter().any(|(_, lint)| !of(lint).is_empty());
    Ok(match (any(|lint| &lint.errors), any(|lint| &lint.warnings)) {
        (true, _) => ExitCode::from(UNUSABLE),
        (false, true) => ExitCode::from(ADVICE),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// A file as it is named in what is printed, and what there is to say about it.
fn read_and_lint(file: &Path, now: Timestamp) -> (String, Lint) {
    let source = Source::of(file);
    let name = source.name();
    let lint = match source.read(files::MOST) {
        Ok(text) => PolicyText::new(name.clone(), text).lint(now),
        Err(Unreadable { message, .. }) => {
            Lint { errors: vec![Problem::of_file(&name, message)], ..Lint::default() }
        }
    };
    (name, lint)
}

/// Every problem on a line, and a line that counts.
fn shown(file: &str, lint: &Lint) -> String {
    let lines = |severity, problems: &[Problem]| {
        let lines =
            problems.iter().map(|it| [severity, ": ", &*printable(&it.to_string()), "\n"].concat());
        lines.collect::<String>()
    };
    let found = [(lint.errors.len(), "error"), (lint.warnings.len(), "warning")];
    let found: Vec<_> = found.into_iter().filter(|it| it.0 > 0).map(counted).collect();
    let found = if found.is_empty() { "no problems".to_owned() } else { found.join(", ") };
    format!(
        "{}{}{}: {}, {}: {found}\n",
        lines("error", &lint.errors),
        lines("warning", &lint.warnings),
        printable(file),
        match lint.policies {
            1 => "1 policy".to_owned(),
            number => format!("{number} policies"),
        },
        counted((lint.exceptions, "exception")),
    )
}

fn counted((number, what): (usize, &str)) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// `--output json`.
#[derive(Serialize)]
struct Report<'a> {
    files: Vec<Counted<'a>>,
    problems: Vec<Told<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Counted<'a> {
    file: &'a str,
    policies: usize,
    exceptions: usize,
}

#[derive(Serialize)]
struct Told<'a> {
    file: &'a str,
    /// null where the whole file is meant.
    line: Option<u64>,
    column: Option<u64>,
    field: &'a str,
    severity: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
}

impl<'a> Report<'a> {
    fn of(linted: &'a [(String, Lint)]) -> Self {
        let (mut files, mut problems) = (Vec::new(), Vec::new());
        let mut summary = Summary { errors: 0, warnings: 0 };
        for (file, lint) in linted {
            let Lint { policies, exceptions, errors, warnings } = lint;
            files.push(Counted { file, policies: *policies, exceptions: *exceptions });
            problems.extend(errors.iter().map(|it| Told::of(it, "error")));
            problems.extend(warnings.iter().map(|it| Told::of(it, "warning")));
            summary.errors += errors.len();
            summary.warnings += warnings.len();
        }
        Self { files, problems, summary }
    }
}

impl<'a> Told<'a> {
    fn of(problem: &'a Problem, severity: &'static str) -> Self {
        let place = (problem.line > 0).then_some((problem.line, problem.column));
        let (line, column) = place.unzip();
        let Problem { file, field, message, .. } = problem;
        Self { file, line, column, field, severity, message }
    }
}
