//! What `spec.affinity` says about the operating system of the node: where a pod cannot run anywhere
//! but on Windows, its Linux fields may mean nothing.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::bounded::{List, Text, read_from_objects};

/// Labels of a node that name its operating system: that of today, and the one before it.
pub(super) const OS_LABELS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];

/// More terms, requirements or values than anybody writes. What is beyond is not read.
const MOST: usize = 64;

/// `spec.affinity`, as far as it says so.
#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Affinity<'a> {
    #[serde(borrow)]
    node_affinity: Option<NodeAffinity<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
struct NodeAffinity<'a> {
    #[serde(borrow, rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    required: Option<NodeSelector<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
struct NodeSelector<'a> {
    #[serde(borrow)]
    node_selector_terms: Option<List<Term<'a>, ForWindows, MOST>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
#[serde(rename_all = "camelCase")]
struct Term<'a> {
    #[serde(borrow)]
    match_expressions: Option<List<Requirement<'a>, ForWindows, MOST>>,
}

#[derive(Debug, Deserialize)]
#[serde(remote = "Self")]
struct Requirement<'a> {
    #[serde(borrow)]
    key: Option<Text<'a>>,
    #[serde(borrow)]
    operator: Option<Text<'a>>,
    #[serde(borrow)]
    values: Option<List<Text<'a>, ForWindows, MOST>>,
}

read_from_objects!(Affinity<'a>, NodeAffinity<'a>, NodeSelector<'a>, Term<'a>, Requirement<'a>);

/// Whether what was read holds on Windows nodes alone, which is all that is kept of it.
#[derive(Debug)]
struct ForWindows(bool);

impl Affinity<'_> {
    /// Whether every node that the pod may come to is known to be a Windows node.
    pub(super) fn is_for_windows(&self) -> bool {
        let required = self.node_affinity.as_ref().and_then(|node| node.required.as_ref());
        // Terms are alternatives.
        required.and_then(|node| node.node_selector_terms.as_ref()).is_some_and(all)
    }
}

impl From<Term<'_>> for ForWindows {
    /// What a term requires has to hold together, so that one requirement is enough, wherever it
    /// stands. `matchFields` name a node, which says nothing of its operating system.
    fn from(term: Term<'_>) -> Self {
        let requirements = term.match_expressions.unwrap_or_default().kept;
        Self(requirements.iter().any(|requirement| requirement.0))
    }
}

impl From<Requirement<'_>> for ForWindows {
    /// `In`, and nothing but windows: any other value is a choice.
    fn from(requirement: Requirement<'_>) -> Self {
        let is = |text: &Option<Text<'_>>, words: &[&str]| {
            text.as_ref().is_some_and(|text| words.contains(&text.0.as_ref()))
        };
        let names_os = is(&requirement.key, &OS_LABELS) && is(&requirement.operator, &["In"]);
        Self(names_os && requirement.values.as_ref().is_some_and(all))
    }
}

impl From<Text<'_>> for ForWindows {
    fn from(value: Text<'_>) -> Self {
        Self(value.0 == "windows")
    }
}

/// Whether there are some, and each is, as far as all were read.
fn all<W>(list: &List<W, ForWindows, MOST>) -> bool {
    list.more == 0 && !list.kept.is_empty() && list.kept.iter().all(|one| one.0)
}
