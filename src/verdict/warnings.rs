//! What the author of a manifest would want to know though nobody refuses it: keys that are repeated, of
//! which the last value counts, and fields that no API server knows.

use std::collections::{BTreeMap, BTreeSet};

use super::objects::Object;
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::{Key, Map, Node, SourceValue, Span};
use crate::objects::{Below, Fields};
use crate::path::FieldPath;
use crate::text::{nearest, plural};

/// More of a document or an object are counted.
const MOST: usize = 16;

/// Whether an object has a key more than once.
pub(super) fn repeats(value: &SourceValue, key: &str) -> bool {
    matches!(&value.node, Node::Map(map) if map.repeated.iter().any(|one| one.text == key))
}

/// The keys of a document that are repeated, each once for its object.
pub(super) fn repeated(file: &str, root: &SourceValue) -> Vec<Diagnostic> {
    let mut walk = Repeated::default();
    walk.value(root, true);
    walk.found.sort_by_key(|(span, _)| span.offset);
    let all = walk.found.len();
    let mut warnings: Vec<_> = walk.found.into_iter().take(MOST).collect();
    if let (more @ 1.., Some(last)) = (all.saturating_sub(MOST), warnings.last()) {
        let last = last.0;
        warnings.push((last, format!("and {more} more keys of this document are repeated")));
    }
    warnings.into_iter().map(|(span, message)| warning(file, span, message)).collect()
}

fn warning(file: &str, span: Span, message: String) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..Diagnostic::at(file, span, message) }
}

#[derive(Default)]
struct Repeated {
    found: Vec<(Span, String)>,
    /// Where those are: an alias leads to what was seen before.
    seen: BTreeSet<u32>,
}

impl Repeated {
    fn value(&mut self, value: &SourceValue, is_document: bool) {
        match &value.node {
            Node::Scalar(_) => {}
            Node::List(items) => items.iter().for_each(|item| self.value(item, false)),
            Node::Map(map) => {
                self.keys(map, is_document);
                map.members.iter().for_each(|(_, value)| self.value(value, false));
            }
        }
    }

    fn keys(&mut self, map: &Map, is_document: bool) {
        let mut keys: BTreeMap<&str, (&Key, usize)> = BTreeMap::new();
        for key in &map.repeated {
            keys.entry(&key.text).or_insert((key, 0)).1 += 1;
        }
        let objects = ["apiVersion", "kind"].iter().filter_map(|key| keys.get(*key)).map(|it| it.1);
        if let Some(more) = objects.max().filter(|_| is_document)
            && let Some(first) = map.repeated.first()
        {
            // One mistake, however many keys there are.
            let objects = plural(more + 1, "object");
            let message = format!(
                "`{}` is repeated: is a line `---` missing before it? {objects} stand in one document, \
                 and of each key only the last value counts, as for kubectl",
                first.text
            );
            return self.add(first.span, message);
        }
        for (key, _) in keys.into_values() {
            let message =
                format!("`{}` is repeated: only the last value counts, as for kubectl", key.text);
            self.add(key.span, message);
        }
    }

    fn add(&mut self, span: Span, message: String) {
        if self.seen.insert(span.offset) {
            self.found.push((span, message));
        }
    }
}

/// The fields of an object that no API server knows, and that are nearly what counts here.
pub(super) fn misspelt(object: &Object<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    below(object.value, object.kind.fields(), &FieldPath::ROOT, &mut found);
    let warnings = found.into_iter().map(|(span, message)| warning(object.file, span, message));
    warnings.collect()
}

fn below(value: &SourceValue, fields: &Fields, path: &FieldPath, found: &mut Vec<(Span, String)>) {
    let Node::Map(map) = &value.node else { return };
    for (key, value) in &map.members {
        let path = || path.clone().field(key.text.clone());
        match fields.ours.iter().find(|(name, _)| *name == key.text) {
            Some((_, Below::Nothing)) => {}
            Some((_, Below::Object(fields))) => below(value, fields, &path(), found),
            Some((_, Below::List(fields))) => {
                let Node::List(items) = &value.node else { continue };
                for (index, item) in items.iter().enumerate() {
                    below(item, fields, &path().index(index), found);
                }
            }
            None if fields.others.contains(&key.text.as_str()) || found.len() >= MOST => {}
            None => {
                let ours: Vec<_> = fields.ours.iter().map(|(name, _)| *name).collect();
                let Some(near) = nearest(&key.text, &ours) else { continue };
                let message =
                    format!("{}: Kubernetes has no such field; did you mean `{near}`?", path());
                found.push((key.span, message));
            }
        }
    }
}
