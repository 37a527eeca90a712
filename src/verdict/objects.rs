//! The objects of a text: its documents, or the items of lists, and the pods they describe.

use crate::manifest::{Document, Located, Node, Place, documents};
use crate::objects::{self, Kind, Layout, Meant};
use crate::path::{Fault, FieldPath};
use crate::pod::PodView;

/// Something that cannot be read.
#[derive(Debug)]
pub struct Broken {
    /// `None` where the whole file is meant.
    pub place: Option<Place>,
    pub message: String,
}

/// Where a program before us in a pipe fails, nothing comes: that must not pass.
pub const NOTHING: &str = "holds no object; did the command before it fail?";

/// Every document of a text; the verb is the one that a template could be piped into.
pub fn readable<'t>(
    text: &'t str,
    verb: &'static str,
) -> impl Iterator<Item = Result<Document<'t>, Broken>> {
    let mut template = None;
    documents(text).map(move |document| {
        document.map_err(|broken| Broken {
            place: Some(broken.place),
            // The likely reason where a text is no manifest yet.
            message: match template.get_or_insert_with(|| text.contains("{{")) {
                true => format!(
                    "{}; this looks like a template: pipe `helm template` into `bulkhead {verb} -`",
                    broken.message
                ),
                false => broken.message,
            },
        })
    })
}

/// What stands in a document.
pub enum Item<'d> {
    /// A pod, or something that holds a pod template.
    Object(Object<'d>),
    /// Anything else.
    Other(Other<'d>),
    /// What kubectl could not send, or no API server would take.
    Broken(Vec<Broken>),
}

/// A pod, or something that holds a template of pods.
pub struct Object<'d> {
    /// Where it stands in its document: nowhere deeper, or in a list.
    pub path: FieldPath,
    pub value: &'d Located,
    pub api_version: String,
    pub kind: &'static Kind,
}

/// What holds no pods, or is no object.
pub struct Other<'d> {
    pub value: &'d Located,
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
    pub fn json(&self) -> Result<String, Broken> {
        serde_json::to_string(self.value)
            .map_err(|error| self.broken(&FieldPath::ROOT, error.to_string()))
    }

    /// The name that people know it by; what the API server makes of `generateName` begins so.
    pub fn shown_name(&self) -> Option<&'d str> {
        let named = |field| self.metadata(field).filter(|name| !name.is_empty());
        named("name").or_else(|| named("generateName"))
    }

    /// What it holds, from its JSON; else everything that is wrong with it, in the order of the text.
    pub fn contents<'j>(&self, json: &'j str) -> Result<Contents<'j>, Vec<Broken>> {
        match objects::read(json, self.kind) {
            Ok(Some(pod)) => Ok(Contents::Pod(Box::new(pod))),
            Ok(None) => Ok(Contents::Nothing),
            Err(fault) if fault.is_missing() && self.kind.layout != Layout::Pod => {
                Ok(Contents::Partial)
            }
            Err(_) => Err(self.faults(json)),
        }
    }

    fn faults(&self, json: &str) -> Vec<Broken> {
        let all = objects::faults(json, self.kind);
        // That a patch lacks its template is none.
        let counts = |fault: &&Fault| self.kind.layout == Layout::Pod || !fault.is_missing();
        let broken = all.iter().filter(counts);
        let mut broken: Vec<_> =
            broken.map(|fault| self.broken(&fault.path, fault.to_string())).collect();
        broken.sort_by_key(|broken| broken.place.map(|place| place.offset));
        broken
    }

    /// What is wrong with a field of it.
    pub fn broken(&self, path: &FieldPath, message: String) -> Broken {
        Broken { place: Some(self.value.locate(path)), message }
    }
}

/// Every object of a document, each once.
pub fn items(root: &Located) -> Vec<Item<'_>> {
    let mut found = Vec::new();
    collect(root, FieldPath::ROOT, None, &mut found);
    found
}

/// The version and kind that items of a list have where they do not say so themselves.
type Inherited<'d> = Option<(&'d str, &'d str)>;

fn collect<'d>(
    value: &'d Located,
    path: FieldPath,
    inherited: Inherited<'d>,
    found: &mut Vec<Item<'d>>,
) {
    let text = |key| value.member(key).and_then(Located::as_str).filter(|text| !text.is_empty());
    let (version, kind) = match (text("apiVersion"), text("kind"), inherited) {
        (version, None, Some((of_list, kind))) => (version.or(Some(of_list)), Some(kind)),
        (version, kind, _) => (version, kind),
    };
    if let Some(message) = refused(value, version, kind) {
        return found.push(Item::Broken(vec![Broken { place: Some(value.place), message }]));
    }
    let other = |kind, custom| Item::Other(Other { value, kind, custom });
    let Some(kind) = kind else { return found.push(other(None, None)) };
    // Whatever its kind: that is how kubectl tells a list.
    if let Some(Located { node: Node::List(items), .. }) = value.member("items") {
        let of_items = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        for (place, item) in items.iter().enumerate() {
            let path = path.clone().field("items").index(place);
            collect(item, path, version.zip(of_items), found);
        }
        if !items.is_empty() {
            return;
        }
    }
    let Some(version) = version else { return found.push(other(Some(kind), None)) };
    let object = |kind| Object { path, value, api_version: version.to_owned(), kind };
    found.push(match objects::meant(version, kind) {
        Meant::Judged(kind) => Item::Object(object(kind)),
        Meant::Known => other(Some(kind), None),
        Meant::Custom(group) => other(Some(kind), Some(group)),
        Meant::Mistaken { message, kind } => {
            let mut broken = vec![Broken { place: Some(value.place), message }];
            // What else is wrong with it, once it is what it was meant to be.
            if let Some(object) = kind.map(object)
                && let Ok(json) = object.json()
            {
                broken.extend(object.contents(&json).err().unwrap_or_default());
            }
            Item::Broken(broken)
        }
    });
}

/// Why kubectl or the API server would refuse something that says it is an object, or an object of
/// ours; what says nothing of the kind is no manifest.
fn refused(value: &Located, version: Option<&str>, kind: Option<&str>) -> Option<String> {
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
