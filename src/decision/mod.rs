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
use crate::policy::{self, Change, Context, Forecast, Mode, RuleSet, Ruling, Snapshot};
use crate::text::clean;
use text::Form;

pub use joined::{Line, joined};
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
    /// One line each, no control characters; at most 256 characters each where all together have more
    /// than 4,096.
    pub warnings: Vec<String>,
    /// Key without the webhook's name, value.
    pub annotations: Vec<(&'static str, String)>,
    /// What `/mutate` changes.
    pub patch: Vec<PatchOperation>,
    /// Every finding that counts, whatever its mode.
    pub counted: Vec<Ruling>,
    /// Everything that was found, exempted and repaired, by lines, for metrics and log.
    pub lines: Vec<Line>,
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

    /// The same, its denial ending with the address of a page on what to do about it; an empty address
    /// is none.
    #[must_use]
    pub fn with_help(mut self, address: &str) -> Self {
        if self.denied && !address.is_empty() {
            let help = "\nWhat to change, and how to get an exception: ";
            self.denial.extend([help, address]);
        }
        self
    }

    /// The same without its patch, and with a warning: the patch is too large to send.
    #[must_use]
    pub fn unrepaired(self) -> Self {
        let warning = "Bulkhead changed nothing: the changes are too large";
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
        (Phase::Mutate, Change::Update { .. } | Change::Template { .. }) => Decision::default(),
        (Phase::Validate | Phase::Advise, Change::Template { kind, pod }) => {
            advise(kind, &scene, policy::foresee(snapshot, pod, context))
        }
        (
            Phase::Validate | Phase::Advise,
            Change::Create(_) | Change::Update { .. } | Change::Debug { .. },
        ) => {
            let rulings = policy::judge(snapshot, change, &scene, context, RuleSet::All);
            let advice = debug::advise(change, &rulings, snapshot, context);
            rule(&scene, rulings, advice.as_deref())
        }
    }
}

/// The mutating phase: edits and a warning for each.
fn repair(scene: &Scene<'_, '_>, rulings: &[Ruling]) -> Decision {
    let repaired: Vec<_> = rulings.iter().filter(|ruling| ruling.is_repaired()).collect();
    let groups = Groups::of(scene, &repaired, true);
    let warnings = text::warnings(&text::items(scene, &groups.all(), Form::Repaired), None);
    let decision = Decision { warnings, lines: groups.lines, ..Decision::default() };
    match patch::bounded(scene.pod(), &policy::repairs(rulings)) {
        Some(patch) => Decision { patch, ..decision },
        None => decision.unrepaired(),
    }
}

/// The validating phase for pods: the strongest mode decides, and a denied request is not warned.
fn rule(scene: &Scene<'_, '_>, rulings: Vec<Ruling>, advice: Option<&str>) -> Decision {
    let groups = Groups::of(scene, &rulings.iter().collect::<Vec<_>>(), false);
    let annotations = text::annotations(scene, &groups.all(), |mode| mode == Mode::Deny);
    let denied = groups.of_mode(Mode::Deny);
    let decision = if denied.is_empty() {
        let warned = groups.of_mode(Mode::Warn);
        let items = text::items(scene, &warned, Form::Found);
        Decision { warnings: text::warnings(&items, advice), ..Decision::default() }
    } else {
        let findings = rulings.iter().filter(|ruling| ruling.denies());
        let causes = findings.take(text::LINES).map(|ruling| cause(scene, ruling)).collect();
        let items = text::items(scene, &denied, Form::Found);
        let denial = text::denial(&items, advice);
        Decision { denied: true, denial, causes, ..Decision::default() }
    };
    let lines = groups.lines;
    Decision { annotations, lines, counted: counted(rulings), ..decision }
}

fn cause(scene: &Scene<'_, '_>, ruling: &Ruling) -> Cause {
    let words = ruling.finding.words(scene);
    Cause {
        reason: ruling.finding.reason,
        message: clean(&words.message()).into_owned(),
        field: words.path.to_string(),
    }
}

/// Templates: nothing is denied, a denial and the repairs of the pods are announced.
fn advise(kind: &'static str, scene: &Scene<'_, '_>, forecast: Forecast<'_, '_>) -> Decision {
    let repaired = Groups::of(scene, &forecast.repaired.iter().collect::<Vec<_>>(), true);
    let after = Scene::of(&forecast.after);
    let groups = Groups::of(&after, &forecast.rest.iter().collect::<Vec<_>>(), false);
    let annotations = text::annotations(&after, &groups.all(), |_| false);
    let mut items = text::items(scene, &repaired.all(), Form::WillRepair(kind));
    items.extend(text::items(&after, &groups.of_mode(Mode::Deny), Form::WouldDeny(kind)));
    items.extend(text::items(&after, &groups.of_mode(Mode::Warn), Form::Found));
    let warnings = text::warnings(&items, None);
    drop(items);
    let lines = repaired.lines.into_iter().chain(groups.lines).collect();
    Decision {
        warnings,
        annotations,
        lines,
        counted: counted(forecast.rest),
        ..Decision::default()
    }
}

fn counted(rulings: Vec<Ruling>) -> Vec<Ruling> {
    rulings.into_iter().filter(|ruling| !ruling.is_exempt()).collect()
}

/// Rulings by lines.
struct Groups<'r> {
    all: Vec<Vec<&'r Ruling>>,
    lines: Vec<Line>,
}

impl<'r> Groups<'r> {
    fn of(scene: &Scene<'_, '_>, rulings: &[&'r Ruling], repaired: bool) -> Self {
        let groups = joined(scene, rulings, |ruling| *ruling);
        let all: Vec<Vec<&Ruling>> =
            groups.into_iter().map(|group| group.into_iter().copied().collect()).collect();
        let lines = all.iter().filter_map(|group| Line::of(scene, group, repaired)).collect();
        Self { all, lines }
    }

    fn all(&self) -> Vec<&[&'r Ruling]> {
        self.all.iter().map(Vec::as_slice).collect()
    }

    /// Those of a mode that count.
    fn of_mode(&self, mode: Mode) -> Vec<&[&'r Ruling]> {
        let is_of = |group: &&[&Ruling]| {
            group.first().is_some_and(|first| first.mode == mode && !first.is_exempt())
        };
        self.all().into_iter().filter(is_of).collect()
    }
}
