//! Advice for users of `kubectl debug`, which profile or command would pass: a request that looks like one of its profiles is
//! judged again with the others, and what passes is printed as a command to type.

mod advice;
mod command;
mod profile;
mod request;

use self::advice::Advice;
use self::profile::{PROFILES, Profile};
use self::request::{Alternative, DebugRequest};
use crate::controls::Edit;
use crate::patch;
use crate::policy::{self, Change, Context, Mode, Repair, RuleSet, Ruling, Snapshot};

/// In larger pods nothing is looked for: each candidate is judged as the request was.
const MOST_CONTAINERS: usize = 64;

/// The advice for a user whose debug container, or copy of a pod for debugging, is found at fault.
pub(super) fn advise(
    change: &Change<'_>,
    rulings: &[Ruling],
    snapshot: &Snapshot,
    context: &Context<'_>,
) -> Option<String> {
    let counts = rulings.iter().filter(|ruling| !ruling.is_exempt() && ruling.mode >= Mode::Warn);
    let worst = counts.map(|ruling| ruling.mode).max()?;
    if change.pod().containers.len() > MOST_CONTAINERS {
        return None;
    }
    let request = DebugRequest::of(change, rulings, worst)?;
    // Where something is left to repair, nobody repairs here.
    let repairs = !rulings.iter().any(Ruling::is_repaired);
    let trial = Trial { snapshot, context, worst, repairs };
    let like = Profile::like(&request.container.security);
    let passing = request
        .alternatives(&like)
        .into_iter()
        .find(|other| request.changes(other).iter().all(|change| trial.passes(change)));
    let names = like.iter().filter_map(|index| PROFILES.get(*index)).map(|it| it.name);
    Some(advice::line(Advice {
        container: &request.container.name,
        like: (!trial.may_have_repaired(&request)).then(|| names.collect()),
        in_copy: request.is_copy(),
        command: passing.map(|other| request.command(&other, context.namespace)),
    }))
}

/// The rules by which another request is judged.
struct Trial<'s> {
    snapshot: &'s Snapshot,
    context: &'s Context<'s>,
    /// From this mode on a finding counts.
    worst: Mode,
    /// Whether the mutating phase comes first.
    repairs: bool,
}

impl Trial<'_> {
    /// Whether the change brings nothing that counts and its user gets what was asked for: the
    /// debug container, which is the last one, as its profile sets it, and no process less in view.
    fn passes(&self, change: &Change<'_>) -> bool {
        let (repaired, rest) = if let Change::Create(pod) = change
            && self.repairs
        {
            let foreseen = policy::foresee(self.snapshot, pod, self.context);
            (foreseen.repaired, foreseen.rest)
        } else {
            (Vec::new(), self.rulings(change))
        };
        let last = change.pod().containers.len().checked_sub(1);
        let is_asked_for = |ruling: &Ruling| {
            let container = ruling.finding.subject.container();
            container == last || ruling.finding.edit == Some(Edit::StopSharing)
        };
        let counts = |ruling: &Ruling| !ruling.is_exempt() && ruling.mode >= self.worst;
        let is_repaired = |ruling: &Ruling| ruling.is_repaired() && is_asked_for(ruling);
        !repaired.iter().any(is_asked_for)
            && !rest.iter().any(|ruling| counts(ruling) || is_repaired(ruling))
    }

    fn rulings(&self, change: &Change<'_>) -> Vec<Ruling> {
        policy::judge(self.snapshot, change, &change.scene(), self.context, RuleSet::All)
    }

    /// Whether the debug container may have been another one before the mutating phase: some
    /// profile would have been repaired to what it is now.
    fn may_have_repaired(&self, request: &DebugRequest<'_, '_>) -> bool {
        let mut rules = self.snapshot.policies.iter().flat_map(|policy| &policy.rules);
        if !self.repairs || rules.all(|rule| rule.repair == Repair::Never) {
            return false;
        }
        let now = &request.container.security;
        let others = PROFILES.iter().filter(|profile| profile.security() != *now);
        let mut asked = others.map(|profile| request.change(&Alternative::joining(profile)));
        asked.any(|change| {
            let edits = policy::repairs(&self.rulings(&change));
            let repaired = patch::apply(change.pod(), &edits);
            repaired.containers.last().is_some_and(|container| container.security == *now)
        })
    }
}
