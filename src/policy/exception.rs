//! An exception, compiled.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Context, ImagePattern, Pattern, Requester, Selector};
use crate::pod::{Container, ContainerKind, Image, PodView};
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
    pub images: Vec<ImagePattern>,
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
    /// Whether it may subtract findings of this pod for an authorised requester.
    pub(super) fn applies(&self, pod: &PodView<'_>, context: &Context<'_>) -> bool {
        self.is_in_force(context)
            && !(self.bare_pods && pod.controlled)
            // Of too many labels some were not read: whoever selects by them covers nothing.
            && (pod.more_labels == 0 || self.pods.requirements.is_empty())
            && self.pods.matches(|key| pod.labels.get(key).map(AsRef::as_ref))
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
            && self.is_in_force(context)
            && self.controls.contains(control)
            && self.names(old, Image::parse(&old.image).as_ref())
            && !self.is_of(Image::parse(image).as_ref())
    }

    fn is_in_force(&self, context: &Context<'_>) -> bool {
        self.expires_at.is_none_or(|end| context.now < end)
            && self.namespaces.contains(context.namespace)
    }

    /// Whether the requester may use it; an unknown one only where it has no subjects.
    pub fn authorises(&self, requester: Option<&Requester<'_>>) -> bool {
        self.subjects.is_empty()
            || requester.is_some_and(|requester| {
                self.subjects.iter().any(|subject| match subject.kind {
                    SubjectKind::User => subject.name == requester.user,
                    SubjectKind::Group => requester.groups.iter().any(|one| *one == subject.name),
                })
            })
    }

    /// Whether it narrows by container: then it never covers a finding on the pod as a whole.
    pub(super) fn is_narrow(&self) -> bool {
        !(self.containers.is_empty()
            && self.container_kinds.is_empty()
            && self.images.is_empty()
            && self.pairs.is_empty())
    }

    /// Whether the image is one of its images; what is no reference to an image is none.
    fn is_of(&self, image: Option<&Image<'_>>) -> bool {
        image.is_some_and(|image| self.images.iter().any(|pattern| pattern.matches(image)))
    }

    /// Whether it covers this container with its image, where it narrows by container.
    pub(super) fn names(&self, container: &Container<'_>, image: Option<&Image<'_>>) -> bool {
        let called = |name: &str| self.containers.iter().any(|pattern| pattern.matches(name));
        let first = self.pairs.iter().any(|pair| pair.from.matches(&container.name));
        (first || self.pairs.is_empty())
            && (self.containers.is_empty() || called(&container.name))
            && (self.images.is_empty() || self.is_of(image))
            && (self.container_kinds.is_empty() || self.container_kinds.contains(&container.kind))
    }
}
