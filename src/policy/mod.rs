//! Policies, compiled: whom they concern, what their controls find, what that means, and which
//! exceptions subtract it.
//!
//! Comes in: a [`Snapshot`], a [`PodView`] and a [`Context`]. Goes out: [`Ruling`]s. [`evaluate`]
//! is total and pure; the webhook and every other way in share it. The room knows no file format,
//! no clock and no cluster.

mod change;
mod delta;
mod exception;
mod pattern;
mod selector;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::controls::{ALL, Control, Descriptor, Edit, Finding, Repairable};
use crate::pod::{Os, PodView};

pub use change::{Change, Foreseen, foresee, judge};
pub use exception::{Exception, Pair, Subject, SubjectKind};
pub use pattern::Pattern;
pub use selector::{Operator, Requirement, Selector};

/// The label by which the API server names a namespace; users cannot change it.
pub const NAMESPACE_NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Whether a namespace can be called this (RFC 1123 label); a pattern is no name.
pub fn is_namespace_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.chars().all(|letter| plain(letter) || letter == '-')
        && name.starts_with(plain)
        && name.ends_with(plain)
}

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
    /// The name in policies, metrics and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "Disabled",
            Self::Audit => "Audit",
            Self::Warn => "Warn",
            Self::Deny => "Deny",
        }
    }
}

/// Whether `/mutate` mends a finding before it is judged.
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
    /// Whether it is mended first.
    pub repair: Repair,
}

impl Rule {
    fn asks(&self, descriptor: &Descriptor) -> bool {
        self.mode != Mode::Disabled && self.control.descriptor() == descriptor
    }
}

/// Which namespaces a policy concerns.
#[derive(Debug, Default)]
pub struct Scope {
    /// Over the namespace's labels; the file source knows only its name.
    pub namespaces: Selector,
    /// Exact names that are left out.
    pub exclude: BTreeSet<String>,
}

/// A compiled policy.
#[derive(Debug)]
pub struct Policy {
    /// `metadata.name`.
    pub name: Arc<str>,
    /// The namespaces.
    pub scope: Scope,
    /// The controls that are not absent.
    pub rules: Vec<Rule>,
}

impl Policy {
    fn concerns(&self, namespace: &str) -> bool {
        let label = |key: &str| (key == NAMESPACE_NAME_LABEL).then_some(namespace);
        !self.scope.exclude.contains(namespace) && self.scope.namespaces.matches(label)
    }
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
    /// Whether some policy gives this control a mode other than Disabled.
    pub fn uses(&self, id: &str) -> bool {
        let mut rules = self.policies.iter().flat_map(|policy| &policy.rules);
        rules.any(|rule| rule.mode != Mode::Disabled && rule.control.descriptor().id == id)
    }
}

/// Who sent the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester {
    /// `userInfo.username`.
    pub user: String,
    /// `userInfo.groups`.
    pub groups: Vec<String>,
}

impl Requester {
    /// Whether this is a kubelet, by user name and group together.
    pub fn is_node(&self) -> bool {
        self.user.starts_with("system:node:") && self.groups.iter().any(|one| one == "system:nodes")
    }
}

/// The surroundings of a judgement.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The namespace of the request, as the API server names it.
    pub namespace: &'a str,
    /// Who asks; `None` where that is not known.
    pub requester: Option<&'a Requester>,
    /// The time that decides whether an exception has expired.
    pub now: Timestamp,
}

/// A finding and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    /// What was found.
    pub finding: Finding,
    /// The strongest mode of the policies that found it.
    pub mode: Mode,
    /// The policies that found it, in the order of their names.
    pub policies: Vec<Arc<str>>,
    /// The policies among them whose repair mends it.
    pub repaired_by: Vec<Arc<str>>,
    /// The exception that subtracts it.
    pub exempt: Option<Arc<str>>,
    /// The exception that would subtract it if the requester were one of its subjects.
    pub conditional: Option<Arc<str>>,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Everything the policies that concern the namespace find in the pod: by control in the order of
/// [`ALL`], then by container. Exempted findings are in the list and marked.
pub fn evaluate(snapshot: &Snapshot, pod: &PodView<'_>, context: &Context<'_>) -> Vec<Ruling> {
    if pod.os == Os::Windows {
        return Vec::new();
    }
    let limits = Limits::of(pod, context);
    let policies = snapshot.policies.iter().filter(|policy| policy.concerns(context.namespace));
    let policies: Vec<&Policy> = policies.collect();
    let mut rulings = Vec::new();
    for descriptor in ALL {
        let mut found = BTreeMap::new();
        for policy in &policies {
            for rule in policy.rules.iter().filter(|rule| rule.asks(descriptor)) {
                for finding in rule.control.inspect(pod) {
                    merge(&mut found, limits.rule(policy, rule, finding));
                }
            }
        }
        rulings.extend(found.into_values());
    }
    for ruling in &mut rulings {
        exempt(ruling, snapshot, pod, context);
    }
    rulings
}

/// What the pod itself limits, whatever its policies say.
#[derive(Clone, Copy)]
struct Limits {
    mode: Mode,
    repair: bool,
}

impl Limits {
    fn of(pod: &PodView<'_>, context: &Context<'_>) -> Self {
        // Refusing a mirror pod does not stop the static pod, and patching it makes the API lie.
        // The annotation alone proves nothing: any user may set it.
        if pod.mirror && context.requester.is_some_and(Requester::is_node) {
            return Self { mode: Mode::Audit, repair: false };
        }
        match pod.os {
            Os::LikelyWindows => Self { mode: Mode::Warn, repair: false },
            Os::Linux | Os::Windows => Self { mode: Mode::Deny, repair: true },
        }
    }

    /// What one rule of one policy makes of a finding.
    fn rule(self, policy: &Policy, rule: &Rule, finding: Finding) -> Ruling {
        let repairable = match rule.repair {
            Repair::OnCreate if self.repair => rule.control.repair(&finding),
            Repair::OnCreate | Repair::Never => Repairable::No,
        };
        let mode = match repairable {
            Repairable::UnsupportedNodes => rule.mode.min(Mode::Warn),
            Repairable::Yes | Repairable::No => rule.mode,
        };
        let repaired_by = (repairable == Repairable::Yes).then(|| Arc::clone(&policy.name));
        Ruling {
            finding,
            mode: mode.min(self.mode),
            policies: vec![Arc::clone(&policy.name)],
            repaired_by: repaired_by.into_iter().collect(),
            exempt: None,
            conditional: None,
        }
    }
}

/// Adds one policy's ruling to that of the others on the same container, or on the pod.
fn merge(found: &mut BTreeMap<Option<usize>, Ruling>, ruling: Ruling) {
    let place = ruling.finding.container.as_ref().map(|container| container.place);
    match found.entry(place) {
        Entry::Vacant(vacant) => drop(vacant.insert(ruling)),
        Entry::Occupied(mut known) => {
            let known = known.get_mut();
            known.mode = known.mode.max(ruling.mode);
            known.policies.extend(ruling.policies);
            known.repaired_by.extend(ruling.repaired_by);
        }
    }
}

fn exempt(ruling: &mut Ruling, snapshot: &Snapshot, pod: &PodView<'_>, context: &Context<'_>) {
    for exception in &snapshot.exceptions {
        if !exception.covers(&ruling.finding, pod, context) {
            continue;
        }
        if exception.authorises(context.requester) {
            ruling.conditional = None;
            ruling.exempt = Some(Arc::clone(&exception.name));
            return;
        }
        if context.requester.is_none() {
            ruling.conditional = Some(Arc::clone(&exception.name));
        }
    }
}

/// The edits of the rulings that a policy mends, each once.
pub fn repairs(rulings: &[Ruling]) -> Vec<Edit> {
    let mended = rulings.iter().filter(|ruling| ruling.is_repaired());
    mended.filter_map(|ruling| ruling.finding.edit.clone()).collect()
}

impl Ruling {
    /// Whether an exception subtracts it.
    pub fn is_exempt(&self) -> bool {
        self.exempt.is_some()
    }

    /// Whether a policy's repair mends it.
    pub fn is_repaired(&self) -> bool {
        !self.is_exempt() && !self.repaired_by.is_empty()
    }

    /// The control.
    pub fn control(&self) -> &'static Descriptor {
        self.finding.control
    }
}
