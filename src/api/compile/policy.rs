use super::selector::Labels;
use super::{Faults, Namespaces};
use crate::api::types::{IsolationPolicySpec, LATEST};
use crate::path::{Fault, FieldPath};
use crate::pod::RULES_VERSION;
use crate::policy::{NAMESPACE_NAME_LABEL, NamespaceLabels, Policy, Scope, is_namespace_name};
use crate::text::did_you_mean;

impl IsolationPolicySpec {
    /// The policy that judges by this spec, or every rule of the format it breaks.
    pub(crate) fn compile(&self, name: &str, known: Namespaces) -> Result<Policy, Vec<Fault>> {
        let mut faults = Faults::default();
        faults.name(name);
        for field in &self.controls.nulls {
            let path = FieldPath::of(&["spec", "controls"]).field(field.clone());
            faults.require(false, path, "needs at least a mode, such as {mode: Warn}");
        }
        let path = FieldPath::of(&["spec", "match", "namespaceSelector"]);
        let namespaces = &self.scope.namespace_selector;
        let namespaces = namespaces.compile(&path, Labels::OfNamespaces, &mut faults);
        let by_name = namespaces.requirements.iter().all(|one| one.key == NAMESPACE_NAME_LABEL);
        faults.require(
            by_name || known == Namespaces::ByLabels,
            path,
            "a policy file knows namespaces by name only: select by kubernetes.io/metadata.name",
        );
        for (index, name) in self.scope.exclude_namespaces.iter().enumerate() {
            let path = FieldPath::of(&["spec", "match", "excludeNamespaces"]).index(index);
            faults.require(is_namespace_name(name), path, "must be the exact name of a namespace");
        }
        faults.require(
            self.namespace_labels.0 == NamespaceLabels::Ignore || known == Namespaces::ByLabels,
            FieldPath::of(&["spec", "namespaceLabels"]),
            "a policy file cannot read the labels of namespaces: write Ignore, or leave it out",
        );
        let versions = [LATEST, RULES_VERSION];
        let version = self.rules_version.as_deref().unwrap_or(LATEST);
        faults.require(
            versions.contains(&version),
            FieldPath::of(&["spec", "rulesVersion"]),
            &format!("expected one of {}{}", versions.join(", "), did_you_mean(version, &versions)),
        );
        let rules = self.controls.settings.compile(&mut faults);
        let exclude = self.scope.exclude_namespaces.iter().cloned().collect();
        faults.finish(Policy {
            name: name.into(),
            scope: Scope { namespaces, exclude },
            namespace_labels: self.namespace_labels.0,
            rules,
        })
    }
}
