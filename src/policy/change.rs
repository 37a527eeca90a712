use std::collections::BTreeSet;

use super::{Context, Ruling, Snapshot, delta, evaluate, repairs};
use crate::controls::{ContainerRef, Edit, TOO_MANY_CONTAINERS};
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
    Template(PodView<'a>),
}

impl<'a> Change<'a> {
    /// The change that adds the ephemeral containers of `sent` to the stored pod.
    pub fn debug(sent: PodView<'a>, old: PodView<'a>) -> Self {
        let ephemeral = |container: &Container<'_>| container.kind == ContainerKind::Ephemeral;
        let mut new = old.clone();
        new.containers.retain(|container| !ephemeral(container));
        new.containers.extend(sent.containers.into_iter().filter(ephemeral));
        Self::Debug { new, old }
    }

    /// The pod as it will be.
    pub fn pod(&self) -> &PodView<'a> {
        match self {
            Self::Create(pod) | Self::Template(pod) => pod,
            Self::Update { new, .. } | Self::Debug { new, .. } => new,
        }
    }
}

/// What a change is answerable for: everything on a new pod or template, else what it adds.
pub fn judge(snapshot: &Snapshot, change: &Change<'_>, context: &Context<'_>) -> Vec<Ruling> {
    let rulings = evaluate(snapshot, change.pod(), context);
    match change {
        Change::Create(_) | Change::Template(_) => rulings,
        // Most updates change a label, a finalizer or a status: nothing to compare then.
        Change::Update { .. } if rulings.is_empty() => rulings,
        Change::Update { new, old } => {
            let debt = evaluate(snapshot, old, context);
            delta::added((new, rulings), (old, &debt), &snapshot.exceptions, context)
        }
        Change::Debug { old, .. } => {
            let ephemeral =
                old.containers.iter().filter(|one| one.kind == ContainerKind::Ephemeral);
            let known: BTreeSet<&str> = ephemeral.map(|one| one.name.as_ref()).collect();
            let added = |one: &ContainerRef| {
                one.kind == ContainerKind::Ephemeral && !known.contains(one.name.as_str())
            };
            // Of a pair, either end.
            // Where pairs are too many to list, one finding stands for all of them.
            let pod = change.pod();
            let joins = pod.containers.iter().zip(pod.shared_processes());
            let joins = joins.filter(|(_, shared)| *shared).any(|(one, _)| {
                one.kind == ContainerKind::Ephemeral && !known.contains(one.name.as_ref())
            });
            let stands_for_pairs =
                |ruling: &Ruling| ruling.finding.reason == TOO_MANY_CONTAINERS && joins;
            let is_new = |ruling: &Ruling| {
                let (one, pair) = (ruling.finding.container.as_ref(), ruling.finding.pair.as_ref());
                one.is_some_and(added)
                    || pair.is_some_and(|pair| added(&pair.to))
                    || stands_for_pairs(ruling)
            };
            rulings.into_iter().filter(is_new).collect()
        }
    }
}

/// What will happen to the pods of a template, or to a pod that has not been sent yet.
#[derive(Clone, Debug, Default)]
pub struct Foreseen {
    /// What the mutating phase will mend.
    pub repaired: Vec<Ruling>,
    /// The edits that mend it.
    pub edits: Vec<Edit>,
    /// What the validating phase will find then.
    pub rest: Vec<Ruling>,
}

/// Judges a pod after the repairs that its creation will bring.
pub fn foresee(snapshot: &Snapshot, pod: &PodView<'_>, context: &Context<'_>) -> Foreseen {
    let rulings = evaluate(snapshot, pod, context);
    let edits = repairs(&rulings);
    if edits.is_empty() {
        return Foreseen { rest: rulings, ..Foreseen::default() };
    }
    let rest = evaluate(snapshot, &patch::apply(pod, &edits), context);
    let repaired = rulings.into_iter().filter(Ruling::is_repaired).collect();
    Foreseen { repaired, edits, rest }
}
