//! Why a pair of containers has the answers it has.

use std::collections::BTreeMap;

use super::aspect::{Answer, Answers, Aspect, Aspects};
use super::case::{Case, Stage};
use super::kernel::{Means, Standing};
use super::process::{Process, User};
use super::{Reach, Sight};
use crate::pod::{ContainerKind, Runtime};

/// A rule that decides, or leaves open, what is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// SYS_PTRACE traces every process in view.
    SysPtrace,
    /// Both run with the same user and group.
    SameIds,
    /// KILL signals every process in view.
    Kill,
    /// `PERFMON` or `SYS_ADMIN` reads an environment, on newer kernels.
    Perfmon,
    /// The image decides the ids.
    ImageDecides,
    /// SETUID and SETGID take on the other's ids.
    BecomesOther,
    /// A setuid or file-capability binary may change ids or bring capabilities back.
    SetuidBinary,
    /// The environment's file belongs to the other user; its bytes are in memory all the same.
    DacLimits,
    /// The runtimes grant different capabilities.
    RuntimeDependent,
    /// The pod shares its processes.
    SharedProcesses,
    /// An ephemeral container joined the processes of a container.
    Target,
    /// The pod sees the node's processes.
    HostPid,
    /// The ids differ, and nothing can change them.
    DifferentIds,
    /// The other has capabilities that this one can never have.
    CapabilitySuperset,
    /// Each has a PID namespace of its own.
    SeparateProcesses,
    /// They never run at the same time.
    NeverConcurrent,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 16] = [
        Self::SysPtrace,
        Self::SameIds,
        Self::Kill,
        Self::Perfmon,
        Self::ImageDecides,
        Self::BecomesOther,
        Self::SetuidBinary,
        Self::DacLimits,
        Self::RuntimeDependent,
        Self::SharedProcesses,
        Self::Target,
        Self::HostPid,
        Self::DifferentIds,
        Self::CapabilitySuperset,
        Self::SeparateProcesses,
        Self::NeverConcurrent,
    ];

    /// The id in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::SysPtrace => "sys-ptrace",
            Self::SameIds => "same-ids",
            Self::Kill => "kill",
            Self::Perfmon => "perfmon",
            Self::BecomesOther => "becomes-other",
            Self::ImageDecides => "image-decides",
            Self::SetuidBinary => "setuid-binary",
            Self::DacLimits => "dac-limits",
            Self::RuntimeDependent => "runtime-dependent",
            Self::SharedProcesses => "shared-processes",
            Self::Target => "target",
            Self::HostPid => "host-pid",
            Self::DifferentIds => "different-ids",
            Self::CapabilitySuperset => "capability-superset",
            Self::SeparateProcesses => "separate-processes",
            Self::NeverConcurrent => "never-concurrent",
        }
    }

    /// The cause in a few words, for a line that has little room.
    pub fn brief(self) -> &'static str {
        match self {
            Self::SysPtrace => "by SYS_PTRACE",
            Self::SameIds => "equal ids",
            Self::Kill => "by KILL",
            Self::Perfmon => "by PERFMON or SYS_ADMIN",
            Self::BecomesOther => "as root it takes on their ids",
            Self::ImageDecides => "the image decides the ids",
            Self::SetuidBinary => "by a setuid binary",
            Self::DacLimits => "from memory",
            Self::RuntimeDependent => "depends on the runtime",
            Self::SharedProcesses | Self::Target | Self::HostPid => "in view",
            Self::DifferentIds => "different ids",
            Self::CapabilitySuperset => "more capabilities",
            Self::SeparateProcesses => "not in view",
            Self::NeverConcurrent => "never at the same time",
        }
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

impl Reach<'_, '_> {
    /// Why the answers of a pair are what they are: every aspect is in one reason at least.
    pub fn reasons(&self, from: usize, to: usize) -> Vec<Reason> {
        self.worded(self.causes(from, to), (from, to))
    }

    /// The cause that says most about why these aspects are reached: the first of those that decide
    /// the most of them, where a signal counts for little.
    pub fn main_cause(&self, from: usize, to: usize, aspects: Aspects) -> Cause {
        let weight = |decides: &Aspects| {
            let about = decides.and(aspects);
            (about.without(Aspects::one(Aspect::Signal)).iter().count(), about.iter().count())
        };
        let causes = self.causes(from, to);
        let main = causes.iter().rev().max_by_key(|(_, decides)| weight(decides));
        main.map_or(Cause::SeparateProcesses, |(cause, _)| *cause)
    }

    fn causes(&self, from: usize, to: usize) -> Causes {
        let (sight, view) = (self.sight(from, to), self.view_cause(from, to));
        let mut causes = Causes::new();
        match (sight, self.processes.get(from), self.processes.get(to)) {
            (Sight::Sees, Some(one), Some(two)) => {
                let answers = self.collect((one, two), &mut causes);
                causes.insert(view, Aspects::one(Aspect::Cmdline));
                self.closed((one, two), answers, &mut causes);
            }
            (Sight::NeverTogether, ..) => drop(causes.insert(Cause::NeverConcurrent, Aspects::ALL)),
            _ => drop(causes.insert(Cause::SeparateProcesses, Aspects::ALL)),
        }
        causes
    }

    /// Why a container reaches the node's processes as it does; empty without `hostPID`.
    pub fn node_reasons(&self, from: usize) -> Vec<Reason> {
        let Some((one, answers)) = self.processes.get(from).zip(self.node(from)) else {
            return Vec::new();
        };
        let mut causes = Causes::new();
        for process in &Process::OF_NODE {
            self.collect((one, process), &mut causes);
        }
        causes.retain(|cause, aspects| {
            *aspects = aspects.and(answers.at_least(Answer::Yes));
            *cause != Cause::ImageDecides && !aspects.is_empty()
        });
        let open = Aspects::ALL.without(answers.at_least(Answer::Yes));
        causes.insert(Cause::HostPid, Aspects::one(Aspect::Cmdline).with(open));
        self.worded(causes, (from, usize::MAX))
    }

    /// What opens each aspect, case by case: what holds from the start, and where nothing does, all
    /// that may open it later.
    fn collect(&self, (from, to): (&Process, &Process), causes: &mut Causes) -> Answers {
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
        for case in self.cases(from, to) {
            let answers = case.answers(self.rules);
            yes_somewhere = yes_somewhere.with(answers.at_least(Answer::Yes));
            let [containerd, crio] = &mut by_runtime;
            let mine = if case.runtime == Runtime::Containerd { containerd } else { crio };
            *mine = Some(mine.map_or(answers, |known| known.whichever(answers)));
            // Equal only if the images say so: in another case they are not.
            let luck = |cause| {
                if by_image && cause == Cause::SameIds { Cause::ImageDecides } else { cause }
            };
            self.stages(&case, &mut |cause, aspects| add(luck(cause), aspects));
        }
        let answers = self.between(from, to);
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

    fn stages(&self, case: &Case, add: &mut impl FnMut(Cause, Aspects)) {
        let started = case.at(Stage::Started, self.rules);
        let certain = started.map_or(Aspects::NONE, |it| it.certain(self.rules));
        for stage in Stage::ALL {
            let Some(standing) = case.at(stage, self.rules) else { continue };
            let known = if stage == Stage::Started { Aspects::NONE } else { certain };
            for means in Means::ALL {
                add(cause(stage, means), standing.by(means, self.rules).without(known));
            }
        }
    }

    /// Why the aspects that are closed are.
    fn closed(&self, (from, to): (&Process, &Process), answers: Answers, causes: &mut Causes) {
        let closed = Aspects::ALL.without(answers.at_least(Answer::Possible));
        if closed.is_empty() {
            return;
        }
        let meets = |standing: Standing| standing.same_user && standing.same_group;
        let all = |case: Case| Stage::ALL.into_iter().filter_map(move |it| case.at(it, self.rules));
        let ids = self.cases(from, to).flat_map(all).any(meets);
        let cause = if ids { Cause::CapabilitySuperset } else { Cause::DifferentIds };
        causes.insert(cause, closed);
    }

    fn view_cause(&self, from: usize, to: usize) -> Cause {
        let ephemeral = [from, to].into_iter().filter_map(|place| self.pod.containers.get(place));
        let mut ephemeral = ephemeral.filter(|it| it.kind == ContainerKind::Ephemeral);
        if self.pod.host_pid {
            Cause::HostPid
        } else if self.pod.share_process_namespace == Some(true) || ephemeral.next().is_none() {
            Cause::SharedProcesses
        } else {
            Cause::Target
        }
    }

    fn worded(&self, causes: Causes, pair: (usize, usize)) -> Vec<Reason> {
        let word = |(cause, aspects)| Reason { aspects, cause, detail: self.detail(cause, pair) };
        causes.into_iter().map(word).collect()
    }

    fn detail(&self, cause: Cause, (from, to): (usize, usize)) -> String {
        let name = |place: usize| {
            self.pod.containers.get(place).map_or("a process of the node", |it| it.name.as_ref())
        };
        let (one, two) = (name(from), name(to));
        match cause {
            Cause::SysPtrace => format!("{one} has SYS_PTRACE, which traces every process it sees"),
            Cause::SameIds => self.same_ids(from, to),
            Cause::Kill => format!("{one} has KILL, which signals every process it sees"),
            Cause::Perfmon => format!(
                "{one} has PERFMON or SYS_ADMIN, which newer kernels (6.18) let read an environment"
            ),
            Cause::BecomesOther => {
                format!("{one} can take on the ids of {two} by SETUID or SETGID")
            }
            Cause::ImageDecides => self.open_ids(from, to),
            Cause::SetuidBinary => format!(
                "without allowPrivilegeEscalation: false a setuid or file-capability binary in the image of {one} can give it other ids and its bounding set"
            ),
            Cause::DacLimits => format!(
                "/proc/PID/environ belongs to the user of {two}; the same bytes can be read from memory"
            ),
            Cause::RuntimeDependent => {
                "containerd and CRI-O grant different capabilities for this spec".to_owned()
            }
            Cause::SharedProcesses => {
                "the containers share one PID namespace (shareProcessNamespace)".to_owned()
            }
            Cause::Target => self.joined(from, to),
            Cause::HostPid => "every container sees the processes of the node (hostPID)".to_owned(),
            Cause::DifferentIds => {
                format!("{one} does not have the user and group of {two}, and cannot take them on")
            }
            Cause::CapabilitySuperset => {
                format!("{two} has capabilities that {one} can never have")
            }
            Cause::SeparateProcesses => "each has a PID namespace of its own".to_owned(),
            Cause::NeverConcurrent => "they never run at the same time".to_owned(),
        }
    }

    fn same_ids(&self, from: usize, to: usize) -> String {
        let ids = self.processes.get(from).zip(self.processes.get(to));
        match ids.map(|(one, two)| (one.user, one.group, two.group)) {
            Some((User::Known(uid), Some(one), Some(two))) if one == two => {
                format!("both run as user {uid} and group {one}")
            }
            Some((User::Known(uid), ..)) => format!("both run as user {uid}"),
            _ => "both run as the user of one image".to_owned(),
        }
    }

    fn open_ids(&self, from: usize, to: usize) -> String {
        let open = |place: &&usize| {
            self.processes.get(**place).is_some_and(|it| it.follows_image() || it.group.is_none())
        };
        let pair = [from, to];
        let names: Vec<_> =
            pair.iter().filter(open).filter_map(|it| self.pod.containers.get(*it)).collect();
        let names: Vec<_> = names.iter().map(|it| it.name.as_ref()).collect();
        format!("the image decides the ids of {}", names.join(" and "))
    }

    fn joined(&self, from: usize, to: usize) -> String {
        let pair = [from, to].into_iter().filter_map(|place| self.pod.containers.get(place));
        let joins = pair.filter_map(|it| Some((it, it.target.as_ref()?)));
        let joins: Vec<_> = joins
            .map(|(it, target)| format!("{} joined the processes of {target}", it.name))
            .collect();
        format!("{} (targetContainerName)", joins.join(" and "))
    }
}

fn cause(stage: Stage, means: Means) -> Cause {
    match (stage, means) {
        (_, Means::Perfmon) => Cause::Perfmon,
        (Stage::Executes, _) => Cause::SetuidBinary,
        (_, Means::SysPtrace) => Cause::SysPtrace,
        (_, Means::Kill) => Cause::Kill,
        (Stage::Started, Means::EqualIds | Means::EqualUser) => Cause::SameIds,
        (Stage::Lucky, Means::EqualIds | Means::EqualUser) => Cause::ImageDecides,
        (Stage::Becomes, Means::EqualIds | Means::EqualUser) => Cause::BecomesOther,
    }
}
