//! From paths to pods to the two standard streams, one after the other.

use std::io::{BufWriter, Write, stderr, stdout};
use std::path::Path;
use std::process::ExitCode;

use super::assume::{Assumption, Assumptions};
use super::{Show, Subject, words};
use crate::cli::inputs::{LARGEST, Source, Unreadable, sources};
use crate::cli::objects::{Broken, Item, NOTHING, Object, items, readable};
use crate::cli::terminal::{Style, printable};
use crate::pod::Os;
use crate::reach::Model;

/// Something could not be read.
const UNREADABLE: u8 = 2;

/// The way, and what is known at its end; it does not grow with the pods.
pub(super) struct Walk {
    assumptions: Assumptions,
    assumed: Vec<Assumption>,
    model: Model,
    show: Box<dyn Show>,
    out: Box<dyn Write>,
    unreadable: bool,
    pods: usize,
}

impl Walk {
    pub(super) fn begin(
        show: Box<dyn Show>,
        model: Model,
        assumed: &[Assumption],
    ) -> anyhow::Result<Self> {
        let mut walk = Self {
            assumptions: Assumptions::new(assumed)?,
            assumed: assumed.to_vec(),
            model,
            show,
            out: Box::new(BufWriter::new(stdout().lock())),
            unreadable: false,
            pods: 0,
        };
        walk.show.begin(&mut walk.out)?;
        Ok(walk)
    }

    /// Everything a path means.
    pub(super) fn sources(&mut self, path: &Path) -> anyhow::Result<()> {
        for source in sources(&[path.to_owned()]) {
            match source {
                Ok(source) => self.text(&source.name(), source.read(LARGEST))?,
                Err(unreadable) => self.text(&unreadable.file.clone(), Err(unreadable))?,
            }
        }
        Ok(())
    }

    /// Every pod of a text.
    pub(super) fn text(
        &mut self,
        file: &str,
        text: Result<String, Unreadable>,
    ) -> anyhow::Result<()> {
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
        match item {
            Item::Object(object) => self.object(file, object),
            Item::Other(..) => Ok(()),
            Item::Broken(value, message) => {
                let broken = Broken { place: Some(value.place), message: message.clone() };
                self.broken(file, &broken)
            }
        }
    }

    fn object(&mut self, file: &str, object: &Object<'_>) -> anyhow::Result<()> {
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
        let named = (object.metadata("namespace"), object.metadata("name"));
        let assumed = (&self.model, self.assumed.as_slice());
        let subject = Subject::new(assumed, &pod, (file, object.kind.kind), named);
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

    pub(super) fn end(mut self) -> anyhow::Result<ExitCode> {
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
