//! The objects of a text: its documents, or the items of lists, and the pods they describe.

use super::terminal::{Style, printable};
use crate::manifest::{Document, Located, Node, Place, Step, documents};
use crate::objects::{self, Kind};
use crate::pod::PodView;

/// Something that cannot be read.
pub(super) struct Broken {
    /// `None` where the whole file is meant.
    pub(super) place: Option<Place>,
    pub(super) message: String,
}

impl Broken {
    /// What is wrong, as a line for standard error.
    pub(super) fn line(&self, file: &str, style: Style) -> String {
        let (begin, end) =
            if style.colour { ("\u{1b}[1m\u{1b}[91m", "\u{1b}[0m") } else { ("", "") };
        let place = self.place.map(|place| format!(":{}:{}", place.line, place.column));
        let place = place.unwrap_or_default();
        let line = printable(&format!("{file}{place}: {}", self.message));
        format!("{begin}error{end}: {line}\n")
    }
}

/// Where a program before us in a pipe fails, nothing comes: that must not pass.
pub(super) const NOTHING: &str = "holds no object; did the command before it fail?";

/// Every document of a text; the verb is the one that a template could be piped into.
pub(super) fn readable<'t>(
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
pub(super) enum Item<'d> {
    /// A pod, or something that holds a pod template.
    Object(Object<'d>),
    /// Anything else, with its kind where it has one.
    Other(&'d Located, Option<&'d str>),
    /// What kubectl could not send, and why.
    Broken(&'d Located, String),
}

/// A pod, or something that holds a template of pods.
pub(super) struct Object<'d> {
    /// Where it stands in its document: nowhere deeper, or in a list.
    pub(super) path: Vec<Step>,
    pub(super) value: &'d Located,
    pub(super) api_version: String,
    pub(super) kind: &'static Kind,
}

impl<'d> Object<'d> {
    /// A text of its metadata.
    pub(super) fn metadata(&self, field: &str) -> Option<&'d str> {
        self.value.member("metadata")?.member(field)?.as_str()
    }

    /// The object as the API server would get it.
    pub(super) fn json(&self) -> Result<String, Broken> {
        serde_json::to_string(self.value).map_err(|error| self.broken(&[], error.to_string()))
    }

    /// Its pods, from its JSON; `None` where it need not have a template and has none.
    pub(super) fn pod<'j>(&self, json: &'j str) -> Result<Option<PodView<'j>>, Broken> {
        objects::read(json, self.kind)
            .map_err(|flaw| self.broken(&flaw.path, flaw.told(&Step::dotted(&flaw.path))))
    }

    /// What is wrong with a field of it.
    pub(super) fn broken(&self, path: &[Step], message: String) -> Broken {
        Broken { place: Some(self.value.locate(path)), message }
    }
}

/// Every object of a document, each once.
pub(super) fn items(root: &Located) -> Vec<Item<'_>> {
    let mut found = Vec::new();
    collect(root, Vec::new(), None, &mut found);
    found
}

/// The version and kind that items of a list have where they do not say so themselves.
type Inherited<'d> = Option<(&'d str, &'d str)>;

fn collect<'d>(
    value: &'d Located,
    path: Vec<Step>,
    inherited: Inherited<'d>,
    found: &mut Vec<Item<'d>>,
) {
    let text = |key| value.member(key).and_then(Located::as_str);
    let (version, kind) = match (text("apiVersion"), text("kind"), inherited) {
        (version, None, Some((of_list, kind))) => (version.or(Some(of_list)), Some(kind)),
        (version, kind, _) => (version, kind),
    };
    if let Some(message) = refused(value, version, kind) {
        return found.push(Item::Broken(value, message));
    }
    let Some(kind) = kind else { return found.push(Item::Other(value, None)) };
    // Whatever its kind: that is how kubectl tells a list.
    if let Some(Located { node: Node::List(items), .. }) = value.member("items") {
        let of_items = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        for (place, item) in items.iter().enumerate() {
            let path = [path.as_slice(), &[Step::key("items"), Step::Index(place)]].concat();
            collect(item, path, version.zip(of_items), found);
        }
        if !items.is_empty() {
            return;
        }
    }
    let known = version.and_then(|version| objects::by_kind(version, kind).zip(Some(version)));
    found.push(match known {
        None => Item::Other(value, Some(kind)),
        Some((kind, version)) => {
            Item::Object(Object { path, value, api_version: version.to_owned(), kind })
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
        let claims = value.member("apiVersion").is_some();
        return claims.then(|| "kind is missing, or no text".to_owned());
    };
    let known = objects::KINDS.iter().find(|one| one.kind.eq_ignore_ascii_case(kind));
    let group = version.map(|version| version.split_once('/').map_or("", |(group, _)| group));
    if let Some(items) = value.member("items") {
        let is_list = matches!(items.node, Node::List(_)) || items.is_null();
        return match known {
            Some(_) => {
                Some(format!("kubectl takes a {kind} with `items` for a list: remove `items`"))
            }
            None => (!is_list).then(|| format!("items of a {kind} must be a list")),
        };
    }
    let known = known?;
    match group {
        None => Some(format!("apiVersion of a {kind} is missing")),
        Some(group) if known.kind != kind && known.group == group => {
            Some(format!("there is no kind {kind}; did you mean `{}`?", known.kind))
        }
        Some(group) if UNSERVED.contains(&group) => {
            let slash = if known.group.is_empty() { "" } else { "/" };
            Some(format!("there is no {kind} in group {group}: it is in {}{slash}v1", known.group))
        }
        Some(_) => None,
    }
}

/// Groups that no API server serves, or none has since 1.16, and that people still write.
const UNSERVED: [&str; 2] = ["core", "extensions"];
