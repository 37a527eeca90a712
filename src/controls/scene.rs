use std::cell::OnceCell;

use crate::pod::PodView;
use crate::reach::{Model, Reach, Transitive};

/// A pod that is judged, and what controls share of it: each part is worked out once, when the
/// first asks for it.
#[derive(Debug)]
pub struct Scene<'p, 'a> {
    pod: &'p PodView<'a>,
    model: Model,
    /// The containers that a change answers for; all of them where there is none.
    answerable: Option<Vec<bool>>,
    shared: OnceCell<Vec<bool>>,
    reach: OnceCell<Reach<'p, 'a>>,
    transitive: OnceCell<Transitive>,
}

impl<'p, 'a> Scene<'p, 'a> {
    /// A pod as a whole.
    pub fn of(pod: &'p PodView<'a>) -> Self {
        Self {
            pod,
            model: Model::default(),
            answerable: None,
            shared: OnceCell::new(),
            reach: OnceCell::new(),
            transitive: OnceCell::new(),
        }
    }

    /// A pod to which these containers are added, by their places: of the others only what
    /// concerns one of these is asked.
    pub fn adding(pod: &'p PodView<'a>, added: Vec<bool>) -> Self {
        Self { answerable: Some(added), ..Self::of(pod) }
    }

    /// A pod under assumptions of its own.
    pub fn assuming(pod: &'p PodView<'a>, model: &Model) -> Self {
        Self { model: model.clone(), ..Self::of(pod) }
    }

    /// The pod.
    pub fn pod(&self) -> &'p PodView<'a> {
        self.pod
    }

    /// The name of a container, as written; empty where there is none.
    pub fn name(&self, place: usize) -> &'p str {
        self.pod.containers.get(place).map_or("", |container| container.name.as_ref())
    }

    /// Whether the change answers for what concerns this container.
    pub fn answers_for(&self, place: usize) -> bool {
        self.answerable.as_ref().is_none_or(|all| all.get(place) == Some(&true))
    }

    /// For each container, whether others' processes can be in its view.
    pub fn shared(&self) -> &[bool] {
        self.shared.get_or_init(|| self.pod.shared_processes())
    }

    /// Who reaches whom.
    pub fn reach(&self) -> &Reach<'p, 'a> {
        self.reach.get_or_init(|| self.model.reach(self.pod))
    }

    /// Who reaches whom through others.
    pub fn transitive(&self) -> &Transitive {
        self.transitive.get_or_init(|| self.reach().transitive())
    }
}
