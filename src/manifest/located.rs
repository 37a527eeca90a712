use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use serde_saphyr::Spanned;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};

use super::merge::{MERGE, MERGES_OBJECTS};
use super::place::{Place, Span};
use super::spelling::{Spelling, spelling};
use super::unreadable::Unreadable;

/// A value and where it is.
#[derive(Clone, Debug)]
pub struct Located {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub node: Node,
    /// The bytes of its text; of an alias, those of what it stands for.
    written: Span,
}

/// A value; its parts are located.
#[derive(Clone, Debug)]
pub enum Node {
    /// null, a truth value, a number or text.
    Scalar(Value),
    /// A list.
    List(Vec<Located>),
    /// An object.
    Map(Map),
}

/// An object: of a key that stands twice the last value counts, as for kubectl, which then never
/// sends the others. Merge keys (`<<`) are merged where they stand, likewise.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// Each key once.
    pub members: Vec<(Key, Located)>,
    /// Keys that were written again.
    pub repeated: Vec<Key>,
}

/// A key and where it is.
#[derive(Clone, Debug)]
pub struct Key {
    /// Where it begins.
    pub place: Place,
    /// Its text; a number or a truth value is written out, as kubectl does.
    pub text: String,
    written: Span,
}

impl Key {
    /// Whether this is a plain key that begins with `?`, which marks a key for kubectl even where no
    /// blank follows.
    fn is_marked(&self, text: &str) -> bool {
        self.text.starts_with('?')
            && self.written.text(text).is_some_and(|(_, written)| written.starts_with('?'))
    }

    /// Whether this is `<<` as it merges: in quotes, or as text by its tag, it is a key like others.
    fn merges(&self, text: &str) -> bool {
        self.text == MERGE
            && self.written.text(text).is_some_and(|(before, written)| {
                written == MERGE && !before.trim_end().ends_with("!!str")
            })
    }
}

/// One step of the path to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a member of an object.
    Key(String),
    /// To an element of a list, from 0.
    Index(usize),
}

impl Step {
    /// The step to a member.
    pub fn key(key: &str) -> Self {
        Self::Key(key.to_owned())
    }

    /// The path below these members.
    pub fn keys(keys: &[&str]) -> Vec<Self> {
        keys.iter().copied().map(Self::key).collect()
    }

    /// A path as it is shown: `spec.containers[1].name`.
    pub fn dotted(path: &[Self]) -> String {
        let show = |(place, step): (usize, &Self)| match step {
            Self::Key(key) if place == 0 => key.clone(),
            Self::Key(key) => format!(".{key}"),
            Self::Index(index) => format!("[{index}]"),
        };
        path.iter().enumerate().map(show).collect()
    }
}

impl Located {
    /// The one value of a text that begins at `start`; `None` where it is empty.
    pub(super) fn read(text: &str, start: Place) -> Result<Option<Self>, Unreadable> {
        let options = serde_saphyr::options! {
            // Large lists are legitimate; what aliases blow up is limited apart from this.
            budget: serde_saphyr::budget! { max_nodes: 8_000_000, max_events: 16_000_000 },
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
            legacy_octal_numbers: true,
            non_finite_float_policy: NonFiniteFloatPolicy::AsString,
            duplicate_keys: DuplicateKeyPolicy::LastWins,
            merge_keys: MergeKeyPolicy::AsOrdinary,
            emit_comments: false,
            with_snippet: false,
        };
        let read = serde_saphyr::from_multiple_with_options(text, options);
        let mut values: Vec<Self> =
            read.map_err(|error| Unreadable::from(error).counted_from(start))?;
        if let Some(second) = values.get(1) {
            let message = "kubectl reads nothing behind the end of a document (`...`): separate documents by a line `---`";
            return Err(Unreadable::new(second.place.counted_from(start), message));
        }
        let mut value = values.pop();
        if let Some(value) = &mut value {
            value.settle(text, start)?;
        }
        Ok(value)
    }

    /// Reads scalars and keys by how they are written in `text`, and counts all places from
    /// `start`.
    fn settle(&mut self, text: &str, start: Place) -> Result<(), Unreadable> {
        self.place = self.place.counted_from(start);
        match &mut self.node {
            Node::Scalar(value) => {
                let written = self.written.text(text);
                let spelled = written.map(|(before, written)| spelling(value, before, written));
                match spelled {
                    Some(Spelling::Other(other)) => *value = other,
                    Some(Spelling::NotFinite) => {
                        let (_, written) = written.unwrap_or_default();
                        let message = format!("value `{written}` is not a finite number");
                        return Err(Unreadable::new(self.place, message));
                    }
                    Some(Spelling::Right) | None => {}
                }
            }
            Node::List(items) => {
                items.iter_mut().try_for_each(|item| item.settle(text, start))?;
            }
            Node::Map(map) => {
                for (key, value) in &mut map.members {
                    key.place = key.place.counted_from(start);
                    if key.is_marked(text) {
                        let message = format!(
                            "kubectl reads the key `{}` without its `?`: write it in quotes",
                            key.text
                        );
                        return Err(Unreadable::new(key.place, message));
                    }
                    value.settle(text, start)?;
                }
                map.settle(|key| key.merges(text))
                    .map_err(|place| Unreadable::new(place, MERGES_OBJECTS))?;
            }
        }
        Ok(())
    }

    /// Whether this is null, written or left out.
    pub fn is_null(&self) -> bool {
        matches!(self.node, Node::Scalar(Value::Null))
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.node {
            Node::Scalar(value) => value.as_str(),
            Node::List(_) | Node::Map(_) => None,
        }
    }

    /// The place of a value, or of the nearest parent that is there. A member is where its key is.
    pub fn locate(&self, path: &[Step]) -> Place {
        let mut here = self.place;
        let mut value = self;
        for step in path {
            let Some((place, inner)) = value.child(step) else { break };
            (here, value) = (place, inner);
        }
        here
    }

    /// The bytes of a value from its key on, as far as they stand on the line of the place that
    /// [`locate`](Self::locate) gives.
    pub fn extent(&self, path: &[Step]) -> std::ops::Range<usize> {
        let key = self.locate(path);
        let scalar = self.at(path).filter(|value| matches!(value.node, Node::Scalar(_)));
        let value = scalar.map(|value| value.place).filter(|place| place.line == key.line);
        let end = |place: Place| (place.offset + place.length) as usize;
        key.offset as usize..value.map_or(0, end).max(end(key))
    }

    /// The value at a path.
    pub fn at(&self, path: &[Step]) -> Option<&Self> {
        path.iter().try_fold(self, |value, step| Some(value.child(step)?.1))
    }

    /// The member with this key.
    pub fn member(&self, key: &str) -> Option<&Self> {
        let Node::Map(map) = &self.node else { return None };
        map.members.iter().find(|(name, _)| name.text == key).map(|(_, value)| value)
    }

    /// The first key, in a walk through all, that stands twice in its object.
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

    fn child(&self, step: &Step) -> Option<(Place, &Self)> {
        match (step, &self.node) {
            (Step::Key(key), Node::Map(map)) => {
                let (name, value) = map.members.iter().find(|(name, _)| name.text == *key)?;
                Some((name.place, value))
            }
            (Step::Index(index), Node::List(items)) => {
                items.get(*index).map(|item| (item.place, item))
            }
            (Step::Key(_) | Step::Index(_), Node::Scalar(_) | Node::List(_) | Node::Map(_)) => None,
        }
    }
}

impl Serialize for Located {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.node {
            Node::Scalar(value) => value.serialize(serializer),
            Node::List(items) => serializer.collect_seq(items),
            Node::Map(map) => {
                serializer.collect_map(map.members.iter().map(|(key, value)| (&key.text, value)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Located {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Node>::deserialize(deserializer)?;
        let written = Span::of(spanned.defined);
        Ok(Self { place: spanned.referenced.into(), node: spanned.value, written })
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Node>::deserialize(deserializer)?;
        let text = match spanned.value {
            Node::Scalar(Value::String(text)) => text,
            Node::Scalar(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
            Node::Scalar(_) | Node::List(_) | Node::Map(_) => {
                return Err(D::Error::custom("a key must be text"));
            }
        };
        let written = Span::of(spanned.defined);
        Ok(Self { place: spanned.referenced.into(), text, written })
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

    /// Go writes a whole number without a fraction, so that `1e3` fits where an integer must be.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        let whole = format!("{value:.0}").parse::<i64>();
        Ok(Node::Scalar(match whole {
            Ok(whole) if value.fract() == 0.0 => whole.into(),
            _ => value.into(),
        }))
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
        while let Some(member) = map.next_entry::<Key, Located>()? {
            members.push(member);
        }
        Ok(Node::Map(Map { members, repeated: Vec::new() }))
    }
}
