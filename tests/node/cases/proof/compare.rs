//! What was measured against what the model says.

use std::fmt;
use std::ops::AddAssign;

use bulkhead::pod::{CapabilitySet, ContainerKind, Identity, PodView, Runtime};
use bulkhead::reach::{Answer, Aspect, Matrix, Model, Target};
use serde_json::Value;

use super::directed::Expected;
use crate::setup::{Measured, Report, Ways};
use crate::support::with_pod;

/// How many cells there were, and how many of them were answered for sure.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) pods: usize,
    pub(super) pairs: usize,
    pub(super) cells: usize,
    pub(super) yes: usize,
    pub(super) no: usize,
    /// Those that the spec decides, whatever the images.
    pub(super) decided: usize,
    /// Those of them that have a definite answer.
    pub(super) definite: usize,
    /// Containers that saw the node.
    pub(super) node: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.pods += other.pods;
        self.pairs += other.pairs;
        self.cells += other.cells;
        self.yes += other.yes;
        self.no += other.no;
        self.decided += other.decided;
        self.definite += other.definite;
        self.node += other.node;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pods, pairs, cells, yes, no, decided, definite, node } = self;
        let possible = cells - yes - no;
        write!(
            f,
            "{pods} pods, {pairs} ordered pairs, {cells} cells: {yes} yes, {possible} possible, \
             {no} no; {definite} definite of {decided} that the spec decides; {node} containers \
             before the node"
        )
    }
}

/// Everything that is wrong about the answers for a pod. `object` is what the model gets.
pub(super) fn compare(
    measured: &Measured,
    object: &Value,
    expected: &[Expected],
    model: &Model,
) -> (Tally, Vec<String>) {
    with_pod(&measured.pod, |ran| {
        with_pod(object, |pod| {
            let mut comparison = Comparison {
                name: measured.pod["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
                tally: Tally {
                    pods: usize::from(!measured.reports.is_empty()),
                    ..Tally::default()
                },
                wrong: Vec::new(),
                ran,
                pod,
                whatever: model.matrix(pod),
                here: model.clone().on(Runtime::Containerd).matrix(pod),
            };
            comparison.pairs(measured);
            comparison.node(measured);
            comparison.written(expected);
            (comparison.tally, comparison.wrong)
        })
    })
}

struct Comparison<'p, 'a> {
    name: String,
    tally: Tally,
    wrong: Vec<String>,
    /// The pod as it ran, and as the model gets it.
    ran: &'p PodView<'a>,
    pod: &'p PodView<'a>,
    /// On every runtime, and on that of the node.
    whatever: Matrix<'p, 'a>,
    here: Matrix<'p, 'a>,
}

/// Whether an aspect was reached as the process was started, and at worst.
fn reached(ways: Option<&crate::setup::Reach>, aspect: Aspect) -> (bool, bool) {
    let memory = |ways: &Ways| ways.mem || ways.ptrace || ways.vm_read;
    let by = |ways: &Ways| match aspect {
        Aspect::Cmdline => ways.cmdline,
        Aspect::Environ => ways.environ,
        Aspect::Filesystem => ways.root,
        Aspect::Memory => memory(ways),
        Aspect::Descriptors => ways.fd || ways.getfd,
        Aspect::Signal => ways.signal,
    };
    let Some(ways) = ways else { return (false, false) };
    // The bytes of the environment are in memory, too.
    let worst = by(&ways.worst) || aspect == Aspect::Environ && memory(&ways.worst);
    (by(&ways.started), worst)
}

impl Comparison<'_, '_> {
    fn pairs(&mut self, measured: &Measured) {
        for (from, report) in &measured.reports {
            for to in measured.reports.keys().filter(|to| *to != from) {
                if let Some(pair) = self.comparable(from, to) {
                    self.tally.pairs += 1;
                    for aspect in Aspect::ALL {
                        self.cell((from, to), pair, aspect, report);
                    }
                }
            }
        }
    }

    /// The places of two containers, where it was measured what they do to each other: an ephemeral
    /// container is added when the plain init containers have ended.
    fn comparable(&self, from: &str, to: &str) -> Option<(usize, usize)> {
        let place = |name: &str| self.pod.containers.iter().position(|it| it.name == name);
        let (one, two) = (place(from)?, place(to)?);
        let kinds = [one, two].map(|place| self.pod.containers[place].kind);
        let apart =
            kinds.contains(&ContainerKind::Init) && kinds.contains(&ContainerKind::Ephemeral);
        (!apart).then_some((one, two))
    }

    fn cell(&mut self, names: (&str, &str), pair: (usize, usize), aspect: Aspect, report: &Report) {
        let seen = report.sees.get(names.1);
        let (started, worst) = reached(seen, aspect);
        let target = Target::Container(pair.1);
        let answer = self.whatever.direct(pair.0, target).of(aspect);
        let here = self.here.direct(pair.0, target).of(aspect);
        self.tally.cells += 1;
        self.tally.yes += usize::from(here == Answer::Yes);
        self.tally.no += usize::from(here == Answer::No);
        for answer in [answer, here] {
            let unsound = match answer {
                Answer::Yes => !started,
                Answer::No => worst,
                Answer::Possible => false,
            };
            if unsound {
                self.wrong(format!(
                    "{} to {}, {}: {}, and measured {started} as started, {worst} at worst",
                    names.0,
                    names.1,
                    aspect.as_str(),
                    answer.as_str()
                ));
            }
        }
        if started == worst && (seen.is_none() || self.is_decided(pair, aspect)) {
            self.tally.decided += 1;
            self.tally.definite += usize::from(here != Answer::Possible);
            if here == Answer::Possible {
                self.wrong(format!(
                    "{} to {}, {}: possible, and the spec decides that it is {started}",
                    names.0,
                    names.1,
                    aspect.as_str()
                ));
            }
        }
    }

    /// Whether the spec leaves nothing of this open, and the worst case could be tried: the ids of
    /// both are given, or are one image's and nothing else differs, or one is root and the other
    /// must not be; and the image has what changes them, or nothing can.
    fn is_decided(&self, (from, to): (usize, usize), aspect: Aspect) -> bool {
        if aspect == Aspect::Cmdline {
            return true;
        }
        let known = |place: usize| {
            let container = &self.ran.containers[place];
            let user = container.security.run_as_user.or(self.ran.security.run_as_user);
            user.is_some() && self.ran.group(container).is_some()
        };
        let container = &self.ran.containers[from];
        let tried = container.image.ends_with("-armed")
            || container.security.allow_privilege_escalation == Some(false);
        let granted = container.security.capabilities.granted(Runtime::Containerd);
        let perfmon = CapabilitySet::PERFMON.with(CapabilitySet::SYS_ADMIN);
        // Whether these read an environment is for the kernel's version to say, but not in a user
        // namespace of the pod: there they never do.
        let initial = self.ran.host_users != Some(false);
        let by_kernel = aspect == Aspect::Environ && granted.meets(perfmon) && initial;
        let other = &self.ran.containers[to];
        let twins = container.image == other.image
            && container.security == other.security
            && self.ran.identity(container) == Identity::ImageDecides;
        let pair = [container, other].map(|it| self.ran.identity(it));
        // Who can take on one id of the other may need the second, which the image decides.
        let changes = CapabilitySet::SETUID.with(CapabilitySet::SETGID);
        let apart = pair.contains(&Identity::User(0))
            && pair.contains(&Identity::NonRoot)
            && !granted.meets(changes);
        (known(from) && known(to) || twins || apart) && tried && !by_kernel
    }

    fn node(&mut self, measured: &Measured) {
        for (from, report) in &measured.reports {
            let Some(place) = self.pod.containers.iter().position(|it| it.name == *from) else {
                continue;
            };
            let sees_node = self.here.targets().any(|it| it == Target::Node);
            let answers = sees_node.then(|| self.here.direct(place, Target::Node));
            if answers.is_some() != report.node.is_some() {
                self.wrong(format!("{from} sees the node: {}", report.node.is_some()));
            }
            let Some((answers, ways)) = answers.zip(report.node.as_ref()) else { continue };
            self.tally.node += 1;
            for aspect in Aspect::ALL {
                let (started, _) = reached(Some(ways), aspect);
                if answers.of(aspect) == Answer::Yes && !started || answers.of(aspect) == Answer::No
                {
                    self.wrong(format!("{from} to the node, {}: {started}", aspect.as_str()));
                }
            }
        }
    }

    fn written(&mut self, expected: &[Expected]) {
        for (from, to, aspect, answer) in expected {
            let place = |name: &str| self.pod.containers.iter().position(|it| it.name == name);
            let (Some(one), Some(two)) = (place(from), place(to)) else { continue };
            let found = self.whatever.direct(one, Target::Container(two)).of(*aspect);
            if found != *answer {
                let aspect = aspect.as_str();
                self.wrong(format!("{from} to {to}, {aspect}: {found:?}, expected {answer:?}"));
            }
        }
    }

    fn wrong(&mut self, what: String) {
        self.wrong.push(format!("{}: {what}", self.name));
    }
}
