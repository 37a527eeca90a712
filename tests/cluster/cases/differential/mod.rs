//! Two other opinions on generated requests, given by the same API server: the controls written
//! again in CEL ([`cel`]), and Pod Security admission ([`pod_security`]).
//!
//! `BULKHEAD_DIFFERENTIAL_CASES` is how many requests are sent, `BULKHEAD_DIFFERENTIAL_SEED` where
//! they begin; both are printed, and the same two send the same requests again.

mod cel;
mod generate;
mod namespaces;
mod pod_security;
mod request;
mod warnings;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Write as _, stderr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use namespaces::{Ground, Request, SETTINGS, Settings};
use warnings::Said;

use super::{Case, case};
use crate::setup::World;
use crate::tier::cases;
use crate::tier::settings::number;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        case: cel_and_pod_security_agree_but_for_listed_reasons;
    }
}

/// A difference between Bulkhead and its copy in CEL that is as it should be.
struct Known {
    why: &'static str,
    applies: fn(&Said) -> bool,
}

/// Each must occur, or it is out of date.
const KNOWN: &[Known] = &[Known {
    why: "ten containers and a count are what a line of Bulkhead names at most, CEL lists all",
    applies: |said| {
        let all = said.oracle_in_lines();
        said.bulkhead.len() >= 10
            && said.bulkhead.is_subset(&all)
            && all.len() == said.bulkhead.len() + said.more
    },
}];

const THREADS: usize = 6;

/// More than this many of a hundred refused requests, and the generator needs work.
const REFUSED: usize = 3;

/// Enough to see what is wrong.
const SHOWN: usize = 5;

#[derive(Default)]
struct Tally {
    /// By what was sent, and by why there are differences.
    counts: BTreeMap<String, usize>,
    reasons: BTreeSet<&'static str>,
    wrong: Vec<String>,
}

impl Tally {
    fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    fn of(&self, what: &str) -> usize {
        self.counts.get(what).copied().unwrap_or_default()
    }
}

fn cel_and_pod_security_agree_but_for_listed_reasons(world: &World) {
    let cases = number("BULKHEAD_DIFFERENTIAL_CASES", 2000);
    let seed = number("BULKHEAD_DIFFERENTIAL_SEED", 1);
    let again = format!(
        "BULKHEAD_DIFFERENTIAL_CASES={cases} BULKHEAD_DIFFERENTIAL_SEED={seed}: \
        the same requests again"
    );
    let grounds = SETTINGS.iter().map(|settings| Ground::new(world, settings, seed));
    let grounds: Vec<_> = grounds.collect();
    let (next, tally) = (AtomicU64::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= cases || tally.lock().unwrap().wrong.len() >= SHOWN {
                        break;
                    }
                    let ground = &grounds[usize::try_from(number).unwrap() % grounds.len()];
                    let request = ground.send(seed, number);
                    let mut tally = tally.lock().unwrap();
                    if let Err(reason) = judge(&request, ground.settings, &mut tally) {
                        let (text, warnings) = (&request.text, &request.answer.warnings);
                        tally.wrong.push(format!("{number}: {reason}\n{text}\n{warnings:#?}"));
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    let counts = tally.counts.iter().map(|(what, count)| format!("{count:9} {what}"));
    drop(writeln!(stderr(), "{again}\n{}", counts.collect::<Vec<_>>().join("\n")));
    assert!(tally.wrong.is_empty(), "{again}\n{}", tally.wrong.join("\n\n"));
    complete(&tally, cases);
}

/// Compares what was said about one request.
fn judge(request: &Request, settings: &Settings, tally: &mut Tally) -> Result<(), String> {
    let Some(judged) = &request.judged else {
        tally.count("refused");
        let code = request.answer.code;
        return if code == 422 { Ok(()) } else { Err(format!("{code}, {}", request.answer.body)) };
    };
    tally.count(format!("sent: {:?}", request.act));
    let said = Said::read(&request.answer.warnings, judged, settings)?;
    for finding in &said.oracle {
        tally.count(format!("found: {}", finding.split(' ').next().unwrap_or_default()));
    }
    if said.oracle.is_empty() && said.bulkhead.is_empty() {
        tally.count("found: nothing");
    }
    let oracle = said.oracle_in_lines();
    if said.bulkhead != oracle || said.more > 0 {
        let Some(known) = KNOWN.iter().find(|known| (known.applies)(&said)) else {
            let alone = |one: &BTreeSet<String>, other| -> Vec<_> {
                one.difference(other).cloned().collect()
            };
            let ours = alone(&said.bulkhead, &oracle);
            let theirs = alone(&oracle, &said.bulkhead);
            return Err(format!("Bulkhead alone says {ours:#?}, CEL alone says {theirs:#?}"));
        };
        tally.count(format!("CEL: {}", known.why));
        tally.reasons.insert(known.why);
    }
    if settings.level.is_empty() {
        return Ok(());
    }
    for reason in pod_security::compare(judged, &said)? {
        tally.count(format!("Pod Security {}: {reason}", settings.level));
        tally.reasons.insert(reason);
    }
    Ok(())
}

/// Every reason occurs and stands in the documentation, and what was sent was worth it.
fn complete(tally: &Tally, cases: u64) {
    let rows = include_str!("../../../../docs/compared.md").lines();
    let rows = rows.filter_map(|row| Some(row.strip_prefix("| `")?.split_once("` |")?.0));
    let ids = pod_security::REASONS.iter().map(|reason| reason.id);
    assert!(rows.eq(ids), "the rows of docs/compared.md are not the reasons");
    if cases < 2000 {
        return;
    }
    let reasons =
        pod_security::REASONS.iter().map(|reason| reason.id).chain([pod_security::AGREED]);
    let unused: Vec<_> = reasons
        .chain(KNOWN.iter().map(|known| known.why))
        .filter(|reason| !tally.reasons.contains(reason))
        .collect();
    assert!(unused.is_empty(), "no request shows these differences: {unused:?}");
    let refused = tally.of("refused");
    assert!(refused * 100 <= REFUSED * usize::try_from(cases).unwrap(), "{refused} refused");
}
