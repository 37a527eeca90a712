//! The few cases that a pair of processes can be in, and the stages a process can go through.

use super::aspect::{Answers, Aspect, Aspects};
use super::kernel::{Rule, Rules, Standing};
use super::process::{Process, User};
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
    Lucky,
    /// It took on the target's ids by SETUID and SETGID.
    Becomes,
    /// It executed a binary of the image that has other ids or capabilities.
    Executes,
}

impl Stage {
    /// In the order in which they add to what is reached.
    pub(super) const ALL: [Self; 4] = [Self::Started, Self::Lucky, Self::Becomes, Self::Executes];
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
    /// Every case of a pair under these runtimes.
    pub(super) fn each(
        (from, to): (&Process, &Process),
        (runtimes, initial): (&'static [Runtime], bool),
        rules: Rules,
    ) -> impl Iterator<Item = Self> {
        let twins = from.is_twin(to) && rules.have(Rule::SameImage);
        let roots = from.roots().iter().flat_map(|one| to.roots().iter().map(|two| (*one, *two)));
        // One image has one user.
        let roots = roots.filter(move |(one, two)| !twins || one == two);
        let case = move |runtime: Runtime, (one, two): (bool, bool)| {
            let same_user = same_user((from, one), (to, two), twins, rules);
            Self {
                runtime,
                same_user,
                same_group: same_group(from, to, same_user, rules),
                started: from.started(one, runtime, rules),
                bounding: from.bounding(runtime),
                no_new_privs: from.no_new_privs && rules.have(Rule::NoNewPrivs),
                target: to.started(two, runtime, rules),
                initial,
            }
        };
        roots.flat_map(move |roots| runtimes.iter().map(move |runtime| case(*runtime, roots)))
    }

    /// How `from` stands at a stage, where it can get there.
    pub(super) fn at(&self, stage: Stage, rules: Rules) -> Option<Standing> {
        let standing = |capabilities, same_user, same_group| Standing {
            capabilities,
            same_user,
            same_group,
            target: self.target,
            initial: self.initial,
        };
        let (user, group) = (self.same_user != Same::Never, self.same_group != Same::Never);
        let has = |wanted, rule| self.started.contains(wanted) && rules.have(rule);
        match stage {
            Stage::Started => Some(standing(
                self.started,
                self.same_user == Same::Always,
                self.same_group == Same::Always,
            )),
            Stage::Lucky => Some(standing(self.started, user, group)),
            Stage::Becomes => {
                let (other_user, other_group) = (
                    has(CapabilitySet::SETUID, Rule::SetUser),
                    has(CapabilitySet::SETGID, Rule::SetGroup),
                );
                let keeps = rules.have(Rule::KeepCapabilities) || !other_user;
                let kept = if keeps { self.started } else { CapabilitySet::EMPTY };
                (other_user || other_group)
                    .then(|| standing(kept, user || other_user, group || other_group))
            }
            Stage::Executes => {
                let most =
                    if rules.have(Rule::BoundingSet) { self.bounding } else { CapabilitySet::FULL };
                (!self.no_new_privs && rules.have(Rule::SetuidBinary))
                    .then(|| standing(most, true, true))
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

fn same_user(
    (from, from_root): (&Process, bool),
    (to, to_root): (&Process, bool),
    twins: bool,
    rules: Rules,
) -> Same {
    match (from.user, to.user) {
        (User::Known(one), User::Known(two)) => known(one == two),
        _ if from_root != to_root => Same::Never,
        _ if from_root || twins => Same::Always,
        _ if rules.have(Rule::ImageDecides) => Same::Maybe,
        _ => Same::Never,
    }
}

/// Whether the groups are the same; for one user of one image they are.
fn same_group(from: &Process, to: &Process, same_user: Same, rules: Rules) -> Same {
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
