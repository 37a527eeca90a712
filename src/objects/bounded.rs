//! Texts, lists and maps as serde reads them: borrowed, of bounded size, and objects as objects only.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use hashbrown::HashMap;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A string that borrows from the body unless it holds escapes. serde borrows a bare `Cow`, but
/// not one inside an `Option` or a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'a> From<Text<'a>> for Cow<'a, str> {
    fn from(text: Text<'a>) -> Self {
        text.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// More labels than an object has that a person made.
const MOST_PAIRS: usize = 4096;

/// A map of strings of which the first are kept, at most [`MOST_PAIRS`], and the others counted. Of
/// those no key is repeated; a `null` value is an empty string, as in Go.
#[derive(Debug, Default)]
pub(crate) struct Pairs<'a> {
    pub(crate) kept: HashMap<Cow<'a, str>, Cow<'a, str>>,
    /// How many more there are.
    pub(crate) more: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Pairs::default();
                while pairs.kept.len() < MOST_PAIRS
                    && let Some((key, value)) = map.next_entry::<Text<'de>, Option<Text<'de>>>()?
                {
                    let value = value.map(|text| text.0).unwrap_or_default();
                    if pairs.kept.insert(key.0, value).is_some() {
                        return Err(A::Error::custom("a duplicate key"));
                    }
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    pairs.more += 1;
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A list whose first elements, at most so many, are read as `W` and kept as `T`, and whose others
/// are counted: what is kept of one may take hundreds of bytes, where `{}` takes three.
#[derive(Debug)]
pub(crate) struct List<W, T, const MOST: usize> {
    pub(crate) kept: Vec<T>,
    /// How many more there are.
    pub(crate) more: usize,
    read: PhantomData<W>,
}

impl<W, T, const MOST: usize> Default for List<W, T, MOST> {
    fn default() -> Self {
        Self { kept: Vec::new(), more: 0, read: PhantomData }
    }
}

impl<'de, W: Deserialize<'de>, T: From<W>, const MOST: usize> Deserialize<'de>
    for List<W, T, MOST>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<W, T, const MOST: usize>(PhantomData<(W, T)>);
        impl<'de, W: Deserialize<'de>, T: From<W>, const MOST: usize> Visitor<'de> for Reader<W, T, MOST> {
            type Value = List<W, T, MOST>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut read = List::default();
                while read.kept.len() < MOST {
                    let Some(element) = list.next_element::<W>()? else { return Ok(read) };
                    read.kept.push(element.into());
                }
                while list.next_element::<IgnoredAny>()?.is_some() {
                    read.more += 1;
                }
                Ok(read)
            }
        }
        deserializer.deserialize_seq(Reader(PhantomData))
    }
}

/// Lets types be read from objects only: serde's derived code would take a list of members, too.
/// `O` is what the objects of a review are read as.
macro_rules! read_from_objects {
    ($($type:ident $(<$life:lifetime $(, $object:ident)?>)?),* $(,)?) => {$(
        impl<'de $(: $life, $life $(, $object: Deserialize<'de>)?)?> Deserialize<'de>
            for $type $(<$life $(, $object)?>)?
        {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader $(<$life $(, $object)?>)?
                    (PhantomData<$type $(<$life $(, $object)?>)?>);
                impl<'de $(: $life, $life $(, $object: Deserialize<'de>)?)?> Visitor<'de>
                    for Reader $(<$life $(, $object)?>)?
                {
                    type Value = $type $(<$life $(, $object)?>)?;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                        // The inherent function that `remote = "Self"` derives.
                        $type::deserialize(MapAccessDeserializer::new(map))
                    }
                }
                deserializer.deserialize_map(Reader(PhantomData))
            }
        }
    )*};
}

pub(crate) use read_from_objects;
