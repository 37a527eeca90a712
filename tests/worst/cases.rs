//! The worst bodies: how they are made, found and measured, and what they may cost.

use std::collections::BTreeMap;
use std::io::{Write as _, stderr};

use crate::cost::{Cost, Judge};
use crate::genes::Genome;
use crate::search::{Badness, Search};
use crate::served::Served;

use crate::tier::cases;
use crate::tier::random::Random;
use crate::tier::settings::given;
use crate::tier::trials::Case;

/// What a review of up to 3 MiB may take of the program's processor time, as a multiple of what the
/// medium one takes of it.
const TIMES: f64 = 700.0;

/// The same without the program, where the medium one takes no socket and no TLS, and the measuring
/// may be disturbed or the build not optimised: far above what there is, far below what there was.
const TIMES_ALONE: f64 = 10_000.0;

/// What may be allocated at once for each byte of a body, and whatever its size.
const MEMORY: (usize, usize) = (16, 48 << 20);

/// How much dearer a byte may be in a body of ten times the size.
const GROWTH: f64 = 3.0;

pub(crate) fn all() -> Vec<Case<Judge>> {
    let mut cases = cases! {
        Case::new: known_bodies_stay_within_bounds, a_search_finds_nothing_beyond_the_bounds;
    };
    if given("BULKHEAD_SOAK_BODIES").is_some() {
        cases.extend(cases! {
            Case::new: the_program_keeps_the_bounds, larger_bodies_cost_no_more_by_the_byte;
        });
    }
    cases
}

/// Those that were the worst once.
fn corpus() -> Vec<Genome> {
    let text = include_str!("../fixtures/worst.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(Genome::read).collect()
}

fn say(line: &str) {
    drop(writeln!(stderr(), "  {line}"));
}

#[expect(clippy::cast_precision_loss, reason = "a figure to read")]
fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Shows a body with what it costs; what is wrong with that, if anything is.
fn look(judge: &Judge, genome: &Genome, cost: &Cost) -> Option<String> {
    let Cost { bytes, answer, time, peak } = cost;
    let times = judge.ratio(cost);
    let line = format!(
        "{times:8.0} times ({time:.1?}), {:.1} MiB for {:.2} MiB, answer {answer}: {genome}",
        mebibytes(*peak),
        mebibytes(*bytes),
    );
    let is_within = is_within(judge, cost);
    say(&format!("{} {line}", if is_within { " " } else { "!" }));
    (!is_within).then_some(line)
}

fn is_within(judge: &Judge, cost: &Cost) -> bool {
    judge.ratio(cost) <= TIMES_ALONE && cost.peak <= MEMORY.0 * cost.bytes + MEMORY.1
}

fn known_bodies_stay_within_bounds(judge: &Judge) {
    say(&format!("the medium review takes {:.1?}", judge.medium));
    let corpus = corpus();
    let beyond = corpus.iter().filter_map(|genome| look(judge, genome, &judge.cost(genome)));
    assert_eq!(beyond.collect::<Vec<_>>(), Vec::<String>::new());
}

fn a_search_finds_nothing_beyond_the_bounds(judge: &Judge) {
    let steps = given("BULKHEAD_SOAK_BODIES");
    let mut random = Random::new(given("BULKHEAD_SOAK_SEED").unwrap_or(1), 0);
    let mut search = Search::default();
    let mut beyond = Vec::new();
    // The short form has just tried the known ones.
    for genome in corpus().iter().filter(|_| steps.is_some()) {
        search.offer(judge, genome);
    }
    for _ in 0..steps.unwrap_or(100) {
        let genome = search.next(&mut random);
        let cost = search.offer(judge, &genome);
        if !is_within(judge, &cost) {
            beyond.extend(look(judge, &genome, &cost));
        }
    }
    // To look at: it takes a while to make them plain.
    for badness in [Badness::Time, Badness::Memory].into_iter().filter(|_| steps.is_some()) {
        say(&format!("the worst by {badness:?} of {} bodies", search.tried));
        for (genome, cost) in search.top(judge, badness, 10) {
            beyond.extend(look(judge, &genome, &cost));
        }
    }
    assert_eq!(beyond, Vec::<String>::new());
}

/// The known ones and those that a search finds, by the program's own processor time.
fn the_program_keeps_the_bounds(judge: &Judge) {
    let mut random = Random::new(given("BULKHEAD_SOAK_SEED").unwrap_or(1), 1);
    let mut search = Search::default();
    let mut bodies = corpus();
    for genome in &bodies {
        search.offer(judge, genome);
    }
    for _ in 0..given("BULKHEAD_SOAK_BODIES").unwrap_or(0) / 4 {
        let genome = search.next(&mut random);
        search.offer(judge, &genome);
    }
    bodies.extend(search.top(judge, Badness::Time, 10).into_iter().map(|(genome, _)| genome));
    let mut programs = BTreeMap::new();
    let mut beyond = Vec::new();
    for genome in bodies {
        let policy = genome.get("policy");
        let (served, medium) = programs.entry(policy).or_insert_with(|| {
            let mut served = Served::new(policy);
            let medium = served.spend("validate", crate::medium().as_bytes());
            assert_eq!(medium.status, 200);
            say(&format!("the medium review takes the program {:.1?} under {policy}", medium.time));
            (served, medium.time)
        });
        let text = crate::body::review(&genome, genome.number("size"));
        let spent = served.spend(genome.get("path"), text.as_bytes());
        let times = spent.time.as_secs_f64() / medium.as_secs_f64();
        let line = format!(
            "{times:6.0} times ({:.1?}), {} MiB, status {}: {genome}",
            spent.time,
            spent.peak >> 20,
            spent.status
        );
        let is_within = times <= TIMES && spent.status != 0;
        say(&format!("{} {line}", if is_within { " " } else { "!" }));
        beyond.extend((!is_within).then_some(line));
    }
    assert_eq!(beyond, Vec::<String>::new());
}

/// Bodies of the same making from 3 KB to 32 MiB.
fn larger_bodies_cost_no_more_by_the_byte(judge: &Judge) {
    let mut beyond = Vec::new();
    for genome in corpus() {
        let each = |size: usize| {
            let cost = judge.cost_at(&genome, size);
            let bytes = u32::try_from(cost.bytes).unwrap();
            cost.time.as_secs_f64() * 1e9 / f64::from(bytes)
        };
        let rates = [3_000, 30_000, 300_000, 3 << 20, 32 << 20].map(each);
        let line = format!("{rates:.1?} ns a byte: {genome}");
        // What is dear in few bytes, such as pairs, has its end before: from there on it is the bytes.
        let is_within = rates[2..].windows(2).all(|pair| pair[1] <= pair[0] * GROWTH);
        say(&format!("{} {line}", if is_within { " " } else { "!" }));
        beyond.extend((!is_within).then_some(line));
    }
    assert_eq!(beyond, Vec::<String>::new());
}
