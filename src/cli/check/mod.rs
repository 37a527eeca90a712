//! `bulkhead check`: the webhook's verdicts on manifests, before anything reaches a cluster.

mod context;
mod file;
mod fix;

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::exit::Exit;
use super::inputs::{self, Input, named};
use super::report::Streams;
use super::selection::{Selection, SelectionArgs};
use super::terminal::Style;
use super::verdicts::{FileVerdicts, Fixed, InPlace, Json, Text, Totals, VerdictReport};
use crate::api::Namespaces;
use crate::diagnostic::Diagnostic;
use crate::files;
use crate::policy::{Requester, Snapshot, is_namespace_name};
use crate::policy_file::PolicyText;
use crate::verdict::{Hints, Judge, Listing};
use context::Context;
use file::Action;

/// Judge manifests as the webhook would, before anything reaches a cluster
///
/// Reads pods, the eight kinds that hold pod templates (Deployment, ReplicaSet, StatefulSet,
/// DaemonSet, Job, CronJob, ReplicationController, PodTemplate), and lists of them, as YAML or
/// JSON, any number of documents; other objects are skipped and counted. Folders are read at any
/// depth: files that end in .yaml, .yml or .json, without hidden ones, templates of Helm charts, and
/// what a .bulkheadignore there or above it leaves out.
///
/// A pod is judged as when it is created, after the repairs that the policy asks for; a template
/// is judged as its pods.
#[derive(Args, Clone, Debug)]
#[command(after_help = MORE)]
pub(super) struct CheckArgs {
    /// Files, pipes and folders; `-` is standard input [default: standard input, if it is no terminal]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    selection: SelectionArgs,
    /// Namespace of objects that name none
    #[arg(long, short, value_name = "NAME", default_value = "default", value_parser = namespace)]
    namespace: String,
    /// Policy file [default: an embedded policy that warns]
    #[arg(long, env = "BULKHEAD_POLICY", value_name = "FILE")]
    policy: Option<PathBuf>,
    /// What is known of the cluster, as kubectl prints it: namespaces with their labels, nodes, and
    /// who will create the objects (`kubectl auth whoami -o yaml`)
    #[arg(long, value_name = "FILE")]
    context_file: Option<PathBuf>,
    /// User who will create the objects, for exceptions that are bound to subjects
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
    /// Group of that user; may stand several times
    #[arg(long = "as-group", value_name = "GROUP", requires = "user")]
    groups: Vec<String>,
    /// Time to judge at, such as 2026-12-01T12:00:00Z, for exceptions that expire [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Form of the result
    #[arg(long, value_name = "FORM", default_value = "text", conflicts_with = "fix")]
    output: Format,
    /// Print the manifests with everything fixed that can be; findings go to standard error
    #[arg(long)]
    fix: bool,
    /// Write the fixed manifests to their files instead; one that has several names (hard links),
    /// or is changed meanwhile, is left
    #[arg(long, requires = "fix")]
    in_place: bool,
}

const MORE: &str = "\
Examples:
  bulkhead check deploy/                          judge every manifest below a folder
  helm template web . -n shop | bulkhead check -n shop -
                                                  judge what helm makes
  bulkhead check --policy policy.yaml pod.yaml    judge by a policy of your own
  bulkhead check --output json pod.yaml           for scripts
  bulkhead check --fix pod.yaml                   print the manifest fixed

Exit codes:
  0  nothing is denied
  1  something is denied
  2  something could not be read, or no API server serves it, or a flag cannot be used";

/// `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Each finding with the line it is about.
    Text,
    /// One JSON document.
    Json,
}

/// How many files each core works on before what it found is shown.
const BATCH: usize = 32;

/// Of each thread, in bytes: one that waits takes up another file on top of its own.
const STACK: usize = 64 << 20;

/// Judges, and says so.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<Exit> {
    let (out, err) = (Style::of_stdout(), Style::of_stderr());
    match (args.output, args.fix, args.in_place) {
        (Format::Json, ..) => judge_all(args, Action::Judge, Json::default()),
        (Format::Text, false, _) => judge_all(args, Action::Judge, Text { out, err }),
        (Format::Text, true, false) => judge_all(args, Action::Fix, Fixed::new(err)),
        (Format::Text, true, true) => judge_all(args, Action::FixInPlace, InPlace { style: err }),
    }
}

fn judge_all<R: VerdictReport>(
    args: &CheckArgs,
    action: Action,
    mut report: R,
) -> anyhow::Result<Exit> {
    let (paths, selection) = args.selection.of(paths(args)?)?;
    let basis = Basis::of(args)?;
    let judge = basis.judge(args, R::LISTING);
    let pool = ThreadPoolBuilder::new().stack_size(STACK).build()?;
    let (mut streams, mut totals) = (Streams::open(), Totals::default());
    report.begin(&mut streams)?;
    let mut empty = vec![true; paths.len()];
    let mut files = 0usize;
    let mut inputs = inputs_of(&paths, &selection).peekable();
    while inputs.peek().is_some() {
        let some: Vec<_> = inputs.by_ref().take(BATCH * pool.current_num_threads()).collect();
        let part = |(index, input)| (index, part(&judge, action, &report, input));
        let parts: Vec<_> = pool.install(|| some.into_par_iter().map(part).collect());
        files += parts.len();
        for (index, (of_file, part)) in parts {
            if let Some(empty) = empty.get_mut(index) {
                *empty &= of_file.is_nothing();
            }
            totals.add(&of_file);
            report.add(&mut streams, part)?;
        }
        streams.progress(format!("{files} files"))?;
    }
    for (path, _) in paths.iter().zip(empty).filter(|(_, empty)| *empty) {
        if let Some(nothing) = selection.nothing(path) {
            let file = file::unusable(nothing);
            totals.add(&Totals::of(&file));
            let part = report.part(file);
            report.add(&mut streams, part)?;
        }
    }
    streams.end_progress();
    report.end(&mut streams, &totals)?;
    streams.flush()?;
    Ok(totals.exit())
}

/// What something that a path leads to comes to, and what it adds to the output.
fn part<R: VerdictReport>(
    judge: &Judge<'_>,
    action: Action,
    report: &R,
    input: Result<Input, Diagnostic>,
) -> (Totals, R::Part) {
    let file = input.as_ref().map(Input::name).unwrap_or_default();
    let shown = |file: FileVerdicts| (Totals::of(&file), report.part(file));
    // A fault of ours in one file must not keep the others from being judged.
    let judged = AssertUnwindSafe(|| shown(file::verdicts(judge, action, input)));
    catch_unwind(judged).unwrap_or_else(|_| {
        let message = "cannot be judged: this is a fault of bulkhead";
        shown(file::unusable(Diagnostic::of_file(file, message)))
    })
}

/// What the paths lead to, each with the index of its path.
fn inputs_of<'p>(
    paths: &'p [PathBuf],
    selection: &'p Selection,
) -> impl Iterator<Item = (usize, Result<Input, Diagnostic>)> + use<'p> {
    let paths = paths.iter().enumerate();
    paths.flat_map(|(index, path)| selection.inputs(path).map(move |input| (index, input)))
}

/// A name that a namespace can have.
fn namespace(name: &str) -> Result<String, String> {
    if is_namespace_name(name) {
        return Ok(name.to_owned());
    }
    Err("a namespace has a name of at most 63 letters a-z, digits and `-`".to_owned())
}

fn paths(args: &CheckArgs) -> anyhow::Result<Vec<PathBuf>> {
    let paths = named(&args.paths, "nothing to judge")?;
    if args.in_place && paths.iter().any(|path| path == Path::new("-")) {
        bail!("--in-place writes files: standard input has none");
    }
    Ok(paths)
}

/// What objects are judged by.
struct Basis {
    snapshot: Snapshot,
    context: Context,
    now: Timestamp,
    /// What to do with a template.
    template: String,
}

impl Basis {
    fn of(args: &CheckArgs) -> anyhow::Result<Self> {
        let mut context = context::read(args.context_file.as_deref())?;
        if let Some(user) = &args.user {
            let groups = args.groups.iter().cloned().map(Into::into).collect();
            let requester = Requester { user: user.clone().into(), groups };
            context.requester = Some(requester);
        }
        let snapshot = snapshot(args.policy.as_deref())?;
        let now = args.at.unwrap_or_else(Timestamp::now);
        Ok(Self { snapshot, context, now, template: inputs::template("check") })
    }

    fn judge<'s>(&'s self, args: &'s CheckArgs, listing: Listing) -> Judge<'s> {
        Judge {
            snapshot: &self.snapshot,
            surroundings: &self.context.surroundings,
            requester: self.context.requester.as_ref(),
            namespace: &args.namespace,
            now: self.now,
            listing,
            hints: Hints { template: &self.template, labels: ": give it in --context-file" },
        }
    }
}

/// The policy to judge by.
fn snapshot(file: Option<&Path>) -> anyhow::Result<Snapshot> {
    let text = match file {
        None => PolicyText::embedded_default(),
        Some(file) => {
            let text = inputs::named_by_flag(file, files::MOST)?;
            PolicyText::new(file.display().to_string(), text)
        }
    };
    Ok(text.load(Namespaces::ByLabels)?)
}
