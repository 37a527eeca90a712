//! The model of reach against a real kernel, containerd and kubelet.
//!
//! Runs pods that stand for the rules and pods from a seed, and compares each answer of the model
//! with what the containers could do to each other. `BULKHEAD_NODE_PODS` is how many pods,
//! `BULKHEAD_NODE_SEED` where the generated ones begin; both are printed, and repeat them.
//! `BULKHEAD_NODE_RECORD` names a file that what was measured is added to, as JSON lines.

mod compare;
mod directed;
mod generate;
mod rules;
mod shrink;

use std::env::var_os;
use std::io::{Write as _, stdout};

use bulkhead::reach::Model;
use compare::{Tally, compare};
use directed::Expected;
use serde_json::{Value, json};

use super::Case;
use crate::setup::{Measured, Node};
use crate::tier::cases;
use crate::tier::settings::number;

/// Pods in one run, those that stand for a rule among them.
const PODS: u64 = 60;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        Case::new: the_model_is_true_and_needs_each_of_its_rules;
    }
}

/// What was measured, with what is written about it.
type Records = Vec<(Measured, Vec<Expected>)>;

fn the_model_is_true_and_needs_each_of_its_rules(node: &Node) {
    let (pods, seed) = (number("BULKHEAD_NODE_PODS", PODS), number("BULKHEAD_NODE_SEED", 1));
    let mut all: Vec<(Value, Vec<Expected>)> = Vec::new();
    for one in directed::all() {
        let mut pod = one.pod;
        pod["metadata"] = json!({"name": one.name});
        all.push((pod, one.expected));
    }
    let generated = pods.saturating_sub(all.len() as u64);
    all.extend((0..generated).map(|stream| (generate::pod(seed, stream), Vec::new())));
    let manifests: Vec<_> = all.iter().map(|(pod, _)| pod.clone()).collect();
    let measured = node.measure(&manifests);
    record(&measured);
    let records: Records = measured.into_iter().zip(all.into_iter().map(|(_, it)| it)).collect();

    let (tally, wrong) = judge(&records, &Model::default(), |_| ());
    let mut out = stdout().lock();
    writeln!(out, "BULKHEAD_NODE_PODS={pods} BULKHEAD_NODE_SEED={seed}: {tally}").unwrap();
    drop(out);
    // A generated pod says more than one that was written for a rule.
    if let Some((first, _)) = records.iter().rev().find(|(one, _)| is_wrong(one)) {
        let smallest = shrink::smallest(node, first, is_wrong);
        panic!("{} wrong: {wrong:#?}\nthe smallest pod: {smallest:#}", wrong.len());
    }
    assert_eq!(wrong, Vec::<String>::new(), "written answers, which no measurement contradicts");
    enough(&records, tally, pods);
    needed(&records);
}

/// Whether what was measured contradicts the model, whatever is written about it.
fn is_wrong(measured: &Measured) -> bool {
    !compare(measured, &measured.pod, &[], &Model::default()).1.is_empty()
}

/// All that is wrong about a model that gets this of each pod.
fn judge(records: &Records, model: &Model, distort: impl Fn(&mut Value)) -> (Tally, Vec<String>) {
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    for (measured, expected) in records {
        let mut object = measured.pod.clone();
        distort(&mut object);
        let (one, problems) = compare(measured, &object, expected, model);
        tally += one;
        wrong.extend(problems);
    }
    (tally, wrong)
}

/// A comparison of nothing proves nothing.
fn enough(records: &Records, tally: Tally, pods: u64) {
    let pods = usize::try_from(pods).unwrap();
    assert!(tally.pods * 100 >= pods * 90, "only {tally}: {:#?}", stuck(records));
    assert!(tally.pairs >= 2 * pods && tally.yes > pods && tally.no > pods, "{tally}");
    assert!(tally.decided > pods && tally.definite * 100 >= tally.decided * 98, "{tally}");
    assert!(tally.node > 0, "{tally}");
    let unstable = records
        .iter()
        .filter(|(it, _)| it.states.get("*").is_some_and(|it| it == "no stable report"));
    assert_eq!(unstable.count(), 0, "{:#?}", stuck(records));
}

/// What did not run.
fn stuck(records: &Records) -> Vec<String> {
    let odd = |(name, state): (&String, &String)| {
        let is_odd = state != "running" && state != "Completed";
        is_odd.then(|| format!("{name}: {state}"))
    };
    let pods = records.iter().map(|(it, _)| (&it.pod["metadata"]["name"], &it.states));
    pods.flat_map(|(pod, states)| {
        states.iter().filter_map(odd).map(move |what| format!("{pod} {what}"))
    })
    .collect()
}

/// Without any one of its rules the model is wrong about what was measured; what is written about
/// a pod does not count here.
fn needed(records: &Records) {
    let measured = records.iter().map(|(measured, _)| (measured.clone(), Vec::new()));
    let records = &measured.collect::<Records>();
    let mut idle = Vec::new();
    for (name, model) in rules::models() {
        if judge(records, &model, |_| ()).1.is_empty() {
            idle.push(name);
        }
    }
    for (name, distort) in rules::DISTORTIONS {
        if judge(records, &Model::default(), distort).1.is_empty() {
            idle.push(name.to_owned());
        }
    }
    // Older kernels ask for more than PERFMON, and then nothing shows that newer ones do not.
    if !reads_by_perfmon(records) {
        idle.retain(|name| !["Perfmon", "KeepCapabilities"].contains(&name.as_str()));
    }
    assert_eq!(idle, Vec::<String>::new(), "rules that nothing measured needs");
}

fn reads_by_perfmon(records: &Records) -> bool {
    let record = records.iter().find(|(it, _)| it.pod["metadata"]["name"] == "PERFMON");
    let report = record.and_then(|(it, _)| it.reports.get("a"));
    report.and_then(|it| it.sees.get("b")).is_some_and(|it| it.started.environ)
}

fn record(measured: &[Measured]) {
    let Some(file) = var_os("BULKHEAD_NODE_RECORD") else { return };
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(file).unwrap();
    for one in measured {
        writeln!(file, "{}", serde_json::to_string(one).unwrap()).unwrap();
    }
}
