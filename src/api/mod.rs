//! The policy file: custom resources as YAML or JSON text, versioned, compiled to a [`Snapshot`].
//!
//! Comes in: text and the name of its file. Goes out: a snapshot, or every [`Diagnostic`] with file,
//! line, column and field. An object is taken whole or not at all, and so is a file. [`lint()`] tells
//! what fits the format and still has no effect.

mod controls;
mod exception;
mod isolation_policy;
mod lint;
mod names;
mod schema;
mod selector;
mod words;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::diagnostic::Diagnostic;
use crate::manifest::{self, Located};
use crate::path::{Fault, FieldPath};
use crate::policy::{Exception, Policy, Snapshot};
use crate::text::did_you_mean;

pub use lint::{Lint, lint};
pub use schema::schemas;

/// `apiVersion` of every object here.
pub const API_VERSION: &str = "bulkhead.dev/v1alpha1";

/// What judges without `--policy`: every control warns, the two noisiest are audited.
pub const EMBEDDED_DEFAULT: &str = include_str!("default-policy.yaml");

/// A fault of an object, with its position in the document.
fn diagnostic(fault: Fault, file: &str, document: &Located) -> Diagnostic {
    let field = fault.path.to_string();
    Diagnostic { field, ..Diagnostic::at(file, document.locate(&fault.path), fault.message) }
}

/// The rules an object breaks, collected so that all of them are told at once.
#[derive(Debug, Default)]
struct Check(Vec<Fault>);

impl Check {
    fn require(&mut self, holds: bool, path: FieldPath, message: &str) {
        if !holds {
            self.0.push(Fault::new(path, message));
        }
    }

    fn finish<T>(self, value: T) -> Result<T, Vec<Fault>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}

/// An object of any kind here; what an API server adds to one is ignored.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "an object with apiVersion, kind, metadata and spec"
)]
struct Object<S> {
    /// The version of the format.
    #[serde(rename = "apiVersion")]
    _api_version: String,
    /// Which kind of object this is.
    #[serde(rename = "kind")]
    _kind: String,
    /// The name of the object, and what else Kubernetes keeps there.
    metadata: Metadata,
    spec: S,
    /// What an API server adds; ignored.
    #[serde(rename = "status", default)]
    #[schemars(schema_with = "schema::anything")]
    _status: IgnoredAny,
}

/// `metadata`, as far as it counts; what an API server adds is ignored.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(expecting = "metadata, such as {name: baseline}")]
struct Metadata {
    /// What the object is called, once among those of its kind (RFC 1123 subdomain).
    #[schemars(regex(pattern = names::SUBDOMAIN_PATTERN), length(max = 253))]
    name: String,
}

impl Metadata {
    fn check(&self, check: &mut Check) {
        let path = FieldPath::of(&["metadata", "name"]);
        check.require(names::is_subdomain(&self.name), path, names::SUBDOMAIN);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object with apiVersion, kind, metadata and spec")]
struct Header {
    api_version: Option<String>,
    kind: Option<String>,
}

/// What is known of namespaces where a policy is to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespaces {
    /// Their names: a policy that asks for labels is refused.
    ByName,
    /// Their labels, too, of those that are known at all.
    ByLabels,
}

/// Reads and compiles all documents of a policy file.
pub fn load(file: &str, text: &str, known: Namespaces) -> Result<Snapshot, Vec<Diagnostic>> {
    let (objects, problems) = objects(file, text, known);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut snapshot = Snapshot::default();
    for (_, object) in objects {
        match object {
            Compiled::Policy(policy) => snapshot.policies.push(policy),
            Compiled::Exception(exception) => snapshot.exceptions.push(exception),
        }
    }
    snapshot.policies.sort_by(|one, other| one.name.cmp(&other.name));
    snapshot.exceptions.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(snapshot)
}

/// An object of a file that breaks no rule of the format.
enum Compiled {
    Policy(Policy),
    Exception(Exception),
}

impl Compiled {
    fn name(&self) -> &str {
        match self {
            Self::Policy(policy) => &policy.name,
            Self::Exception(exception) => &exception.name,
        }
    }
}

/// The objects of a file, each with its document, and what is wrong with the others.
fn objects(
    file: &str,
    text: &str,
    known: Namespaces,
) -> (Vec<(Located, Compiled)>, Vec<Diagnostic>) {
    let (mut objects, mut problems) = (Vec::new(), Vec::new());
    let mut names = BTreeSet::new();
    for document in manifest::documents(text) {
        let root = match document {
            Ok(document) => document.root,
            Err(broken) => {
                problems.push(Diagnostic::at(file, broken.place, broken.message));
                continue;
            }
        };
        if let Some(key) = root.repeated() {
            let message = format!("the key `{}` stands twice", key.text);
            problems.push(Diagnostic::at(file, key.place, message));
            continue;
        }
        match object(&root, known, &mut names) {
            Ok(object) => objects.push((root, object)),
            Err(faults) => {
                problems.extend(faults.into_iter().map(|it| diagnostic(it, file, &root)));
            }
        }
    }
    (objects, problems)
}

/// The kinds of a policy file.
const KINDS: [&str; 2] = ["IsolationPolicy", "IsolationException"];

/// Compiles one document; no other of its kind may have its name.
fn object(
    document: &Located,
    known: Namespaces,
    names: &mut BTreeSet<(String, String)>,
) -> Result<Compiled, Vec<Fault>> {
    let header: Header = read(document)?;
    let mut check = Check::default();
    let version = header.api_version.unwrap_or_default();
    check.require(
        version == API_VERSION,
        FieldPath::of(&["apiVersion"]),
        &format!("must be {API_VERSION}"),
    );
    let kind = header.kind.unwrap_or_default();
    check.finish(())?;
    let object = match kind.as_str() {
        "IsolationPolicy" => {
            let policy = read::<isolation_policy::IsolationPolicy>(document)?;
            Compiled::Policy(policy.compile(document, known)?)
        }
        "IsolationException" => {
            let exception = read::<exception::IsolationException>(document)?;
            Compiled::Exception(exception.compile()?)
        }
        _ => {
            let near = did_you_mean(&kind, &KINDS);
            let message = format!("must be {}{near}", KINDS.join(" or "));
            return Err(vec![Fault::new(FieldPath::of(&["kind"]), message)]);
        }
    };
    let mut check = Check::default();
    let path = FieldPath::of(&["metadata", "name"]);
    let name = object.name().to_owned();
    let message = format!("stands twice: another {kind} of this file is called {name}");
    check.require(names.insert((kind, name)), path, &message);
    check.finish(object)
}

/// A document as a type.
fn read<T: DeserializeOwned>(document: &Located) -> Result<T, Vec<Fault>> {
    manifest::typed(document).map_err(|fault| vec![fault])
}
