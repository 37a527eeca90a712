//! The worst bodies that anybody can send, which a search looks for: none takes more than so many
//! times what a medium one takes, in time and in memory.
//!
//! The short form tries the known ones (`tests/fixtures/worst.txt`) and some others. The long one
//! (`make soak`) tries as many as `BULKHEAD_SOAK_BODIES` says, of the seed `BULKHEAD_SOAK_SEED`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics fails, which is what it is for"
)]

#[path = "../benches/bodies.rs"]
mod bodies;
mod support;
mod worst_cases;

use std::io::{Write as _, stderr};
use std::process::ExitCode;

use support::random::Random;
use support::trials::{self, Case};
use worst_cases::genes::Genome;
use worst_cases::judged::{Cost, Judge};
use worst_cases::search::{Badness, Search};

fn main() -> ExitCode {
    let cases = vec![
        Case::new("worst::known_bodies_stay_within_bounds", known),
        Case::new("worst::a_search_finds_nothing_beyond_the_bounds", found),
    ];
    // One at a time: memory is counted for the whole process.
    trials::run(1, cases, || {
        let medium = bodies::all().into_iter().find(|body| body.name == "medium");
        Ok(Judge::new(&medium.unwrap().json))
    })
}

/// The corpus.
fn corpus() -> Vec<Genome> {
    let text = include_str!("fixtures/worst.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(Genome::read).collect()
}

fn shown(judge: &Judge, genome: &Genome, cost: &Cost) -> String {
    let Cost { bytes, answer, time, peak } = cost;
    format!(
        "{:8.0} times ({time:9.1?}), {:7.1} MiB for {bytes} bytes, answer {answer}: {genome}",
        judge.ratio(cost),
        *peak as f64 / f64::from(1 << 20),
    )
}

fn say(line: &str) {
    drop(writeln!(stderr(), "{line}"));
}

fn known(judge: &Judge) {
    say(&format!("medium takes {:?}", judge.medium));
    for genome in corpus() {
        say(&shown(judge, &genome, &judge.cost(&genome)));
    }
}

fn found(judge: &Judge) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let steps = number("BULKHEAD_SOAK_BODIES").unwrap_or(200);
    let mut random = Random::new(number("BULKHEAD_SOAK_SEED").unwrap_or(1), 0);
    let mut search = Search::default();
    for _ in 0..steps {
        let genome = search.next(&mut random);
        search.offer(judge, &genome);
    }
    for badness in [Badness::Time, Badness::Memory] {
        say(&format!("the worst by {badness:?} of {} bodies", search.tried));
        for (genome, cost) in search.top(badness, 15) {
            say(&shown(judge, &genome, &cost));
        }
    }
}
