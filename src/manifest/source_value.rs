use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::span::Span;
use crate::path::{FieldPath, Step};

/// A value and where it is.
#[derive(Clone, Debug)]
pub struct SourceValue {
    /// Where it begins.
    pub span: Span,
    /// What it is.
    pub node: Node,
}

/// A value; its parts are located.
#[derive(Clone, Debug)]
pub enum Node {
    /// null, a truth value, a number or text.
    Scalar(Value),
    /// A list; aliases share it.
    List(Arc<Vec<SourceValue>>),
    /// An object; likewise.
    Map(Arc<Map>),
}

/// An object: of a repeated key the last value counts, as for kubectl, which then never
/// sends the others. Merge keys (`<<`) are merged where they stand, likewise.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// Each key once.
    pub members: Vec<(Key, SourceValue)>,
    /// Keys that were written again.
    pub repeated: Vec<Key>,
}

/// A key and where it is.
#[derive(Clone, Debug)]
pub struct Key {
    /// Where it begins.
    pub span: Span,
    /// Its text; a number or a truth value is written out, as kubectl does.
    pub text: String,
}

impl SourceValue {
    /// Whether this is null, written or left out.
    pub fn is_null(&self) -> bool {
        matches!(self.node, Node::Scalar(Value::Null))
    }

    /// Whether this is no object or list, or one without parts.
    pub fn is_empty(&self) -> bool {
        match &self.node {
            Node::Scalar(_) => true,
            Node::List(items) => items.is_empty(),
            Node::Map(map) => map.members.is_empty(),
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.node {
            Node::Scalar(value) => value.as_str(),
            Node::List(_) | Node::Map(_) => None,
        }
    }

    /// The span of a value, or of the nearest parent that is there. A member is where its key is.
    pub fn locate(&self, path: &FieldPath) -> Span {
        let mut here = self.span;
        let mut value = self;
        for step in path.steps() {
            let Some((span, inner)) = value.child(step) else { break };
            (here, value) = (span, inner);
        }
        here
    }

    /// The bytes of a value from its key on, as far as they stand on the line of the span that
    /// [`locate`](Self::locate) gives.
    pub fn extent(&self, path: &FieldPath) -> std::ops::Range<usize> {
        let key = self.locate(path);
        let scalar = self.at(path).filter(|value| matches!(value.node, Node::Scalar(_)));
        let value = scalar.map(|value| value.span).filter(|span| span.line == key.line);
        let end = |span: Span| (span.offset + span.length) as usize;
        key.offset as usize..value.map_or(0, end).max(end(key))
    }

    /// The value at a path.
    pub fn at(&self, path: &FieldPath) -> Option<&Self> {
        path.steps().iter().try_fold(self, |value, step| Some(value.child(step)?.1))
    }

    /// The member with this key.
    pub fn member(&self, key: &str) -> Option<&Self> {
        let Node::Map(map) = &self.node else { return None };
        map.members.iter().find(|(name, _)| name.text == key).map(|(_, value)| value)
    }

    /// The first key, in a walk through all, that is repeated in its object.
    pub fn repeated(&self) -> Option<&Key> {
        match &self.node {
            Node::Scalar(_) => None,
            Node::List(items) => items.iter().find_map(Self::repeated),
            Node::Map(map) => {
                let inside = || map.members.iter().find_map(|(_, value)| value.repeated());
                map.repeated.first().or_else(inside)
            }
        }
    }

    fn child(&self, step: &Step) -> Option<(Span, &Self)> {
        match (step, &self.node) {
            (Step::Key(key), Node::Map(map)) => {
                let (name, value) =
                    map.members.iter().find(|(name, _)| name.text == key.as_ref())?;
                Some((name.span, value))
            }
            (Step::Index(index), Node::List(items)) => {
                items.get(*index).map(|item| (item.span, item))
            }
            (Step::Key(_) | Step::Index(_), Node::Scalar(_) | Node::List(_) | Node::Map(_)) => None,
        }
    }
}

impl Serialize for SourceValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.node {
            Node::Scalar(value) => value.serialize(serializer),
            Node::List(items) => serializer.collect_seq(items.iter()),
            Node::Map(map) => {
                serializer.collect_map(map.members.iter().map(|(key, value)| (&key.text, value)))
            }
        }
    }
}
