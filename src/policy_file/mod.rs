//! Policy files: the text of policies and exceptions, YAML or JSON, and where it is wrong.
//!
//! Comes in: a [`PolicyText`]. Goes out: a [`Snapshot`], or every [`Problem`] with file, line, column
//! and field: a file is taken whole or not at all. [`PolicyText::lint`] adds what fits the format and
//! still has no effect. What the objects mean is for the room `api`; the room reads no files.

mod objects;
mod problem;

use jiff::Timestamp;

use crate::api::{Namespaces, lint};
use crate::policy::{Policy, Snapshot};
use objects::Object;

pub use problem::{Problem, Problems};

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
    /// The rules of the format that the file breaks: all that [`PolicyText::load`] reports.
    pub errors: Vec<Problem>,
    /// What the file says without effect, in the order of its lines.
    pub warnings: Vec<Problem>,
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
            let message = format!("is not UTF-8 text (byte {})", error.valid_up_to());
            Problems(vec![Problem::of_file(name, message)])
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
        let (objects, errors) = self.objects(Namespaces::ByName);
        let policies: Vec<&Policy> =
            objects.iter().filter_map(|(_, object)| object.policy()).collect();
        let others = if errors.is_empty() { policies.as_slice() } else { &[] };
        let warnings = objects.iter().flat_map(|(document, object)| {
            let faults = match object {
                Object::Policy(spec, policy) => lint::policy(spec, policy),
                Object::Exception(spec, exception) => lint::exception(spec, exception, others, now),
            };
            faults.into_iter().map(|fault| Problem::located(&self.name, document, fault))
        });
        let mut warnings: Vec<Problem> = warnings.collect();
        warnings.sort_by_key(|problem| (problem.line, problem.column));
        let policies = policies.len();
        Lint { policies, exceptions: objects.len() - policies, errors, warnings }
    }
}
