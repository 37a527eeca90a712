//! `--output html`: one page for all pods, the worst first; those in which nothing is reached are
//! folded. It is kept until the end, because what is on top is known only then.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::markup::{COLOURS, escaped};
use super::picture::Grade;
use super::section::{Section, Severity};
use super::{Subject, words};
use crate::cli::report::{Report, Streams};
use crate::text::{listed, plural};

/// The page as far as it is known.
pub(super) struct Html {
    /// When and by what it was made, and what was assumed.
    basis: Vec<String>,
    pods: Vec<Pod>,
}

/// A pod on the page.
struct Pod {
    /// The number of its section.
    number: usize,
    title: String,
    /// Its kind and name.
    object: String,
    /// What ends all that is reached in it.
    end: Option<&'static str>,
    severity: Severity,
    /// Its section, and how it is written where it is the only one.
    section: Vec<u8>,
    alone: Vec<u8>,
}

impl Html {
    pub(super) fn new(basis: Vec<String>) -> Self {
        Self { basis, pods: Vec::new() }
    }
}

impl Report<&Subject<'_, '_>> for Html {
    fn add(&mut self, _out: &mut Streams, subject: &Subject<'_, '_>) -> anyhow::Result<()> {
        let number = self.pods.len() + 1;
        let section = Section::new(number, subject);
        let mut pod = Pod {
            number,
            title: words::title(subject),
            object: words::object(subject),
            end: subject.matrix.verdict().map(|verdict| verdict.end),
            severity: section.severity(),
            section: Vec::new(),
            alone: Vec::new(),
        };
        // Of several pods none is alone.
        if number == 1 {
            section.write(&mut pod.alone, true)?;
        }
        section.write(&mut pod.section, false)?;
        self.pods.push(pod);
        Ok(())
    }

    fn end(&mut self, out: &mut Streams, (): &()) -> anyhow::Result<()> {
        let style = include_str!("page.css");
        write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>Who reaches whom</title>\n<style>\n{COLOURS}{style}</style>\n</head>\n<body>\n\
             <main>\n<h1>Who reaches whom</h1>\n"
        )?;
        let basis = std::mem::take(&mut self.basis);
        let (made, rest) = basis.split_at(basis.len().min(1));
        soft(out, made)?;
        match self.pods.as_slice() {
            [one] => out.write_all(&one.alone)?,
            _ => self.several(out)?,
        }
        writeln!(out, "<footer>")?;
        soft(out, rest)?;
        let script = include_str!("page.js");
        Ok(write!(out, "</footer>\n</main>\n<script>\n{script}</script>\n</body>\n</html>\n")?)
    }
}

impl Html {
    fn several(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.pods.sort_by_key(|pod| Reverse(pod.severity));
        let quiet = self.pods.partition_point(|pod| pod.severity.grade != Grade::Nothing);
        let (loud, quiet) = self.pods.split_at(quiet);
        verdict(out, &summary(&self.pods))?;
        if !loud.is_empty() {
            contents(out, loud)?;
            legend(out)?;
        }
        loud.iter().try_for_each(|pod| out.write_all(&pod.section))?;
        if quiet.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<details class=\"quiet\"><summary>{} in which no container reaches another \
             one</summary>",
            plural(quiet.len(), "pod")
        )?;
        quiet.iter().try_for_each(|pod| out.write_all(&pod.section))?;
        writeln!(out, "</details>")
    }
}

fn soft(out: &mut dyn Write, lines: &[String]) -> io::Result<()> {
    lines.iter().try_for_each(|line| writeln!(out, "<p class=\"soft\">{}</p>", escaped(line)))
}

/// How many names a line of the summary has.
const NAMED: usize = 4;

/// What all pods come to.
fn summary(pods: &[Pod]) -> [(&'static str, String); 3] {
    let of = |grades: &[Grade], verb: &str| {
        let these: Vec<_> =
            pods.iter().filter(|pod| grades.contains(&pod.severity.grade)).collect();
        let (count, all) = (these.len(), plural(pods.len(), "pod"));
        let names = listed(these.iter().map(|pod| pod.object.as_str()), NAMED);
        let names = if count == 0 { names } else { format!(": {names}") };
        format!("in {count} of {all} {verb}{names}")
    };
    let rest = [Grade::Reaches, Grade::MayTakeOver, Grade::MayReach];
    let mut ends = BTreeMap::<_, usize>::new();
    pods.iter().filter_map(|pod| pod.end).for_each(|end| *ends.entry(end).or_default() += 1);
    let ends: Vec<_> =
        ends.iter().map(|(end, count)| format!("{end} in {}", plural(*count, "pod"))).collect();
    let end = if ends.is_empty() { "nothing has to change".to_owned() } else { ends.join("; ") };
    [
        ("Certain", of(&[Grade::TakesOver], "a container takes over another one")),
        ("Possible", of(&rest, "a container may reach another one")),
        ("To end all of it", end),
    ]
}

/// Three lines on top.
pub(super) fn verdict(out: &mut dyn Write, lines: &[(&str, String); 3]) -> io::Result<()> {
    writeln!(out, "<dl class=\"verdict\">")?;
    for (about, line) in lines {
        writeln!(out, "<div><dt>{about}</dt><dd>{}</dd></div>", escaped(line))?;
    }
    writeln!(out, "</dl>")
}

/// The list of the pods in which something is reached, with a filter, which takes the script.
fn contents(out: &mut dyn Write, pods: &[Pod]) -> io::Result<()> {
    writeln!(
        out,
        "<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Pods, the worst first</h2>\n\
         <p class=\"filter\" hidden><label>Filter <input type=\"search\" id=\"filter\" \
         placeholder=\"name, file or kind\" /></label> <span role=\"status\"></span></p>\n\
         <ol class=\"contents\">"
    )?;
    for Pod { number, title, severity: Severity { grade, pairs }, .. } in pods {
        let (class, letter, short) = (grade.class(), grade.letter(), grade.short());
        writeln!(
            out,
            "<li data-pod=\"pod{number}\"><span class=\"key {class}\" aria-hidden=\"true\">{letter}\
             </span><a href=\"#pod{number}\">{}</a> <span class=\"soft\">{short}, {}</span></li>",
            escaped(title),
            plural(*pairs, "pair")
        )?;
    }
    writeln!(out, "</ol>\n</nav>")
}

/// What colours and letters mean.
pub(super) fn legend(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<ul class=\"legend\">")?;
    for grade in Grade::SHOWN {
        let (class, letter, words) = (grade.class(), grade.letter(), grade.words());
        writeln!(
            out,
            "<li><span class=\"key {class}\" aria-hidden=\"true\">{letter}</span>{words}</li>"
        )?;
    }
    writeln!(out, "</ul>\n<p class=\"soft\">Rows reach columns: {}</p>", words::LEGEND)
}
