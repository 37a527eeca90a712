//! What people read besides the counts: what was not judged though it might have been meant.

use std::collections::{BTreeMap, BTreeSet};

use super::FileVerdicts;
use crate::cli::diagnostic::note;
use crate::cli::inputs;
use crate::text::counted;
use crate::verdict::{Entry, SkipReason};

/// More are counted.
const NAMED: usize = 5;

/// What was not judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    /// How many there are of each kind and group.
    custom: BTreeMap<(String, String), usize>,
    partial: Few,
    charts: Few,
    /// Namespaces that no policy covers.
    pub(super) uncovered: BTreeSet<String>,
}

/// The first ones of many, and how many they are.
#[derive(Clone, Debug, Default)]
struct Few {
    first: Vec<String>,
    all: usize,
}

impl Few {
    fn push(&mut self, one: impl FnOnce() -> String) {
        if self.first.len() < NAMED {
            self.first.push(one());
        }
        self.all += 1;
    }

    fn add(&mut self, other: &Self) {
        let room = NAMED - self.first.len();
        self.first.extend(other.first.iter().take(room).cloned());
        self.all += other.all;
    }
}

fn listed(first: &[String], all: usize) -> String {
    counted(first.iter().map(Into::into).collect(), all - first.len())
}

impl Notes {
    /// Those of a file.
    pub(super) fn of(file: &FileVerdicts) -> Self {
        let mut notes = Self::default();
        for entry in &file.entries {
            match entry {
                Entry::Warning(_) | Entry::Error(_) => {}
                Entry::Verdict(verdict) => notes.uncovered.extend(verdict.uncovered.clone()),
                Entry::Skip(skip) => {
                    let kind = skip.kind.as_deref().unwrap_or_default();
                    match &skip.reason {
                        SkipReason::Other | SkipReason::Nothing => {}
                        SkipReason::Custom(group) => {
                            let named = (kind.to_owned(), group.clone());
                            *notes.custom.entry(named).or_default() += 1;
                        }
                        SkipReason::Partial(name) => notes.partial.push(|| {
                            let name = name.as_deref().unwrap_or("without a name");
                            format!("{}:{} ({kind} {name})", file.file, skip.line)
                        }),
                        SkipReason::Chart(folder) => notes.charts.push(|| folder.clone()),
                    }
                }
            }
        }
        notes
    }

    /// Adds those of another file.
    pub(super) fn add(&mut self, other: &Self) {
        for (named, number) in &other.custom {
            *self.custom.entry(named.clone()).or_default() += number;
        }
        self.partial.add(&other.partial);
        self.charts.add(&other.charts);
        self.uncovered.extend(other.uncovered.iter().cloned());
    }

    /// A line for each, with its end.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.custom.is_empty() {
            let mut most: Vec<_> = self.custom.iter().collect();
            most.sort_by_key(|(_, number)| std::cmp::Reverse(**number));
            let named = most.iter().take(NAMED);
            let named: Vec<_> =
                named.map(|((kind, group), number)| format!("{number} {kind} ({group})")).collect();
            let all = listed(&named, self.custom.len());
            lines.push(format!("custom kinds are not judged: {all}"));
        }
        if self.partial.all > 0 {
            let all = listed(&self.partial.first, self.partial.all);
            lines.push(format!("not judged: a patch? Without a pod template: {all}"));
        }
        match self.charts.first.as_slice() {
            [] => {}
            [one] if self.charts.all == 1 => lines.push(inputs::chart(one, "check")),
            first => {
                let all = listed(first, self.charts.all);
                lines.push(format!(
                    "Helm charts, whose templates are left out: {all}; pipe `helm template` of each into `bulkhead check -`"
                ));
            }
        }
        let uncovered = self.uncovered.iter().take(NAMED);
        lines.extend(uncovered.map(|name| format!("no policy covers namespace {name}")));
        if let more @ 1.. = self.uncovered.len().saturating_sub(NAMED) {
            lines.push(format!("no policy covers {more} more namespaces"));
        }
        lines.iter().map(|line| note(line)).collect()
    }
}
