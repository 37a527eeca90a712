use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Context, Pattern, Requester, Selector};
use crate::controls::Finding;
use crate::pod::{Container, ContainerKind, PodView};
use crate::reach::Aspects;

/// A compiled exception: it subtracts single findings, never a rule.
///
/// Only namespace and requester authorise; everything else narrows, because labels, names and
/// images are the author's own choice.
#[derive(Clone, Debug)]
pub struct Exception {
    /// `metadata.name`.
    pub name: Arc<str>,
    /// The ids of the controls whose findings it may subtract.
    pub controls: BTreeSet<&'static str>,
    /// The exact names of the namespaces.
    pub namespaces: BTreeSet<String>,
    /// When it ends; `None` for a permanent one.
    pub expires_at: Option<Timestamp>,
    /// Over the pod's labels.
    pub pods: Selector,
    /// Container names; empty for any.
    pub containers: Vec<Pattern>,
    /// Container kinds; empty for any.
    pub container_kinds: Vec<ContainerKind>,
    /// Pairs, for `process-reach`; empty for any. A finding on one container is covered where that
    /// container is the first of one.
    pub pairs: Vec<Pair>,
    /// Images; empty for any.
    pub images: Vec<Pattern>,
    /// Requesters; empty for any.
    pub subjects: Vec<Subject>,
    /// Whether it covers only pods without a controller.
    pub bare_pods: bool,
}

/// One ordered pair of containers.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The container that reaches.
    pub from: Pattern,
    /// The container that is reached.
    pub to: Pattern,
    /// The aspects.
    pub aspects: Aspects,
}

/// A requester an exception is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// User or group; a service account is the user `system:serviceaccount:NAMESPACE:NAME`.
    pub kind: SubjectKind,
    /// The exact name.
    pub name: String,
}

/// What a subject's name is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    /// The user name.
    User,
    /// Any of the groups.
    Group,
}

impl Exception {
    /// Whether it subtracts this finding for an authorised requester.
    pub fn covers(&self, finding: &Finding, pod: &PodView<'_>, context: &Context<'_>) -> bool {
        self.concerns(finding.control.id, context)
            && !(self.bare_pods && pod.controlled)
            && self.pods.matches(|key| pod.labels.get(key).map(AsRef::as_ref))
            && self.covers_container(finding, pod)
    }

    /// Whether it was bound to the image of a container, and another image is not covered.
    ///
    /// What else narrows it is not asked: whoever changes an image can change labels and owner
    /// references before, and would so take its cover along. Who was excepted is not stored.
    pub fn is_left(
        &self,
        control: &str,
        old: &Container<'_>,
        image: &str,
        context: &Context<'_>,
    ) -> bool {
        !self.images.is_empty()
            && self.concerns(control, context)
            && self.names(old)
            && !self.images.iter().any(|pattern| pattern.matches(image))
    }

    fn concerns(&self, control: &str, context: &Context<'_>) -> bool {
        self.expires_at.is_none_or(|end| context.now < end)
            && self.controls.contains(control)
            && self.namespaces.contains(context.namespace)
    }

    /// Whether the requester may use it; an unknown one only where it has no subjects.
    pub fn authorises(&self, requester: Option<&Requester>) -> bool {
        self.subjects.is_empty()
            || requester.is_some_and(|requester| {
                self.subjects.iter().any(|subject| match subject.kind {
                    SubjectKind::User => subject.name == requester.user,
                    SubjectKind::Group => requester.groups.contains(&subject.name),
                })
            })
    }

    /// An exception that narrows by container never covers a finding on the pod as a whole.
    fn covers_container(&self, finding: &Finding, pod: &PodView<'_>) -> bool {
        let narrow = !(self.containers.is_empty()
            && self.container_kinds.is_empty()
            && self.images.is_empty()
            && self.pairs.is_empty());
        let about = finding.container.as_ref();
        let container = about.and_then(|about| pod.containers.get(about.place));
        !narrow || container.is_some_and(|container| self.names(container))
    }

    /// The aspects of a finding on a pair that it subtracts, where it covers the finding; all of
    /// them for other findings.
    pub fn aspects(&self, finding: &Finding) -> Aspects {
        let (Some(from), Some(pair), false) =
            (&finding.container, &finding.pair, self.pairs.is_empty())
        else {
            return Aspects::ALL;
        };
        let matching = self
            .pairs
            .iter()
            .filter(|one| one.from.matches(&from.name) && one.to.matches(&pair.to.name));
        matching.fold(Aspects::NONE, |all, one| all.with(one.aspects))
    }

    fn names(&self, container: &Container<'_>) -> bool {
        let any = |patterns: &[Pattern], text: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
        };
        let first = self.pairs.iter().any(|pair| pair.from.matches(&container.name));
        (first || self.pairs.is_empty())
            && any(&self.containers, &container.name)
            && any(&self.images, &container.image)
            && (self.container_kinds.is_empty() || self.container_kinds.contains(&container.kind))
    }
}
