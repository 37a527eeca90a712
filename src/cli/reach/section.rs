//! One pod on a page: what it comes to, the matrix, what that means, and every pair.

use std::io::{self, Write};

use super::markup::escaped;
use super::picture::{self, Cell, Grade, NAME, Picture};
use super::words::{self, Story};
use super::{Subject, html};
use crate::reach::{Answer, Aspect, Aspects, Reason, Target};
use crate::text::cut;

/// A pod that is being written.
pub(super) struct Section<'s, 'p, 'a> {
    pod: usize,
    subject: &'s Subject<'p, 'a>,
    pub(super) picture: Picture,
}

/// What a list of pods says of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Severity {
    /// The worst of its pairs.
    pub(super) grade: Grade,
    /// How many are that bad.
    pub(super) pairs: usize,
}

impl<'s, 'p, 'a> Section<'s, 'p, 'a> {
    pub(super) fn new(pod: usize, subject: &'s Subject<'p, 'a>) -> Self {
        Self { pod, subject, picture: Picture::of(subject) }
    }

    pub(super) fn severity(&self) -> Severity {
        let node = self.subject.pod.host_pid.then_some(Target::Node);
        let mut worst = Severity { grade: Grade::Nothing, pairs: 0 };
        for from in &self.picture.containers {
            for to in self.subject.matrix.neighbours(*from).map(Target::Container).chain(node) {
                let grade = Grade::of(self.subject.matrix.transitive(*from, to));
                if grade > worst.grade {
                    worst = Severity { grade, pairs: 0 };
                }
                worst.pairs += usize::from(grade == worst.grade);
            }
        }
        worst
    }

    /// All of it, with the legend below the matrix where it stands alone.
    pub(super) fn write(&self, out: &mut dyn Write, alone: bool) -> io::Result<()> {
        let (pod, subject) = (self.pod, self.subject);
        writeln!(
            out,
            "<section class=\"pod\">\n<h2 id=\"pod{pod}\" tabindex=\"-1\">{}</h2>\n<p>{}</p>",
            escaped(&words::title(subject)),
            escaped(&subject.matrix.namespaces())
        )?;
        if let Some(lines) = words::verdict(subject) {
            html::verdict(out, &lines)?;
        }
        let without = self.picture.without();
        match &without {
            Some(why) => writeln!(out, "<p>{}</p>", escaped(why))?,
            None => self.matrix(out)?,
        }
        if let Some(rest) = self.picture.left_out(subject) {
            writeln!(out, "<p class=\"soft\">{}</p>", escaped(&rest))?;
        }
        if alone {
            html::legend(out)?;
        }
        if !self.picture.containers.is_empty() {
            self.stories(out)?;
        }
        if without.is_none() {
            self.pairs(out)?;
        }
        writeln!(out, "</section>")
    }

    fn name(&self, target: Target) -> &str {
        picture::name(self.subject, target)
    }

    fn id(&self, from: usize, to: Target) -> String {
        let to = match to {
            Target::Container(to) => to.to_string(),
            Target::Node => "node".to_owned(),
        };
        format!("pod{}-{from}-{to}", self.pod)
    }

    fn matrix(&self, out: &mut dyn Write) -> io::Result<()> {
        let columns: Vec<_> = self.picture.columns(self.subject).collect();
        let longest = columns.iter().map(|to| cut(self.name(*to), NAME).chars().count()).max();
        writeln!(
            out,
            "<div class=\"scroll\">\n<table style=\"--columns: {}; --longest: {}\">\n\
             <caption class=\"hidden\">What the container of a row reaches of the container of a \
             column</caption>\n<thead><tr><td class=\"corner\"></td>",
            columns.len(),
            longest.unwrap_or_default()
        )?;
        for to in &columns {
            let name = self.name(*to);
            let (short, name) = (escaped(&cut(name, NAME)), escaped(name));
            writeln!(out, "<th scope=\"col\" title=\"{name}\"><span>{short}</span></th>")?;
        }
        writeln!(out, "</tr></thead>\n<tbody>")?;
        for from in &self.picture.containers {
            let own = Target::Container(*from);
            let container = self.subject.pod.containers.get(*from);
            let kind = container.and_then(words::kind).map(|kind| format!("{kind}; "));
            let who = kind.unwrap_or_default() + &self.subject.matrix.identity(*from);
            let (name, who) = (escaped(self.name(own)), escaped(&who));
            writeln!(out, "<tr><th scope=\"row\">{name}<span class=\"who\">{who}</span></th>")?;
            for to in &columns {
                if *to == own {
                    writeln!(out, "<td class=\"self\" aria-label=\"{name} itself\"></td>")?;
                } else {
                    self.field(out, *from, *to)?;
                }
            }
            writeln!(out, "</tr>")?;
        }
        writeln!(out, "</tbody>\n</table>\n</div>")
    }

    fn field(&self, out: &mut dyn Write, from: usize, to: Target) -> io::Result<()> {
        let cell = picture::cell(self.subject, from, to);
        let (class, id) = (cell.grade.class(), self.id(from, to));
        let title = escaped(&picture::title(self.subject, from, to, &cell));
        if cell.grade == Grade::Nothing {
            return writeln!(
                out,
                "<td class=\"{class}\" title=\"{title}\" aria-label=\"{title}\"></td>"
            );
        }
        let (first, last) = Aspect::ALL.split_at(Aspect::ALL.len() / 2);
        let (first, last) = (letters(&cell, first), letters(&cell, last));
        writeln!(
            out,
            "<td class=\"{class}\"><a href=\"#{id}\" title=\"{title}\"><span class=\"hidden\">{title}</span>\
             <span class=\"letters\" aria-hidden=\"true\">{first}</span> \
             <span class=\"letters\" aria-hidden=\"true\">{last}{}</span></a></td>",
            more(&cell)
        )
    }

    fn stories(&self, out: &mut dyn Write) -> io::Result<()> {
        let stories = (0..self.subject.size()).flat_map(|from| {
            let both = [words::story(self.subject, from), words::node_story(self.subject, from)];
            both.into_iter().flatten().map(move |story| (from, story))
        });
        for (number, (from, story)) in stories.enumerate() {
            if number == 0 {
                writeln!(out, "<h3>What it means</h3>")?;
            }
            let (name, what) = (escaped(self.subject.container(from)), escaped(&story.what));
            writeln!(out, "<div class=\"card\"><p><b>{name}</b> {what}</p>{}</div>", rest(&story))?;
        }
        Ok(())
    }

    /// Every pair of which something is reached, rule by rule.
    fn pairs(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "<details class=\"every\"><summary>Every pair, rule by rule</summary>\n\
             <div class=\"pairs\">"
        )?;
        for from in &self.picture.containers {
            let own = Target::Container(*from);
            for to in self.picture.columns(self.subject).filter(|to| *to != own) {
                self.pair(out, *from, to)?;
            }
        }
        writeln!(out, "</div>\n</details>")
    }

    fn pair(&self, out: &mut dyn Write, from: usize, to: Target) -> io::Result<()> {
        let cell = picture::cell(self.subject, from, to);
        if cell.grade == Grade::Nothing {
            return Ok(());
        }
        let (id, target) = (self.id(from, to), escaped(self.name(to)));
        let name = escaped(self.subject.container(from));
        let (words, letters) = (cell.grade.words(), letters(&cell, &Aspect::ALL));
        writeln!(
            out,
            "<div class=\"card\" id=\"{id}\" tabindex=\"-1\"><h3>{name} &rarr; {target}</h3>\
             <p><span class=\"letters\">{letters}{}</span> {words}</p><ul>",
            more(&cell)
        )?;
        for Reason { aspects, detail, .. } in self.subject.matrix.reasons(from, to) {
            let each: Vec<_> = aspects.iter().map(Aspect::phrase).collect();
            writeln!(out, "<li>{}: {}</li>", each.join(", "), escaped(&detail))?;
        }
        if let (Target::Container(to), false) = (to, cell.further.is_empty()) {
            for way in self.subject.matrix.ways(from, [to]) {
                writeln!(out, "<li>it reaches {}</li>", escaped(&way))?;
            }
        }
        let changes = self.changes(from, to).map(|changes| end(&changes));
        writeln!(out, "</ul>{}</div>", changes.unwrap_or_default())
    }

    fn changes(&self, from: usize, to: Target) -> Option<String> {
        let direct = self.subject.matrix.direct(from, to);
        let aspects = direct.at_least(Answer::Possible).and(Aspects::BEYOND_VIEW);
        let remedy = || self.subject.matrix.remedy(from, to, aspects);
        (!aspects.is_empty()).then(|| remedy().changes(self.subject.pod, &[])).flatten()
    }
}

/// Why, and what ends it.
fn rest(story: &Story) -> String {
    let rest = story.rest();
    let why = story.why.iter().chain(&rest).map(|reason| escaped(reason));
    let why: Vec<_> = why.map(|reason| format!("<li>{reason}</li>")).collect();
    let changes = story.changes.as_deref().map(end);
    format!("<ul>{}</ul>{}", why.concat(), changes.unwrap_or_default())
}

fn end(changes: &str) -> String {
    format!("<p class=\"end\"><b>{}:</b> {}</p>", words::IF_SHARED, escaped(changes))
}

/// The letters of some aspects; those of yes are bold.
fn letters(cell: &Cell, aspects: &[Aspect]) -> String {
    let letter = |aspect: &Aspect| match words::letter(*aspect, cell.answers.of(*aspect)) {
        yes @ 'A'..='Z' => format!("<b>{yes}</b>"),
        other => other.to_string(),
    };
    aspects.iter().map(letter).collect()
}

fn more(cell: &Cell) -> &'static str {
    if cell.further.is_empty() { "" } else { "+" }
}
