//! The controls: one file each, and the registry.
//!
//! A control looks at a [`PodView`] and returns findings; it does not know who asks, in which
//! phase, or what a finding will mean. A new control is one file here, two lines below, one typed
//! field in `api`, and one fixture folder (`tests/new_control` adds one). A file begins with what
//! the control looks for, and ends with the descriptor that explains it.

pub mod ephemeral_target;
mod explanation;
pub mod host_process_namespace;
mod pair;
pub mod process_reach;
pub mod ptrace_capability;
mod scene;
pub mod share_process_namespace;
pub mod supplemental_groups_policy;
mod words;

use std::borrow::Cow;
use std::fmt;

use crate::pod::PodView;
use crate::reach::{Answer, Aspects};

pub use explanation::{Example, Explanation, Ineffective, Setting, Text};
pub use pair::{Chain, Pair};
pub use scene::Scene;
pub use words::{NAMES, Repair, Words};

/// Every control, in the order of all output.
pub const ALL: &[&Descriptor] = &[
    &share_process_namespace::DESCRIPTOR,
    &ptrace_capability::DESCRIPTOR,
    &host_process_namespace::DESCRIPTOR,
    &ephemeral_target::DESCRIPTOR,
    &supplemental_groups_policy::DESCRIPTOR,
    &process_reach::DESCRIPTOR,
];

/// What is fixed about a control.
pub struct Descriptor {
    /// The id: the same in policies, labels, metrics, fixtures and docs, e.g. `ptrace-capability`.
    pub id: &'static str,
    /// One line: what it finds.
    pub summary: &'static str,
    /// What its findings are about.
    pub finds: Finds,
    /// The words for its repair; `None` where it has none.
    pub repair: Option<Repair>,
    /// What to change, equal for findings that share a line over containers. It is asked of a single
    /// finding, or of all pairs of one container.
    pub remedy: fn(&Scene<'_, '_>, &[&Finding]) -> Cow<'static, str>,
    /// The words for its findings that have one remedy, with no more names of containers than this. They
    /// are made only where they are shown: a pod of 128 containers can have 16,256 pairs.
    pub words: fn(&Scene<'_, '_>, &[&Finding], usize) -> Words,
    /// The control, explained.
    pub explanation: Explanation,
}

/// What the findings of a control are about. Where a pod is too large to list them, one finding on
/// the pod stands for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finds {
    /// Pods as a whole.
    Pods,
    /// Single containers of any kind.
    Containers,
    /// Single ephemeral containers.
    EphemeralContainers,
    /// Pairs of containers.
    Pairs,
}

/// By the id, which no other control has.
impl PartialEq for Descriptor {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Descriptor {}

/// The id alone: a finding that is shown is not to bring a page of text.
impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Descriptor").field(&self.id).finish()
    }
}

impl Descriptor {
    /// The control with this id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|descriptor| descriptor.id == id)
    }

    /// The ids of the controls whose findings are about this.
    pub fn ids(finds: Finds) -> impl Iterator<Item = &'static str> {
        ALL.iter().filter(move |control| control.finds == finds).map(|control| control.id)
    }

    /// Whether it has a repair, so that a policy may ask for one.
    pub fn repairs(&self) -> bool {
        self.repair.is_some()
    }

    /// Every setting of a policy for it, in the order of its explanation.
    pub fn settings(&self) -> impl Iterator<Item = &'static Setting> + use<> {
        let repair = self.repairs().then_some(&explanation::REPAIR);
        std::iter::once(&explanation::MODE).chain(repair).chain(self.explanation.settings)
    }

    /// The field of a policy's `spec.controls`: the id in camel case.
    pub fn policy_field(&self) -> String {
        let mut field = String::with_capacity(self.id.len());
        let mut raise = false;
        for letter in self.id.chars() {
            if letter == '-' {
                raise = true;
            } else if std::mem::take(&mut raise) {
                field.push(letter.to_ascii_uppercase());
            } else {
                field.push(letter);
            }
        }
        field
    }
}

/// A control with its settings.
pub trait Control: fmt::Debug + Send + Sync {
    /// Which control this is.
    fn descriptor(&self) -> &'static Descriptor;

    /// Everything the control finds in a pod, in the order of its containers, and of pairs in the
    /// order of the second ones.
    fn inspect(&self, scene: &Scene<'_, '_>) -> Vec<Finding>;

    /// Whether these settings let a policy that asks for repairs repair `finding`.
    fn repair(&self, finding: &Finding) -> Repairable {
        match finding.edit {
            Some(_) => Repairable::Yes,
            None => Repairable::No,
        }
    }
}

/// An answer to "may this finding be repaired?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repairable {
    /// Yes, by the finding's edit.
    Yes,
    /// There is no repair for it under these settings.
    No,
    /// Yes, where every node that the pod can run on supports the result.
    WhereSupported,
}

/// Something a control found. What it means is for policy and decision, how it is said for
/// [`Finding::words`].
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The control that found it.
    pub control: &'static Descriptor,
    /// What it is about, and what was found of that.
    pub subject: Subject,
    /// Short and stable, for machines, e.g. `ProcessNamespaceShared`.
    pub reason: &'static str,
    /// The change that makes it go away, where there is one.
    pub edit: Option<Edit>,
}

/// What a finding is about. Containers are named by their indices in [`PodView::containers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The pod as a whole.
    Pod,
    /// A container.
    Container {
        /// Which.
        index: usize,
        /// How sure the effect is, where that varies.
        certainty: Option<Certainty>,
    },
    /// What one container reaches of another.
    Pair(Pair),
}

/// Which pod, container or pair a finding is about, without what was found of it: findings of one
/// control with one key can be compared. In the order of all output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectKey {
    /// The pod as a whole.
    Pod,
    /// The container with this index.
    Container(usize),
    /// A pair of containers, by their indices.
    Pair {
        /// The container that reaches.
        from: usize,
        /// The container that is reached.
        to: usize,
    },
}

impl Subject {
    /// Which one it is.
    pub fn key(self) -> SubjectKey {
        match self {
            Self::Pod => SubjectKey::Pod,
            Self::Container { index, .. } => SubjectKey::Container(index),
            Self::Pair(Pair { from, to, .. }) => SubjectKey::Pair { from, to },
        }
    }

    /// The container it is about; of a pair the one that reaches.
    pub fn container(self) -> Option<usize> {
        match self {
            Self::Pod => None,
            Self::Container { index, .. } => Some(index),
            Self::Pair(pair) => Some(pair.from),
        }
    }

    /// The pair it is about.
    pub fn pair(self) -> Option<Pair> {
        match self {
            Self::Pod | Self::Container { .. } => None,
            Self::Pair(pair) => Some(pair),
        }
    }

    /// How sure the effect on a container is, where that varies.
    pub fn certainty(self) -> Option<Certainty> {
        match self {
            Self::Container { certainty, .. } => certainty,
            Self::Pod | Self::Pair(_) => None,
        }
    }
}

/// The reason of a finding that stands for all containers of a pod, or for all pairs of them.
pub const TOO_MANY_CONTAINERS: &str = "TooManyContainers";

impl Finding {
    /// Stands for what a control would find on the containers of a pod that has too many.
    fn too_many(control: &'static Descriptor) -> Vec<Self> {
        let reason = TOO_MANY_CONTAINERS;
        vec![Self { control, subject: Subject::Pod, reason, edit: None }]
    }

    /// How sure it is, where that varies, in a word for messages and JSON.
    pub fn certainty(&self) -> Option<&'static str> {
        match self.subject {
            Subject::Pod => None,
            Subject::Container { certainty, .. } => certainty.map(Certainty::as_str),
            Subject::Pair(pair) => Some(pair.answers.strongest().as_str()),
        }
    }

    /// The words for it, given the pod it was found in.
    pub fn words(&self, scene: &Scene<'_, '_>) -> Words {
        Self::joined(scene, &[self], NAMES)
    }

    /// The words for several findings of one control with one remedy, which name at most so many
    /// containers.
    pub fn joined(scene: &Scene<'_, '_>, findings: &[&Self], names: usize) -> Words {
        let Some(first) = findings.first() else { return Words::default() };
        if first.reason == TOO_MANY_CONTAINERS && scene.pod().is_too_large() {
            return too_large(scene.pod());
        }
        (first.control.words)(scene, findings, names)
    }

    /// The finding as far as it is about these aspects of a pair; `None` where nothing is left.
    pub fn only(&self, aspects: Aspects) -> Option<Self> {
        let pair = self.subject.pair()?;
        let answers = pair.answers.only(aspects);
        let subject = Subject::Pair(Pair { answers, ..pair });
        (answers.strongest() != Answer::No).then(|| Self { subject, ..self.clone() })
    }
}

fn too_large(pod: &PodView<'_>) -> Words {
    let (count, most) = (pod.count(), PodView::MOST_CONTAINERS);
    let why = format!("it has {count} containers, more than the {most} that are looked at");
    Words::of_pod(pod.root.clone(), "split the pod", why)
}

/// How sure the effect of a capability is, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Granted, but nothing can use it: not root for certain, and no privilege escalation.
    Inert,
    /// Granted, and a setuid or file-capability binary in the image would use it.
    Latent,
    /// Granted and usable, as far as the spec says.
    Effective,
}

impl Certainty {
    /// The word in messages and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inert => "inert",
            Self::Latent => "latent",
            Self::Effective => "effective",
        }
    }
}

/// A change to a pod that makes a finding go away and raises no privilege.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Set `shareProcessNamespace` to false.
    StopSharing,
    /// Set `supplementalGroupsPolicy` to `Strict`.
    StrictGroups,
    /// Take SYS_PTRACE away from the container with this index in [`PodView::containers`]: the entries
    /// that name it go, and beside `ALL` it is appended to `drop`, which both runtimes apply last.
    ///
    /// [`PodView::containers`]: crate::pod::PodView::containers
    DropPtrace(usize),
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn registry_is_well_formed() {
        let ids: BTreeSet<_> = ALL.iter().map(|descriptor| descriptor.id).collect();
        assert_eq!(ids.len(), ALL.len(), "an id stands twice");
        for descriptor in ALL {
            let plain = |letter: char| letter.is_ascii_lowercase() || letter == '-';
            assert!(descriptor.id.chars().all(plain), "{}", descriptor.id);
            assert!(!descriptor.summary.is_empty() && !descriptor.summary.ends_with('.'));
            assert_eq!(Descriptor::by_id(descriptor.id), Some(*descriptor));
            let said = &descriptor.explanation;
            let texts =
                [said.hazard, said.fields, said.allowed, said.change, said.repair, said.since];
            assert!(texts.iter().all(|text| !text.is_empty()), "{}", descriptor.id);
            let repair = descriptor.settings().any(|it| it.name == "repair");
            assert_eq!(repair, descriptor.repairs());
        }
        assert_eq!(
            Descriptor::by_id("ptrace-capability").unwrap().policy_field(),
            "ptraceCapability"
        );
        assert_eq!(Descriptor::by_id("Ptrace-Capability"), None);
    }

    #[test]
    fn ineffective_settings_are_settings() {
        for descriptor in ALL {
            let has = |setting: &str, value: Option<&str>| {
                let mut settings = descriptor.settings().filter(|it| it.name == setting);
                settings.any(|it| value.is_none_or(|value| it.values.contains(&value)))
            };
            for idle in descriptor.explanation.ineffective {
                assert!(has(idle.setting, Some(idle.value)), "{} {idle:?}", descriptor.id);
                let known = idle.values.iter().all(|value| has(idle.other, *value));
                assert!(known && !idle.values.is_empty(), "{} {idle:?}", descriptor.id);
            }
        }
    }
}
