//! YAML and JSON text, read as Kubernetes reads it (`yes` is true, `0777` is 511, a key may not
//! stand twice), each value with its place.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::unreadable::Unreadable;

/// A value and where it starts, from line 1 and column 1.
#[derive(Debug)]
pub(super) struct Located {
    line: u64,
    column: u64,
    pub(super) node: Node,
}

/// A value; its parts are located.
#[derive(Debug)]
pub(super) enum Node {
    Scalar(Value),
    List(Vec<Located>),
    Map(Vec<Member>),
}

/// A key with its value.
pub(super) type Member = (Spanned<String>, Located);

/// One step of the path to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    pub(super) fn key(key: &str) -> Self {
        Self::Key(key.to_owned())
    }

    /// The path below these members.
    pub(super) fn keys(keys: &[&str]) -> Vec<Self> {
        keys.iter().copied().map(Self::key).collect()
    }

    pub(super) fn dotted(path: &[Self]) -> String {
        let show = |(place, step): (usize, &Self)| match step {
            Self::Key(key) if place == 0 => key.clone(),
            Self::Key(key) => format!(".{key}"),
            Self::Index(index) => format!("[{index}]"),
        };
        path.iter().enumerate().map(show).collect()
    }
}

/// All documents of a text; empty ones are left out.
pub(super) fn read(text: &str) -> Result<Vec<Located>, Unreadable> {
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    Ok(serde_saphyr::from_multiple_with_options(text, options)?)
}

impl Located {
    /// Whether this is null, written or left out.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.node, Node::Scalar(Value::Null))
    }

    /// The line and column of a value, or of the nearest parent that is there. A member is where
    /// its key is.
    pub(super) fn locate(&self, path: &[Step]) -> (u64, u64) {
        let mut here = (self.line, self.column);
        let mut value = self;
        for step in path {
            let Some((place, inner)) = value.child(step) else { break };
            (here, value) = (place, inner);
        }
        here
    }

    /// The paths of the members of the map at `path` that are there with null.
    pub(super) fn nulls_below(&self, path: &[Step]) -> Vec<Vec<Step>> {
        let value = path.iter().try_fold(self, |value, step| Some(value.child(step)?.1));
        let members = match value.map(|value| &value.node) {
            Some(Node::Map(members)) => members.as_slice(),
            Some(Node::Scalar(_) | Node::List(_)) | None => &[],
        };
        let nulls = members.iter().filter(|(_, value)| value.is_null());
        nulls.map(|(key, _)| [path, &[Step::key(&key.value)]].concat()).collect()
    }

    fn child(&self, step: &Step) -> Option<((u64, u64), &Self)> {
        match (step, &self.node) {
            (Step::Key(key), Node::Map(members)) => {
                let (name, value) = members.iter().find(|(name, _)| name.value == *key)?;
                Some(((name.referenced.line(), name.referenced.column()), value))
            }
            (Step::Index(index), Node::List(items)) => {
                items.get(*index).map(|item| ((item.line, item.column), item))
            }
            (Step::Key(_) | Step::Index(_), Node::Scalar(_) | Node::List(_) | Node::Map(_)) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Located {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Node>::deserialize(deserializer)?;
        let (line, column) = (spanned.referenced.line(), spanned.referenced.column());
        Ok(Self { line, column, node: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Node::Map(members))
    }
}
