//! What is answered: rulings become a verdict, warnings, audit annotations and edits.
//!
//! Comes in: a [`Change`], a [`Snapshot`], a [`Context`] and the [`Phase`]. Goes out: a
//! [`Decision`]. The room knows the rules of admission phases, but not the protocol's bytes.

mod debug;
mod joined;
mod text;

use json_patch::PatchOperation;

use crate::controls::Scene;
use crate::patch;
use crate::policy::{self, Change, Context, Mode, RuleSet, Ruling, Snapshot};
use crate::text::clean;

pub use joined::joined;
pub use text::line;

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
    denied: bool,
    /// The text of the denial; empty when it is allowed.
    pub denial: String,
    /// Why it is denied, for programs: as many as the denial has lines at most.
    pub causes: Vec<Cause>,
    /// One line each, at most 256 characters, no control characters.
    pub warnings: Vec<String>,
    /// Key without the webhook's name, value.
    pub annotations: Vec<(&'static str, String)>,
    /// What `/mutate` changes.
    pub patch: Vec<PatchOperation>,
    /// Every finding that counts, for metrics and log, whatever its mode.
    pub counted: Vec<Ruling>,
}

/// One finding that denies a request.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Its reason, short and stable.
    pub reason: &'static str,
    /// Its text.
    pub message: String,
    /// Its field, dotted.
    pub field: String,
}

/// No container is called more than this, in bytes (RFC 1123 label): what the mutating phase sees
/// has not been validated.
const LONGEST_NAME: usize = 63;

impl Decision {
    /// Whether the request is denied.
    pub fn is_denied(&self) -> bool {
        self.denied
    }

    /// The findings that deny the request; none when it is allowed.
    pub fn denials(&self) -> impl Iterator<Item = &Ruling> {
        self.counted.iter().filter(|ruling| self.denied && ruling.mode == Mode::Deny)
    }

    /// The same without its patch, and with a warning: the patch is too large to send.
    #[must_use]
    pub fn unrepaired(self) -> Self {
        let warning = "nothing was changed by Bulkhead: the changes are too large";
        Self { patch: Vec::new(), warnings: vec![warning.to_owned()], ..self }
    }
}

/// Judges a change in one phase.
pub fn decide(
    phase: Phase,
    change: &Change<'_>,
    snapshot: &Snapshot,
    context: &Context<'_>,
) -> Decision {
    let scene = change.scene();
    match (phase, change) {
        (Phase::Mutate, Change::Create(_) | Change::Debug { .. }) => {
            // It will be refused, whatever is repaired.
            if change.pod().containers.iter().any(|one| one.name.len() > LONGEST_NAME) {
                return Decision::default();
            }
            repair(&scene, &policy::judge(snapshot, change, &scene, context, RuleSet::Repairs))
        }
        (Phase::Mutate, Change::Update { .. } | Change::Template(_)) => Decision::default(),
        (Phase::Validate | Phase::Advise, Change::Template(pod)) => {
            let foreseen = policy::foresee(snapshot, pod, context);
            let repaired: Vec<_> = foreseen.repaired.iter().collect();
            let changed =
                text::prefixed(&scene, "pods of this template will be changed", &repaired);
            let mut decision = advise(&Scene::of(&foreseen.after), foreseen.rest);
            decision.warnings.splice(0..0, changed);
            decision
        }
        (
            Phase::Validate | Phase::Advise,
            Change::Create(_) | Change::Update { .. } | Change::Debug { .. },
        ) => {
            let rulings = policy::judge(snapshot, change, &scene, context, RuleSet::All);
            let advice = debug::advise(change, &rulings, snapshot, context);
            rule(&scene, rulings, advice)
        }
    }
}

/// The mutating phase: edits and a warning for each.
fn repair(scene: &Scene<'_, '_>, rulings: &[Ruling]) -> Decision {
    let repaired: Vec<_> = rulings.iter().filter(|ruling| ruling.is_repaired()).collect();
    let decision = Decision { warnings: text::repairs(scene, &repaired), ..Decision::default() };
    match patch::bounded(scene.pod(), &policy::repairs(rulings)) {
        Some(patch) => Decision { patch, ..decision },
        None => decision.unrepaired(),
    }
}

/// The validating phase for pods: the strongest mode decides, and a denied request is not warned.
fn rule(scene: &Scene<'_, '_>, rulings: Vec<Ruling>, advice: Option<String>) -> Decision {
    let annotations = text::annotations(scene, &rulings, |mode| mode == Mode::Deny);
    let counted: Vec<_> = rulings.into_iter().filter(|ruling| !ruling.is_exempt()).collect();
    let denied = of_mode(&counted, Mode::Deny);
    if denied.is_empty() {
        let mut warnings = text::lines(scene, &of_mode(&counted, Mode::Warn));
        warnings.extend(advice);
        return Decision { warnings, annotations, counted, ..Decision::default() };
    }
    let mut lines = text::lines(scene, &denied);
    lines.extend(advice);
    let causes = denied.iter().take(text::LINES).map(|ruling| cause(scene, ruling)).collect();
    let denial = lines.join("\n");
    Decision { denied: true, denial, causes, annotations, counted, ..Decision::default() }
}

fn cause(scene: &Scene<'_, '_>, ruling: &Ruling) -> Cause {
    let words = ruling.finding.words(scene);
    Cause {
        reason: ruling.finding.reason,
        message: clean(&words.message()).into_owned(),
        field: words.path.to_string(),
    }
}

/// Templates: nothing is denied, a denial of the pods is announced.
fn advise(scene: &Scene<'_, '_>, rulings: Vec<Ruling>) -> Decision {
    let annotations = text::annotations(scene, &rulings, |_| false);
    let counted: Vec<_> = rulings.into_iter().filter(|ruling| !ruling.is_exempt()).collect();
    let denied = of_mode(&counted, Mode::Deny);
    let mut warnings = text::prefixed(scene, "pods of this template would be denied", &denied);
    warnings.extend(text::lines(scene, &of_mode(&counted, Mode::Warn)));
    Decision { warnings, annotations, counted, ..Decision::default() }
}

fn of_mode(rulings: &[Ruling], mode: Mode) -> Vec<&Ruling> {
    rulings.iter().filter(|ruling| ruling.mode == mode).collect()
}
