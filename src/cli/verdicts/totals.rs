use std::fmt;

use serde::{Serialize, Serializer};

use super::FileVerdicts;
use super::notes::Notes;
use crate::cli::exit::Exit;
use crate::text::plural;
use crate::verdict::{Entry, Outcome, SkipReason};

/// How many objects there were, and what became of them.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::cli) struct Totals {
    objects: usize,
    allowed: usize,
    denied: usize,
    findings: Findings,
    /// The pairs that those are about.
    #[serde(skip)]
    pairs: Findings,
    skipped: usize,
    /// Of these what holds nothing.
    #[serde(skip)]
    nothing: usize,
    errors: usize,
    /// Of these the namespaces that no policy covers are in JSON, too, where there are any.
    #[serde(
        rename = "uncovered",
        serialize_with = "uncovered",
        skip_serializing_if = "is_covered"
    )]
    notes: Notes,
}

fn uncovered<S: Serializer>(notes: &Notes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(&notes.uncovered)
}

fn is_covered(notes: &Notes) -> bool {
    notes.uncovered.is_empty()
}

/// How many findings there were: lines, where several share one.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Findings {
    deny: usize,
    warn: usize,
    audit: usize,
    repaired: usize,
    exempted: usize,
}

impl Findings {
    fn of(&mut self, outcome: Outcome) -> &mut usize {
        match outcome {
            Outcome::Repaired => &mut self.repaired,
            Outcome::Exempt => &mut self.exempted,
            Outcome::Denied => &mut self.deny,
            Outcome::Warning => &mut self.warn,
            Outcome::Audit => &mut self.audit,
        }
    }

    fn add(&mut self, other: Self) {
        for (own, more) in [
            (&mut self.deny, other.deny),
            (&mut self.warn, other.warn),
            (&mut self.audit, other.audit),
            (&mut self.repaired, other.repaired),
            (&mut self.exempted, other.exempted),
        ] {
            *own += more;
        }
    }
}

impl Totals {
    /// Those of one file.
    pub(in crate::cli) fn of(file: &FileVerdicts) -> Self {
        let mut totals = Self { notes: Notes::of(file), ..Self::default() };
        for entry in &file.entries {
            match entry {
                Entry::Skip(skip) => {
                    totals.skipped += 1;
                    totals.nothing += usize::from(matches!(skip.reason, SkipReason::Nothing));
                }
                Entry::Warning(_) => {}
                Entry::Error(_) => totals.errors += 1,
                Entry::Verdict(verdict) => {
                    totals.objects += 1;
                    totals.denied += usize::from(verdict.denied);
                    totals.allowed += usize::from(!verdict.denied);
                    for finding in &verdict.findings {
                        *totals.findings.of(finding.outcome()) += 1;
                        *totals.pairs.of(finding.outcome()) += finding.pairs;
                    }
                }
            }
        }
        totals
    }

    /// How many objects were judged.
    pub(in crate::cli) fn judged(&self) -> usize {
        self.objects
    }

    /// Whether nothing was there, not even an object that is skipped.
    pub(in crate::cli) fn is_nothing(&self) -> bool {
        self.objects + self.skipped - self.nothing + self.errors == 0
    }

    /// Adds those of another file.
    pub(in crate::cli) fn add(&mut self, other: &Self) {
        self.notes.add(&other.notes);
        self.findings.add(other.findings);
        self.pairs.add(other.pairs);
        for (own, more) in [
            (&mut self.objects, other.objects),
            (&mut self.allowed, other.allowed),
            (&mut self.denied, other.denied),
            (&mut self.skipped, other.skipped),
            (&mut self.nothing, other.nothing),
            (&mut self.errors, other.errors),
        ] {
            *own += more;
        }
    }

    /// The findings of mode Warn, if there are any, as they are counted for people.
    pub(super) fn warnings(&self) -> Option<String> {
        let number = self.findings.warn;
        (number > 0).then(|| with_pairs(plural(number, "warning"), self.pairs.warn))
    }

    /// Likewise those of mode Audit.
    pub(super) fn audited(&self) -> Option<String> {
        let number = self.findings.audit;
        (number > 0).then(|| with_pairs(plural(number, "audited finding"), self.pairs.audit))
    }

    /// Whether there is anything that a stricter policy might deny.
    pub(super) fn has_findings(&self) -> bool {
        self.findings.warn + self.findings.audit > 0
    }

    /// The namespaces that no policy covers.
    pub(super) fn uncovered(&self) -> Option<String> {
        let number = self.notes.uncovered.len();
        (number > 0).then(|| plural(number, "namespace") + " without a policy")
    }

    /// What is to be noted, a line each, with its end.
    pub(super) fn notes(&self) -> Vec<String> {
        self.notes.lines()
    }

    /// What scripts see: what was unreadable counts more than what was denied.
    pub(in crate::cli) fn exit(&self) -> Exit {
        match (self.errors, self.denied) {
            (0, 0) => Exit::Clean,
            (0, _) => Exit::Findings,
            (_, _) => Exit::Unusable,
        }
    }
}

/// A number of lines, with how many pairs of containers they are about.
fn with_pairs(words: String, pairs: usize) -> String {
    if pairs == 0 { words } else { format!("{words} ({})", plural(pairs, "pair")) }
}

/// For people: one line that counts.
impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = &self.findings;
        let some = |number: usize, part: String| (number > 0).then_some(part);
        let always = [format!("{} denied", self.denied), format!("{} allowed", self.allowed)];
        let more = [
            self.warnings(),
            self.audited(),
            some(found.repaired, format!("{} repaired at creation", found.repaired)),
            some(
                found.exempted,
                with_pairs(format!("{} exempted", found.exempted), self.pairs.exempted),
            ),
            some(self.skipped, plural(self.skipped, "other object") + " skipped"),
            some(self.errors, format!("{} unreadable", self.errors)),
        ];
        let parts: Vec<_> = always.into_iter().chain(more.into_iter().flatten()).collect();
        write!(f, "{} judged: {}", plural(self.objects, "object"), parts.join(", "))
    }
}
