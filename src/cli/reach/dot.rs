//! `--output dot`: a graph for Graphviz, a cluster per pod and PID namespace.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::picture::{self, Cell, Grade};
use super::{Subject, words};
use crate::cli::report::{Report, Streams};
use crate::cli::terminal::printable;
use crate::reach::Target;

/// One graph of all pods.
#[derive(Default)]
pub(super) struct Dot {
    pods: usize,
}

impl Report<&Subject<'_, '_>> for Dot {
    fn begin(&mut self, out: &mut Streams) -> anyhow::Result<()> {
        Ok(out.write_all(
            b"digraph reach {\n  rankdir=LR;\n  fontname=\"sans-serif\";\n  \
              node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  \
              edge [fontname=\"monospace\", fontsize=10];\n",
        )?)
    }

    fn add(&mut self, out: &mut Streams, subject: &Subject<'_, '_>) -> anyhow::Result<()> {
        self.pods += 1;
        let pod = self.pods;
        writeln!(
            out,
            "  subgraph cluster_{pod} {{\n    label={};",
            quoted(&words::title(subject))
        )?;
        let mut views: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (container, view) in subject.pod.process_views().into_iter().enumerate() {
            views.entry(view).or_default().push(container);
        }
        for (view, members) in views {
            writeln!(
                out,
                "    subgraph cluster_{pod}_{view} {{\n      label=\"PID namespace\"; style=dashed;"
            )?;
            for index in members {
                let container = subject.pod.containers.get(index);
                let kind = container.and_then(words::kind).map(|kind| format!(" ({kind})"));
                let label = format!("{}{}", subject.container(index), kind.unwrap_or_default());
                writeln!(out, "      p{pod}c{index} [label={}];", quoted(&label))?;
            }
            writeln!(out, "    }}")?;
        }
        if subject.pod.host_pid {
            writeln!(out, "    p{pod}node [label=\"processes of the node\", shape=cylinder];")?;
        }
        for from in 0..subject.size() {
            let node = subject.pod.host_pid.then_some(Target::Node);
            for to in subject.matrix.neighbours(from).map(Target::Container).chain(node) {
                let end = match to {
                    Target::Container(to) => format!("c{to}"),
                    Target::Node => "node".to_owned(),
                };
                let cell = picture::cell(subject, from, to);
                edge(out, &format!("p{pod}c{from} -> p{pod}{end}"), &cell)?;
            }
        }
        Ok(writeln!(out, "  }}")?)
    }

    fn end(&mut self, out: &mut Streams, (): &()) -> anyhow::Result<()> {
        Ok(writeln!(out, "}}")?)
    }
}

fn edge(out: &mut dyn Write, ends: &str, cell: &Cell) -> io::Result<()> {
    let (colour, style) = match cell.grade {
        Grade::Nothing => return Ok(()),
        Grade::Sees => ("gray60", "dotted"),
        Grade::MayReach => ("steelblue", "dashed"),
        Grade::Reaches => ("steelblue", "solid"),
        Grade::MayTakeOver => ("darkorange", "dashed"),
        Grade::TakesOver => ("red3", "bold"),
    };
    let more = if cell.further.is_empty() { "" } else { "+" };
    let label = quoted(&(words::letters(cell.answers) + more));
    writeln!(out, "    {ends} [label={label}, color={colour}, style={style}];")
}

/// A text as Graphviz takes it, whoever wrote it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", printable(text).replace('\\', "\\\\").replace('"', "\\\""))
}
