//! From paths to pods to the two standard streams, one after the other.

use std::io::Write as _;
use std::path::Path;

use super::assume::{Assumption, Assumptions};
use super::{PodReport, Subject, words};
use crate::cli::diagnostic;
use crate::cli::exit::Exit;
use crate::cli::inputs::{self, Input, LARGEST};
use crate::cli::report::Streams;
use crate::cli::selection::Selection;
use crate::cli::terminal::Style;
use crate::diagnostic::Diagnostic;
use crate::pod::Os;
use crate::reach::Model;
use crate::verdict::{Contents, Item, Manifest, Object, documents, items};

/// The way, and what is known at its end; it does not grow with the pods.
pub(super) struct Walk {
    assumptions: Assumptions,
    model: Model,
    report: Box<PodReport>,
    streams: Streams,
    unreadable: bool,
    pods: usize,
}

impl Walk {
    pub(super) fn begin(
        report: Box<PodReport>,
        model: Model,
        assumed: &[Assumption],
    ) -> anyhow::Result<Self> {
        let mut walk = Self {
            assumptions: Assumptions::new(assumed)?,
            model,
            report,
            streams: Streams::open(),
            unreadable: false,
            pods: 0,
        };
        walk.report.begin(&mut walk.streams)?;
        Ok(walk)
    }

    /// Everything a path means.
    pub(super) fn sources(&mut self, path: &Path, selection: &Selection) -> anyhow::Result<()> {
        let mut empty = true;
        for input in selection.inputs(path) {
            empty &= match input {
                Ok(Input::Text(source)) => self.text(&source.name(), source.manifest(LARGEST))?,
                Ok(Input::Chart(folder)) => {
                    self.note(&inputs::chart(&folder.display().to_string(), "reach"))?;
                    false
                }
                Err(error) => self.text(&error.file.clone(), Err(error))?,
            };
        }
        if empty && let Some(nothing) = selection.nothing(path) {
            self.text(&nothing.file.clone(), Err(nothing))?;
        }
        Ok(())
    }

    /// Every pod of a text; whether it is empty.
    pub(super) fn text(
        &mut self,
        file: &str,
        text: Result<String, Diagnostic>,
    ) -> anyhow::Result<bool> {
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                self.error(&error)?;
                return Ok(false);
            }
        };
        let mut empty = true;
        let hint = inputs::template("reach");
        for document in documents(Manifest { file, text: &text }, &hint) {
            empty = false;
            match document {
                Ok(document) => {
                    for item in items(file, &document.root) {
                        self.item(file, &item)?;
                    }
                }
                Err(error) => self.error(&error)?,
            }
        }
        Ok(empty)
    }

    fn item(&mut self, file: &str, item: &Item<'_>) -> anyhow::Result<()> {
        match item {
            Item::Object(object) => self.object(file, object),
            Item::Other(..) => Ok(()),
            Item::Unusable(errors) => errors.iter().try_for_each(|error| self.error(error)),
        }
    }

    fn object(&mut self, file: &str, object: &Object<'_>) -> anyhow::Result<()> {
        let json = match object.json() {
            Ok(json) => json,
            Err(error) => return self.error(&error),
        };
        let name = object.shown_name();
        let pod = match object.contents(&json) {
            Ok(Contents::Pod(pod)) => pod,
            Ok(Contents::Nothing) => return Ok(()),
            Ok(Contents::Partial) => {
                let (line, kind) = (object.value.span.line, object.kind.kind);
                let name = name.unwrap_or("without a name");
                return self
                    .note(&format!("{file}:{line}: {kind} {name} has no pod template: a patch?"));
            }
            Err(errors) => return errors.iter().try_for_each(|error| self.error(error)),
        };
        self.pods += 1;
        let subject = Subject {
            file,
            kind: object.kind.kind,
            namespace: object.metadata("namespace"),
            name: object.metadata("name"),
            shown_name: name,
            pod: &pod,
            matrix: self.model.matrix(&pod),
        };
        if pod.os == Os::Windows {
            let title = words::title(&subject);
            return self.note(&format!("{title}: a Windows pod has no Linux processes to reach"));
        }
        self.assumptions.apply(&pod);
        self.report.add(&mut self.streams, &subject)
    }

    fn error(&mut self, error: &Diagnostic) -> anyhow::Result<()> {
        self.unreadable = true;
        Ok(self.streams.err(&diagnostic::line(error, Style::of_stderr()))?)
    }

    fn note(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.streams.err(&diagnostic::note(text))?)
    }

    pub(super) fn end(mut self) -> anyhow::Result<Exit> {
        let shown = self.report.end(&mut self.streams, &());
        self.streams.flush()?;
        for text in std::mem::take(&mut self.assumptions).idle() {
            self.note(&text)?;
        }
        if self.pods == 0 && !self.unreadable {
            self.note("there is no pod, and no template of pods, in what was read")?;
        }
        shown?;
        Ok(if self.unreadable { Exit::Unusable } else { Exit::Clean })
    }
}
