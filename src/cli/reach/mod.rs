//! `bulkhead reach`: which container of a pod reaches what of which other one, and why.

mod assume;
mod basis;
mod cluster;
mod dot;
mod explain;
mod html;
mod json;
mod markup;
mod matrix;
mod picture;
mod section;
mod subject;
mod svg;
mod text;
mod walk;
mod words;

use std::path::PathBuf;

use anyhow::bail;
use clap::builder::Resettable;
use clap::{Arg, Args, ValueEnum};

use super::exit::Exit;
use super::inputs::named;
use super::output::OutputArgs;
use super::report::Report;
use super::selection::SelectionArgs;
use super::terminal::Style;
use crate::config::AccessArgs;
use crate::pod::Runtime;
use crate::reach::Model;
use assume::Assumption;
use explain::Explain;
use subject::Subject;
use walk::Walk;

/// Show which container of a pod reaches what of which other one, why, and what would end it
///
/// For each ordered pair of containers: whether the first reads the command line, environment,
/// files and memory of the second, takes its open files, signals it: yes, whatever the images;
/// possible: it depends on the image, the runtime or the kernel; or no. Reads what `bulkhead check`
/// reads, and pods of a cluster. Nothing is judged.
#[derive(Args, Clone, Debug)]
#[command(after_help = MORE, mut_args(of_kubectl))]
pub(super) struct ReachArgs {
    /// Files and folders; `-` is standard input; pod/NAME, where there is no such file, is a pod
    /// of the cluster, by kubectl [default: standard input, if it is no terminal]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    output: OutputArgs<Format>,
    /// Explain one pair, rule by rule
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"], conflicts_with = "output")]
    explain: Option<Vec<String>>,
    /// What is known besides the manifest: `image-user=CONTAINER:UID[:GID]`, the user that the image
    /// of a container has, `*` for every other one; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = Assumption::parse)]
    assume: Vec<Assumption>,
    /// Date on a page, in seconds since 1970, for pages that are the same each time [default: now]
    #[arg(long, value_name = "SECONDS", env = "SOURCE_DATE_EPOCH", hide_env_values = true)]
    date: Option<String>,
    /// Container runtime; any: what holds for each of them
    #[arg(long, value_name = "RUNTIME", default_value = "any")]
    runtime: Runtimes,
    /// Namespace of pod/NAME [default: that of the kubeconfig]
    #[arg(long, short, value_name = "NS")]
    namespace: Option<String>,
    #[command(flatten)]
    access: AccessArgs,
}

/// The flags of [`AccessArgs`], as kubectl has them: it is asked, and has settings of its own.
fn of_kubectl(arg: Arg) -> Arg {
    let help = match arg.get_id().as_str() {
        "kubeconfig" => "How to reach the cluster of pod/NAME [default: as kubectl finds it]",
        "context" => "Which context of the kubeconfig",
        _ => return arg,
    };
    arg.help(help).env(Resettable::Reset)
}

const MORE: &str = "\
Examples:
  bulkhead reach pod.yaml                            show who reaches whom
  helm template . | bulkhead reach -                 of every pod that helm makes
  bulkhead reach pod/web --namespace shop            of a pod of the cluster
  bulkhead reach --explain logs web pod.yaml         why, for one pair
  bulkhead reach --assume image-user=web:1000 pod.yaml   with what is known of an image
  bulkhead reach --assume image-user=*:0 pod.yaml    as if every image ran as root
  bulkhead reach -o json deploy/                     for scripts, one line per pod
  bulkhead reach -o html deploy/ > reach.html        a page to look at and to pass on

Exit codes:
  0  everything was read
  2  something could not be read, or a flag cannot be used";

/// `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A matrix of containers by containers, and what it means.
    Text,
    /// JSON lines, one document per pod.
    Json,
    /// A graph for Graphviz.
    Dot,
    /// A picture.
    Svg,
    /// A page for browsers, with all that text says, and every pair.
    Html,
}

/// `--runtime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Runtimes {
    /// containerd 2.
    Containerd,
    /// CRI-O.
    CriO,
    /// What holds for each of them.
    Any,
}

impl Runtimes {
    fn all(self) -> &'static [Runtime] {
        match self {
            Self::Any => &Runtime::ALL,
            Self::Containerd => &[Runtime::Containerd],
            Self::CriO => &[Runtime::CriO],
        }
    }
}

/// A form of output.
type PodReport = dyn for<'s, 'p, 'a> Report<&'s Subject<'p, 'a>>;

/// Reads every pod, and shows it.
pub(super) fn run(args: &ReachArgs) -> anyhow::Result<Exit> {
    let (paths, selection) = args.selection.of(named(&args.paths, "nothing to look at")?)?;
    let of_cluster = paths.iter().any(|path| cluster::pod(path).is_some());
    if !of_cluster
        && (args.namespace.is_some()
            || args.access.kubeconfig.is_some()
            || args.access.context.is_some())
    {
        bail!("--namespace, --kubeconfig and --context go with pod/NAME");
    }
    let style = Style::of_stdout();
    let report: Box<PodReport> = match (args.explain.as_deref(), args.output.form) {
        (Some([from, to]), _) => Box::new(Explain::new(from, to, args.runtime.all())),
        (_, Format::Text) => Box::new(text::Text::new(style)),
        (_, Format::Json) => Box::new(json::Json),
        (_, Format::Dot) => Box::new(dot::Dot::default()),
        (_, Format::Svg) => Box::new(svg::Svg::new(basis::assumptions(args))),
        (_, Format::Html) => Box::new(html::Html::new(basis::lines(args)?)),
    };
    let mut walk = Walk::begin(report, model(args), &args.assume)?;
    for path in &paths {
        match cluster::pod(path) {
            Some(name) => {
                walk.text(&path.display().to_string(), cluster::get(name, args))?;
            }
            None => walk.sources(path, &selection)?,
        }
    }
    walk.end()
}

fn model(args: &ReachArgs) -> Model {
    let model = match args.runtime.all() {
        [one] => Model::default().on(*one),
        _ => Model::default(),
    };
    args.assume.iter().fold(model, |model, it| it.add_to(model))
}
