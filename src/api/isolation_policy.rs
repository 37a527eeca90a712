use serde::Deserialize;
use serde::de::IgnoredAny;

use super::controls::Controls;
use super::document::Step;
use super::selector::LabelSelector;
use super::words::{NamespaceLabels, Word};
use super::{Broken, Check, Metadata};
use crate::pod::RULES_VERSION;
use crate::policy::{NAMESPACE_NAME_LABEL, Policy, Scope};

/// A policy: which namespaces, which controls, what their findings mean.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct IsolationPolicy {
    #[serde(rename = "apiVersion")]
    _api_version: String,
    #[serde(rename = "kind")]
    _kind: String,
    metadata: Metadata,
    spec: Spec,
    #[serde(rename = "status", default)]
    _status: IgnoredAny,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Spec {
    #[serde(rename = "match", default)]
    scope: Match,
    #[serde(default)]
    namespace_labels: Word<NamespaceLabels>,
    #[serde(default)]
    rules_version: Option<String>,
    controls: Controls,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Match {
    namespace_selector: LabelSelector,
    exclude_namespaces: Vec<String>,
}

impl IsolationPolicy {
    /// The compiled policy, or every rule of the format it breaks.
    pub(super) fn compile(self) -> Result<Policy, Vec<Broken>> {
        let mut check = Check::default();
        let spec = self.spec;
        let path = Step::keys(&["spec", "match", "namespaceSelector"]);
        let namespaces = spec.scope.namespace_selector.compile(&path, &mut check);
        let by_name = namespaces.requirements.iter().all(|one| one.key == NAMESPACE_NAME_LABEL);
        check.require(
            by_name,
            path,
            "a policy file knows namespaces by name only: select by kubernetes.io/metadata.name",
        );
        for (place, name) in spec.scope.exclude_namespaces.iter().enumerate() {
            let mut path = Step::keys(&["spec", "match", "excludeNamespaces"]);
            path.push(Step::Index(place));
            check.require(is_name(name), path, "must be the exact name of a namespace");
        }
        check.require(
            spec.namespace_labels.0 == NamespaceLabels::Ignore,
            Step::keys(&["spec", "namespaceLabels"]),
            "a policy file cannot read the labels of namespaces: write Ignore, or leave it out",
        );
        let known = ["latest", RULES_VERSION];
        let version = spec.rules_version.as_deref().unwrap_or("latest");
        check.require(
            known.contains(&version),
            Step::keys(&["spec", "rulesVersion"]),
            &format!("expected one of {}", known.join(", ")),
        );
        let rules = spec.controls.compile(&mut check);
        let exclude = spec.scope.exclude_namespaces.into_iter().collect();
        let name = self.metadata.name.into();
        check.finish(Policy { name, scope: Scope { namespaces, exclude }, rules })
    }
}

/// Whether this can be the name of a namespace (RFC 1123 label).
pub(super) fn is_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.chars().all(|letter| plain(letter) || letter == '-')
        && name.starts_with(plain)
        && name.ends_with(plain)
}
