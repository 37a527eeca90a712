//! Callers that create pods as a dry run, one after the other, while something happens.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{park_timeout, scope};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{harmless, say, tracing};
use crate::node::{Answer, Namespace};

/// How many call at the same time.
const CALLERS: usize = 4;
/// Of each caller, between two calls.
const PAUSE: Duration = Duration::from_millis(5);
/// The longest, whatever happens.
const LIMIT: Duration = Duration::from_mins(3);

/// What a call should get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The policy's verdict: harmless pods pass, tracing ones are denied.
    Verdict,
    /// That or no verdict at all; refused for no other reason.
    NoRefusal,
    /// Every pod passes.
    Passing,
}

/// What all callers got.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) made: usize,
    /// Of those: denied by a verdict.
    pub(crate) denied: usize,
    /// What was not as expected.
    pub(crate) wrong: BTreeMap<String, Times>,
}

/// How often the same happened, and when, since the beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) count: usize,
    pub(crate) first: Duration,
    pub(crate) last: Duration,
}

impl Calls {
    /// How many were not as expected.
    pub(crate) fn failed(&self) -> usize {
        self.wrong.values().map(|times| times.count).sum()
    }

    fn add_wrong(&mut self, what: String, times: Times) {
        self.wrong.entry(what).and_modify(|all| all.add(times)).or_insert(times);
    }

    /// Nothing was wrong, of enough calls to say so.
    #[track_caller]
    pub(crate) fn all_right(&self, what: &str) {
        let (Self { made, denied, wrong }, failed) = (self, self.failed());
        say(format_args!("{what}: {made} creates, {denied} denied by policy, {failed} failed"));
        assert!(wrong.is_empty(), "{what}: {wrong:#?}");
        assert!(*made >= 100, "{what}: only {made} creates");
    }
}

/// Calls until `change` has returned.
pub(crate) fn under_load(
    namespace: &Namespace<'_>,
    expected: Expected,
    change: impl FnOnce(),
) -> Calls {
    let over = AtomicBool::new(false);
    let begin = Instant::now();
    scope(|scope| {
        let caller = || scope.spawn(|| calls(namespace, expected, begin, &over));
        let callers: Vec<_> = std::iter::repeat_with(caller).take(CALLERS).collect();
        {
            // Also when it panics: the scope waits for the callers.
            let _over = Over(&over);
            change();
        }
        let mut all = Calls::default();
        for caller in callers {
            let one = caller.join().unwrap();
            all.made += one.made;
            all.denied += one.denied;
            for (what, times) in one.wrong {
                all.add_wrong(what, times);
            }
        }
        all
    })
}

impl Times {
    fn add(&mut self, more: Self) {
        self.count += more.count;
        self.first = self.first.min(more.first);
        self.last = self.last.max(more.last);
    }
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn calls(
    namespace: &Namespace<'_>,
    expected: Expected,
    begin: Instant,
    over: &AtomicBool,
) -> Calls {
    let path = namespace.path("pods?dryRun=All");
    let mut calls = Calls::default();
    while !over.load(Ordering::Relaxed) {
        assert!(begin.elapsed() < LIMIT, "the load lasted too long");
        let is_harmless = calls.made.is_multiple_of(2);
        let pod: Value = if is_harmless { harmless() } else { tracing() };
        let at = begin.elapsed();
        let answer = namespace.node.client.post(&path, &pod);
        calls.made += 1;
        let is_denied = is_verdict(&answer);
        calls.denied += usize::from(is_denied);
        let passed = answer.code == 201;
        let is_right = match expected {
            Expected::Verdict => {
                if is_harmless {
                    passed
                } else {
                    is_denied
                }
            }
            Expected::NoRefusal => passed || (is_denied && !is_harmless),
            Expected::Passing => passed,
        };
        if !is_right {
            let why = answer.body["message"].as_str().unwrap_or("it passed");
            let what = format!("{} {}", answer.code, without_ports(why));
            let times = Times { count: 1, first: at, last: begin.elapsed() };
            calls.add_wrong(what, times);
        }
        park_timeout(PAUSE);
    }
    calls
}

/// The caller's own port is another one each time.
fn without_ports(text: &str) -> String {
    let words = text.split(' ').map(|word| word.split_once("->").map_or(word, |(_, to)| to));
    words.collect::<Vec<_>>().join(" ")
}

fn is_verdict(answer: &Answer) -> bool {
    let message = answer.body["message"].as_str().unwrap_or_default();
    answer.code == 403
        && ["enforce", "advisory"].iter().any(|half| {
            message.starts_with(&format!(
                "admission webhook \"{half}.bulkhead.dev\" denied the request: "
            ))
        })
}
