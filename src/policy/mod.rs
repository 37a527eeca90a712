//! Policies, compiled: whom they concern, what their controls find, what that means, and which
//! exceptions subtract it.
//!
//! Comes in: a [`Snapshot`], a [`PodView`] and a [`Context`]. Goes out: [`Ruling`]s. [`evaluate`]
//! is total and pure; the webhook and every other way in share it. The room knows no file format,
//! no clock and no cluster.

mod change;
mod context;
mod cover;
mod delta;
mod exception;
mod image;
mod names;
mod pattern;
mod scope;
mod selector;
mod surroundings;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::controls::{ALL, Control, Descriptor, Edit, Finding, Repairable, Scene, SubjectKey};
use crate::pod::{Os, PodView};
use crate::reach::Aspects;
use names::Unions;

pub use crate::names::is_label as is_namespace_name;
pub use change::{Change, Forecast, foresee, judge};
pub use context::{Context, Labels, Node, Requester};
pub use exception::{Exception, Pair, Subject, SubjectKind};
pub use image::ImagePattern;
pub use names::Names;
pub use pattern::Pattern;
pub use scope::{NamespaceLabels, Policy, Scope};
pub use selector::{Operator, Requirement, Selector};
pub use surroundings::{Observation, Surroundings};

/// The label by which the API server names a namespace; users cannot change it.
pub const NAMESPACE_NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// What a finding means. Ordered: the strongest of several counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// The control is not asked.
    Disabled,
    /// Recorded: audit annotation and metric.
    Audit,
    /// A warning to the user.
    Warn,
    /// The request is denied.
    Deny,
}

impl Mode {
    /// Every mode by its name.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        (Self::Disabled.as_str(), Self::Disabled),
        (Self::Audit.as_str(), Self::Audit),
        (Self::Warn.as_str(), Self::Warn),
        (Self::Deny.as_str(), Self::Deny),
    ];

    /// The name in policies, metrics and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "Disabled",
            Self::Audit => "Audit",
            Self::Warn => "Warn",
            Self::Deny => "Deny",
        }
    }

    /// The mode with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(word, _)| *word == name).map(|(_, mode)| *mode)
    }
}

/// Whether `/mutate` repairs a finding before it is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repair {
    /// It does not.
    #[default]
    Never,
    /// When a pod is created, and for new ephemeral containers.
    OnCreate,
}

/// One control of a policy.
#[derive(Debug)]
pub struct Rule {
    /// What looks.
    pub control: Box<dyn Control>,
    /// What a finding means.
    pub mode: Mode,
    /// Whether it is repaired first.
    pub repair: Repair,
}

/// Everything a request is judged by. Never changed, only replaced as a whole.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// In the order of their names.
    pub policies: Vec<Policy>,
    /// In the order of their names.
    pub exceptions: Vec<Exception>,
}

impl Snapshot {
    /// Whether any policy concerns the namespace; where none does, nothing is found.
    pub fn covers(&self, context: &Context<'_>) -> bool {
        self.policies.iter().any(|policy| policy.concerns(context))
    }
}

/// A finding and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    /// What was found.
    pub finding: Finding,
    /// The strongest mode of the policies that found it.
    pub mode: Mode,
    /// The policies that found it and give it this mode, in the order of their names.
    pub policies: Names,
    /// The policies whose repair repairs it, of whatever mode.
    pub repaired_by: Names,
    /// The exception that subtracts it.
    pub exempt: Option<Arc<str>>,
    /// The exception that would subtract it if the requester were one of its subjects.
    pub conditional: Option<Arc<str>>,
}

/// What a ruling is about, in the order of all output: one of a stored pod and one of the same pod as
/// it will be can be compared if they have one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The index of the control in [`ALL`].
    pub control: usize,
    /// The pod, container or pair.
    pub subject: SubjectKey,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which rules are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleSet {
    /// Every one.
    All,
    /// Those that repair: the mutating phase has no other business.
    Repairs,
}

/// Everything the policies that concern the namespace find in the pod: by control in the order of
/// [`ALL`], then by container. Exempted findings are in the list and marked.
pub fn evaluate(
    snapshot: &Snapshot,
    scene: &Scene<'_, '_>,
    context: &Context<'_>,
    rules: RuleSet,
) -> Vec<Ruling> {
    let pod = scene.pod();
    if pod.os == Os::Windows {
        return Vec::new();
    }
    let limits = PodLimits::of(pod, context);
    let policies = snapshot.policies.iter().filter(|policy| policy.concerns(context));
    let policies: Vec<&Policy> = policies.collect();
    let (mut rulings, mut unions) = (Vec::new(), Unions::default());
    for descriptor in ALL {
        let mut found = Vec::new();
        for policy in &policies {
            for (rule, mode) in policy.rules_of(descriptor, context) {
                if rules == RuleSet::All || rule.repair != Repair::Never {
                    let findings = rule.control.inspect(scene).into_iter();
                    let name = Names::one(&policy.name);
                    let ruling = |finding| limits.rule(&name, rule, mode, finding);
                    found = merge(found, findings.map(ruling).collect(), &mut unions);
                }
            }
        }
        rulings.extend(found);
    }
    cover::subtract(rulings, snapshot, pod, context)
}

/// What the pod itself limits, whatever its policies say.
#[derive(Clone, Copy)]
struct PodLimits {
    mode: Mode,
    repair: bool,
    /// Whether every node that the pod can run on is known to support a strict groups policy.
    supported: bool,
}

impl PodLimits {
    fn of(pod: &PodView<'_>, context: &Context<'_>) -> Self {
        // Refusing a mirror pod does not stop the static pod, and patching it makes the API lie.
        // The annotation alone proves nothing: any user may set it.
        if pod.mirror && context.requester.is_some_and(Requester::is_node) {
            return Self { mode: Mode::Audit, repair: false, supported: false };
        }
        match pod.os {
            Os::LikelyWindows => Self { mode: Mode::Warn, repair: false, supported: false },
            Os::Linux | Os::Windows => {
                Self { mode: Mode::Deny, repair: true, supported: context.supports_strict(pod) }
            }
        }
    }

    /// What one rule of one policy, in the mode it has here, makes of a finding.
    fn rule(self, policy: &Names, rule: &Rule, mode: Mode, finding: Finding) -> Ruling {
        let repairable = match rule.repair {
            Repair::OnCreate if self.repair => rule.control.repair(&finding),
            Repair::OnCreate | Repair::Never => Repairable::No,
        };
        let declined = repairable == Repairable::WhereSupported && !self.supported;
        let mode = if declined { mode.min(Mode::Warn) } else { mode };
        let repairs = repairable != Repairable::No && !declined;
        Ruling {
            finding,
            mode: mode.min(self.mode),
            policies: policy.clone(),
            repaired_by: if repairs { policy.clone() } else { Names::default() },
            exempt: None,
            conditional: None,
        }
    }
}

/// How two policies' findings of one control are ordered, and whether they are one: by what they are
/// about, and of a pair by what is reached.
fn by_subject(one: &Ruling, two: &Ruling) -> Ordering {
    let (one, two) = (one.finding.subject, two.finding.subject);
    let answers = || one.pair().map(|it| it.answers).cmp(&two.pair().map(|it| it.answers));
    one.key().cmp(&two.key()).then_with(answers)
}

/// Adds one policy's rulings to those of the others, those on the same subject as one. Both lists
/// are in the order of [`by_subject`], and so is the result.
fn merge(known: Vec<Ruling>, more: Vec<Ruling>, unions: &mut Unions) -> Vec<Ruling> {
    if known.is_empty() {
        return more;
    }
    let mut merged = Vec::with_capacity(known.len().max(more.len()));
    let (mut known, mut more) = (known.into_iter().peekable(), more.into_iter().peekable());
    loop {
        let order = match (known.peek(), more.peek()) {
            (None, None) => return merged,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(two)) => by_subject(one, two),
        };
        let ruling = match order {
            Ordering::Less => known.next(),
            Ordering::Greater => more.next(),
            Ordering::Equal => {
                known.next().zip(more.next()).map(|(one, two)| one.and(&two, unions))
            }
        };
        merged.extend(ruling);
    }
}

/// The edits of the rulings that a policy repairs, each once.
pub fn repairs(rulings: &[Ruling]) -> Vec<Edit> {
    let repaired = rulings.iter().filter(|ruling| ruling.is_repaired());
    repaired.filter_map(|ruling| ruling.finding.edit).collect()
}

impl Ruling {
    /// This and another policy's ruling on the same subject.
    fn and(self, other: &Self, unions: &mut Unions) -> Self {
        Self {
            mode: self.mode.max(other.mode),
            policies: match self.mode.cmp(&other.mode) {
                Ordering::Greater => self.policies,
                Ordering::Less => other.policies.clone(),
                Ordering::Equal => unions.of(&self.policies, &other.policies),
            },
            repaired_by: unions.of(&self.repaired_by, &other.repaired_by),
            finding: self.finding,
            exempt: self.exempt,
            conditional: self.conditional,
        }
    }

    /// Whether an exception subtracts it.
    pub fn is_exempt(&self) -> bool {
        self.exempt.is_some()
    }

    /// Itself as far as it is about these aspects, and the rest; what is not about a pair is whole.
    fn divided(&self, aspects: Aspects) -> (Option<Self>, Option<Self>) {
        if self.finding.subject.pair().is_none() {
            return (Some(self.clone()), None);
        }
        let rest = self.finding.only(Aspects::ALL.without(aspects));
        let part = self.finding.only(aspects);
        let with = |finding| Self { finding, ..self.clone() };
        (part.map(with), rest.map(with))
    }

    /// Whether a policy's repair repairs it.
    pub fn is_repaired(&self) -> bool {
        !self.is_exempt() && !self.repaired_by.is_empty()
    }

    /// Whether it denies a request, or what it is about would.
    pub fn denies(&self) -> bool {
        self.mode == Mode::Deny && !self.is_exempt()
    }

    /// What it is about.
    pub fn key(&self) -> Key {
        let control = ALL.iter().take_while(|one| **one != self.control()).count();
        Key { control, subject: self.finding.subject.key() }
    }

    /// The control.
    pub fn control(&self) -> &'static Descriptor {
        self.finding.control
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_explains_every_mode() {
        let words: Vec<_> = Mode::WORDS.iter().map(|(word, _)| *word).collect();
        for control in ALL {
            let mode = control.settings().find(|setting| setting.name == "mode").unwrap();
            assert_eq!(mode.values, words, "{}", control.id);
        }
        for (word, mode) in Mode::WORDS {
            assert_eq!(Mode::by_name(word), Some(*mode));
        }
    }
}
