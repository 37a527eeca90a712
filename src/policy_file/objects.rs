//! The objects of a policy file, one by one: what is wrong with one of them does not keep the others
//! from being read.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::PolicyText;
use crate::api::types::{self, IsolationExceptionSpec, IsolationPolicySpec};
use crate::api::{API_VERSION, KINDS, Namespaces};
use crate::diagnostic::Diagnostic;
use crate::manifest::{self, SourceValue};
use crate::path::{Fault, FieldPath};
use crate::policy::{Exception, Policy};
use crate::text::did_you_mean;

/// An object of a file that breaks no rule of the format: as it is written, and as it judges.
#[derive(Debug)]
pub(super) enum Object {
    Policy(IsolationPolicySpec, Policy),
    Exception(Box<IsolationExceptionSpec>, Exception),
}

impl Object {
    fn name(&self) -> &str {
        match self {
            Self::Policy(_, policy) => &policy.name,
            Self::Exception(_, exception) => &exception.name,
        }
    }

    pub(super) fn policy(&self) -> Option<&Policy> {
        match self {
            Self::Policy(_, policy) => Some(policy),
            Self::Exception(..) => None,
        }
    }
}

impl PolicyText {
    /// The objects of the file, each with its document, and what is wrong with the others.
    pub(super) fn objects(
        &self,
        known: Namespaces,
    ) -> (Vec<(SourceValue, Object)>, Vec<Diagnostic>) {
        let (mut objects, mut problems) = (Vec::new(), Vec::new());
        let mut names = BTreeSet::new();
        for document in manifest::documents(&self.text) {
            let root = match document {
                Ok(document) => document.root,
                Err(wrong) => {
                    problems.push(Diagnostic::at(&self.name, wrong.span, wrong.message));
                    continue;
                }
            };
            if let Some(key) = root.repeated() {
                let message = format!("duplicate key `{}`", key.text);
                problems.push(Diagnostic::at(&self.name, key.span, message));
                continue;
            }
            let object = object(&root, known).and_then(|(kind, object)| {
                let free = names.insert((kind, object.name().to_owned()));
                if free { Ok(object) } else { Err(vec![twice(kind, object.name())]) }
            });
            match object {
                Ok(object) => objects.push((root, object)),
                Err(faults) => {
                    let faults = faults.into_iter();
                    problems.extend(faults.map(|it| self.diagnostic(&root, it)));
                }
            }
        }
        (objects, problems)
    }

    /// A fault of an object, with its position in the document.
    pub(super) fn diagnostic(&self, document: &SourceValue, fault: Fault) -> Diagnostic {
        let field = fault.path.to_string();
        Diagnostic {
            field,
            ..Diagnostic::at(&self.name, document.locate(&fault.path), fault.message)
        }
    }
}

/// That no two objects of a kind have one name.
fn twice(kind: &str, name: &str) -> Fault {
    let message = format!("duplicate name: another {kind} of this file is called {name}");
    Fault::new(FieldPath::of(&["metadata", "name"]), message)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object with apiVersion, kind, metadata and spec")]
struct Header {
    api_version: Option<String>,
    kind: Option<String>,
}

/// The object of a document, and its kind.
fn object(document: &SourceValue, known: Namespaces) -> Result<(&'static str, Object), Vec<Fault>> {
    let header: Header = read(document)?;
    if header.api_version.as_deref() != Some(API_VERSION) {
        let path = FieldPath::of(&["apiVersion"]);
        return Err(vec![Fault::new(path, format!("must be {API_VERSION}"))]);
    }
    let kind = header.kind.unwrap_or_default();
    match kind.as_str() {
        IsolationPolicySpec::KIND => {
            let types::Object { metadata, spec, .. } =
                read::<types::Object<IsolationPolicySpec>>(document)?;
            let policy = spec.compile(&metadata.name, known)?;
            Ok((IsolationPolicySpec::KIND, Object::Policy(spec, policy)))
        }
        IsolationExceptionSpec::KIND => {
            let types::Object { metadata, spec, .. } =
                read::<types::Object<IsolationExceptionSpec>>(document)?;
            let exception = spec.compile(&metadata.name)?;
            Ok((IsolationExceptionSpec::KIND, Object::Exception(Box::new(spec), exception)))
        }
        _ => {
            let near = did_you_mean(&kind, &KINDS);
            let message = format!("must be {}{near}", KINDS.join(" or "));
            Err(vec![Fault::new(FieldPath::of(&["kind"]), message)])
        }
    }
}

/// A document as a type.
fn read<T: DeserializeOwned>(document: &SourceValue) -> Result<T, Vec<Fault>> {
    manifest::typed(document).map_err(|fault| vec![fault])
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "apiVersion: bulkhead.dev/v1alpha1
kind: IsolationPolicy
metadata: {name: NAME}
spec: {controls: {processReach: {mode: Warn}}}
";

    #[test]
    fn one_bad_object_keeps_the_others() {
        let good = |name: &str| GOOD.replace("NAME", name);
        let table = [
            (good("b"), None),
            (good("B"), Some("f:8:12: metadata.name: must be lower case letters")),
            (good("a"), Some("f:8:12: metadata.name: duplicate name")),
            (
                good("b").replace("{mode: Warn}", ""),
                Some("f:9:19: spec.controls.processReach: needs at least a mode"),
            ),
            ("a: [\n".to_owned(), Some("f:6:4: ")),
            ("a: 1\na: 2\n".to_owned(), Some("f:7:1: duplicate key `a`")),
        ];
        for (text, expected) in table {
            let text = [good("a"), text, good("c")].join("---\n");
            let (objects, problems) = PolicyText::new("f", &*text).objects(Namespaces::ByName);
            let names: Vec<_> = objects.iter().map(|(_, object)| object.name()).collect();
            let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
            match expected {
                None => assert_eq!((names.len(), problems.len()), (3, 0), "{problems:?}"),
                Some(begin) => {
                    assert_eq!(names, ["a", "c"], "{text}");
                    assert!(problems.len() == 1 && problems[0].starts_with(begin), "{problems:?}");
                }
            }
        }
    }
}
