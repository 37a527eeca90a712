//! `--fix`: the text with everything repaired that can be, and the rest as JSON patches.

use std::collections::{BTreeMap, BTreeSet};

use json_patch::PatchOperation;

use crate::cli::terminal::printable;
use crate::edit::tidied;
use crate::manifest::{self, Document};
use crate::path::FieldPath;
use crate::text::plural;
use crate::verdict::{Entry, Judge, Manifest, Verdict, documents};

/// What `--fix` makes of a text.
pub(super) struct Fix {
    /// With every document that could be edited; the others as they were.
    pub(super) text: String,
    /// What was found in the text as it was given.
    pub(super) before: Vec<Entry>,
    /// How many objects were repaired.
    pub(super) objects: usize,
    /// What the text of an object cannot be edited for.
    pub(super) manual: Vec<ManualFix>,
}

/// What is left to its author: the text of an object cannot be edited so that it reads back as it
/// should.
pub(super) struct ManualFix {
    line: u32,
    kind: &'static str,
    name: Option<String>,
    patch: Vec<PatchOperation>,
}

/// The same of a document.
struct DocumentFix {
    text: String,
    objects: usize,
    manual: Vec<ManualFix>,
}

/// Repairs a text, document by document. What separates them, and what cannot be read, stays.
pub(super) fn fix(judge: &Judge<'_>, manifest: Manifest<'_>) -> Fix {
    let Manifest { file, text } = manifest;
    let (mut before, mut manual) = (Vec::new(), Vec::new());
    let (mut new, mut copied, mut objects) = (String::with_capacity(text.len()), 0, 0);
    for document in documents(manifest, judge.hints.template) {
        let document = match document {
            Ok(document) => document,
            Err(error) => {
                before.push(Entry::Error(error));
                continue;
            }
        };
        let entries = judge.document(file, &document);
        let repairable = repairable(&entries);
        if !repairable.is_empty() {
            let fix = document_fix(judge, file, &document, &repairable);
            let start = document.start.offset as usize;
            new.push_str(text.get(copied..start).unwrap_or_default());
            new.push_str(&fix.text);
            objects += fix.objects;
            manual.extend(fix.manual);
            copied = start + document.text.len();
        }
        before.extend(entries);
    }
    new.push_str(text.get(copied..).unwrap_or_default());
    Fix { text: new, before, objects, manual }
}

/// The objects that can be repaired.
fn repairable(entries: &[Entry]) -> Vec<&Verdict> {
    let verdicts = entries.iter().filter_map(|entry| match entry {
        Entry::Verdict(verdict) => Some(verdict),
        Entry::Skip(_) | Entry::Warning(_) | Entry::Error(_) => None,
    });
    verdicts.filter(|verdict| !verdict.patch.is_empty()).collect()
}

/// Repairs a document in one go or, where a part of that would change what others share, in parts.
fn document_fix(
    judge: &Judge<'_>,
    file: &str,
    document: &Document<'_>,
    repairable: &[&Verdict],
) -> DocumentFix {
    let changes = repairable.iter().map(|verdict| (verdict.path.clone(), verdict.patch.clone()));
    let changes: Vec<_> = changes.collect();
    match tidied(document, &changes) {
        Some(text) => DocumentFix { text, objects: repairable.len(), manual: Vec::new() },
        None => in_parts(judge, file, document, repairable),
    }
}

/// What would be changed: the path of an object, and what would repair a finding of it.
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
        let document = manifest::documents(&self.text).next().and_then(Result::ok);
        let fixed = document.and_then(|document| tidied(&document, changes));
        if let Some(text) = fixed {
            self.text = text;
            self.objects.extend(changes.iter().map(|(path, _)| path.clone()));
        } else if changes.len() > 1 {
            let (one, other) = changes.split_at(changes.len() / 2);
            self.change(one);
            self.change(other);
        }
    }
}

/// Repairs what can be, control by control: what one of them changes is written alike, mostly.
fn in_parts(
    judge: &Judge<'_>,
    file: &str,
    document: &Document<'_>,
    repairable: &[&Verdict],
) -> DocumentFix {
    let text = document.text.to_owned();
    let mut parts = Parts { text, tries: 0, objects: BTreeSet::new() };
    for changes in by_control(repairable) {
        // Each control has its share, also where another one cannot be repaired at all.
        parts.tries = 0;
        parts.change(&changes);
    }
    let left = manifest::documents(&parts.text).next().and_then(Result::ok);
    let left = left.map(|document| judge.document(file, &document)).unwrap_or_default();
    // Where they are in the text as it was given.
    let lines: BTreeMap<_, _> = repairable.iter().map(|it| (&it.path, it.line)).collect();
    let manual = self::repairable(&left).into_iter().map(|verdict| ManualFix {
        line: lines.get(&verdict.path).copied().unwrap_or(verdict.line),
        kind: verdict.kind,
        name: verdict.shown_name.clone(),
        patch: verdict.patch.clone(),
    });
    DocumentFix { objects: parts.objects.len(), manual: manual.collect(), text: parts.text }
}

/// What would repair each finding alone, those of a control together. The most first: few tries may
/// repair many.
fn by_control(repairable: &[&Verdict]) -> Vec<Vec<Change>> {
    let mut changes = BTreeMap::<&str, Vec<Change>>::new();
    for verdict in repairable {
        let findings = verdict.findings.iter().filter(|it| !it.ruling.is_exempt());
        for finding in findings {
            let patches = finding.patches.iter().filter(|patch| !patch.is_empty());
            let each = patches.map(|patch| (verdict.path.clone(), patch.clone()));
            changes.entry(finding.ruling.control().id).or_default().extend(each);
        }
    }
    let mut changes: Vec<_> = changes.into_values().collect();
    changes.sort_by_key(|changes| std::cmp::Reverse(changes.len()));
    changes
}

impl Fix {
    /// What was done and what was not, a line each.
    pub(super) fn lines(&self, file: &str) -> String {
        let mut lines = match self.objects {
            0 => Vec::new(),
            number => vec![format!("fixed: {file}: {}", plural(number, "object"))],
        };
        lines.extend(self.manual.iter().map(|ManualFix { line, kind, name, patch }| {
            let name = name.as_deref().unwrap_or("without a name");
            let patch = serde_json::to_string(patch).unwrap_or_default();
            format!(
                "not fixed: {file}:{line}: {kind} {name} is written in a way that is left alone \
                 (such as anchors and aliases); apply this JSON patch: {patch}"
            )
        }));
        lines.iter().map(|line| printable(line) + "\n").collect()
    }
}
