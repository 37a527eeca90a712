//! A matrix of containers by containers, in letters; where it is too wide, a list of pairs.

use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style as Ansi};

use super::Subject;
use super::words::{kind, letter};
use crate::cli::terminal::{Style, printable};
use crate::reach::{Answer, Answers, Aspect, Target};
use crate::text::cut;

/// Six letters, and a mark for what is reached through others.
const CELL: usize = 7;
/// Between columns.
const GAP: usize = 2;
/// No label needs more.
const LABEL: usize = 32;
/// What is not a terminal has no width: that of most windows.
const USUAL: usize = 100;

/// Writes one or the other.
pub(super) fn write(
    out: &mut dyn Write,
    subject: &Subject<'_, '_>,
    style: Style,
) -> io::Result<()> {
    let columns: Vec<_> = subject.matrix.targets().collect();
    let labels = (0..subject.size()).map(|row| label(subject, row).chars().count());
    let label_width = labels.max().unwrap_or_default().min(LABEL);
    let room = style.width.unwrap_or(USUAL).saturating_sub(label_width);
    let each = (room / columns.len().max(1)).saturating_sub(GAP);
    if each < CELL {
        return list(out, subject, style);
    }
    let heads: Vec<_> = columns.iter().map(|column| head(subject, *column, each)).collect();
    let mut line = format!("{:label_width$}", "");
    for head in &heads {
        line.extend([" ".repeat(GAP).as_str(), head]);
    }
    writeln!(out, "{}", line.trim_end())?;
    for from in 0..subject.size() {
        let mut line = format!("{:label_width$}", cut(&label(subject, from), label_width));
        for (column, head) in columns.iter().zip(&heads) {
            let pad = " ".repeat(head.chars().count() - CELL);
            let cell = cell(subject, from, *column, style);
            line.extend([" ".repeat(GAP), cell, pad]);
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn label(subject: &Subject<'_, '_>, index: usize) -> String {
    let container = subject.pod.containers.get(index);
    let kind = container.and_then(kind).map(|kind| format!(" ({kind})")).unwrap_or_default();
    format!("{} {}{kind}", index + 1, printable(subject.container(index)))
}

/// The name of a column, at least as wide as a cell. Names that are cut alike keep their numbers.
fn head(subject: &Subject<'_, '_>, column: Target, width: usize) -> String {
    let name = match column {
        Target::Container(index) => {
            format!("{} {}", index + 1, printable(subject.container(index)))
        }
        Target::Node => "node".to_owned(),
    };
    format!("{:CELL$}", cut(&name, width.max(CELL)))
}

fn cell(subject: &Subject<'_, '_>, from: usize, to: Target, style: Style) -> String {
    if to == Target::Container(from) {
        return " ".repeat(CELL);
    }
    let more = if subject.matrix.further(from, to).is_empty() { " " } else { "+" };
    coloured(subject.matrix.transitive(from, to), style) + more
}

/// The letters of a pair: shape and colour say the same.
fn coloured(answers: Answers, style: Style) -> String {
    let letter = |aspect| {
        let answer = answers.of(aspect);
        let ansi = match answer {
            _ if !style.colour => Ansi::new(),
            Answer::Yes => AnsiColor::Red.on_default().bold(),
            Answer::Possible => AnsiColor::Yellow.on_default(),
            Answer::No => Ansi::new().dimmed(),
        };
        format!("{ansi}{}{ansi:#}", letter(aspect, answer))
    };
    Aspect::ALL.map(letter).concat()
}

/// Every pair of which something is reached, a line each.
fn list(out: &mut dyn Write, subject: &Subject<'_, '_>, style: Style) -> io::Result<()> {
    let mut silent = 0usize;
    for from in 0..subject.size() {
        for to in subject.others(from) {
            let target = Target::Container(to);
            let answers = subject.matrix.transitive(from, target);
            if answers.strongest() == Answer::No {
                silent += 1;
                continue;
            }
            let cell = cell(subject, from, target, style);
            writeln!(out, "{cell} {} -> {}", label(subject, from), label(subject, to))?;
        }
        if subject.pod.host_pid {
            let cell = cell(subject, from, Target::Node, style);
            writeln!(out, "{cell} {} -> node", label(subject, from))?;
        }
    }
    match silent {
        0 => Ok(()),
        1 => writeln!(out, "nothing of the other pair"),
        many => writeln!(out, "nothing of the other {many} pairs"),
    }
}
