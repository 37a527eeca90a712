//! Policy files: the text of policies and exceptions, YAML or JSON, and where it is wrong.
//!
//! Comes in: a [`PolicyText`]. Goes out: a [`Snapshot`], or every [`Diagnostic`] with file, line, column
//! and field: a file is taken whole or not at all. [`PolicyText::lint`] adds what fits the format and
//! still has no effect. What the objects mean is for the room `api`; the room reads no files.

mod objects;
mod problems;

use jiff::Timestamp;

use crate::api::{Namespaces, lint};
use crate::diagnostic::{Diagnostic, Severity};
use crate::policy::{Policy, Snapshot};
use crate::text::not_utf8;
use objects::Object;

pub use problems::Problems;

/// What judges without `--policy`: every control warns, the two noisiest are audited.
pub const EMBEDDED_DEFAULT: &str = include_str!("default-policy.yaml");

/// The text of a policy file, under the name that its problems carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyText {
    /// The file as it was named.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// What there is to say about a policy file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lint {
    /// How many policies fit the format.
    pub policies: usize,
    /// How many exceptions do.
    pub exceptions: usize,
    /// As errors the rules of the format that the file breaks: all that [`PolicyText::load`] reports.
    /// After them as warnings what the file says without effect, in the order of its lines.
    pub diagnostics: Vec<Diagnostic>,
}

impl Lint {
    /// What there is to say of one severity.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(move |diagnostic| diagnostic.severity == severity)
    }
}

impl PolicyText {
    /// [`EMBEDDED_DEFAULT`], by that name.
    pub fn embedded_default() -> Self {
        Self::new("embedded default", EMBEDDED_DEFAULT)
    }

    /// The text of a file.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The text that the bytes of a file are.
    pub fn decode(name: &str, bytes: &[u8]) -> Result<Self, Problems> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            Problems(vec![Diagnostic::of_file(name, not_utf8(error.valid_up_to()))])
        })?;
        Ok(Self::new(name, text))
    }

    /// All objects of the file, if nothing is wrong with any of them.
    pub fn load(&self, known: Namespaces) -> Result<Snapshot, Problems> {
        let (objects, problems) = self.objects(known);
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        let mut snapshot = Snapshot::default();
        for (_, object) in objects {
            match object {
                Object::Policy(_, policy) => snapshot.policies.push(policy),
                Object::Exception(_, exception) => snapshot.exceptions.push(exception),
            }
        }
        snapshot.policies.sort_by(|one, other| one.name.cmp(&other.name));
        snapshot.exceptions.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(snapshot)
    }

    /// Checks the file. An exception is compared with the policies only if all of them can be read:
    /// one that is refused may be the one that is missed.
    pub fn lint(&self, now: Timestamp) -> Lint {
        let (objects, mut diagnostics) = self.objects(Namespaces::ByName);
        let policies: Vec<&Policy> =
            objects.iter().filter_map(|(_, object)| object.policy()).collect();
        let others = if diagnostics.is_empty() { policies.as_slice() } else { &[] };
        let warnings = objects.iter().flat_map(|(document, object)| {
            let faults = match object {
                Object::Policy(spec, policy) => lint::policy(spec, policy),
                Object::Exception(spec, exception) => lint::exception(spec, exception, others, now),
            };
            faults.into_iter().map(|fault| Diagnostic {
                severity: Severity::Warning,
                ..self.diagnostic(document, fault)
            })
        });
        let mut warnings: Vec<Diagnostic> = warnings.collect();
        warnings.sort_by_key(|warning| warning.position);
        diagnostics.extend(warnings);
        let policies = policies.len();
        Lint { policies, exceptions: objects.len() - policies, diagnostics }
    }
}
