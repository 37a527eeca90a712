//! Texts as kubectl reads them: each is given to kubectl's own reader, which stands beside kubectl in
//! the test bed, and to ours. What differs has a reason that stands here.
//!
//! `BULKHEAD_READING_CASES` is how many texts are generated, `BULKHEAD_READING_SEED` where they
//! begin; both are printed, and the same two make the same texts again.

mod generate;
mod kubectl;
mod suite;

use std::collections::BTreeMap;
use std::io::{Write as _, stderr};

use bulkhead::manifest::{documents, text};
use kubectl::Reading;
use serde_json::Value;

use super::{Case, case};
use crate::setup::World;
use crate::tier::cases;
use crate::tier::settings::number;
use crate::tier::trials::Done;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        case: generated_texts_are_what_kubectl_takes_them_for;
        Case::skippable: the_yaml_test_suite_is_what_kubectl_takes_it_for;
    }
}

fn the_yaml_test_suite_is_what_kubectl_takes_it_for(world: &World) -> Done {
    match suite::texts() {
        Ok(texts) => {
            assert!(texts.len() >= suite::LEAST, "only {} texts", texts.len());
            let reasons = agree(world, &texts);
            let reported = reasons.iter().map(|(why, many)| format!("{many} texts: {why}\n"));
            drop(write!(
                stderr(),
                "{} texts of the suite\n{}",
                texts.len(),
                reported.collect::<String>()
            ));
            Done::Yes
        }
        Err(_) => Done::Skipped("the YAML test suite cannot be had: needs npm and its registry"),
    }
}

/// A difference that is as it should be.
struct Known {
    why: &'static str,
    applies: fn(&[u8], &Reading, &Reading) -> bool,
}

/// Each must occur in the generated texts, or it is out of date. In none of them is anything judged
/// that kubectl reads otherwise: we say error, or kubectl itself does not always read the same.
const KNOWN: &[Known] = &[
    Known {
        why: "kubectl drops what stands behind the end of a document; we say so",
        applies: |_, _, ours| says(ours, "kubectl reads nothing behind the end of a document"),
    },
    Known {
        why: "a byte order mark inside a text is a letter for kubectl, or makes it lose one; we refuse it",
        applies: |_, _, ours| says(ours, "a byte order mark"),
    },
    Known {
        why: "a `%` line is refused; kubectl reads it where a carriage return alone ends the line before `---`",
        applies: |_, _, ours| says(ours, "kubectl reads no document that begins with a `%YAML`"),
    },
    Known {
        why: "a first line `---` that kubectl takes for more than a separator is refused",
        applies: |_, _, ours| {
            says(ours, "a blank must stand between `---` and `#`")
                || says(ours, "a line `---` holds a character")
        },
    },
    Known {
        why: "behind an empty list or object kubectl drops what follows without a look, also as its key's value; we say what is wrong with it",
        applies: |bytes, _, ours| {
            let written = ["[]", "{}"]
                .iter()
                .any(|key| text(bytes.to_vec()).is_ok_and(|text| text.contains(key)));
            says(ours, "a key must be text") || ours.error.is_some() && written
        },
    },
    Known {
        why: "of keys that are one key in JSON, such as 1 and \"1\", kubectl takes any; we take the last",
        applies: |text, theirs, ours| {
            theirs.error.is_some() == ours.error.is_some() && repeats_a_key(text)
        },
    },
];

fn says(ours: &Reading, words: &str) -> bool {
    ours.error.as_ref().is_some_and(|error| error.contains(words))
}

/// Of keys that a merge brings the last one is not remembered as repeated.
fn repeats_a_key(bytes: &[u8]) -> bool {
    let text = text(bytes.to_vec()).unwrap();
    let mut found = documents(&text).flatten();
    found.any(|document| document.root.repeated().is_some() || document.text.contains("<<"))
}

/// What we read, up to the first error.
fn ours(bytes: &[u8]) -> Reading {
    let mut found = Reading::default();
    let text = match text(bytes.to_vec()) {
        Ok(text) => text,
        Err(at) => {
            found.error = Some(format!("is not UTF-8 text (byte {at})"));
            return found;
        }
    };
    for document in documents(&text) {
        match document {
            Ok(document) if document.root.is_null() => {}
            Ok(document) => found.objects.push(serde_json::to_value(&document.root).unwrap()),
            Err(broken) => {
                let span = broken.span;
                found.error = Some(format!("{}:{}: {}", span.line, span.column, broken.message));
                break;
            }
        }
    }
    found
}

/// Whether JSON readers take both for the same.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

/// Where both say error, kubectl may have lost the document before it, and we may have seen it earlier.
fn agrees(theirs: &Reading, ours: &Reading) -> bool {
    let (failed, wrong) = (theirs.error.is_some(), ours.error.is_some());
    failed == wrong
        && (failed || theirs.objects.len() == ours.objects.len())
        && theirs.objects.iter().zip(&ours.objects).all(|(one, other)| same(one, other))
}

/// Fails on a difference without a reason; returns how often each reason was needed.
fn agree(world: &World, texts: &[Vec<u8>]) -> BTreeMap<&'static str, usize> {
    let mut reasons = BTreeMap::new();
    let mut wrong = Vec::new();
    for (bytes, theirs) in texts.iter().zip(kubectl::read(world, texts)) {
        let ours = ours(bytes);
        if agrees(&theirs, &ours) {
            continue;
        }
        match KNOWN.iter().find(|known| (known.applies)(bytes, &theirs, &ours)) {
            Some(known) => *reasons.entry(known.why).or_default() += 1,
            None => wrong.push(format!(
                "{:?}\n  kubectl: {theirs:?}\n  ours: {ours:?}",
                String::from_utf8_lossy(bytes).chars().take(400).collect::<String>()
            )),
        }
    }
    wrong.sort_by_key(String::len);
    let shown = wrong.iter().take(10).cloned().collect::<Vec<_>>().join("\n");
    assert!(
        wrong.is_empty(),
        "{} of {} texts are read otherwise:\n{shown}",
        wrong.len(),
        texts.len()
    );
    reasons
}

fn generated_texts_are_what_kubectl_takes_them_for(world: &World) {
    let many = number("BULKHEAD_READING_CASES", 30_000);
    let seed = number("BULKHEAD_READING_SEED", 1);
    drop(writeln!(stderr(), "BULKHEAD_READING_CASES={many} BULKHEAD_READING_SEED={seed}"));
    let texts: Vec<_> = (0..many).map(|at| generate::text(seed, at)).collect();
    let reasons = agree(world, &texts);
    for (why, many) in &reasons {
        drop(writeln!(stderr(), "{many} texts: {why}"));
    }
    for known in KNOWN {
        assert!(reasons.contains_key(known.why), "never seen: {}", known.why);
    }
}
