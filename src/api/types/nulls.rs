//! Which controls are null. Elsewhere null means absent, and serde forgets it; a control that
//! someone wrote down must not be silent.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::{MapAccessDeserializer, UnitDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::ControlSettings;

/// The controls as they are written.
#[derive(Clone, Debug)]
pub(crate) struct Controls {
    /// The settings of those that are there.
    pub(crate) settings: ControlSettings,
    /// The fields that are null, in the order of the text.
    pub(crate) nulls: Vec<String>,
}

impl<'de> Deserialize<'de> for Controls {
    /// Reads a map, not a struct: of a struct the fields that are null are left out before
    /// ([`manifest::typed`](crate::manifest::typed)).
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Controls;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("controls by name, such as {shareProcessNamespace: {mode: Warn}}")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Controls, A::Error> {
        let mut nulls = Vec::new();
        let members = Members { map, key: String::new(), nulls: &mut nulls };
        let settings = ControlSettings::deserialize(MapAccessDeserializer::new(members))?;
        Ok(Controls { settings, nulls })
    }
}

/// Passes the members of a map on, and writes down the keys of those that are null.
struct Members<'n, A> {
    map: A,
    /// The last one that was passed on.
    key: String,
    nulls: &'n mut Vec<String>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let Some(key) = self.map.next_key()? else { return Ok(None) };
        self.key = key;
        seed.deserialize(self.key.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let key = std::mem::take(&mut self.key);
        self.map.next_value_seed(Member { seed, key, nulls: self.nulls })
    }
}

/// A member on its way to its field.
struct Member<'n, S> {
    seed: S,
    key: String,
    nulls: &'n mut Vec<String>,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Member<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Member<'_, S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings of a control")
    }

    fn visit_none<E: Error>(self) -> Result<S::Value, E> {
        self.nulls.push(self.key);
        self.seed.deserialize(UnitDeserializer::new())
    }

    fn visit_unit<E: Error>(self) -> Result<S::Value, E> {
        self.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.seed.deserialize(deserializer)
    }
}

impl Serialize for Controls {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.settings.serialize(serializer)
    }
}

impl JsonSchema for Controls {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        ControlSettings::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        ControlSettings::json_schema(generator)
    }
}
