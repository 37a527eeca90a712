//! What a request does to a pod, and how that is judged.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Context, RuleSet, Ruling, Snapshot, delta, evaluate, repairs};
use crate::controls::{Scene, Subject, TOO_MANY_CONTAINERS};
use crate::patch;
use crate::pod::{Container, ContainerKind, PodView};

/// What a request does to a pod.
#[derive(Clone, Debug)]
pub enum Change<'a> {
    /// A pod is created.
    Create(PodView<'a>),
    /// A stored pod is changed.
    Update {
        /// As it will be.
        new: PodView<'a>,
        /// As it is stored.
        old: PodView<'a>,
    },
    /// Ephemeral containers are added to a stored pod.
    Debug {
        /// The stored pod with the ephemeral containers of the request: in the mutating phase the
        /// caller can lie about everything else.
        new: PodView<'a>,
        /// As it is stored.
        old: PodView<'a>,
    },
    /// A template is created or changed; its pods will come later.
    Template {
        /// The kind of the object that has it, e.g. `Deployment`.
        kind: &'static str,
        /// Its pods.
        pod: PodView<'a>,
    },
}

impl<'a> Change<'a> {
    /// The change that adds the ephemeral containers of `sent` to the stored pod.
    pub fn debug(sent: PodView<'a>, old: PodView<'a>) -> Self {
        let ephemeral = |container: &Container<'_>| container.kind == ContainerKind::Ephemeral;
        let mut new = old.clone();
        new.containers.retain(|container| !ephemeral(container));
        new.containers.extend(sent.containers.into_iter().filter(ephemeral));
        new.more_ephemeral = sent.more_ephemeral;
        Self::Debug { new, old }
    }

    /// The pod as it will be.
    pub fn pod(&self) -> &PodView<'a> {
        match self {
            Self::Create(pod) | Self::Template { pod, .. } => pod,
            Self::Update { new, .. } | Self::Debug { new, .. } => new,
        }
    }

    /// The pod as it will be, as far as the change answers for it.
    pub fn scene(&self) -> Scene<'_, 'a> {
        let Self::Debug { new, old } = self else { return Scene::of(self.pod()) };
        let ephemeral = old.containers.iter().filter(|one| one.kind == ContainerKind::Ephemeral);
        let known: BTreeSet<&str> = ephemeral.map(|one| one.name.as_ref()).collect();
        let added = |one: &Container<'_>| {
            one.kind == ContainerKind::Ephemeral && !known.contains(one.name.as_ref())
        };
        Scene::adding(new, new.containers.iter().map(added).collect())
    }
}

/// What a change is answerable for: everything on a new pod or template, else what it adds. The
/// scene is that of the change.
pub fn judge(
    snapshot: &Snapshot,
    change: &Change<'_>,
    scene: &Scene<'_, '_>,
    context: &Context<'_>,
    rules: RuleSet,
) -> Vec<Ruling> {
    let rulings = evaluate(snapshot, scene, context, rules);
    match change {
        Change::Create(_) | Change::Template { .. } => rulings,
        // Most updates change a label, a finalizer or a status: nothing to compare then.
        Change::Update { .. } if rulings.is_empty() => rulings,
        Change::Update { new, old } => {
            let debt = evaluate(snapshot, &Scene::of(old), context, rules);
            let before = delta::Before { pod: old, rulings: &debt };
            delta::added(new, rulings, &before, &snapshot.exceptions, context)
        }
        Change::Debug { .. } => {
            // Where pairs are too many to list, one finding stands for all of them; where containers
            // are, for each of them.
            let (pod, mut views) = (scene.pod(), scene.shared().iter().enumerate());
            let is_counted = pod.is_too_large();
            let adds =
                views.any(|(index, shared)| (*shared || is_counted) && scene.answers_for(index));
            let stands_for_added = adds || pod.more_ephemeral > 0;
            let is_added = |ruling: &Ruling| match ruling.finding.subject {
                Subject::Pod => ruling.finding.reason == TOO_MANY_CONTAINERS && stands_for_added,
                Subject::Container { index, .. } => scene.answers_for(index),
                Subject::Pair(pair) => scene.answers_for(pair.from) || scene.answers_for(pair.to),
            };
            rulings.into_iter().filter(is_added).collect()
        }
    }
}

/// What will happen to the pods of a template, or to a pod that has not been sent yet.
#[derive(Clone, Debug)]
pub struct Forecast<'p, 'a> {
    /// What the mutating phase will repair.
    pub repaired: Vec<Ruling>,
    /// The pod after that.
    pub after: Cow<'p, PodView<'a>>,
    /// What the validating phase will find then.
    pub rest: Vec<Ruling>,
}

/// Judges a pod after the repairs that its creation will bring.
pub fn foresee<'p, 'a>(
    snapshot: &Snapshot,
    pod: &'p PodView<'a>,
    context: &Context<'_>,
) -> Forecast<'p, 'a> {
    let rulings = evaluate(snapshot, &Scene::of(pod), context, RuleSet::All);
    let edits = repairs(&rulings);
    if edits.is_empty() {
        return Forecast { repaired: Vec::new(), after: Cow::Borrowed(pod), rest: rulings };
    }
    let after = patch::apply(pod, &edits);
    let rest = evaluate(snapshot, &Scene::of(&after), context, RuleSet::All);
    let repaired = rulings.into_iter().filter(Ruling::is_repaired).collect();
    Forecast { repaired, after: Cow::Owned(after), rest }
}
