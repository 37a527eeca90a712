//! What fits the format and still contradicts itself, or has no effect.

mod exceptions;
mod images;
mod policies;
mod selection;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Check, Compiled, Namespaces, diagnostic, objects};
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::{Located, Node};
use crate::path::{Fault, FieldPath};
use crate::policy::Policy;

/// What there is to say about a policy file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lint {
    /// How many policies fit the format.
    pub policies: usize,
    /// How many exceptions do.
    pub exceptions: usize,
    /// As errors the rules of the format that the file breaks: all that [`load`](super::load) tells.
    /// Behind them as warnings what the file says without effect, in the order of its lines.
    pub diagnostics: Vec<Diagnostic>,
}

impl Lint {
    /// What there is to say of one severity.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(move |diagnostic| diagnostic.severity == severity)
    }
}

/// Checks the text of a policy file. What one object says is compared with the others only if all
/// of them can be read: a policy that is refused may be the one that is missed.
pub fn lint(file: &str, text: &str, now: Timestamp) -> Lint {
    let (objects, mut diagnostics) = objects(file, text, Namespaces::ByName);
    let known: Vec<&Policy> = objects.iter().filter_map(|(_, object)| object.policy()).collect();
    let others = if diagnostics.is_empty() { known.as_slice() } else { &[] };
    let warnings = objects.iter().flat_map(|(document, object)| {
        let mut advice = Check::default();
        match object {
            Compiled::Policy(policy) => policies::advise(policy, document, &mut advice),
            Compiled::Exception(exception) => {
                exceptions::advise(exception, document, others, now, &mut advice);
            }
        }
        let warning = |fault: Fault| Diagnostic {
            severity: Severity::Warning,
            ..diagnostic(fault, file, document)
        };
        advice.0.into_iter().map(warning)
    });
    let mut warnings: Vec<Diagnostic> = warnings.collect();
    warnings.sort_by_key(|warning| warning.position);
    diagnostics.extend(warnings);
    let policies = known.len();
    Lint { policies, exceptions: objects.len() - policies, diagnostics }
}

impl Compiled {
    fn policy(&self) -> Option<&Policy> {
        match self {
            Self::Policy(policy) => Some(policy),
            Self::Exception(_) => None,
        }
    }
}

/// The elements of the list at a path, each with its own path.
fn items<'d>(
    document: &'d Located,
    path: &FieldPath,
) -> impl Iterator<Item = (FieldPath, &'d Located)> {
    let items = match document.at(path).map(|value| &value.node) {
        Some(Node::List(items)) => items.as_slice(),
        Some(Node::Scalar(_) | Node::Map(_)) | None => &[],
    };
    let nth = |(place, item)| (path.clone().index(place), item);
    items.iter().enumerate().map(nth).collect::<Vec<_>>().into_iter()
}

/// A text that stands twice in the list at a path.
fn doubles(document: &Located, path: &FieldPath, advice: &mut Check) {
    let mut seen = BTreeSet::new();
    for (path, item) in items(document, path) {
        let fresh = item.as_str().is_none_or(|text| seen.insert(text));
        advice.require(fresh, path, "stands twice in this list; remove it");
    }
}
