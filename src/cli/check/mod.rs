//! `bulkhead check`: the webhook's verdicts on manifests, before anything reaches a cluster.

mod context;
mod fix;
mod output;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::inputs::{self, Found, LARGEST, Unreadable, named};
use super::picked::Picking;
use super::terminal::Style;
use crate::api::{self, Namespaces};
use crate::files;
use crate::policy::{Requester, Snapshot, is_namespace_name};
use crate::verdict::{Judge, Listing};
use output::{FileReport, Output};

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
#[command(after_help = EXAMPLES)]
pub(super) struct CheckArgs {
    /// Files, pipes and folders; `-` is standard input [default: standard input, if it is no terminal]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    picking: Picking,
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
    output: Form,
    /// Print the manifests with everything mended that can be; findings go to standard error
    #[arg(long)]
    fix: bool,
    /// Write the mended manifests to their files instead; one that has several names (hard links),
    /// or is changed meanwhile, is left
    #[arg(long, requires = "fix")]
    in_place: bool,
}

const EXAMPLES: &str = "\
Examples:
  bulkhead check deploy/                          judge every manifest below a folder
  helm template web . -n shop | bulkhead check -n shop -
                                                  judge what helm makes
  bulkhead check --policy policy.yaml pod.yaml    judge by a policy of your own
  bulkhead check --output json pod.yaml           for scripts
  bulkhead check --fix pod.yaml                   print the manifest mended

Exit codes:
  0  nothing is denied
  1  something is denied
  2  something could not be read, or no API server serves it, or a flag cannot be used";

/// `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
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
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let (paths, picked) = args.picking.of(paths(args)?)?;
    let judge = judge(args)?;
    let form = match (args.output, args.fix, args.in_place) {
        (Form::Json, ..) => output::Form::Json,
        (Form::Text, false, _) => output::Form::Text(Style::of_stdout()),
        (Form::Text, true, false) => output::Form::Fixed(Style::of_stderr()),
        (Form::Text, true, true) => output::Form::InPlace(Style::of_stderr()),
    };
    let pool = ThreadPoolBuilder::new().stack_size(STACK).build()?;
    let mut output = Output::begin(form)?;
    let places = paths.iter().enumerate();
    let found = places.flat_map(|(place, path)| picked.found(path).map(move |it| (place, it)));
    let mut found = found.peekable();
    let mut empty = vec![true; paths.len()];
    while found.peek().is_some() {
        let some: Vec<_> = found.by_ref().take(BATCH * pool.current_num_threads()).collect();
        let report = |(place, found)| (place, report(&judge, form, found));
        let reports: Vec<_> = pool.install(|| some.into_par_iter().map(report).collect());
        for (place, report) in reports {
            if let Some(empty) = empty.get_mut(place) {
                *empty &= report.is_empty();
            }
            output.add(report)?;
        }
        output.flush()?;
    }
    for (path, _) in paths.iter().zip(empty).filter(|(_, empty)| *empty) {
        if let Some(Unreadable { file, message }) = picked.nothing(path) {
            output.add(FileReport::unreadable(form, &file, message))?;
        }
    }
    Ok(ExitCode::from(output.end()?))
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

fn judge(args: &CheckArgs) -> anyhow::Result<Judge> {
    let mut surroundings = context::read(args.context_file.as_deref())?;
    if let Some(user) = &args.user {
        let groups = args.groups.iter().cloned().map(Into::into).collect();
        let requester = Requester { user: user.clone().into(), groups };
        surroundings.requester = Some(requester);
    }
    surroundings.namespace.clone_from(&args.namespace);
    surroundings.now = args.at.unwrap_or_else(Timestamp::now);
    let listing = match args.output {
        Form::Json => Listing::Singly,
        Form::Text => Listing::Joined,
    };
    let snapshot = snapshot(args.policy.as_deref())?;
    Ok(Judge { snapshot, listing, mends: args.fix, surroundings })
}

fn report(judge: &Judge, form: output::Form, found: Result<Found, Unreadable>) -> FileReport {
    let unreadable = |Unreadable { file, message }| FileReport::unreadable(form, &file, message);
    let source = match found {
        Ok(Found::Text(source)) => source,
        Ok(Found::Chart(folder)) => return FileReport::chart(form, &folder),
        Err(wrong) => return unreadable(wrong),
    };
    let text = match source.manifest(LARGEST) {
        Ok(text) => text,
        Err(wrong) => return unreadable(wrong),
    };
    // A fault of ours in one file must not keep the others from being judged.
    let judged = catch_unwind(AssertUnwindSafe(|| FileReport::of(judge, form, &source, &text)));
    judged.unwrap_or_else(|_| {
        let message = "cannot be judged: this is a fault of bulkhead".to_owned();
        FileReport::unreadable(form, &source.name(), message)
    })
}

/// The policy to judge by.
fn snapshot(file: Option<&Path>) -> anyhow::Result<Snapshot> {
    let loaded = match file {
        None => api::load("embedded default", api::EMBEDDED_DEFAULT, Namespaces::ByLabels),
        Some(file) => {
            let text = inputs::file(file, files::MOST)?;
            api::load(&file.display().to_string(), &text, Namespaces::ByLabels)
        }
    };
    loaded.map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        anyhow!("{}", lines.join("\n"))
    })
}
