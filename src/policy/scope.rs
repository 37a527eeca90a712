//! A policy, compiled, and the namespaces it concerns.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Context, Mode, NAMESPACE_NAME_LABEL, Rule, Selector};
use crate::controls::Descriptor;

/// Which namespaces a policy concerns.
#[derive(Debug, Default)]
pub struct Scope {
    /// Over the namespace's labels.
    pub namespaces: Selector,
    /// Exact names that are left out.
    pub exclude: BTreeSet<String>,
}

/// What the label `bulkhead.dev/<control-id>` of a namespace may do to the mode of a control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NamespaceLabels {
    /// Nothing.
    #[default]
    Ignore,
    /// Make it stronger.
    Tighten,
    /// Replace it.
    Override,
}

/// A compiled policy.
#[derive(Debug)]
pub struct Policy {
    /// `metadata.name`.
    pub name: Arc<str>,
    /// The namespaces.
    pub scope: Scope,
    /// What their labels may do.
    pub namespace_labels: NamespaceLabels,
    /// The controls that are not absent.
    pub rules: Vec<Rule>,
}

impl Policy {
    /// Whether the namespace is concerned. A label that is not known is taken as absent: whoever
    /// may lack some asks [`Policy::needs_labels`] first.
    pub(super) fn concerns(&self, context: &Context<'_>) -> bool {
        let label = |key: &str| match key {
            NAMESPACE_NAME_LABEL => Some(context.namespace),
            _ => context.labels.and_then(|labels| labels.get(key)).map(String::as_str),
        };
        !self.scope.exclude.contains(context.namespace) && self.scope.namespaces.matches(label)
    }

    /// Whether more than its name must be known of a namespace to judge by this policy there.
    pub fn needs_labels(&self, namespace: &str) -> bool {
        let requirements = &self.scope.namespaces.requirements;
        let (by_name, by_label): (Vec<_>, Vec<_>) =
            requirements.iter().partition(|one| one.key == NAMESPACE_NAME_LABEL);
        !self.scope.exclude.contains(namespace)
            && by_name.iter().all(|one| one.holds(Some(namespace)))
            && (!by_label.is_empty() || self.namespace_labels != NamespaceLabels::Ignore)
    }

    /// The rules that ask a control, and what a finding of each means in this namespace.
    pub(super) fn rules_of(
        &self,
        descriptor: &'static Descriptor,
        context: &Context<'_>,
    ) -> impl Iterator<Item = (&Rule, Mode)> {
        let asked = self.rules.iter().filter(move |rule| rule.control.descriptor() == descriptor);
        let labelled = match self.namespace_labels {
            NamespaceLabels::Ignore => None,
            NamespaceLabels::Tighten | NamespaceLabels::Override => labelled(descriptor, context),
        };
        let mode = move |rule: &Rule| match (self.namespace_labels, labelled) {
            (NamespaceLabels::Tighten, Some(mode)) => rule.mode.max(mode),
            (NamespaceLabels::Override, Some(mode)) => mode,
            (NamespaceLabels::Ignore, _) | (_, None) => rule.mode,
        };
        asked.map(move |rule| (rule, mode(rule))).filter(|(_, mode)| *mode != Mode::Disabled)
    }
}

/// The mode that the namespace's label asks for; a value that is no mode counts as absent.
fn labelled(descriptor: &Descriptor, context: &Context<'_>) -> Option<Mode> {
    let value = context.labels?.get(&format!("bulkhead.dev/{}", descriptor.id))?;
    Mode::by_name(value)
}
