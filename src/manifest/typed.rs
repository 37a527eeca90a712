//! A document as a type: which field does not fit, and what would.
//!
//! null means absent: a known member of an object that is null is as if it were not there. The
//! members of a map with free keys are not left out: a selector without a label selects more.

use std::fmt;
use std::slice;

use serde::de::value::Error as Worded;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use serde_json::Value;

use super::source_value::{Key, Map, Node, SourceValue};
use crate::path::{Fault, Step, TEXT, expected, shown};
use crate::text::did_you_mean;

/// Reads a document as a type; the error says which field does not fit.
pub fn typed<T: DeserializeOwned>(document: &SourceValue) -> Result<T, Fault> {
    T::deserialize(TypedReader(document))
        .map_err(|Misfit { path, message }| Fault::new(path.into_iter().rev().collect(), message))
}

/// A [`Fault`] on its way out of the value that does not fit.
#[derive(Debug)]
struct Misfit {
    /// From the inside out.
    path: Vec<Step>,
    message: String,
}

impl Misfit {
    fn below(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misfit {}

impl Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { path: Vec::new(), message: message.to_string() }
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        let wanted = wanted.to_string();
        let wanted = expected(&wanted);
        let plain = matches!(
            found,
            Unexpected::Bool(_)
                | Unexpected::Signed(_)
                | Unexpected::Unsigned(_)
                | Unexpected::Float(_)
        );
        let remedy = if plain && wanted == TEXT { ": write it in quotes" } else { "" };
        let found = if found == Unexpected::Unit { Unexpected::Other("null") } else { found };
        Self::custom(format_args!("found {}, expected {wanted}{remedy}", shown(&found.to_string())))
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        let wanted = wanted.to_string();
        let found = found.to_string();
        Self::custom(format_args!("found {}, expected {}", shown(&found), expected(&wanted)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let message = Worded::unknown_field(field, expected);
        Self::custom(format_args!("{message}{}", did_you_mean(field, expected)))
            .below(Step::Key(field.to_owned().into()))
    }
}

/// A value, to be read as a type.
struct TypedReader<'a>(&'a SourceValue);

impl TypedReader<'_> {
    fn unexpected(&self) -> Unexpected<'_> {
        match &self.0.node {
            Node::Scalar(Value::Bool(value)) => Unexpected::Bool(*value),
            Node::Scalar(Value::Number(number)) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => Unexpected::Unsigned(number),
                (None, Some(number)) => Unexpected::Signed(number),
                (None, None) => Unexpected::Float(number.as_f64().unwrap_or_default()),
            },
            Node::Scalar(Value::String(text)) => Unexpected::Str(text),
            Node::List(_) | Node::Scalar(Value::Array(_)) => Unexpected::Seq,
            Node::Map(_) | Node::Scalar(Value::Object(_)) => Unexpected::Map,
            Node::Scalar(Value::Null) => Unexpected::Unit,
        }
    }
}

impl<'de> Deserializer<'de> for TypedReader<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match &self.0.node {
            Node::List(items) => visitor.visit_seq(Items(items.iter().enumerate())),
            Node::Map(map) => visitor.visit_map(Members::new(map, &[])),
            Node::Scalar(Value::Bool(value)) => visitor.visit_bool(*value),
            Node::Scalar(Value::String(text)) => visitor.visit_str(text),
            Node::Scalar(Value::Number(number)) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Node::Scalar(Value::Null | Value::Array(_) | Value::Object(_)) => visitor.visit_unit(),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    /// Only a map is an object: fields are known by name, never by index.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match &self.0.node {
            Node::Map(map) => visitor.visit_map(Members::new(map, fields)),
            Node::Scalar(_) | Node::List(_) => {
                Err(Misfit::invalid_type(self.unexpected(), &visitor))
            }
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier
    }
}

struct Items<'a>(std::iter::Enumerate<slice::Iter<'a, SourceValue>>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Misfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        let next = self.0.next();
        let read = |(index, item)| {
            seed.deserialize(TypedReader(item))
                .map_err(|misfit: Misfit| misfit.below(Step::Index(index)))
        };
        next.map(read).transpose()
    }
}

struct Members<'a> {
    rest: slice::Iter<'a, (Key, SourceValue)>,
    /// The members that are absent when they are null.
    nullable: &'static [&'static str],
    current: Option<&'a (Key, SourceValue)>,
}

impl<'a> Members<'a> {
    fn new(map: &'a Map, nullable: &'static [&'static str]) -> Self {
        Self { rest: map.members.iter(), nullable, current: None }
    }
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Misfit;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        let nullable = self.nullable;
        let absent = |(key, value): &(Key, SourceValue)| {
            value.is_null() && nullable.contains(&key.text.as_str())
        };
        self.current = self.rest.find(|member| !absent(member));
        let key = self.current.map(|(key, _)| key.text.as_str());
        key.map(|key| seed.deserialize(key.into_deserializer())).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        let (key, value) =
            self.current.take().ok_or_else(|| Misfit::custom("a value without a key"))?;
        seed.deserialize(TypedReader(value))
            .map_err(|misfit| misfit.below(Step::Key(key.text.clone().into())))
    }
}
