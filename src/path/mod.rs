//! Where something is inside an object, and what is wrong there.
//!
//! One path type and one fault type for pods, policies and manifests. The room knows neither kinds
//! nor formats.

mod fault;
mod words;

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

pub use fault::Fault;
pub use words::{TEXT, expected, found, shown, unread};

/// One step of a [`FieldPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// To a member of an object.
    Key(Cow<'static, str>),
    /// To an element of a list, from 0.
    Index(usize),
}

/// A path from the root of an object. Shown dotted: `spec.containers[1].securityContext`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath(Vec<Step>);

impl FieldPath {
    /// The path of the object itself.
    pub const ROOT: Self = Self(Vec::new());

    /// The path made of these members.
    pub fn of(fields: &[&'static str]) -> Self {
        fields.iter().map(|field| Step::Key(Cow::Borrowed(field))).collect()
    }

    /// This path, one member deeper.
    #[must_use]
    pub fn field(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Step::Key(name.into()));
        self
    }

    /// This path, one element deeper.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }

    /// This path, and `below` from there.
    #[must_use]
    pub fn join(mut self, below: &Self) -> Self {
        self.0.extend_from_slice(&below.0);
        self
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// What this path leads to in a value.
    pub fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Key(key) => value.get(key.as_ref()),
            Step::Index(index) => value.get(index),
        })
    }

    /// The same, to be changed.
    pub fn find_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        self.0.iter().try_fold(value, |value, step| match step {
            Step::Key(key) => value.get_mut(key.as_ref()),
            Step::Index(index) => value.get_mut(index),
        })
    }

    /// Whether this is the object itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Step> for FieldPath {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(name) if index == 0 => f.write_str(name)?,
                Step::Key(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
