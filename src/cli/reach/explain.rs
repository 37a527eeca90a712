//! `--explain FROM TO`: one pair, rule by rule.

use std::io::Write;

use anyhow::bail;

use super::{Subject, words};
use crate::cli::page::wrap;
use crate::cli::report::{Report, Streams};
use crate::cli::terminal::{self, printable};
use crate::pod::{CapabilitySet, Runtime};
use crate::reach::{Answer, Aspect, Aspects, Reason, Target};

/// The capabilities that the rules ask for.
const CAPABILITIES: [(CapabilitySet, &str); 8] = [
    (CapabilitySet::SYS_PTRACE, "SYS_PTRACE"),
    (CapabilitySet::KILL, "KILL"),
    (CapabilitySet::SETUID, "SETUID"),
    (CapabilitySet::SETGID, "SETGID"),
    (CapabilitySet::DAC_OVERRIDE, "DAC_OVERRIDE"),
    (CapabilitySet::DAC_READ_SEARCH, "DAC_READ_SEARCH"),
    (CapabilitySet::SYS_ADMIN, "SYS_ADMIN"),
    (CapabilitySet::PERFMON, "PERFMON"),
];

/// The pair of every pod that has both.
pub(super) struct Explain {
    from: String,
    to: String,
    runtimes: &'static [Runtime],
    found: bool,
}

impl Explain {
    pub(super) fn new(from: &str, to: &str, runtimes: &'static [Runtime]) -> Self {
        Self { from: from.to_owned(), to: to.to_owned(), runtimes, found: false }
    }
}

impl Report<&Subject<'_, '_>> for Explain {
    fn begin(&mut self, _out: &mut Streams) -> anyhow::Result<()> {
        if self.from == self.to {
            bail!("--explain: a container reaches all of itself; name two");
        }
        Ok(())
    }

    fn add(&mut self, out: &mut Streams, subject: &Subject<'_, '_>) -> anyhow::Result<()> {
        let index = |name: &str| subject.pod.containers.iter().position(|it| it.name == name);
        let Some((from, to)) = index(&self.from).zip(index(&self.to)) else { return Ok(()) };
        if std::mem::replace(&mut self.found, true) {
            writeln!(out)?;
        }
        for (heading, lines) in sections(subject, from, to, self.runtimes) {
            writeln!(out, "{}", printable(&heading))?;
            for line in lines {
                writeln!(out, "{}", wrap(&printable(&line), terminal::width(), "  "))?;
            }
        }
        Ok(())
    }

    fn end(&mut self, _out: &mut Streams, (): &()) -> anyhow::Result<()> {
        if !self.found {
            bail!("--explain: no pod has both containers {} and {}", self.from, self.to);
        }
        Ok(())
    }
}

fn sections(
    subject: &Subject<'_, '_>,
    from: usize,
    to: usize,
    runtimes: &[Runtime],
) -> Vec<(String, Vec<String>)> {
    let name = |index| subject.container(index).to_owned();
    let target = Target::Container(to);
    let mut sections = vec![
        (format!("{}: from {} to {}", words::title(subject), name(from), name(to)), Vec::new()),
        ("PID namespaces".to_owned(), vec![subject.matrix.namespaces()]),
    ];
    for index in [from, to] {
        let mut lines = vec![subject.matrix.identity(index)];
        lines.extend(powers(subject, index, runtimes));
        sections.push((format!("{} runs as", name(index)), lines));
    }
    sections.push(("Answers".to_owned(), answers(subject, from, target)));
    let further = subject.matrix.further(from, target);
    if !further.is_empty() {
        let transitive = subject.matrix.transitive(from, target);
        let each = further.iter();
        let each = each.map(|it| format!("{} {}", it.phrase(), transitive.of(it).as_str()));
        let each: Vec<_> = each.collect();
        let way = subject.matrix.ways(from, [to]).join("");
        let line = format!("{way}: {}", each.join(", "));
        sections.push(("Through others".to_owned(), vec![line]));
    }
    sections.extend(remedy(subject, from, target));
    sections
}

/// What its processes have, and what they can come to have.
fn powers(subject: &Subject<'_, '_>, index: usize, runtimes: &[Runtime]) -> Vec<String> {
    let Some(container) = subject.pod.containers.get(index) else { return Vec::new() };
    let mut lines: Vec<_> = runtimes
        .iter()
        .map(|runtime| {
            let of = match runtime {
                Runtime::Containerd => "containerd",
                Runtime::CriO => "CRI-O",
            };
            let set = subject.matrix.bounding(index, *runtime);
            let names = CAPABILITIES.iter().filter(|(one, _)| set.contains(*one));
            let names: Vec<_> = names.map(|(_, name)| *name).collect();
            let names = if names.is_empty() {
                "none of those that count".to_owned()
            } else {
                names.join(", ")
            };
            format!("bounding set on {of}: {names}")
        })
        .collect();
    lines.dedup_by_key(|line| line.rsplit_once(": ").map(|(_, names)| names.to_owned()));
    if let ([line], [_, _]) = (lines.as_mut_slice(), runtimes) {
        *line = line.replace("on containerd", "on containerd and CRI-O");
    }
    lines.push("a process that is not root starts without them".to_owned());
    lines.push(match container.security.allow_privilege_escalation {
        Some(false) => {
            "allowPrivilegeEscalation: false: no binary can bring ids or capabilities".to_owned()
        }
        Some(true) | None => {
            "a setuid or file-capability binary can bring other ids and the bounding set".to_owned()
        }
    });
    lines
}

/// Each answer with its reasons; aspects that have all of that in common are one line.
fn answers(subject: &Subject<'_, '_>, from: usize, to: Target) -> Vec<String> {
    let answers = subject.matrix.direct(from, to);
    let reasons = subject.matrix.reasons(from, to);
    let about = |aspect| -> Vec<&Reason> {
        reasons.iter().filter(|reason| reason.aspects.has(aspect)).collect()
    };
    let mut groups: Vec<(Answer, Vec<&Reason>, Vec<&str>)> = Vec::new();
    for aspect in Aspect::ALL {
        let (answer, reasons, word) = (answers.of(aspect), about(aspect), aspect.phrase());
        match groups.iter_mut().find(|group| (group.0, &group.1) == (answer, &reasons)) {
            Some(group) => group.2.push(word),
            None => groups.push((answer, reasons, vec![word])),
        }
    }
    let lines = groups.into_iter().flat_map(|(answer, reasons, words)| {
        let head = format!("{}: {}", words.join(", "), answer.as_str());
        let reason = |it: &Reason| format!("- {} ({})", it.detail, it.cause.id());
        std::iter::once(head).chain(reasons.into_iter().map(reason))
    });
    lines.collect()
}

fn remedy(subject: &Subject<'_, '_>, from: usize, to: Target) -> Option<(String, Vec<String>)> {
    let reached = subject.matrix.direct(from, to).at_least(Answer::Possible);
    let aspects = reached.and(Aspects::BEYOND_VIEW);
    let (aspects, what) = if aspects.is_empty() {
        (reached, "the view of the command line")
    } else {
        (aspects, "all but the view of the command line")
    };
    if aspects.is_empty() {
        return None;
    }
    let remedy = subject.matrix.remedy(from, to, aspects);
    Some((format!("What would end {what}"), vec![remedy.advice(subject.pod, &[])]))
}
