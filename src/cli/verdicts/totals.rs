use std::fmt;

use serde::{Serialize, Serializer};

use crate::verdict::{Entry, Found, Why};
use super::notes::Notes;
use crate::policy::Mode;

/// How many objects there were, and what became of them.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::cli) struct Totals {
    objects: usize,
    allowed: usize,
    denied: usize,
    findings: Findings,
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

/// How many findings there were; each is counted once.
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
    fn of(&mut self, found: &Found) -> &mut usize {
        match found.ruling.mode {
            _ if found.repaired => &mut self.repaired,
            _ if found.ruling.is_exempt() => &mut self.exempted,
            Mode::Deny => &mut self.deny,
            Mode::Warn => &mut self.warn,
            Mode::Audit | Mode::Disabled => &mut self.audit,
        }
    }
}

impl Totals {
    /// Those of the entries of one file.
    pub(in crate::cli) fn of(file: &str, entries: &[Entry]) -> Self {
        let mut totals = Self { notes: Notes::of(file, entries), ..Self::default() };
        for entry in entries {
            match entry {
                Entry::Skipped(skipped) => {
                    totals.skipped += 1;
                    totals.nothing += usize::from(matches!(skipped.why, Why::Nothing));
                }
                Entry::Broken(_) => totals.errors += 1,
                Entry::Judged(judged) => {
                    totals.objects += 1;
                    totals.denied += usize::from(judged.denied);
                    totals.allowed += usize::from(!judged.denied);
                    for found in &judged.findings {
                        *totals.findings.of(found) += found.count;
                    }
                }
            }
        }
        totals
    }

    /// Whether nothing was there, not even an object that is skipped.
    pub(in crate::cli) fn is_nothing(&self) -> bool {
        self.objects + self.skipped - self.nothing + self.errors == 0
    }

    /// Adds those of another file.
    pub(in crate::cli) fn add(&mut self, other: &Self) {
        self.notes.add(&other.notes);
        let (own, more) = (&mut self.findings, &other.findings);
        for (own, more) in [
            (&mut self.objects, other.objects),
            (&mut self.allowed, other.allowed),
            (&mut self.denied, other.denied),
            (&mut self.skipped, other.skipped),
            (&mut self.nothing, other.nothing),
            (&mut self.errors, other.errors),
            (&mut own.deny, more.deny),
            (&mut own.warn, more.warn),
            (&mut own.audit, more.audit),
            (&mut own.repaired, more.repaired),
            (&mut own.exempted, more.exempted),
        ] {
            *own += more;
        }
    }

    /// What scripts see: 2 if anything was unreadable, else 1 if anything was denied, else 0.
    pub(in crate::cli) fn exit_code(&self) -> u8 {
        match (self.errors, self.denied) {
            (0, 0) => 0,
            (0, _) => 1,
            (_, _) => 2,
        }
    }
}

/// For people: what is to be noted, and one line that counts.
impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = &self.findings;
        let counted = |number: usize, noun: &str| {
            format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
        };
        let mut parts =
            vec![format!("{} denied", self.denied), format!("{} allowed", self.allowed)];
        let more = [
            (found.warn, counted(found.warn, "warning")),
            (found.audit, counted(found.audit, "audited finding")),
            (found.repaired, format!("{} repaired at creation", found.repaired)),
            (found.exempted, format!("{} exempted", found.exempted)),
            (self.skipped, counted(self.skipped, "other object") + " skipped"),
            (self.errors, format!("{} unreadable", self.errors)),
        ];
        parts.extend(more.into_iter().filter(|(number, _)| *number > 0).map(|(_, part)| part));
        for line in self.notes.lines() {
            writeln!(f, "{line}")?;
        }
        write!(f, "{} judged: {}", counted(self.objects, "object"), parts.join(", "))
    }
}
