//! What Bulkhead says in a warning, as texts that can be compared.

use std::collections::BTreeSet;

use super::cel;
use super::namespaces::Settings;
use super::request::Judged;

/// The warnings of one answer, by who gave them. A finding of the oracle is "CONTROL PATH CONTAINER
/// WORD", without a container where it is about the pod. Bulkhead's lines name the path of one
/// container only: of a container its findings are "CONTROL CONTAINER WORD", of SYS_PTRACE with a word
/// for the field before.
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
            } else if let Some((found, more)) = findings(line) {
                said.more += more;
                for found in found {
                    if !said.bulkhead.insert(found) {
                        return Err(format!("said twice: {line}"));
                    }
                }
            } else if let Some(more) = counted(line) {
                said.more += more;
            } else if !line.ends_with(DEPRECATED) && !is_advice(line) {
                return Err(format!("whose is this: {line}"));
            }
        }
        Ok(said)
    }
}

impl Said {
    /// What the oracle found, in the terms of Bulkhead.
    pub(super) fn oracle_in_lines(&self) -> BTreeSet<String> {
        let line = |finding: &String| {
            let words: Vec<_> = finding.splitn(4, ' ').collect();
            match words.as_slice() {
                ["ptrace-capability", path, name, word] => {
                    let field = match path {
                        path if path.ends_with(".privileged") => "privileged",
                        path if path.ends_with(']') => "SYS_PTRACE",
                        _ => "ALL",
                    };
                    format!("ptrace-capability {name} {field} {word}")
                }
                [control, _, name, word] => format!("{control} {name} {word}"),
                _ => finding.clone(),
            }
        };
        self.oracle.iter().map(line).collect()
    }
}

fn counted(line: &str) -> Option<usize> {
    line.strip_prefix("and ")?.split_once(" more finding")?.0.parse().ok()
}

/// Of one line: whose findings it says, and how many it only counts.
fn findings(line: &str) -> Option<(Vec<String>, usize)> {
    let (text, control) = line.strip_suffix(", policy test]")?.rsplit_once(" [")?;
    let (who, text) = text.split_once(": ")?;
    let (remedy, text) = text.split_once("; ")?;
    let (why, place) = text.rsplit_once("; see ")?;
    let path = place.split(" and ").next()?;
    if who == "pod" {
        let word = match control {
            "share-process-namespace" | "host-process-namespace" => "true",
            "supplemental-groups-policy" if why.starts_with("it is Merge, ") => "Merge",
            "supplemental-groups-policy" if why.starts_with("it is not set ") => "unset",
            _ => return None,
        };
        return Some((vec![format!("{control} {path} {word}")], 0));
    }
    let nouns = ["containers", "container", "init containers", "init container", "sidecars"];
    let nouns = nouns.into_iter().chain(["sidecar", "ephemeral containers", "ephemeral container"]);
    let mut names = nouns.filter_map(|noun| who.strip_prefix(&format!("{noun} ")));
    let (names, more) = listed(names.next()?);
    let word = |name: &str| -> Option<String> {
        match control {
            "ptrace-capability" => {
                let starts = [
                    ("remove privileged ", "privileged"),
                    ("remove SYS_PTRACE ", "SYS_PTRACE"),
                    ("list what is needed instead of ALL ", "ALL"),
                ];
                let mut starts = starts.into_iter();
                let (_, field) = starts.find(|(start, _)| remedy.starts_with(start))?;
                Some(format!("{field} {}", effect(why, name)?))
            }
            "ephemeral-target" => {
                // Where there are several targets, each is with the names of those that join it.
                let clauses =
                    why.split("; ").filter_map(|one| one.split_once(" the processes of "));
                let mut own = clauses.filter(|(who, _)| {
                    let names = who.rsplit_once(' ').map_or("", |(names, _)| names);
                    ["it", "they"].contains(&names) || listed(names).0.iter().any(|it| it == name)
                });
                let (_, whose) = own.next()?;
                Some(whose.split(" (").next()?.to_owned())
            }
            _ => None,
        }
    };
    let all: Option<Vec<_>> =
        names.iter().map(|name| Some(format!("{control} {name} {}", word(name)?))).collect();
    Some((all?, more))
}

/// Names of a list, and how many more there are.
fn listed(text: &str) -> (Vec<String>, usize) {
    let more = |name: &&str| name.starts_with("and ") && name.ends_with(" more");
    let rest = text.split(", ").find(more).and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
    let names = text.split(", ").filter(|name| !more(name)).map(str::to_owned);
    (names.collect(), rest.unwrap_or(0))
}

/// What a container can do with SYS_PTRACE, in a word.
fn effect(why: &str, name: &str) -> Option<&'static str> {
    let effects = [
        (["it may trace ", "each may trace "], "effective"),
        (["a setuid or file-capability binary in its image ", "\0"], "latent"),
        (["nothing can use it", "\0"], "inert"),
    ];
    let whole = effects.iter().find(|(starts, _)| starts.iter().any(|it| why.starts_with(it)));
    if let Some((_, word)) = whole {
        return Some(word);
    }
    // Some of them this, some that.
    let (traced, rest) = match why.split_once(" may trace and read every process in view") {
        Some((names, rest)) => (names, rest),
        None => ("", why),
    };
    let between = |start: &str, end: &str| Some(rest.split_once(start)?.1.split_once(end)?.0);
    let latent = between("binary in the image of ", " can use it").unwrap_or_default();
    let inert = between("nothing in ", " can use it").unwrap_or_default();
    let lists = [(traced, "effective"), (latent, "latent"), (inert, "inert")];
    let is_in = |list: &str| listed(list).0.iter().any(|it| it == name);
    lists.into_iter().find(|(list, _)| is_in(list)).map(|(_, word)| word)
}
