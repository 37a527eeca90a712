//! A pod with all that is known of it.

use std::collections::{BTreeMap, VecDeque};

use super::assume::Assumption;
use crate::controls::Scene;
use crate::pod::PodView;
use crate::reach::{Answer, Answers, Aspect, Aspects, Model, Reach};

/// A pod, or the pods of a template, and who reaches whom in it.
pub(super) struct Subject<'p, 'a> {
    pub(super) file: &'p str,
    pub(super) kind: &'static str,
    pub(super) namespace: Option<&'p str>,
    pub(super) name: Option<&'p str>,
    /// As people know it.
    pub(super) shown_name: Option<&'p str>,
    pub(super) pod: &'p PodView<'a>,
    pub(super) assumed: &'p [Assumption],
    pub(super) scene: Scene<'p, 'a>,
}

/// Its namespace and name as written, and its name as people know it.
type Names<'p> = (Option<&'p str>, Option<&'p str>, Option<&'p str>);

impl<'p, 'a> Subject<'p, 'a> {
    /// Looks at a pod.
    pub(super) fn new(
        (model, assumed): (&Model, &'p [Assumption]),
        pod: &'p PodView<'a>,
        (file, kind): (&'p str, &'static str),
        (namespace, name, shown_name): Names<'p>,
    ) -> Self {
        let scene = Scene::assuming(pod, model);
        Self { file, kind, namespace, name, shown_name, pod, assumed, scene }
    }

    /// Who reaches whom.
    pub(super) fn reach(&self) -> &Reach<'p, 'a> {
        self.scene.reach()
    }

    /// How many containers there are.
    pub(super) fn size(&self) -> usize {
        self.pod.containers.len()
    }

    /// The name of a container, as written.
    pub(super) fn container(&self, place: usize) -> &str {
        self.pod.containers.get(place).map_or("", |container| container.name.as_ref())
    }

    /// Every other container, in the order of the pod.
    pub(super) fn others(&self, from: usize) -> impl Iterator<Item = usize> + use<> {
        (0..self.size()).filter(move |to| *to != from)
    }

    /// What of a container is reached by way of others only, or is surer by that. Who reaches its
    /// memory needs nobody else for the rest of it.
    pub(super) fn further(&self, from: usize, to: usize) -> Aspects {
        let (direct, at_last) =
            (self.reach().answers(from, to), self.scene.transitive().answers(from, to));
        let more = [Answer::Yes, Answer::Possible].map(|sure| {
            let alone = direct.at_least(sure);
            if alone.has(Aspect::Memory) {
                Aspects::NONE
            } else {
                at_last.at_least(sure).without(alone)
            }
        });
        more.into_iter().fold(Aspects::NONE, Aspects::with)
    }

    /// What is reached in the end.
    pub(super) fn at_last(&self, from: usize, to: usize) -> Answers {
        self.reach().answers(from, to).or(self.scene.transitive().answers(from, to))
    }

    /// Whether no container reaches anything of another one, nor of the node.
    pub(super) fn is_quiet(&self) -> bool {
        let reaches = |from| {
            self.reach().neighbours(from).any(|to| self.at_last(from, to).strongest() != Answer::No)
        };
        !self.pod.host_pid && !(0..self.size()).any(reaches)
    }

    /// The shortest way from one container to another through the memory of others, at the
    /// surest: the places between them.
    pub(super) fn way(&self, from: usize, to: usize, aspects: Aspects) -> Vec<usize> {
        let aspects = aspects.with(Aspects::one(Aspect::Memory));
        let ways =
            [Answer::Yes, Answer::Possible].map(|sure| self.way_by((from, to), aspects, sure));
        ways.into_iter().flatten().next().unwrap_or_default()
    }

    fn way_by(
        &self,
        (from, to): (usize, usize),
        aspects: Aspects,
        sure: Answer,
    ) -> Option<Vec<usize>> {
        let memory = Aspects::one(Aspect::Memory);
        let reaches = |one, other, wanted: Aspects| {
            self.reach().answers(one, other).at_least(sure).meets(wanted)
        };
        let mut came = BTreeMap::from([(from, from)]);
        let mut todo = VecDeque::from([from]);
        while let Some(place) = todo.pop_front() {
            if place != from && reaches(place, to, aspects) {
                let before = |place: &usize| came.get(place).copied();
                let back = std::iter::successors(Some(place), before);
                let mut way: Vec<_> = back.take_while(|place| *place != from).collect();
                way.reverse();
                return Some(way);
            }
            for next in self.reach().neighbours(place).filter(|next| *next != to) {
                if !came.contains_key(&next) && reaches(place, next, memory) {
                    came.insert(next, place);
                    todo.push_back(next);
                }
            }
        }
        None
    }
}
