//! `--output svg`: the matrices as one picture, the pods below each other. It is kept until the
//! end, because its size is written at its beginning.

use std::io::{self, Write};

use super::markup::{COLOURS, escaped};
use super::picture::{self, Cell, Grade, Picture};
use super::{Subject, words};
use crate::cli::page::wrap;
use crate::cli::report::{Report, Streams};
use crate::reach::{Aspect, Target};
use crate::text::cut;

/// Around everything, in pixels.
const MARGIN: usize = 24;
/// A cell of a matrix.
const CELL: (usize, usize) = (54, 42);
/// The height of a line of text.
const LINE: usize = 19;
/// How wide a letter is in names and in small text, in tenths of a pixel.
const LETTER: (usize, usize) = (80, 62);
const NAME: usize = picture::NAME;
/// Prose, in letters.
const PROSE: usize = 110;
/// The class of small text.
const SMALL: &str = "soft";
/// As wide as the prose needs.
const NARROWEST: usize = 760;

const STYLE: &str = "\
text { font: 13px system-ui, sans-serif; fill: var(--ink); }
.page { fill: var(--page); }
.head { font-size: 17px; font-weight: 600; }
.soft { fill: var(--soft); font-size: 11px; }
.code { font: 12px ui-monospace, monospace; letter-spacing: 2px; text-anchor: middle; }
.cell rect { stroke: var(--line); fill: var(--card); }
.takes rect { fill: var(--takes); } .takes text { fill: var(--on-takes); }
.maytake rect { fill: var(--maytake); stroke-dasharray: 4 3; stroke: var(--on-maytake); } .maytake text { fill: var(--on-maytake); }
.reaches rect { fill: var(--reaches); } .reaches text { fill: var(--on-reaches); }
.mayreach rect { fill: var(--mayreach); stroke-dasharray: 4 3; stroke: var(--on-mayreach); } .mayreach text { fill: var(--on-mayreach); }
.sees rect { fill: var(--sees); } .sees text { fill: var(--on-sees); }
.self { fill: var(--line); opacity: .45; }
.yes { font-weight: 700; }
";

/// The upper left corner of a cell.
#[derive(Clone, Copy)]
struct Point {
    x: usize,
    y: usize,
}

/// The picture as far as it is drawn.
pub(super) struct Svg {
    /// What was assumed.
    assumptions: Option<String>,
    body: Vec<u8>,
    width: usize,
    height: usize,
}

impl Report<&Subject<'_, '_>> for Svg {
    fn add(&mut self, _out: &mut Streams, subject: &Subject<'_, '_>) -> anyhow::Result<()> {
        let title = words::title(subject);
        writeln!(self.body, "<g role=\"group\" aria-label=\"{}\">", escaped(&title))?;
        self.height += MARGIN + LINE;
        self.text("head", &title)?;
        self.text("", &subject.matrix.namespaces())?;
        for (about, line) in words::verdict(subject).into_iter().flatten() {
            self.text("", &format!("{about}: {line}"))?;
        }
        let picture = Picture::of(subject);
        match picture.without() {
            Some(why) => self.text("", &why)?,
            None => self.matrix(subject, &picture)?,
        }
        if let Some(rest) = picture.left_out(subject) {
            self.text(SMALL, &rest)?;
        }
        self.height += 6;
        if !picture.containers.is_empty() {
            self.stories(subject)?;
        }
        Ok(writeln!(self.body, "</g>")?)
    }

    fn end(&mut self, out: &mut Streams, (): &()) -> anyhow::Result<()> {
        self.legend()?;
        let (width, height) = (self.width.max(NARROWEST) + 2 * MARGIN, self.height + MARGIN);
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" aria-labelledby=\"title desc\">\n\
             <title id=\"title\">Who reaches whom</title>\n\
             <desc id=\"desc\">A matrix for each pod: what the container of a row reaches of the \
             container of a column.</desc>\n<style>{COLOURS}{STYLE}</style>\n\
             <rect class=\"page\" width=\"{width}\" height=\"{height}\"/>"
        )?;
        out.write_all(&self.body)?;
        Ok(writeln!(out, "</svg>")?)
    }
}

impl Svg {
    pub(super) fn new(assumptions: Option<String>) -> Self {
        Self { assumptions, body: Vec::new(), width: 0, height: 0 }
    }

    /// Text below what is there, in lines.
    fn text(&mut self, class: &str, text: &str) -> io::Result<()> {
        let letters = if class == SMALL { PROSE * LETTER.0 / LETTER.1 } else { PROSE };
        for line in wrap(text, letters, "").lines() {
            let (y, line) = (self.height, escaped(line));
            writeln!(self.body, "<text class=\"{class}\" x=\"{MARGIN}\" y=\"{y}\">{line}</text>")?;
            self.height += LINE;
        }
        Ok(())
    }

    fn matrix(&mut self, subject: &Subject<'_, '_>, picture: &Picture) -> io::Result<()> {
        let name = |index| cut(subject.container(index), NAME);
        let longest = picture.containers.iter().map(|index| name(*index).chars().count());
        let longest = longest.max().unwrap_or_default().max(NODE.len());
        let label = |index: usize| {
            let kind = subject.pod.containers.get(index).and_then(words::kind);
            let kind = kind.map(|kind| format!("{kind}; ")).unwrap_or_default();
            format!("{kind}{}", subject.matrix.identity(index))
        };
        let labels = picture.containers.iter().map(|it| label(*it).chars().count() * LETTER.1);
        let left = MARGIN + labels.max().unwrap_or_default().max(longest * LETTER.0) / 10 + 12;
        // Names of columns are turned by 40 degrees: their sine and cosine, in hundredths.
        let top = self.height + longest * LETTER.0 * 64 / 1000;
        let columns: Vec<_> = picture.columns(subject).collect();
        for (column, target) in columns.iter().enumerate() {
            let (x, y) = (left + column * CELL.0 + CELL.0 / 2, top - 6);
            let name = match *target {
                Target::Container(index) => escaped(&name(index)),
                Target::Node => NODE.to_owned(),
            };
            writeln!(
                self.body,
                "<text x=\"{x}\" y=\"{y}\" transform=\"rotate(-40 {x} {y})\">{name}</text>"
            )?;
        }
        let right = left + columns.len() * CELL.0 + longest * LETTER.0 * 77 / 1000;
        self.width = self.width.max(right);
        self.height = top;
        for from in &picture.containers {
            let (x, y) = (MARGIN, self.height + 17);
            writeln!(
                self.body,
                "<text x=\"{x}\" y=\"{y}\">{}</text><text class=\"soft\" x=\"{x}\" y=\"{}\">{}</text>",
                escaped(&name(*from)),
                y + 15,
                escaped(&label(*from))
            )?;
            self.row(subject, *from, left, &columns)?;
            self.height += CELL.1;
        }
        self.height += LINE + 8;
        Ok(())
    }

    fn row(
        &mut self,
        subject: &Subject<'_, '_>,
        from: usize,
        left: usize,
        columns: &[Target],
    ) -> io::Result<()> {
        let (mut x, y) = (left, self.height);
        for to in columns {
            if *to == Target::Container(from) {
                let (width, height) = CELL;
                writeln!(
                    self.body,
                    "<rect class=\"self\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
                )?;
            } else {
                let cell = picture::cell(subject, from, *to);
                let title = picture::title(subject, from, *to, &cell);
                self.cell(Point { x, y }, &cell, &title)?;
            }
            x += CELL.0;
        }
        Ok(())
    }

    fn cell(&mut self, Point { x, y }: Point, cell: &Cell, title: &str) -> io::Result<()> {
        let (width, height) = CELL;
        let class = cell.grade.class();
        writeln!(
            self.body,
            "<g class=\"cell {class}\" role=\"img\"><title>{}</title><rect x=\"{x}\" y=\"{y}\" \
             width=\"{width}\" height=\"{height}\" rx=\"3\"/>",
            escaped(title)
        )?;
        if cell.grade != Grade::Nothing {
            let (first, last) = Aspect::ALL.split_at(Aspect::ALL.len() / 2);
            for (line, aspects) in [first, last].into_iter().enumerate() {
                let (x, y) = (x + width / 2, y + 18 + line * 15);
                let more = if line == 1 && !cell.further.is_empty() { "+" } else { "" };
                let letters = letters(cell, aspects);
                writeln!(
                    self.body,
                    "<text class=\"code\" x=\"{x}\" y=\"{y}\">{letters}{more}</text>"
                )?;
            }
        }
        writeln!(self.body, "</g>")
    }

    fn stories(&mut self, subject: &Subject<'_, '_>) -> io::Result<()> {
        for from in 0..subject.size() {
            let stories = [words::story(subject, from), words::node_story(subject, from)];
            for story in stories.into_iter().flatten() {
                self.text("", &format!("{} {}", subject.container(from), story.what))?;
                for reason in story.why.iter().chain(story.rest().as_ref()) {
                    self.text(SMALL, &format!("- {reason}"))?;
                }
                if let Some(changes) = &story.changes {
                    self.text(SMALL, &format!("{}: {changes}", words::IF_SHARED))?;
                }
                self.height += 6;
            }
        }
        Ok(())
    }

    fn legend(&mut self) -> io::Result<()> {
        self.height += MARGIN;
        for grade in Grade::SHOWN {
            let (class, y) = (grade.class(), self.height);
            writeln!(
                self.body,
                "<g class=\"cell {class}\"><rect x=\"{MARGIN}\" y=\"{}\" width=\"22\" height=\"15\" \
                 rx=\"3\"/></g><text x=\"{}\" y=\"{y}\">{}</text>",
                y - 12,
                MARGIN + 32,
                grade.words()
            )?;
            self.height += LINE + 2;
        }
        self.text(SMALL, &format!("Rows reach columns: {}", words::LEGEND))?;
        match self.assumptions.take() {
            Some(assumptions) => self.text(SMALL, &assumptions),
            None => Ok(()),
        }
    }
}

/// The column of the node's processes.
const NODE: &str = "node";

/// The letters of some aspects; those of yes are bold.
fn letters(cell: &Cell, aspects: &[Aspect]) -> String {
    let letter = |aspect: &Aspect| {
        let letter = words::letter(*aspect, cell.answers.of(*aspect));
        if letter.is_ascii_uppercase() {
            format!("<tspan class=\"yes\">{letter}</tspan>")
        } else {
            letter.to_string()
        }
    };
    aspects.iter().map(letter).collect()
}
