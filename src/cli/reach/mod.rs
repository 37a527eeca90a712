//! `bulkhead reach`: which container of a pod reaches what of which other one, and why.

mod assume;
mod cluster;
mod json;
mod matrix;
mod subject;
mod text;
mod words;

use std::io::{BufWriter, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::inputs::{Source, Unreadable, named, sources};
use super::objects::{Broken, Item, NOTHING, items, readable};
use super::terminal::{Style, printable};
use crate::pod::{Os, Runtime};
use crate::reach::Model;
use assume::{Assumption, Assumptions};
use subject::Subject;

/// Show which container of a pod reaches what of which other one, why, and what would end it
///
/// For each ordered pair of containers: whether the first reads the command line, environment,
/// files and memory of the second, takes its open descriptors, signals it: yes, whatever the
/// images; possible, unless images, runtime or kernel are kind; or no. Reads what `bulkhead check`
/// reads, and pods of a cluster. Nothing is judged.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ReachArgs {
    /// Files and folders; `-` is standard input; pod/NAME, where there is no such file, is a pod
    /// of the cluster, by kubectl [default: standard input, if it is no terminal]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Form of the result
    #[arg(long, value_name = "FORM", default_value = "text")]
    output: Form,
    /// Explain one pair, rule by rule
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"], conflicts_with = "output")]
    explain: Option<Vec<String>>,
    /// What is known beside the manifest: image-user=CONTAINER:UID[:GID], the user that the image
    /// of a container has; may stand several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = Assumption::parse)]
    assume: Vec<Assumption>,
    /// Container runtime; any: what holds for each of them
    #[arg(long, value_name = "RUNTIME", default_value = "any")]
    runtime: Runtimes,
    /// Namespace of pod/NAME [default: that of the kubeconfig]
    #[arg(long, short, value_name = "NS")]
    namespace: Option<String>,
    /// How to reach the cluster of pod/NAME [default: as kubectl finds it]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Which context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  bulkhead reach pod.yaml                            show who reaches whom
  helm template . | bulkhead reach -                 of every pod that helm makes
  bulkhead reach pod/web --namespace shop            of a pod of the cluster
  bulkhead reach --explain logs web pod.yaml         why, for one pair
  bulkhead reach --assume image-user=web:1000 pod.yaml   with what is known of an image
  bulkhead reach --output json deploy/               for scripts, one line per pod
  bulkhead reach --output html deploy/ > reach.html  to look at and to pass on

Exit codes:
  0  everything was read
  2  something could not be read, or a flag cannot be used";

/// `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A matrix of containers by containers, and what it means.
    Text,
    /// JSON lines, one document per pod.
    Json,
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

/// Something could not be read.
const UNREADABLE: u8 = 2;

/// A form of output: what stands before, for and after the pods.
trait Show {
    fn begin(&mut self, _out: &mut dyn Write) -> anyhow::Result<()> {
        Ok(())
    }
    fn pod(&mut self, out: &mut dyn Write, subject: &Subject<'_, '_>) -> anyhow::Result<()>;
    fn end(&mut self, _out: &mut dyn Write) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Looks at every pod, and shows it.
pub(super) fn run(args: &ReachArgs) -> anyhow::Result<ExitCode> {
    let paths = named(&args.paths, "nothing to look at")?;
    let of_cluster = paths.iter().any(|path| cluster::pod(path).is_some());
    if !of_cluster
        && (args.namespace.is_some() || args.kubeconfig.is_some() || args.context.is_some())
    {
        bail!("--namespace, --kubeconfig and --context go with pod/NAME");
    }
    let style = Style::of_stdout();
    let show: Box<dyn Show> = match args.output {
        Form::Text => Box::new(text::Text::new(style)),
        Form::Json => Box::new(json::Json),
    };
    let mut walk = Walk {
        assumptions: Assumptions::new(&args.assume)?,
        model: model(args),
        show,
        out: Box::new(BufWriter::new(stdout().lock())),
        unreadable: false,
        pods: 0,
    };
    walk.show.begin(&mut walk.out)?;
    for path in &paths {
        match cluster::pod(path) {
            Some(name) => walk.text(&path.display().to_string(), cluster::get(name, args))?,
            None => walk.sources(path)?,
        }
    }
    walk.end()
}

fn model(args: &ReachArgs) -> Model {
    let model = match args.runtime {
        Runtimes::Any => Model::default(),
        Runtimes::Containerd => Model::default().on(Runtime::Containerd),
        Runtimes::CriO => Model::default().on(Runtime::CriO),
    };
    args.assume.iter().fold(model, |model, it| model.with_image_user(&it.container, it.user))
}

/// From texts to pods, one after the other: what is kept does not grow with them.
struct Walk {
    assumptions: Assumptions,
    model: Model,
    show: Box<dyn Show>,
    out: Box<dyn Write>,
    unreadable: bool,
    pods: usize,
}

impl Walk {
    /// Everything a path means.
    fn sources(&mut self, path: &Path) -> anyhow::Result<()> {
        for source in sources(&[path.to_owned()]) {
            match source {
                Ok(source) => self.text(&source.name(), source.read())?,
                Err(unreadable) => self.text(&unreadable.file.clone(), Err(unreadable))?,
            }
        }
        Ok(())
    }

    /// Every pod of a text.
    fn text(&mut self, file: &str, text: Result<String, Unreadable>) -> anyhow::Result<()> {
        let text = match text {
            Ok(text) => text,
            Err(Unreadable { message, .. }) => {
                return self.broken(file, &Broken { place: None, message });
            }
        };
        let mut empty = true;
        for document in readable(&text, "reach") {
            empty = false;
            match document {
                Ok(document) => {
                    for item in items(&document.root) {
                        self.item(file, &item)?;
                    }
                }
                Err(broken) => self.broken(file, &broken)?,
            }
        }
        if empty && file == Source::StandardInput.name() {
            self.broken(file, &Broken { place: None, message: NOTHING.to_owned() })?;
        }
        Ok(())
    }

    fn item(&mut self, file: &str, item: &Item<'_>) -> anyhow::Result<()> {
        let object = match item {
            Item::Object(object) => object,
            Item::Other(..) => return Ok(()),
            Item::Broken(value, message) => {
                let broken = Broken { place: Some(value.place), message: message.clone() };
                return self.broken(file, &broken);
            }
        };
        let json = match object.json() {
            Ok(json) => json,
            Err(broken) => return self.broken(file, &broken),
        };
        let pod = match object.pod(&json) {
            Ok(Some(pod)) => pod,
            Ok(None) => return Ok(()),
            Err(broken) => return self.broken(file, &broken),
        };
        self.pods += 1;
        let (kind, namespace) = (object.kind.kind, object.metadata("namespace"));
        let subject =
            Subject::new(&self.model, &pod, (file, kind), (namespace, object.metadata("name")));
        if pod.os == Os::Windows {
            let title = words::title(&subject);
            return self.note(&format!("{title}: a Windows pod has no Linux processes to reach"));
        }
        self.assumptions.look(&pod);
        self.show.pod(&mut self.out, &subject)
    }

    fn broken(&mut self, file: &str, broken: &Broken) -> anyhow::Result<()> {
        self.unreadable = true;
        // On a terminal both streams are one, and the files keep their order.
        self.out.flush()?;
        Ok(stderr().write_all(broken.line(file, Style::of_stderr()).as_bytes())?)
    }

    fn note(&mut self, text: &str) -> anyhow::Result<()> {
        self.out.flush()?;
        Ok(writeln!(stderr(), "note: {}", printable(text))?)
    }

    fn end(mut self) -> anyhow::Result<ExitCode> {
        let shown = self.show.end(&mut self.out);
        self.out.flush()?;
        for text in std::mem::take(&mut self.assumptions).idle() {
            self.note(&text)?;
        }
        if self.pods == 0 && !self.unreadable {
            self.note("there is no pod, and no template of pods, in what was read")?;
        }
        shown?;
        Ok(if self.unreadable { ExitCode::from(UNREADABLE) } else { ExitCode::SUCCESS })
    }
}
