//! `--output html`: one page with a section per pod: the matrix, what it means, and every pair.

use std::io::{self, Write};

use super::Subject;
use super::markup::{COLOURS, escaped};
use super::picture::{self, Cell, Grade, Picture};
use super::words::{self, Story};
use crate::cli::report::{Report, Streams};
use crate::reach::{Answer, Aspect, Aspects, Reason, Target};

/// The page as far as it is written.
#[derive(Default)]
pub(super) struct Html {
    pods: usize,
}

impl Report<&Subject<'_, '_>> for Html {
    fn begin(&mut self, out: &mut Streams) -> anyhow::Result<()> {
        let style = include_str!("page.css");
        write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>Who reaches whom</title>\n<style>\n{COLOURS}{style}</style>\n</head>\n<body>\n\
             <main>\n<h1>Who reaches whom</h1>\n\
             <p>Each row is a container; a cell says what it reaches of the container of the \
             column.</p>\n<ul class=\"legend\">\n"
        )?;
        for grade in Grade::SHOWN {
            let (class, sign, words) = (grade.class(), grade.sign(), grade.words());
            writeln!(out, "<li><span class=\"key {class}\">{sign}</span>{words}</li>")?;
        }
        Ok(writeln!(out, "</ul>\n<p class=\"soft\">{}</p>", words::LEGEND)?)
    }

    fn add(&mut self, out: &mut Streams, subject: &Subject<'_, '_>) -> anyhow::Result<()> {
        self.pods += 1;
        let section = Section { pod: self.pods, subject, picture: Picture::of(subject) };
        Ok(section.write(out)?)
    }

    fn end(&mut self, out: &mut Streams, (): &()) -> anyhow::Result<()> {
        let script = include_str!("page.js");
        Ok(write!(out, "</main>\n<script>\n{script}</script>\n</body>\n</html>\n")?)
    }
}

/// One pod.
struct Section<'s, 'p, 'a> {
    pod: usize,
    subject: &'s Subject<'p, 'a>,
    picture: Picture,
}

impl Section<'_, '_, '_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let (pod, subject) = (self.pod, self.subject);
        writeln!(
            out,
            "<section aria-labelledby=\"pod{pod}\">\n<h2 id=\"pod{pod}\">{}</h2>\n<p>{}</p>",
            escaped(&words::title(subject)),
            escaped(&subject.matrix.namespaces())
        )?;
        let without = self.picture.without();
        match &without {
            Some(why) => writeln!(out, "<p>{}</p>", escaped(why))?,
            None => self.matrix(out)?,
        }
        if let Some(rest) = self.picture.left_out(subject) {
            writeln!(out, "<p class=\"soft\">{}</p>", escaped(&rest))?;
        }
        if !self.picture.containers.is_empty() {
            self.stories(out)?;
        }
        if without.is_none() {
            self.pairs(out)?;
        }
        writeln!(out, "</section>")
    }

    fn name(&self, target: Target) -> String {
        escaped(picture::name(self.subject, target))
    }

    fn id(&self, from: usize, to: Target) -> String {
        let to = match to {
            Target::Container(to) => to.to_string(),
            Target::Node => "node".to_owned(),
        };
        format!("pod{}-{from}-{to}", self.pod)
    }

    fn matrix(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"matrix\">\n<table>\n\
             <thead><tr><td class=\"corner\"></td>"
        )?;
        for to in self.picture.columns(self.subject) {
            writeln!(out, "<th scope=\"col\">{}</th>", self.name(to))?;
        }
        writeln!(out, "</tr></thead>\n<tbody>")?;
        for from in &self.picture.containers {
            let container = self.subject.pod.containers.get(*from);
            let kind = container.and_then(words::kind).map(|kind| format!("{kind}; "));
            let who = kind.unwrap_or_default() + &self.subject.matrix.identity(*from);
            let (name, who) = (self.name(Target::Container(*from)), escaped(&who));
            writeln!(out, "<tr><th scope=\"row\">{name}<span class=\"who\">{who}</span></th>")?;
            for to in self.picture.columns(self.subject) {
                if to == Target::Container(*from) {
                    writeln!(out, "<td class=\"self\"></td>")?;
                } else {
                    self.field(out, *from, to)?;
                }
            }
            writeln!(out, "</tr>")?;
        }
        writeln!(out, "</tbody>\n</table>\n</div>")
    }

    fn field(&self, out: &mut dyn Write, from: usize, to: Target) -> io::Result<()> {
        let cell = picture::cell(self.subject, from, to);
        let (class, sign, id) = (cell.grade.class(), cell.grade.sign(), self.id(from, to));
        let title = escaped(&picture::title(self.subject, from, to, &cell));
        let letters = letters(&cell);
        if cell.grade == Grade::Nothing {
            return writeln!(
                out,
                "<td class=\"{class}\" title=\"{title}\" aria-label=\"{title}\"></td>"
            );
        }
        writeln!(
            out,
            "<td class=\"{class}\"><a href=\"#{id}\" title=\"{title}\" aria-label=\"{title}\">\
             <span class=\"sign\">{sign}</span>{letters}</a></td>"
        )
    }

    fn stories(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<h3>What it means</h3>")?;
        for from in 0..self.subject.size() {
            let stories = [words::story(self.subject, from), words::node_story(self.subject, from)];
            for Story { what, why, remedy } in stories.into_iter().flatten() {
                let (name, what) = (self.name(Target::Container(from)), escaped(&what));
                writeln!(out, "<div class=\"card\"><p><b>{name}</b> {what}</p><ul>")?;
                for reason in why {
                    writeln!(out, "<li>{}</li>", escaped(&reason))?;
                }
                writeln!(out, "</ul>{}</div>", end(&remedy))?;
            }
        }
        Ok(())
    }

    /// Every pair of which something is reached, rule by rule.
    fn pairs(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "<details><summary>Every pair, rule by rule</summary>\n<div class=\"pairs\">"
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
        let (id, target) = (self.id(from, to), self.name(to));
        let name = self.name(Target::Container(from));
        let (words, letters) = (cell.grade.words(), letters(&cell));
        writeln!(
            out,
            "<div class=\"card\" id=\"{id}\"><h4>{name} &rarr; {target}</h4><p>{letters} {words}</p><ul>"
        )?;
        for Reason { aspects, detail, .. } in self.subject.matrix.reasons(from, to) {
            let each: Vec<_> = aspects.iter().map(Aspect::phrase).collect();
            writeln!(out, "<li>{}: {}</li>", each.join(", "), escaped(&detail))?;
        }
        if let (Target::Container(to), false) = (to, cell.further.is_empty()) {
            for way in self.subject.matrix.ways(from, [to]) {
                writeln!(out, "<li>{}</li>", escaped(&way))?;
            }
        }
        let remedy = self.remedy(&cell, from, to).map(|remedy| end(&remedy));
        writeln!(out, "</ul>{}</div>", remedy.unwrap_or_default())
    }

    fn remedy(&self, cell: &Cell, from: usize, to: Target) -> Option<String> {
        let aspects = cell.answers.at_least(Answer::Possible).and(Aspects::BEYOND_VIEW);
        let remedy = || self.subject.matrix.remedy(from, to, aspects);
        (!aspects.is_empty()).then(|| remedy().advice(self.subject.pod))
    }
}

fn end(remedy: &str) -> String {
    format!("<p class=\"end\"><b>To end it:</b> {}</p>", escaped(remedy))
}

/// The letters of a pair; those of yes are bold.
fn letters(cell: &Cell) -> String {
    let letter = |aspect: Aspect| match words::letter(aspect, cell.answers.of(aspect)) {
        yes @ 'A'..='Z' => format!("<b>{yes}</b>"),
        other => other.to_string(),
    };
    let more = if cell.further.is_empty() { "" } else { "+" };
    format!("<span class=\"letters\">{}{more}</span>", Aspect::ALL.map(letter).concat())
}
