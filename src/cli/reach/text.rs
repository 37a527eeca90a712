//! `--output text`: for each pod the matrix, and what it means in words.

use std::io::Write;

use clap::builder::styling::Style as Ansi;

use super::words::{self, LEGEND, Story};
use super::{Subject, matrix};
use crate::cli::page::{BOLD, wrap};
use crate::cli::report::{Report, Streams};
use crate::cli::terminal::{self, Style, printable};
use crate::reach::{Answer, Aspect, Aspects, Target};

/// What people read.
pub(super) struct Text {
    style: Style,
    width: usize,
    /// Whether something was written, and whether the letters were explained.
    has_output: bool,
    explained: bool,
}

impl Text {
    pub(super) fn new(style: Style) -> Self {
        Self { style, width: terminal::width(), has_output: false, explained: false }
    }

    fn line(&self, out: &mut dyn Write, text: &str, indent: &str) -> anyhow::Result<()> {
        Ok(writeln!(out, "{}", wrap(&printable(text), self.width, indent))?)
    }

    fn story(&self, out: &mut dyn Write, name: &str, story: &Story) -> anyhow::Result<()> {
        self.line(out, &format!("{name} {}", story.what), "")?;
        for reason in story.why.iter().chain(story.rest().as_ref()) {
            self.line(out, &format!("- {reason}"), "  ")?;
        }
        match &story.changes {
            Some(changes) => self.line(out, &format!("{}: {changes}", words::IF_SHARED), "  "),
            None => Ok(()),
        }
    }

    /// Of whose processes a container only sees that they are there.
    fn seen(
        &self,
        out: &mut dyn Write,
        subject: &Subject<'_, '_>,
        from: usize,
    ) -> anyhow::Result<()> {
        let only_line = |to: &usize| {
            let answers = subject.matrix.transitive(from, Target::Container(*to));
            let reached = answers.at_least(Answer::Possible);
            reached.has(Aspect::Cmdline) && !reached.meets(Aspects::BEYOND_VIEW)
        };
        let seen: Vec<_> = subject.matrix.neighbours(from).filter(only_line).collect();
        if seen.is_empty() {
            return Ok(());
        }
        let seen: Vec<_> = seen.into_iter().map(|to| subject.container(to)).collect();
        let name = subject.container(from);
        self.line(out, &format!("{name} reads only the command line of {}", seen.join(", ")), "")
    }
}

impl Report<&Subject<'_, '_>> for Text {
    fn add(&mut self, out: &mut Streams, subject: &Subject<'_, '_>) -> anyhow::Result<()> {
        if std::mem::replace(&mut self.has_output, true) {
            writeln!(out)?;
        }
        let bold = if self.style.colour { BOLD } else { Ansi::new() };
        writeln!(out, "{bold}{}{bold:#}", printable(&words::title(subject)))?;
        self.line(out, &subject.matrix.namespaces(), "")?;
        let Some(verdict) = words::verdict(subject) else {
            return self.line(out, "no container reaches another one", "");
        };
        writeln!(out)?;
        for (about, line) in verdict {
            self.line(out, &format!("{about}: {line}"), "")?;
        }
        writeln!(out)?;
        matrix::write(out, subject, self.style)?;
        if !std::mem::replace(&mut self.explained, true) {
            writeln!(out)?;
            self.line(out, &format!("Rows reach columns: {LEGEND}"), "")?;
        }
        writeln!(out)?;
        for from in 0..subject.size() {
            let name = subject.container(from);
            let stories = [words::story(subject, from), words::node_story(subject, from)];
            for story in stories.into_iter().flatten() {
                self.story(out, name, &story)?;
            }
            self.seen(out, subject, from)?;
        }
        Ok(())
    }
}
