//! One row, and how it is checked.

use serde_json::{Value, json};

use super::super::said;
use super::scene::{Mode, Places, Scene};
use super::way::Ask;
use super::words::set;
use crate::setup::{Answer, Namespace, World, scrub};

/// A request and what becomes of it. Lines are given by their beginnings.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) mode: Mode,
    /// The words of the pod that was stored before there was a policy.
    pub(super) old: Option<&'static str>,
    pub(super) ask: Ask,
    pub(super) outcome: Outcome,
}

/// Verdict, message, and what is stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// The lines of the denial; empty where it is allowed.
    pub(super) denied: Vec<&'static str>,
    pub(super) warned: Vec<&'static str>,
    /// What users of kubectl debug see behind either; POD stands for the pod's name.
    pub(super) advice: Option<&'static str>,
    /// Of mode Audit in the audit log.
    pub(super) recorded: Vec<&'static str>,
    /// Where the stored object differs from that of the twin: pointer and JSON.
    pub(super) repaired: Vec<(&'static str, &'static str)>,
    /// The API server refuses it by itself, in both places alike.
    pub(super) invalid: bool,
}

/// What is found in something, and what its repair does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) lines: &'static [&'static str],
    /// Warning, pointer and JSON of each repair.
    pub(super) repairs: &'static [(&'static str, &'static str, &'static str)],
    /// What is found after them.
    pub(super) left: &'static [&'static str],
}

impl Found {
    /// What follows for something new, by the table of modes.
    pub(super) fn outcome(self, mode: Mode) -> Outcome {
        let lines = self.lines.to_vec();
        match mode {
            Mode::Deny => Outcome { denied: lines, ..Outcome::default() },
            Mode::Warn => Outcome { warned: lines, ..Outcome::default() },
            Mode::Audit => Outcome { recorded: lines, ..Outcome::default() },
            Mode::Repair | Mode::Leave => Outcome {
                denied: self.left.to_vec(),
                warned: self.repairs.iter().map(|(line, ..)| *line).collect(),
                repaired: self
                    .repairs
                    .iter()
                    .map(|(_, pointer, value)| (*pointer, *value))
                    .collect(),
                ..Outcome::default()
            },
        }
    }
}

pub(super) fn silent() -> Outcome {
    Outcome::default()
}

pub(super) fn invalid() -> Outcome {
    Outcome { invalid: true, ..Outcome::default() }
}

impl Row {
    /// Makes the request in both places and compares.
    pub(super) fn check(&self, world: &World, scene: &Scene, name: &str) {
        let Places { open, guarded } = scene.places(world);
        let before = stored(guarded, name);
        let twin = self.ask.send(open, name);
        let answer = self.ask.send(guarded, name);
        let after = stored(guarded, name);
        if self.outcome.invalid {
            let refusals = [&twin, &answer].map(|one| (one.code, &one.body["reason"]));
            assert!(twin.code >= 400 && refusals[0] == refusals[1], "{twin:#?}\n{answer:#?}");
            assert_eq!(after, before);
            return;
        }
        assert!(twin.code < 300, "the API server alone refuses it: {twin:#?}");
        let reported = self.with_advice(
            &self.outcome.warned,
            self.outcome.denied.is_empty(),
            [&guarded.name, name],
        );
        lines(&answer.warnings, &reported, &answer);
        if self.outcome.denied.is_empty() {
            assert!(answer.code < 300, "{answer:#?}");
            let is_dry = matches!(self.ask, Ask::DryRun(_) | Ask::DryDebug(_));
            let (mut expected, found) = if is_dry {
                assert_eq!(after, before);
                (vec![comparable(&twin.body)], vec![comparable(&answer.body)])
            } else {
                (stored(open, name), after)
            };
            for (pointer, value) in &self.outcome.repaired {
                set(&mut expected[0], pointer, serde_json::from_str(value).unwrap());
            }
            assert_eq!(found, expected, "what is stored");
        } else {
            let reported = self.with_advice(&self.outcome.denied, true, [&guarded.name, name]);
            lines(&answer.denial(), &reported, &answer);
            assert_eq!(after, before, "what is denied leaves no trace");
        }
        self.check_audit(world, &answer);
    }

    fn with_advice(
        &self,
        lines: &[&str],
        is_last: bool,
        [namespace, pod]: [&str; 2],
    ) -> Vec<String> {
        let advice = self.outcome.advice.filter(|_| is_last);
        let advice = advice.map(|line| line.replace("NAMESPACE", namespace).replace("POD", pod));
        lines.iter().map(ToString::to_string).chain(advice).collect()
    }

    /// What is warned of by the mutating phase is no finding any more.
    fn check_audit(&self, world: &World, answer: &Answer) {
        let is_kept = match &self.ask {
            // The audit policy of the tests leaves these out.
            Ask::Set(_, part, ..) => ["", "/ephemeralcontainers"].contains(part),
            Ask::Post(..) | Ask::Connect(_) => false,
            Ask::Create(_)
            | Ask::DryRun(_)
            | Ask::Generate(_)
            | Ask::ApplyNew(_)
            | Ask::Debug(..)
            | Ask::DryDebug(_)
            | Ask::Delete => true,
        };
        let Some(log) = world.cluster.audit_log().filter(|_| is_kept) else { return };
        let Outcome { denied, warned, recorded, .. } = &self.outcome;
        let repairs = warned.iter().filter(|line| said::is_repair(line)).count();
        let modes = [("Deny", &denied[..]), ("Warn", &warned[repairs..]), ("Audit", recorded)];
        let of_mode = |(mode, lines): &(&str, &[&str])| -> Vec<_> {
            lines.iter().map(|line| format!("{mode} {line}")).collect()
        };
        let expected: Vec<_> = modes.iter().flat_map(of_mode).collect();
        let event = log.event_of(answer);
        let found: Vec<_> = event.annotation("findings").lines().map(str::to_owned).collect();
        lines(&found, &expected, answer);
        let verdict = event.annotation("verdict");
        match (denied.is_empty(), expected.is_empty()) {
            (false, _) => assert_eq!(verdict, "denied"),
            (true, false) => assert_eq!(verdict, "allowed"),
            // Of a pod that an exception covers, it says that it was looked at.
            (true, true) => assert!(["", "allowed"].contains(&verdict), "{verdict}"),
        }
    }
}

/// As many lines as expected, in any order of the modes, each beginning as expected.
#[track_caller]
pub(super) fn lines(found: &[String], starts: &[String], answer: &Answer) {
    let same = found.len() == starts.len()
        && found.iter().zip(starts).all(|(line, start)| line.starts_with(start.as_str()));
    assert!(same, "expected {starts:#?}, found {found:#?} in {answer:#?}");
}

/// What counts of the pods of a row, none or one.
fn stored(namespace: &Namespace, name: &str) -> Vec<Value> {
    let path = namespace.pods(&format!("?labelSelector=row={name}"));
    let list = namespace.cluster.client.get(&path).object();
    list["items"].as_array().unwrap().iter().map(comparable).collect()
}

/// What of an object a request can change.
pub(super) fn comparable(object: &Value) -> Value {
    let meta = &object["metadata"];
    let mut part = json!({
        "spec": object["spec"], "template": object["template"],
        "metadata": {
            "labels": meta["labels"], "annotations": meta["annotations"],
            "finalizers": meta["finalizers"], "ownerReferences": meta["ownerReferences"],
        },
        "terminating": meta["deletionTimestamp"].is_string(),
    });
    scrub(&mut part, &[]);
    part
}
