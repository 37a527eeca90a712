//! `--fix`: the text with everything mended that can be, and the rest as JSON patches.

use std::collections::{BTreeMap, BTreeSet};

use json_patch::PatchOperation;

use crate::cli::terminal::printable;
use crate::manifest::{Document, documents, edited};
use crate::path::FieldPath;
use crate::verdict::{Entry, Judge, Judged};

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

/// A mended document.
struct Mended {
    text: String,
    objects: usize,
    left: Vec<Left>,
}

/// Mends a text, document by document. What separates them, and what cannot be read, stays.
pub(super) fn fixed(judge: &Judge, text: &str) -> Fixed {
    let mut fixed = Fixed { text: String::with_capacity(text.len()), mended: 0, left: Vec::new() };
    let mut copied = 0;
    for document in documents(text).filter_map(Result::ok) {
        let flawed = flawed(judge, &document);
        if flawed.is_empty() {
            continue;
        }
        let mended = mended(judge, &document, &flawed);
        let start = document.start.offset as usize;
        fixed.text.push_str(text.get(copied..start).unwrap_or_default());
        fixed.text.push_str(&mended.text);
        fixed.mended += mended.objects;
        fixed.left.extend(mended.left);
        copied = start + document.text.len();
    }
    fixed.text.push_str(text.get(copied..).unwrap_or_default());
    fixed
}

/// The objects of a document that can be mended.
fn flawed(judge: &Judge, document: &Document<'_>) -> Vec<Judged> {
    let judged = judge.document(document).into_iter().filter_map(|entry| match entry {
        Entry::Judged(judged) => Some(judged),
        Entry::Skipped(_) | Entry::Broken(_) => None,
    });
    judged.filter(|judged| !judged.fix.1.is_empty()).collect()
}

/// Mends a document in one go or, where a part of that would change what others share, in parts.
fn mended(judge: &Judge, document: &Document<'_>, flawed: &[Judged]) -> Mended {
    let changes: Vec<_> = flawed.iter().map(|judged| judged.fix.clone()).collect();
    match edited(document, &changes) {
        Some(text) => Mended { text, objects: flawed.len(), left: Vec::new() },
        None => in_parts(judge, document, flawed),
    }
}

/// What would be changed: where an object stands, and what would mend a finding of it.
type Change = (FieldPath, Vec<PatchOperation>);

/// How often a document is edited to find what of it can be: each time reads all of it.
const MOST_TRIES: usize = 64;

/// Edits a document by parts of what is to be changed.
struct Parts {
    text: String,
    tries: usize,
    /// The objects that were changed.
    objects: BTreeSet<FieldPath>,
}

impl Parts {
    /// Makes these changes, or those of each half that can be made.
    fn change(&mut self, changes: &[Change]) {
        if changes.is_empty() || self.tries == MOST_TRIES {
            return;
        }
        self.tries += 1;
        let document = documents(&self.text).next().and_then(Result::ok);
        let edited = document.and_then(|document| edited(&document, changes));
        if let Some(text) = edited {
            self.text = text;
            self.objects.extend(changes.iter().map(|(path, _)| path.clone()));
        } else if changes.len() > 1 {
            let (one, other) = changes.split_at(changes.len() / 2);
            self.change(one);
            self.change(other);
        }
    }
}

/// Mends what can be, control by control: what one of them changes is written alike, mostly.
fn in_parts(judge: &Judge, document: &Document<'_>, flawed: &[Judged]) -> Mended {
    let lines: BTreeMap<_, _> = flawed.iter().map(|it| (it.fix.0.clone(), it.line)).collect();
    let mut changes = BTreeMap::<&str, Vec<Change>>::new();
    for judged in flawed {
        for (control, patch) in &judged.alone {
            changes.entry(control).or_default().push((judged.fix.0.clone(), patch.clone()));
        }
    }
    let text = document.text.to_owned();
    let mut parts = Parts { text, tries: 0, objects: BTreeSet::new() };
    // The most first: few tries may mend many.
    let mut changes: Vec<_> = changes.into_values().collect();
    changes.sort_by_key(|changes| std::cmp::Reverse(changes.len()));
    for changes in &changes {
        // Each control has its share, also where another one cannot be mended at all.
        parts.tries = 0;
        parts.change(changes);
    }
    let left = documents(&parts.text).next().and_then(Result::ok);
    let left = left.map(|document| self::flawed(judge, &document)).unwrap_or_default();
    // Where they stand in the text as it was given.
    let line = |judged: &Judged| lines.get(&judged.fix.0).copied().unwrap_or(judged.line);
    let left = left.into_iter().map(|judged| Left { line: line(&judged), ..judged.into() });
    Mended { objects: parts.objects.len(), left: left.collect(), text: parts.text }
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
