//! The few cases that a pair of processes can be in, and the stages a process can go through.

use super::aspect::{Answers, Aspect, Aspects};
use super::kernel::{Caller, Rule, Rules};
use super::process::{ProcessPair, User};
use crate::pod::{CapabilitySet, Runtime};

/// Whether two ids are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Same {
    Never,
    /// The image decides.
    Maybe,
    Always,
}

/// How far a process has gone to reach another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// As it was started, and ids that are equal for certain.
    Started,
    /// The same, and the images decided that open ids are equal.
    IdsCoincide,
    /// It took on the target's ids by SETUID and SETGID.
    SwitchesIds,
    /// It executed a binary of the image that has other ids or capabilities.
    ExecsBinary,
}

impl Stage {
    /// In the order in which they add to what is reached.
    pub(super) const ALL: [Self; 4] =
        [Self::Started, Self::IdsCoincide, Self::SwitchesIds, Self::ExecsBinary];
}

/// What holds for every pair of a pod.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    pub(super) runtimes: &'static [Runtime],
    /// Whether its processes are in the initial user namespace.
    pub(super) initial: bool,
    pub(super) rules: Rules,
}

/// One case: the runtime is known, and which of the two processes are root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) runtime: Runtime,
    same_user: Same,
    same_group: Same,
    started: CapabilitySet,
    bounding: CapabilitySet,
    no_new_privs: bool,
    target: CapabilitySet,
    initial: bool,
}

impl Case {
    /// Every case of a pair under these conditions.
    pub(super) fn each(
        pair: ProcessPair<'_>,
        conditions: Conditions,
    ) -> impl Iterator<Item = Self> + use<'_> {
        let ProcessPair { from, to } = pair;
        let Conditions { runtimes, initial, rules } = conditions;
        let twins = from.is_twin(to) && rules.have(Rule::SameImage);
        let roots = from.roots().iter().flat_map(|from| to.roots().iter().map(|to| (*from, *to)));
        let roots = roots.map(|(from, to)| Roots { from, to });
        // One image has one user.
        let roots = roots.filter(move |roots| !twins || roots.from == roots.to);
        let case = move |runtime: Runtime, roots: Roots| {
            let same_user = same_user(pair, roots, twins, rules);
            Self {
                runtime,
                same_user,
                same_group: same_group(pair, same_user, rules),
                started: from.started(roots.from, runtime, rules),
                bounding: from.bounding(runtime),
                no_new_privs: from.no_new_privs && rules.have(Rule::NoNewPrivs),
                target: to.started(roots.to, runtime, rules),
                initial,
            }
        };
        roots.flat_map(move |roots| runtimes.iter().map(move |runtime| case(*runtime, roots)))
    }

    /// What `from` is at a stage, where it can get there.
    pub(super) fn at(&self, stage: Stage, rules: Rules) -> Option<Caller> {
        let caller = |capabilities, same_user, same_group| Caller {
            capabilities,
            same_user,
            same_group,
            target: self.target,
            initial: self.initial,
        };
        let (user, group) = (self.same_user != Same::Never, self.same_group != Same::Never);
        let has = |wanted, rule| self.started.contains(wanted) && rules.have(rule);
        match stage {
            Stage::Started => Some(caller(
                self.started,
                self.same_user == Same::Always,
                self.same_group == Same::Always,
            )),
            Stage::IdsCoincide => Some(caller(self.started, user, group)),
            Stage::SwitchesIds => {
                let (other_user, other_group) = (
                    has(CapabilitySet::SETUID, Rule::SetUser),
                    has(CapabilitySet::SETGID, Rule::SetGroup),
                );
                let keeps = rules.have(Rule::KeepCapabilities) || !other_user;
                let kept = if keeps { self.started } else { CapabilitySet::EMPTY };
                (other_user || other_group)
                    .then(|| caller(kept, user || other_user, group || other_group))
            }
            Stage::ExecsBinary => {
                let most =
                    if rules.have(Rule::BoundingSet) { self.bounding } else { CapabilitySet::FULL };
                (!self.no_new_privs && rules.have(Rule::SetuidBinary))
                    .then(|| caller(most, true, true))
            }
        }
    }

    /// What is reached for certain, and at best.
    pub(super) fn answers(&self, rules: Rules) -> Answers {
        let started = self.at(Stage::Started, rules);
        let yes = started.map_or(Aspects::NONE, |it| it.certain(rules));
        let open = Stage::ALL.into_iter().filter_map(|stage| self.at(stage, rules));
        let open = open.fold(Aspects::NONE, |all, it| all.with(it.at_best(rules)));
        // Who sees a process reads its command line; nothing guards that.
        let visible = Aspects::one(Aspect::Cmdline);
        Answers::new(yes.with(visible), open.with(visible))
    }
}

/// Which of two processes are root.
#[derive(Clone, Copy)]
struct Roots {
    from: bool,
    to: bool,
}

fn same_user(pair: ProcessPair<'_>, roots: Roots, twins: bool, rules: Rules) -> Same {
    match (pair.from.user, pair.to.user) {
        (User::Known(one), User::Known(two)) => known(one == two),
        _ if roots.from != roots.to => Same::Never,
        _ if roots.from || twins => Same::Always,
        _ if rules.have(Rule::ImageDecides) => Same::Maybe,
        _ => Same::Never,
    }
}

/// Whether the groups are the same; for one user of one image they are.
fn same_group(ProcessPair { from, to }: ProcessPair<'_>, same_user: Same, rules: Rules) -> Same {
    let one_image = from.image.is_some() && from.image == to.image && same_user != Same::Never;
    match (from.group, to.group) {
        (Some(one), Some(two)) => known(one == two),
        (None, None) if one_image && rules.have(Rule::SameImage) => Same::Always,
        _ if rules.have(Rule::ImageDecides) => Same::Maybe,
        _ => Same::Never,
    }
}

fn known(equal: bool) -> Same {
    if equal { Same::Always } else { Same::Never }
}
