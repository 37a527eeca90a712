//! What is answered: rulings become a verdict, warnings, audit annotations and edits.
//!
//! Comes in: a [`Change`], a [`Snapshot`], a [`Context`] and the [`Phase`]. Goes out: a
//! [`Decision`]. The room knows the rules of admission phases, but not the protocol's bytes.

mod debug;
mod joined;
mod text;

use json_patch::PatchOperation;

use crate::patch;
use crate::policy::{self, Change, Context, Mode, Ruling, Snapshot};

pub use joined::joined;
pub use text::{clean, is_hidden, line};

/// Which endpoint asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// `/mutate`: repairs, never denies.
    Mutate,
    /// `/validate`: has the final word on pods.
    Validate,
    /// `/advise`: speaks about templates, never denies.
    Advise,
}

/// The answer to one request.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// The findings that deny the request; empty when it is allowed.
    pub denied: Vec<Ruling>,
    /// The text of the denial; empty when it is allowed.
    pub denial: String,
    /// One line each, at most 256 characters, no control characters.
    pub warnings: Vec<String>,
    /// Key without the webhook's name, value.
    pub annotations: Vec<(&'static str, String)>,
    /// What `/mutate` changes.
    pub patch: Vec<PatchOperation>,
    /// Every finding that counts, for metrics and log, whatever its mode.
    pub counted: Vec<Ruling>,
}

impl Decision {
    /// Whether the request is denied.
    pub fn is_denied(&self) -> bool {
        !self.denied.is_empty()
    }
}

/// Judges a change in one phase.
pub fn decide(
    phase: Phase,
    change: &Change<'_>,
    snapshot: &Snapshot,
    context: &Context<'_>,
) -> Decision {
    match (phase, change) {
        (Phase::Mutate, Change::Create(_) | Change::Debug { .. }) => {
            mend(change, &policy::judge(snapshot, change, context))
        }
        (Phase::Mutate, Change::Update { .. } | Change::Template(_)) => Decision::default(),
        (Phase::Validate | Phase::Advise, Change::Template(pod)) => {
            let foreseen = policy::foresee(snapshot, pod, context);
            let mut decision = advise(foreseen.rest);
            let changed =
                text::prefixed("pods of this template will be changed", &foreseen.repaired);
            decision.warnings.splice(0..0, changed);
            decision
        }
        (
            Phase::Validate | Phase::Advise,
            Change::Create(_) | Change::Update { .. } | Change::Debug { .. },
        ) => {
            let rulings = policy::judge(snapshot, change, context);
            let advice = debug::advise(change, &rulings, snapshot, context);
            rule(rulings, advice)
        }
    }
}

/// The mutating phase: edits and a warning for each.
fn mend(change: &Change<'_>, rulings: &[Ruling]) -> Decision {
    let edits = policy::repairs(rulings);
    let repaired = rulings.iter().filter(|ruling| ruling.is_repaired());
    Decision {
        warnings: repaired.map(text::repair).collect(),
        patch: patch::build(change.pod(), &edits),
        ..Decision::default()
    }
}

/// The validating phase for pods: the strongest mode decides, and a denied request is not warned.
fn rule(rulings: Vec<Ruling>, advice: Option<String>) -> Decision {
    let annotations = text::annotations(&rulings, |mode| mode == Mode::Deny);
    let counted: Vec<_> = rulings.into_iter().filter(|ruling| !ruling.is_exempt()).collect();
    let denied = of_mode(&counted, Mode::Deny);
    let warned = of_mode(&counted, Mode::Warn);
    let mut lines = text::lines(if denied.is_empty() { &warned } else { &denied });
    lines.extend(advice);
    let (denial, warnings) =
        if denied.is_empty() { (String::new(), lines) } else { (lines.join("\n"), Vec::new()) };
    Decision { denied, denial, warnings, annotations, counted, patch: Vec::new() }
}

/// Templates: nothing is denied, a denial of the pods is foretold.
fn advise(rulings: Vec<Ruling>) -> Decision {
    let annotations = text::annotations(&rulings, |_| false);
    let counted: Vec<_> = rulings.into_iter().filter(|ruling| !ruling.is_exempt()).collect();
    let denied = of_mode(&counted, Mode::Deny);
    let mut warnings = text::prefixed("pods of this template would be denied", &denied);
    warnings.extend(text::lines(&of_mode(&counted, Mode::Warn)));
    Decision { warnings, annotations, counted, ..Decision::default() }
}

fn of_mode(rulings: &[Ruling], mode: Mode) -> Vec<Ruling> {
    rulings.iter().filter(|ruling| ruling.mode == mode).cloned().collect()
}
