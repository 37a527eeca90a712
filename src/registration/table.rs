//! The one table of endpoints: what each judges, and the webhooks that call it. Routes, rules, chart and
//! verbs follow it.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::AcceptedKinds;
use crate::decision::Phase;
use crate::objects::{KINDS, Layout};

/// One path of the server: what becomes of a review there, and which webhooks send it.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// Without the slash.
    pub path: &'static str,
    /// What is answered.
    pub phase: Phase,
    /// What it judges.
    pub judges: AcceptedKinds,
    /// Who calls it.
    pub webhooks: &'static [Webhook],
}

/// One entry of a configuration.
#[derive(Debug)]
pub struct Webhook {
    /// Unique in the cluster, as the API server wants it.
    pub name: &'static str,
    /// In which configuration it is.
    pub kind: WebhookKind,
    /// What a call without an answer does.
    pub failure_policy: &'static str,
    /// Where it is called.
    pub namespaces: Namespaces,
    /// What it is called for.
    pub rules: &'static [Rule],
    /// A name and an expression, without which it is not called.
    pub condition: Option<(&'static str, &'static str)>,
}

/// The two kinds of configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookKind {
    /// May repair.
    Mutating,
    /// May deny.
    Validating,
}

/// In which namespaces a webhook is called, besides the excluded ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespaces {
    /// In all.
    All,
    /// Where an unanswered call refuses.
    Enforced,
    /// Where it does not.
    Advised,
}

/// What an API server asks about.
#[derive(Debug)]
pub struct Rule {
    /// A resource does not match its subresources.
    pub resources: Resources,
    /// `CREATE`, `UPDATE`.
    pub operations: &'static [&'static str],
}

/// Resources, in the plural.
#[derive(Debug)]
pub enum Resources {
    /// This one of the core group.
    Core(&'static str),
    /// Of every kind that holds a pod template.
    Templates,
}

/// What is served, and what is registered for it: routes, entries, chart and verbs follow it.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "mutate",
        phase: Phase::Mutate,
        judges: AcceptedKinds::Both,
        webhooks: &[Webhook {
            name: "mutate.bulkhead.dev",
            kind: WebhookKind::Mutating,
            failure_policy: "Ignore",
            namespaces: Namespaces::All,
            rules: &[CREATED, DEBUGGED],
            condition: None,
        }],
    },
    Endpoint {
        path: "validate",
        phase: Phase::Validate,
        judges: AcceptedKinds::Pods,
        webhooks: &[
            Webhook {
                name: "enforce.bulkhead.dev",
                kind: WebhookKind::Validating,
                failure_policy: "Fail",
                namespaces: Namespaces::Enforced,
                rules: PODS,
                condition: Some(SPEC_CHANGED),
            },
            Webhook {
                name: "advisory.bulkhead.dev",
                kind: WebhookKind::Validating,
                failure_policy: "Ignore",
                namespaces: Namespaces::Advised,
                rules: PODS,
                condition: Some(SPEC_CHANGED),
            },
        ],
    },
    Endpoint {
        path: "advise",
        phase: Phase::Advise,
        judges: AcceptedKinds::Templates,
        webhooks: &[Webhook {
            name: "advise.bulkhead.dev",
            kind: WebhookKind::Validating,
            failure_policy: "Ignore",
            namespaces: Namespaces::All,
            rules: &[TEMPLATES],
            condition: None,
        }],
    },
];

const WRITTEN: &[&str] = &["CREATE", "UPDATE"];
const CREATED: Rule = Rule { resources: Resources::Core("pods"), operations: &["CREATE"] };
const CHANGED: Rule = Rule { resources: Resources::Core("pods"), operations: WRITTEN };
const DEBUGGED: Rule =
    Rule { resources: Resources::Core("pods/ephemeralcontainers"), operations: &["UPDATE"] };
const RESIZED: Rule = Rule { resources: Resources::Core("pods/resize"), operations: &["UPDATE"] };
const PODS: &[Rule] = &[CHANGED, DEBUGGED, RESIZED];
const TEMPLATES: Rule = Rule { resources: Resources::Templates, operations: WRITTEN };

/// Most updates of pods are of their status or labels, which no judgement depends on. A part of a
/// pod that is changed by a path of its own has a subresource here; without one the key is absent,
/// and an expression that fails would count as an outage.
const SPEC_CHANGED: (&str, &str) = (
    "spec-changed",
    "request.operation != 'UPDATE' || has(request.subResource) || object.spec != oldObject.spec",
);

impl WebhookKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Mutating, Self::Validating];

    /// The `kind` of the object.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mutating => "MutatingWebhookConfiguration",
            Self::Validating => "ValidatingWebhookConfiguration",
        }
    }
}

impl Resources {
    /// The resources by their group.
    pub(super) fn by_group(&self) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        match self {
            Self::Core(name) => [("", [*name].into())].into(),
            Self::Templates => {
                let mut all = BTreeMap::<_, BTreeSet<_>>::new();
                for kind in KINDS.iter().filter(|kind| kind.layout != Layout::Pod) {
                    all.entry(kind.group).or_default().insert(kind.resource);
                }
                all
            }
        }
    }
}

/// Every webhook, with the endpoint that it calls.
pub fn webhooks() -> impl Iterator<Item = (&'static Endpoint, &'static Webhook)> {
    ENDPOINTS.iter().flat_map(|endpoint| endpoint.webhooks.iter().map(move |it| (endpoint, it)))
}

/// Whether an entry of a configuration is one of ours.
pub fn is_ours(name: &str) -> bool {
    webhooks().any(|(_, webhook)| webhook.name == name)
}

/// The paths as a list, for people.
pub fn paths() -> String {
    let mut paths: Vec<_> =
        ENDPOINTS.iter().map(|endpoint| format!("/{}", endpoint.path)).collect();
    let last = paths.pop().unwrap_or_default();
    if paths.is_empty() { last } else { format!("{} and {last}", paths.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_registered_for_an_endpoint_is_what_it_judges() {
        for (endpoint, webhook) in webhooks() {
            for (group, resources) in webhook.rules.iter().flat_map(|it| it.resources.by_group()) {
                for resource in resources {
                    let name = resource.split('/').next().unwrap();
                    let kind = crate::objects::by_resource(group, name).unwrap();
                    let is_pod = kind.layout == Layout::Pod;
                    let fits = match endpoint.judges {
                        AcceptedKinds::Pods => is_pod,
                        AcceptedKinds::Templates => !is_pod,
                        AcceptedKinds::Both => true,
                    };
                    assert!(fits, "{}: {resource}", webhook.name);
                }
            }
        }
    }

    #[test]
    fn each_kind_that_holds_a_pod_is_asked_about_by_someone_who_may_deny_or_advise() {
        let validating = webhooks().filter(|(_, it)| it.kind == WebhookKind::Validating);
        let rules: Vec<_> = validating.flat_map(|(_, webhook)| webhook.rules).collect();
        for kind in KINDS {
            let asked = rules.iter().any(|rule| {
                rule.operations == WRITTEN
                    && rule
                        .resources
                        .by_group()
                        .get(kind.group)
                        .is_some_and(|it| it.contains(kind.resource))
            });
            assert!(asked, "{}", kind.kind);
        }
    }

    #[test]
    fn names_and_paths_are_unique() {
        let names: BTreeSet<_> = webhooks().map(|(_, webhook)| webhook.name).collect();
        assert_eq!(names.len(), webhooks().count());
        let all: BTreeSet<_> = ENDPOINTS.iter().map(|endpoint| endpoint.path).collect();
        assert_eq!(all.len(), ENDPOINTS.len());
        assert_eq!(paths(), "/mutate, /validate and /advise");
    }
}
