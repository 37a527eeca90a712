//! Label selectors.

use std::collections::BTreeSet;

/// A Kubernetes label selector; an empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// All must hold. `matchLabels` are requirements with [`Operator::In`] and one value.
    pub requirements: Vec<Requirement>,
}

/// One requirement of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// How its value is compared.
    pub operator: Operator,
    /// With what; empty for `Exists` and `DoesNotExist`.
    pub values: BTreeSet<String>,
}

/// How a requirement compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The label is there and its value is one of these.
    In,
    /// The label is absent or its value is none of these.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is absent.
    DoesNotExist,
}

impl Selector {
    /// Whether labels match, looked up by key.
    pub fn matches<'v>(&self, label: impl Fn(&str) -> Option<&'v str>) -> bool {
        self.requirements.iter().all(|requirement| requirement.holds(label(&requirement.key)))
    }
}

impl Requirement {
    /// Whether it holds for the value of its label, `None` where that is absent.
    pub fn holds(&self, value: Option<&str>) -> bool {
        let listed = value.is_some_and(|value| self.values.contains(value));
        match self.operator {
            Operator::In => listed,
            Operator::NotIn => !listed,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

impl Operator {
    /// Every operator by its word.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        (Self::In.as_str(), Self::In),
        (Self::NotIn.as_str(), Self::NotIn),
        (Self::Exists.as_str(), Self::Exists),
        (Self::DoesNotExist.as_str(), Self::DoesNotExist),
    ];

    /// The word that Kubernetes has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "In",
            Self::NotIn => "NotIn",
            Self::Exists => "Exists",
            Self::DoesNotExist => "DoesNotExist",
        }
    }

    /// What holds exactly where this does not.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::In => Self::NotIn,
            Self::NotIn => Self::In,
            Self::Exists => Self::DoesNotExist,
            Self::DoesNotExist => Self::Exists,
        }
    }
}
