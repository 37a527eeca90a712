//! `--fix`: the text with everything mended that can be, and the rest as JSON patches.

use json_patch::PatchOperation;

use super::judge::{Entry, Judge, Judged};
use crate::cli::terminal::printable;
use crate::manifest::{documents, edited};

/// A mended text.
pub(super) struct Fixed {
    /// With every document that could be edited; the others as they were.
    pub(super) text: String,
    /// How many objects were mended.
    pub(super) mended: usize,
    /// What the text of an object cannot be edited for.
    pub(super) left: Vec<Left>,
}

/// An object whose text cannot be edited so that it reads back as it should.
pub(super) struct Left {
    line: u32,
    kind: &'static str,
    name: Option<String>,
    patch: Vec<PatchOperation>,
}

/// Mends a text, document by document. What separates them, and what cannot be read, stays.
pub(super) fn fixed(judge: &Judge, text: &str) -> Fixed {
    let mut fixed = Fixed { text: String::with_capacity(text.len()), mended: 0, left: Vec::new() };
    let mut copied = 0;
    for document in documents(text).filter_map(Result::ok) {
        let entries = judge.document(&document).into_iter();
        let flawed: Vec<Judged> = entries
            .filter_map(|entry| match entry {
                Entry::Judged(judged) => Some(judged).filter(|judged| !judged.fix.1.is_empty()),
                Entry::Skipped(_) | Entry::Broken(_) => None,
            })
            .collect();
        if flawed.is_empty() {
            continue;
        }
        let changes: Vec<_> = flawed.iter().map(|judged| judged.fix.clone()).collect();
        let Some(edited) = edited(&document, &changes) else {
            fixed.left.extend(flawed.into_iter().map(Left::from));
            continue;
        };
        let start = document.start.offset as usize;
        fixed.text.push_str(text.get(copied..start).unwrap_or_default());
        fixed.text.push_str(&edited);
        fixed.mended += flawed.len();
        copied = start + document.text.len();
    }
    fixed.text.push_str(text.get(copied..).unwrap_or_default());
    fixed
}

impl From<Judged> for Left {
    fn from(judged: Judged) -> Self {
        Self { line: judged.line, kind: judged.kind, name: judged.shown_name, patch: judged.fix.1 }
    }
}

impl Fixed {
    /// Leaves the text as it was.
    pub(super) fn undo(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.mended = 0;
    }

    /// What was done and what was not, a line each.
    pub(super) fn told(&self, file: &str) -> String {
        let mut told = match self.mended {
            0 => Vec::new(),
            1 => vec![format!("fixed: {file}: 1 object")],
            many => vec![format!("fixed: {file}: {many} objects")],
        };
        told.extend(self.left.iter().map(|Left { line, kind, name, patch }| {
            let name = name.as_deref().unwrap_or("without a name");
            let patch = serde_json::to_string(patch).unwrap_or_default();
            format!(
                "not fixed: {file}:{line}: {kind} {name} is written in a way that is left alone \
                 (such as anchors and aliases); apply this JSON patch: {patch}"
            )
        }));
        told.iter().map(|line| printable(line) + "\n").collect()
    }
}
