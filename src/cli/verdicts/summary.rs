//! The end of `check`: how many there were, what is to be noted, and what that means for the exit code.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;

use super::Totals;
use crate::cli::diagnostic::note;
use crate::cli::exit::Exit;

/// `--fail-on`: what is an error besides what is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FailOn {
    /// A finding of mode Warn
    Warn,
    /// A finding of mode Warn or Audit
    Audit,
    /// An object in a namespace that no policy covers
    Uncovered,
}

impl FailOn {
    /// What of these totals is an error by this, in words; empty for nothing.
    fn errors(self, totals: &Totals) -> Vec<String> {
        match self {
            Self::Warn => totals.warnings().into_iter().collect(),
            Self::Audit => totals.warnings().into_iter().chain(totals.audited()).collect(),
            Self::Uncovered => totals.uncovered().into_iter().collect(),
        }
    }

    fn word(self) -> String {
        let value = self.to_possible_value();
        value.map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// What counts at the end besides what was found.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Terms {
    /// Whether no policy file was given.
    pub(in crate::cli) embedded: bool,
    pub(in crate::cli) fail_on: Vec<FailOn>,
    /// Whether nobody wants to read a summary.
    pub(in crate::cli) quiet: bool,
}

/// How it ended. For people: what is to be noted, and one line that counts.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Summary {
    #[serde(flatten)]
    totals: Totals,
    /// Whether the embedded policy judged, which denies nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    embedded_policy: bool,
    #[serde(skip)]
    terms: Terms,
}

const EMBEDDED: &str =
    "no policy file was given (--policy): the embedded policy only warns, nothing is denied";

impl Summary {
    pub(in crate::cli) fn new(totals: Totals, terms: Terms) -> Self {
        Self { totals, embedded_policy: terms.embedded, terms }
    }

    /// What scripts see: what was unreadable counts more than what was denied.
    pub(in crate::cli) fn exit(&self) -> Exit {
        match self.totals.exit() {
            Exit::Clean if !self.reasons().is_empty() => Exit::Findings,
            exit @ (Exit::Clean | Exit::Findings | Exit::Unusable) => exit,
        }
    }

    /// Why it is an error besides what is denied, a reason for each value of `--fail-on` that applies.
    fn reasons(&self) -> Vec<String> {
        let of = |fail_on: &FailOn| {
            let errors = fail_on.errors(&self.totals).join(", ");
            (!errors.is_empty()).then(|| format!("{errors} (--fail-on {})", fail_on.word()))
        };
        self.terms.fail_on.iter().filter_map(of).collect()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.terms.quiet {
            return Ok(());
        }
        for line in self.totals.notes() {
            f.write_str(&line)?;
        }
        if self.embedded_policy && self.totals.has_findings() {
            f.write_str(&note(EMBEDDED))?;
        }
        for reason in self.reasons() {
            f.write_str(&note(&format!("this is an error: {reason}")))?;
        }
        writeln!(f, "{}", self.totals)
    }
}
