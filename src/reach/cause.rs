//! Why a pair of containers has the answers it has.

use std::collections::BTreeMap;

use super::aspect::{Answer, Answers, Aspect, Aspects};
use super::case::{Case, Stage};
use super::kernel::{Caller, Means};
use super::matrix::{Matrix, Sight, Target};
use super::process::{Process, ProcessPair};
use crate::pod::{ContainerKind, Runtime};

/// A rule that decides, or leaves open, what is reached. They are in the order in which they are
/// given: what an author wrote and can take away comes first, that a user is not known comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A privileged container has every capability, SYS_PTRACE included.
    Privileged,
    /// SYS_PTRACE traces every process in view.
    SysPtrace,
    /// `PERFMON` or `SYS_ADMIN` reads an environment, on newer kernels.
    Perfmon,
    /// The pod sees the node's processes.
    HostPid,
    /// Both run with the same user and group.
    SameIds,
    /// SETUID and SETGID take on the other's ids.
    BecomesOther,
    /// A setuid or file-capability binary may change ids or bring capabilities back.
    SetuidBinary,
    /// KILL signals every process in view.
    Kill,
    /// The runtimes grant different capabilities.
    RuntimeDependent,
    /// The environment's file belongs to the other user; its bytes are in memory all the same.
    DacLimits,
    /// The pod shares its processes.
    SharedProcesses,
    /// An ephemeral container joined the processes of a container.
    Target,
    /// The ids differ, and nothing can change them.
    DifferentIds,
    /// The other has capabilities that this one can never have.
    CapabilitySuperset,
    /// Each has a PID namespace of its own.
    SeparateProcesses,
    /// They never run at the same time.
    NeverConcurrent,
    /// The spec does not say the ids, so the image decides.
    ImageDecides,
}

impl Cause {
    /// Every cause, in their order.
    pub const ALL: [Self; 17] = [
        Self::Privileged,
        Self::SysPtrace,
        Self::Perfmon,
        Self::HostPid,
        Self::SameIds,
        Self::BecomesOther,
        Self::SetuidBinary,
        Self::Kill,
        Self::RuntimeDependent,
        Self::DacLimits,
        Self::SharedProcesses,
        Self::Target,
        Self::DifferentIds,
        Self::CapabilitySuperset,
        Self::SeparateProcesses,
        Self::NeverConcurrent,
        Self::ImageDecides,
    ];

    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::SysPtrace => "sys-ptrace",
            Self::Perfmon => "perfmon",
            Self::HostPid => "host-pid",
            Self::SameIds => "same-ids",
            Self::BecomesOther => "becomes-other",
            Self::SetuidBinary => "setuid-binary",
            Self::Kill => "kill",
            Self::RuntimeDependent => "runtime-dependent",
            Self::DacLimits => "dac-limits",
            Self::SharedProcesses => "shared-processes",
            Self::Target => "target",
            Self::DifferentIds => "different-ids",
            Self::CapabilitySuperset => "capability-superset",
            Self::SeparateProcesses => "separate-processes",
            Self::NeverConcurrent => "never-concurrent",
            Self::ImageDecides => "image-decides",
        }
    }

    /// Whether it opens something, and does not just say that it is open in one case only.
    fn says_why(self) -> bool {
        !matches!(self, Self::RuntimeDependent | Self::DacLimits)
    }

    /// Whether the spec of the container that reaches gives it this power, certain or not.
    fn is_granted(self) -> bool {
        matches!(self, Self::Privileged | Self::SysPtrace)
    }
}

/// A cause and what it decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The aspects it decides or leaves open.
    pub aspects: Aspects,
    /// The rule.
    pub cause: Cause,
    /// The rule in plain words, with the names of the containers.
    pub detail: String,
}

/// Causes and their aspects, while they are collected.
type Causes = BTreeMap<Cause, Aspects>;

impl Matrix<'_, '_> {
    /// Why a container reaches what it reaches: every aspect is in one reason at least. Empty of a
    /// node that is not in view.
    pub fn reasons(&self, from: usize, to: Target) -> Vec<Reason> {
        let reason = |(cause, aspects)| Reason {
            aspects,
            cause,
            detail: self.cause_detail(cause, from, to),
        };
        self.causes(from, to).into_iter().map(reason).collect()
    }

    /// The cause that says most about why these aspects are reached: the first of those that open
    /// the memory, which is all the rest, or else most of them, where a signal counts for little.
    pub fn main_cause(&self, from: usize, to: Target, aspects: Aspects) -> Cause {
        let causes = self.causes(from, to);
        let memory = Aspects::one(Aspect::Memory);
        let counted = if aspects.meets(memory) { memory } else { aspects };
        let weight = |cause: Cause, decides: &Aspects| {
            let about = decides.and(counted);
            let more = about.without(Aspects::one(Aspect::Signal)).iter().count();
            (more, cause.says_why(), about.iter().count())
        };
        let main = causes.iter().rev().max_by_key(|(cause, decides)| weight(**cause, decides));
        main.map_or(Cause::SeparateProcesses, |(cause, _)| *cause)
    }

    fn causes(&self, from: usize, to: Target) -> Causes {
        match to {
            Target::Container(to) => self.container_causes(from, to),
            Target::Node => self.node_causes(from),
        }
    }

    fn container_causes(&self, from: usize, to: usize) -> Causes {
        let (sight, view) = (self.sight(from, to), self.view_cause(from, to));
        let mut causes = Causes::new();
        match (sight, self.pair(from, to)) {
            (Sight::Sees, Some(pair)) => {
                let answers = self.collect(pair, &mut causes);
                causes.insert(view, Aspects::one(Aspect::Cmdline));
                self.closed(pair, answers, &mut causes);
            }
            (Sight::NeverTogether, _) => drop(causes.insert(Cause::NeverConcurrent, Aspects::ALL)),
            _ => drop(causes.insert(Cause::SeparateProcesses, Aspects::ALL)),
        }
        causes
    }

    fn node_causes(&self, from: usize) -> Causes {
        let mut causes = Causes::new();
        let answers = self.direct(from, Target::Node);
        let Some(from) = self.processes.get(from).filter(|_| self.pod.host_pid) else {
            return causes;
        };
        for to in &Process::OF_NODE {
            self.collect(ProcessPair { from, to }, &mut causes);
        }
        causes.retain(|cause, aspects| {
            // That something is possible needs no other reason: some process of the node has the ids.
            if !cause.is_granted() {
                *aspects = aspects.and(answers.at_least(Answer::Yes));
            }
            *cause != Cause::ImageDecides && !aspects.is_empty()
        });
        let open = Aspects::ALL.without(answers.at_least(Answer::Yes));
        causes.insert(Cause::HostPid, Aspects::one(Aspect::Cmdline).with(open));
        causes
    }

    /// What opens each aspect, case by case: what holds from the start, and where nothing does, all
    /// that may open it later.
    fn collect(&self, pair: ProcessPair<'_>, causes: &mut Causes) -> Answers {
        let (rules, ProcessPair { from, to }) = (self.model.rules, pair);
        let mut add = |cause, aspects: Aspects| {
            if !aspects.is_empty() {
                let known: &mut Aspects = causes.entry(cause).or_default();
                *known = known.with(aspects);
            }
        };
        let mut by_runtime = [None::<Answers>; 2];
        let mut yes_somewhere = Aspects::NONE;
        let open = from.follows_image() || to.follows_image();
        let by_image = open && !from.is_twin(to);
        for case in self.cases(pair) {
            let answers = case.answers(rules);
            yes_somewhere = yes_somewhere.with(answers.at_least(Answer::Yes));
            let [containerd, crio] = &mut by_runtime;
            let mine = if case.runtime == Runtime::Containerd { containerd } else { crio };
            *mine = Some(mine.map_or(answers, |known| known.whichever(answers)));
            // Equal only if the images say so: in another case they are not.
            let luck = |cause| {
                if by_image && cause == Cause::SameIds { Cause::ImageDecides } else { cause }
            };
            self.stages(&case, from, &mut |cause, aspects| add(luck(cause), aspects));
        }
        let answers = self.between(pair);
        if let [Some(one), Some(other)] = by_runtime {
            add(Cause::RuntimeDependent, one.beyond(other).with(other.beyond(one)));
            // What differs by case, but not by runtime, differs by the image's user.
            let undecided = yes_somewhere.without(answers.at_least(Answer::Yes));
            let by_runtime = one.or(other).at_least(Answer::Yes);
            add(Cause::ImageDecides, undecided.without(by_runtime));
        } else {
            add(Cause::ImageDecides, yes_somewhere.without(answers.at_least(Answer::Yes)));
        }
        let environ = Aspects::one(Aspect::Environ);
        let memory = answers.of(Aspect::Memory) == Answer::Yes;
        add(Cause::DacLimits, environ.when(memory && answers.of(Aspect::Environ) != Answer::Yes));
        // What is open only because one tag may be two images.
        let known = causes.values().fold(Aspects::NONE, |all, it| all.with(*it));
        let visible = Aspects::one(Aspect::Cmdline);
        let rest = answers.at_least(Answer::Possible).without(known.with(visible));
        if !rest.is_empty() {
            let lucky = causes.entry(Cause::ImageDecides).or_default();
            *lucky = lucky.with(rest);
        }
        answers
    }

    fn stages(&self, case: &Case, from: &Process, add: &mut impl FnMut(Cause, Aspects)) {
        let rules = self.model.rules;
        let started = case.at(Stage::Started, rules);
        let certain = started.map_or(Aspects::NONE, |it| it.certain(rules));
        for stage in Stage::ALL {
            let Some(caller) = case.at(stage, rules) else { continue };
            let known = if stage == Stage::Started { Aspects::NONE } else { certain };
            for means in Means::ALL {
                let reached = caller.by(means, rules).without(known);
                add(cause(stage, means), reached);
                for cause in granted(means, from.privileged) {
                    add(*cause, reached);
                }
            }
        }
    }

    /// Why the aspects that are closed are.
    fn closed(&self, pair: ProcessPair<'_>, answers: Answers, causes: &mut Causes) {
        let closed = Aspects::ALL.without(answers.at_least(Answer::Possible));
        if closed.is_empty() {
            return;
        }
        let meets = |caller: Caller| caller.same_user && caller.same_group;
        let rules = self.model.rules;
        let all = |case: Case| Stage::ALL.into_iter().filter_map(move |it| case.at(it, rules));
        let ids = self.cases(pair).flat_map(all).any(meets);
        let cause = if ids { Cause::CapabilitySuperset } else { Cause::DifferentIds };
        causes.insert(cause, closed);
    }

    fn view_cause(&self, from: usize, to: usize) -> Cause {
        let ephemeral = [from, to].into_iter().filter_map(|index| self.pod.containers.get(index));
        let mut ephemeral = ephemeral.filter(|it| it.kind == ContainerKind::Ephemeral);
        if self.pod.host_pid {
            Cause::HostPid
        } else if self.pod.share_process_namespace == Some(true) || ephemeral.next().is_none() {
            Cause::SharedProcesses
        } else {
            Cause::Target
        }
    }
}

fn cause(stage: Stage, means: Means) -> Cause {
    match (stage, means) {
        (_, Means::Perfmon) => Cause::Perfmon,
        (Stage::ExecsBinary, _) => Cause::SetuidBinary,
        (_, Means::SysPtrace) => Cause::SysPtrace,
        (_, Means::Kill) => Cause::Kill,
        (Stage::Started, Means::EqualIds | Means::EqualUser) => Cause::SameIds,
        (Stage::IdsCoincide, Means::EqualIds | Means::EqualUser) => Cause::ImageDecides,
        (Stage::SwitchesIds, Means::EqualIds | Means::EqualUser) => Cause::BecomesOther,
    }
}

/// What in the spec gives these means, at whichever stage they are used: no runtime grants them by
/// default.
fn granted(means: Means, privileged: bool) -> &'static [Cause] {
    match (means, privileged) {
        (Means::SysPtrace, true) => &[Cause::Privileged, Cause::SysPtrace],
        (Means::SysPtrace, false) => &[Cause::SysPtrace],
        (Means::Perfmon, true) => &[Cause::Privileged],
        (Means::Perfmon, false) | (Means::EqualIds | Means::EqualUser | Means::Kill, _) => &[],
    }
}
