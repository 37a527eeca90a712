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
    let is_ours = |kind: &str| objects::KINDS.iter().any(|one| one.kind == kind);
    let Some(kind) = kind else { return found.push(Item::Other(value, None)) };
    // Whatever its kind: that is how kubectl tells a list.
    if let Some(items) = value.member("items") {
        if is_ours(kind) {
            let message = format!("kubectl takes a {kind} with `items` for a list: remove `items`");
            return found.push(Item::Broken(items, message));
        }
        let Node::List(items) = &items.node else {
            let message = format!("items of a {kind} must be a list");
            if !items.is_null() {
                found.push(Item::Broken(items, message));
            }
            return;
        };
        let of_items = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        for (place, item) in items.iter().enumerate() {
            let path = [path.as_slice(), &[Step::key("items"), Step::Index(place)]].concat();
            collect(item, path, version.zip(of_items), found);
        }
        return;
    }
    found.push(match version {
        None if is_ours(kind) => Item::Broken(value, format!("apiVersion of a {kind} is missing")),
        None => Item::Other(value, Some(kind)),
        Some(version) => match objects::by_kind(version, kind) {
            Some(known) => {
                Item::Object(Object { path, value, api_version: version.to_owned(), kind: known })
            }
            None => Item::Other(value, Some(kind)),
        },
    });
}
