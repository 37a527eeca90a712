//! `bulkhead check`: the webhook's verdicts on manifests, before anything reaches a cluster.

mod context;
mod file;
mod fix;
mod run;

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Arg, Args, ValueEnum};
use jiff::Timestamp;

use super::exit::Exit;
use super::inputs::{self, Input, named};
use super::output::OutputArgs;
use super::selection::{Selection, SelectionArgs};
use super::terminal::Style;
use super::verdicts::{Concise, FailOn, Fixed, InPlace, Json, Terms, Text, VerdictReport};
use crate::api::Namespaces;
use crate::diagnostic::Diagnostic;
use crate::files;
use crate::policy::{Requester, Snapshot, is_namespace_name};
use crate::policy_file::PolicyText;
use crate::verdict::{Hints, Judge, Listing};
use context::Context;
use file::Action;
use run::Run;

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
#[command(after_help = MORE, mut_args(of_check))]
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
    /// Group of that user; may be given several times
    #[arg(long = "as-group", value_name = "GROUP", requires = "user")]
    groups: Vec<String>,
    /// Time to judge at, such as 2026-12-01T12:00:00Z, for exceptions that expire [default: now]
    #[arg(long, value_name = "TIME", value_parser = inputs::time)]
    at: Option<Timestamp>,
    /// What is an error besides what is denied: exit code 1; may be given several times
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    #[command(flatten)]
    output: OutputArgs<Format>,
    /// Print findings and errors alone: no notes, no summary
    #[arg(long, short)]
    quiet: bool,
    /// Print the manifests with everything fixed that can be; findings go to standard error
    #[arg(long)]
    fix: bool,
    /// Write the fixed manifests to their files instead; one that has several names (hard links),
    /// or is changed meanwhile, is left
    #[arg(long, requires = "fix")]
    in_place: bool,
}

/// The flag of [`OutputArgs`], as this verb has it: what is fixed has one form.
fn of_check(arg: Arg) -> Arg {
    if arg.get_id() == "output" { arg.conflicts_with("fix") } else { arg }
}

const MORE: &str = "\
Examples:
  bulkhead check deploy/                          judge every manifest below a folder
  helm template web . -n shop | bulkhead check -n shop -
                                                  judge what helm makes
  bulkhead check --policy policy.yaml pod.yaml    judge by a policy of your own
  kubectl get pods -A -o json | bulkhead check -  judge what runs in a cluster, however much it is
  bulkhead check --fail-on warn deploy/           warnings are errors, too
  bulkhead check -o json pod.yaml                 for scripts; -o concise: a line for each finding
  bulkhead check --fix pod.yaml                   print the manifest fixed

Exit codes:
  0  nothing is denied
  1  something is denied, or is what --fail-on names
  2  something could not be read, or no API server serves it, or a flag cannot be used";

/// `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Each finding with the line it is about
    Text,
    /// A line for each finding
    Concise,
    /// One JSON document
    Json,
}

/// Judges, and says so.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<Exit> {
    let (out, err) = (Style::of_stdout(), Style::of_stderr());
    match (args.output.form, args.fix, args.in_place) {
        (Format::Json, ..) => judge_all(args, Action::Judge, Json::default()),
        (Format::Concise, ..) => judge_all(args, Action::Judge, Concise { err }),
        (Format::Text, false, _) => judge_all(args, Action::Judge, Text { out, err }),
        (Format::Text, true, false) => judge_all(args, Action::Fix, Fixed::new(err)),
        (Format::Text, true, true) => judge_all(args, Action::FixInPlace, InPlace { style: err }),
    }
}

fn judge_all<R: VerdictReport>(
    args: &CheckArgs,
    action: Action,
    report: R,
) -> anyhow::Result<Exit> {
    let (paths, selection) = args.selection.of(paths(args)?)?;
    let basis = Basis::of(args)?;
    let judge = basis.judge(args, R::LISTING);
    let mut run = Run::begin(&judge, action, report, paths.len())?;
    run.all(inputs_of(&paths, &selection))?;
    let embedded = args.policy.is_none();
    let terms = Terms { embedded, fail_on: args.fail_on.clone(), quiet: args.quiet };
    Ok(run.end(&paths, &selection, terms)?.exit())
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
