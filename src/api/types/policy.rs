use schemars::JsonSchema;
use serde::Deserialize;

use super::super::names::NAMESPACE_PATTERN;
use super::super::{Check, Namespaces, Object};
use super::controls::Controls;
use super::selector::{LabelSelector, Labels};
use super::words::Word;
use crate::manifest::{Located, Node};
use crate::path::{Fault, FieldPath};
use crate::pod::RULES_VERSION;
use crate::policy::{NAMESPACE_NAME_LABEL, NamespaceLabels, Policy, Scope, is_namespace_name};
use crate::text::did_you_mean;

/// A policy: which namespaces, which controls, what their findings mean.
pub(in crate::api) type IsolationPolicy = Object<Spec>;

/// What the policy judges, and where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "a policy, such as {controls: {shareProcessNamespace: {mode: Warn}}}"
)]
pub(in crate::api) struct Spec {
    /// Where the policy judges; without it in every namespace.
    #[serde(rename = "match", default)]
    scope: Match,
    /// What the labels of a namespace may do to the modes. A policy file cannot read them: Ignore.
    #[serde(default)]
    namespace_labels: Word<NamespaceLabels>,
    /// Which version of the kernel and runtime rules judges; a number in quotes.
    #[serde(default)]
    #[schemars(extend("enum" = [LATEST, RULES_VERSION, null], "default" = LATEST))]
    rules_version: Option<String>,
    /// What is looked for, by control, such as {shareProcessNamespace: {mode: Warn}}. A control
    /// that is absent finds nothing.
    controls: Controls,
}

/// Where a policy judges.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    default,
    expecting = "namespaces, such as {excludeNamespaces: [sandbox]}"
)]
struct Match {
    /// The namespaces in which the policy judges; without it all. A policy file knows namespaces by
    /// name only: by the label kubernetes.io/metadata.name.
    namespace_selector: LabelSelector,
    /// The exact names of namespaces that are left out.
    #[schemars(inner(regex(pattern = NAMESPACE_PATTERN)))]
    exclude_namespaces: Vec<String>,
}

/// The newest rules, whichever these are.
const LATEST: &str = "latest";

impl IsolationPolicy {
    /// The compiled policy, or every rule of the format it breaks.
    pub(in crate::api) fn compile(
        self,
        document: &Located,
        known: Namespaces,
    ) -> Result<Policy, Vec<Fault>> {
        let mut check = Check::default();
        self.metadata.check(&mut check);
        // Elsewhere null means absent. A control that someone wrote down must not be silent.
        for path in nulls_below(document, &FieldPath::of(&["spec", "controls"])) {
            check.require(false, path, "needs at least a mode, such as {mode: Warn}");
        }
        let spec = self.spec;
        let path = FieldPath::of(&["spec", "match", "namespaceSelector"]);
        let namespaces = spec.scope.namespace_selector;
        let namespaces = namespaces.compile(&path, Labels::OfNamespaces, &mut check);
        let by_name = namespaces.requirements.iter().all(|one| one.key == NAMESPACE_NAME_LABEL);
        check.require(
            by_name || known == Namespaces::ByLabels,
            path,
            "a policy file knows namespaces by name only: select by kubernetes.io/metadata.name",
        );
        for (place, name) in spec.scope.exclude_namespaces.iter().enumerate() {
            let path = FieldPath::of(&["spec", "match", "excludeNamespaces"]).index(place);
            check.require(is_namespace_name(name), path, "must be the exact name of a namespace");
        }
        check.require(
            spec.namespace_labels.0 == NamespaceLabels::Ignore || known == Namespaces::ByLabels,
            FieldPath::of(&["spec", "namespaceLabels"]),
            "a policy file cannot read the labels of namespaces: write Ignore, or leave it out",
        );
        let known = [LATEST, RULES_VERSION];
        let version = spec.rules_version.as_deref().unwrap_or(LATEST);
        check.require(
            known.contains(&version),
            FieldPath::of(&["spec", "rulesVersion"]),
            &format!("expected one of {}{}", known.join(", "), did_you_mean(version, &known)),
        );
        let rules = spec.controls.compile(&mut check);
        let exclude = spec.scope.exclude_namespaces.into_iter().collect();
        let name = self.metadata.name.into();
        let scope = Scope { namespaces, exclude };
        let namespace_labels = spec.namespace_labels.0;
        check.finish(Policy { name, scope, namespace_labels, rules })
    }
}

/// The paths of the members of the object at `path` that are there with null.
fn nulls_below(document: &Located, path: &FieldPath) -> Vec<FieldPath> {
    let members = match document.at(path).map(|value| &value.node) {
        Some(Node::Map(map)) => map.members.as_slice(),
        Some(Node::Scalar(_) | Node::List(_)) | None => &[],
    };
    let nulls = members.iter().filter(|(_, value)| value.is_null());
    nulls.map(|(key, _)| path.clone().field(key.text.clone())).collect()
}
