//! The objects of a text: its documents, or the items of lists, and the pods they describe.

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::manifest::{self, Document, Node, SourceValue};
use crate::objects::{self, Kind, Layout, Meant};
use crate::path::{Fault, FieldPath};
use crate::pod::PodView;

/// A text of manifests, and how it is called.
#[derive(Clone, Copy, Debug)]
pub struct Manifest<'t> {
    /// The file as it was named.
    pub file: &'t str,
    /// What is in it.
    pub text: &'t str,
}

/// Every document of a text. What cannot be read and looks like a template is likely no manifest
/// yet: then `hint` follows the message.
pub fn documents<'t>(
    manifest: Manifest<'t>,
    hint: &'t str,
) -> impl Iterator<Item = Result<Document<'t>, Diagnostic>> {
    let Manifest { file, text } = manifest;
    let mut template = None;
    manifest::documents(text).map(move |document| {
        document.map_err(|broken| {
            let is_template = *template.get_or_insert_with(|| text.contains("{{"));
            let hint = if is_template { hint } else { "" };
            Diagnostic::at(file, broken.span, format!("{}{hint}", broken.message))
        })
    })
}

/// What a document holds.
pub enum Item<'d> {
    /// A pod, or something that holds a pod template.
    Object(Object<'d>),
    /// Anything else.
    Other(Other<'d>),
    /// What kubectl could not send, or no API server would take.
    Unusable(Vec<Diagnostic>),
}

/// A pod, or something that holds a template of pods.
pub struct Object<'d> {
    /// The file it is in.
    pub file: &'d str,
    /// Its path in its document: empty, or that of an item of a list.
    pub path: FieldPath,
    /// As it is written.
    pub value: &'d SourceValue,
    /// As it is written, or as its list says.
    pub api_version: String,
    /// What it is.
    pub kind: &'static Kind,
}

/// What holds no pods, or is no object.
pub struct Other<'d> {
    /// As it is written.
    pub value: &'d SourceValue,
    /// `None` of what does not say.
    pub kind: Option<&'d str>,
    /// The group of a kind that is not Kubernetes' own.
    pub custom: Option<&'d str>,
}

/// What an object of ours holds.
pub enum Contents<'j> {
    /// Pods.
    Pod(Box<PodView<'j>>),
    /// No template, and it need not have one.
    Nothing,
    /// No template, though one must be there once it is applied.
    Partial,
}

impl<'d> Object<'d> {
    /// A text of its metadata.
    pub fn metadata(&self, field: &str) -> Option<&'d str> {
        self.value.member("metadata")?.member(field)?.as_str()
    }

    /// The object as the API server would get it.
    pub fn json(&self) -> Result<String, Diagnostic> {
        serde_json::to_string(self.value)
            .map_err(|error| self.error(&FieldPath::ROOT, error.to_string()))
    }

    /// The name that people know it by; what the API server makes of `generateName` begins so.
    pub fn shown_name(&self) -> Option<&'d str> {
        let named = |field| self.metadata(field).filter(|name| !name.is_empty());
        named("name").or_else(|| named("generateName"))
    }

    /// What it holds, from its JSON; else everything that is wrong with it, in the order of the text.
    pub fn contents<'j>(&self, json: &'j str) -> Result<Contents<'j>, Vec<Diagnostic>> {
        match objects::read(json, self.kind) {
            Ok(Some(pod)) => Ok(Contents::Pod(Box::new(pod))),
            Ok(None) => Ok(Contents::Nothing),
            Err(fault) if fault.is_missing() && self.kind.layout != Layout::Pod => {
                Ok(Contents::Partial)
            }
            Err(_) => Err(self.errors(json)),
        }
    }

    fn errors(&self, json: &str) -> Vec<Diagnostic> {
        let all = objects::faults(json, self.kind);
        // That a patch lacks its template is none.
        let counts = |fault: &&Fault| self.kind.layout == Layout::Pod || !fault.is_missing();
        let errors = all.iter().filter(counts);
        let mut errors: Vec<_> =
            errors.map(|fault| self.error(&fault.path, fault.to_string())).collect();
        errors.sort_by_key(|error| error.position);
        errors
    }

    /// What is wrong with a field of it.
    pub fn error(&self, path: &FieldPath, message: String) -> Diagnostic {
        Diagnostic::at(self.file, self.value.locate(path), message)
    }
}

/// Every object of a document of this file, each once.
pub fn items<'d>(file: &'d str, root: &'d SourceValue) -> Vec<Item<'d>> {
    let mut collector = Collector { file, found: Vec::new() };
    collector.collect(root, FieldPath::ROOT, None);
    collector.found
}

/// Every object of an item of a list, of which this stands before its items.
pub(super) fn items_of_list<'d>(
    file: &'d str,
    item: &'d SourceValue,
    head: &'d Value,
) -> Vec<Item<'d>> {
    let of_list = |key| head.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let inherited = match (of_list("apiVersion"), of_list("kind")) {
        (version, Some(kind)) => Inherited::of(version, kind),
        (_, None) if text(item, "kind").is_none() => {
            let error = Diagnostic::at(file, item.span, LATE_KIND);
            return vec![Item::Unusable(vec![error])];
        }
        (_, None) => None,
    };
    let mut collector = Collector { file, found: Vec::new() };
    collector.collect(item, FieldPath::ROOT, inherited);
    collector.found
}

const LATE_KIND: &str =
    "says no kind, and that of its list stands behind the items: put it before them";

/// The version and kind that items of a list have where they do not say so themselves.
#[derive(Clone, Copy)]
struct Inherited<'d> {
    version: &'d str,
    kind: &'d str,
}

impl<'d> Inherited<'d> {
    /// What the items of a list of this version and kind inherit.
    fn of(version: Option<&'d str>, kind: &'d str) -> Option<Self> {
        let kind = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        version.zip(kind).map(|(version, kind)| Self { version, kind })
    }
}

/// A member that is text, and not empty.
pub(super) fn text<'d>(value: &'d SourceValue, key: &str) -> Option<&'d str> {
    value.member(key).and_then(SourceValue::as_str).filter(|text| !text.is_empty())
}

struct Collector<'d> {
    file: &'d str,
    found: Vec<Item<'d>>,
}

impl<'d> Collector<'d> {
    fn collect(
        &mut self,
        value: &'d SourceValue,
        path: FieldPath,
        inherited: Option<Inherited<'d>>,
    ) {
        let own = |key| text(value, key);
        let (version, kind) = match (own("apiVersion"), own("kind"), inherited) {
            (version, None, Some(of_list)) => {
                (version.or(Some(of_list.version)), Some(of_list.kind))
            }
            (version, kind, _) => (version, kind),
        };
        if let Some(message) = refused(value, version, kind) {
            let error = Diagnostic::at(self.file, value.span, message);
            return self.found.push(Item::Unusable(vec![error]));
        }
        let other = |kind, custom| Item::Other(Other { value, kind, custom });
        let Some(kind) = kind else { return self.found.push(other(None, None)) };
        // Whatever its kind: that is how kubectl knows a list.
        if let Some(SourceValue { node: Node::List(items), .. }) = value.member("items") {
            let inherited = Inherited::of(version, kind);
            for (index, item) in items.iter().enumerate() {
                let path = path.clone().field("items").index(index);
                self.collect(item, path, inherited);
            }
            if !items.is_empty() {
                return;
            }
        }
        let Some(version) = version else { return self.found.push(other(Some(kind), None)) };
        let file = self.file;
        let object = |kind| Object { file, path, value, api_version: version.to_owned(), kind };
        self.found.push(match objects::meant(version, kind) {
            Meant::Judged(kind) => Item::Object(object(kind)),
            Meant::Known => other(Some(kind), None),
            Meant::Custom(group) => other(Some(kind), Some(group)),
            Meant::Mistaken { message, kind } => {
                let mut errors = vec![Diagnostic::at(file, value.span, message)];
                // What else is wrong with it, once it is what it was meant to be.
                if let Some(object) = kind.map(object)
                    && let Ok(json) = object.json()
                {
                    errors.extend(object.contents(&json).err().unwrap_or_default());
                }
                Item::Unusable(errors)
            }
        });
    }
}

/// Why kubectl or the API server would refuse something that says it is an object, or an object of
/// ours; what says nothing of the kind is no manifest.
pub(super) fn refused(
    value: &SourceValue,
    version: Option<&str>,
    kind: Option<&str>,
) -> Option<String> {
    if let Node::List(items) = &value.node {
        let objects = items.iter().any(|item| item.member("apiVersion").is_some());
        return objects.then(|| "a list of objects needs `kind: List` and `items`".to_owned());
    }
    let Some(kind) = kind else {
        // A version of something else may be a number.
        let claims = version.is_some();
        return claims.then(|| "kind is missing, or no text".to_owned());
    };
    let ours = objects::KINDS.iter().any(|one| one.kind.eq_ignore_ascii_case(kind));
    if let Some(items) = value.member("items") {
        let is_list = matches!(items.node, Node::List(_)) || items.is_null();
        if ours {
            return Some(format!("kubectl takes a {kind} with `items` for a list: remove `items`"));
        }
        return (!is_list).then(|| format!("items of a {kind} must be a list"));
    }
    (ours && version.is_none()).then(|| format!("apiVersion of a {kind} is missing"))
}
