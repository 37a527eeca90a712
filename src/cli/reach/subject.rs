//! A pod with all that is known of it.

use crate::pod::PodView;
use crate::reach::Matrix;

/// A pod, or the pods of a template, and who reaches whom in it.
pub(super) struct Subject<'p, 'a> {
    pub(super) file: &'p str,
    pub(super) kind: &'static str,
    /// As written.
    pub(super) namespace: Option<&'p str>,
    /// As written.
    pub(super) name: Option<&'p str>,
    /// As people know it.
    pub(super) shown_name: Option<&'p str>,
    pub(super) pod: &'p PodView<'a>,
    pub(super) matrix: Matrix<'p, 'a>,
}

impl Subject<'_, '_> {
    /// How many containers there are.
    pub(super) fn size(&self) -> usize {
        self.pod.containers.len()
    }

    /// The name of a container, as written.
    pub(super) fn container(&self, index: usize) -> &str {
        self.pod.containers.get(index).map_or("", |container| container.name.as_ref())
    }

    /// Every other container, in the order of the pod.
    pub(super) fn others(&self, from: usize) -> impl Iterator<Item = usize> + use<> {
        (0..self.size()).filter(move |to| *to != from)
    }
}
