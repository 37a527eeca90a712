//! What Bulkhead says in a warning, as texts that can be compared.

use std::collections::BTreeSet;

use super::cel;
use super::namespaces::Settings;
use super::request::Judged;

/// The warnings of one answer, by who gave them. A finding is "CONTROL PATH CONTAINER WORD".
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) bulkhead: BTreeSet<String>,
    /// How many findings Bulkhead counted only.
    pub(super) more: usize,
    pub(super) oracle: BTreeSet<String>,
    /// What Pod Security finds.
    pub(super) security: String,
}

/// What the API server itself warns of.
const DEPRECATED: &str = "deprecated since v1.14; use \"kubernetes.io/os\" instead";

/// Beyond this many characters in all the API server cuts warnings.
const KEPT: usize = 4096;

/// What Bulkhead tells who types `kubectl debug`, besides what is wrong.
fn is_advice(line: &str) -> bool {
    line.contains("kubectl debug passes here") || line.contains("this passes: kubectl debug")
}

impl Said {
    pub(super) fn read(
        warnings: &[String],
        judged: &Judged,
        settings: &Settings,
    ) -> Result<Self, String> {
        let length: usize = warnings.iter().map(|line| line.chars().count()).sum();
        if length > KEPT {
            return Err(format!("{length} characters of warnings, of which some are cut"));
        }
        let mut said = Self::default();
        for line in warnings {
            if let Some(found) = cel::read(line, judged, settings) {
                said.oracle.extend(found?);
            } else if let Some((_, found)) = line.split_once("would violate PodSecurity ") {
                found.clone_into(&mut said.security);
            } else if let Some(found) = finding(line) {
                if !said.bulkhead.insert(found) {
                    return Err(format!("said twice: {line}"));
                }
            } else if let Some(more) = counted(line) {
                said.more = more;
            } else if !line.ends_with(DEPRECATED) && !is_advice(line) {
                return Err(format!("whose is this: {line}"));
            }
        }
        Ok(said)
    }
}

fn counted(line: &str) -> Option<usize> {
    line.strip_prefix("and ")?.split_once(" more: ")?.0.parse().ok()
}

fn finding(line: &str) -> Option<String> {
    let (control, rest) = line.strip_suffix(" (policy test)")?.split_once(": ")?;
    let (path, rest) = rest.split_once(' ')?;
    let word = match control {
        "share-process-namespace" | "host-process-namespace" => {
            rest.split_once("is true: ").map(|_| "true".to_owned())
        }
        "supplemental-groups-policy" => {
            let states = [("is Merge: ", "Merge"), ("is not set, which means Merge: ", "unset")];
            let mut states = states.into_iter();
            states.find_map(|(start, word)| rest.strip_prefix(start).map(|_| word.to_owned()))
        }
        "ptrace-capability" => {
            let (name, rest) = rest.strip_prefix("gives ")?.split_once(" SYS_PTRACE (")?;
            Some(format!("{name} {}", rest.split_once("): ")?.0))
        }
        "ephemeral-target" => {
            let (name, rest) = rest.strip_prefix('(')?.split_once(") joins the processes of ")?;
            Some(format!("{name} {}", rest.split_once(" (").or_else(|| rest.split_once(';'))?.0))
        }
        _ => None,
    };
    Some(format!("{control} {path} {}", word?))
}
