//! The objects of a document: itself, or the items of a list.

use crate::manifest::{Located, Node, Step};
use crate::objects::{self, Kind};

/// What stands in a document.
pub(super) enum Item<'d> {
    /// A pod, or something that holds a pod template.
    Object(Object<'d>),
    /// Anything else, with its kind where it has one.
    Other(&'d Located, Option<&'d str>),
    /// What kubectl could not send, and why.
    Broken(&'d Located, String),
}

/// An object that is judged.
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
