use std::cell::OnceCell;

use crate::pod::PodView;
use crate::reach::{Matrix, Model};
use crate::text;

/// A pod that is judged, and what controls share of it: each part is worked out once, when the
/// first asks for it.
#[derive(Debug)]
pub struct Scene<'p, 'a> {
    pod: &'p PodView<'a>,
    /// The containers that a change answers for; all of them where there is none.
    answerable: Option<Vec<bool>>,
    shared: OnceCell<Vec<bool>>,
    matrix: OnceCell<Matrix<'p, 'a>>,
}

impl<'p, 'a> Scene<'p, 'a> {
    /// A pod as a whole.
    pub fn of(pod: &'p PodView<'a>) -> Self {
        Self { pod, answerable: None, shared: OnceCell::new(), matrix: OnceCell::new() }
    }

    /// A pod to which these containers are added, by their indices: of the others only what
    /// concerns one of these is asked.
    pub fn adding(pod: &'p PodView<'a>, added: Vec<bool>) -> Self {
        Self { answerable: Some(added), ..Self::of(pod) }
    }

    /// The pod.
    pub fn pod(&self) -> &'p PodView<'a> {
        self.pod
    }

    /// The name of a container, as written; empty where there is none.
    pub fn name(&self, index: usize) -> &'p str {
        self.pod.containers.get(index).map_or("", |container| container.name.as_ref())
    }

    /// Containers as the subject of a line: their kind where they have one, and the names of the first
    /// ones.
    pub fn who(&self, indices: &[usize], most: usize) -> String {
        let mut nouns =
            indices.iter().filter_map(|it| Some(self.pod.containers.get(*it)?.kind.noun()));
        let first = nouns.next().unwrap_or("container");
        let noun = if nouns.all(|noun| noun == first) { first } else { "container" };
        let plural = if indices.len() == 1 { "" } else { "s" };
        let names = text::listed(indices.iter().map(|it| self.name(*it)), most);
        format!("{noun}{plural} {names}")
    }

    /// Whether the change answers for what concerns this container.
    pub fn answers_for(&self, index: usize) -> bool {
        self.answerable.as_ref().is_none_or(|all| all.get(index) == Some(&true))
    }

    /// For each container, whether others' processes can be in its view.
    pub fn shared(&self) -> &[bool] {
        self.shared.get_or_init(|| self.pod.shared_processes())
    }

    /// Who reaches whom.
    pub fn matrix(&self) -> &Matrix<'p, 'a> {
        self.matrix.get_or_init(|| Model::default().matrix(self.pod))
    }
}
