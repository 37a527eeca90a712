//! The fixtures: every control has a folder with pods that pass and pods that fail, and says
//! exactly what is beside each pod. Among them is every spelling that gets past other engines.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bulkhead::controls::{ALL, Descriptor, Finds, Subject, TOO_MANY_CONTAINERS};
use bulkhead::policy::Snapshot;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::harness::judging::{Found, find, mutate, snapshot_of};
use crate::support::pod;

/// One pod and what is found: `PATH REASON [CERTAINTY]`, nothing for a pod that passes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    spec: Value,
    #[serde(default)]
    expect: Vec<String>,
}

/// The control of effects: what others find is often why it finds something, too.
const EFFECT: &str = "process-reach";

/// Folders beside those of the controls.
const OTHERS: [&str; 6] =
    ["older-chart", "pod-schema", "reach", "reviews", "toy-control", "worst.txt"];

fn folder(control: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(control)
}

fn cases(control: &str, file: &str) -> Vec<Case> {
    let path = folder(control).join(file);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every control denies and repairs what it can.
fn strict() -> Snapshot {
    let controls = ALL.iter().map(|control| {
        let repair = if control.repairs() { "OnCreate" } else { "Never" };
        let field = control.policy_field();
        let more = match control.id {
            "supplemental-groups-policy" => ", onUnsupportedNodes: Patch, overrideMerge: true",
            _ => "",
        };
        format!("{field}: {{mode: Deny, repair: {repair}{more}}}")
    });
    snapshot_of(&format!("{{{}}}", controls.collect::<Vec<_>>().join(", ")))
}

/// The pod of a case; where groups are not its subject, they are strict.
fn subject(control: &str, case: &Case) -> Value {
    let mut spec = case.spec.clone();
    if control != "supplemental-groups-policy" {
        spec["securityContext"]["supplementalGroupsPolicy"] = json!("Strict");
    }
    pod(&spec)
}

fn show(found: &Found) -> String {
    let finding = &found.finding;
    let certainty = finding.certainty().map(|sure| format!(" {sure}")).unwrap_or_default();
    let pair = finding.subject.pair().zip(found.to.as_ref());
    let pair = pair.map(|(pair, to)| format!(" {to}: {}", pair.aspects()));
    format!("{} {}{certainty}{}", found.words.path, finding.reason, pair.unwrap_or_default())
}

/// Whether a finding is about what its control says it finds.
fn is_of(control: &Descriptor, found: &Found) -> bool {
    match (control.finds, found.finding.subject) {
        (_, Subject::Pod) if found.finding.reason == TOO_MANY_CONTAINERS => true,
        (Finds::Pods, Subject::Pod)
        | (Finds::Containers, Subject::Container { .. })
        | (Finds::Pairs, Subject::Pair(_)) => true,
        (Finds::EphemeralContainers, Subject::Container { .. }) => {
            found.words.path.to_string().starts_with("spec.ephemeralContainers[")
        }
        _ => false,
    }
}

#[test]
fn every_control_has_its_folder_and_no_file_is_lost() {
    let expected: BTreeSet<_> = ALL.iter().map(|control| control.id).collect();
    let entries = fs::read_dir(folder("")).unwrap().map(|entry| entry.unwrap().file_name());
    let names = entries.map(|name| name.into_string().unwrap());
    let found: BTreeSet<_> = names.filter(|name| !OTHERS.contains(&name.as_str())).collect();
    assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    for control in expected {
        let entries = fs::read_dir(folder(control)).unwrap();
        let files: BTreeSet<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(files, ["fail.json", "pass.json"].map(Into::into).into(), "{control}");
    }
}

#[test]
fn pods_fail_exactly_their_own_control() {
    let strict = strict();
    for control in ALL {
        for case in cases(control.id, "fail.json") {
            let found = find(&strict, &subject(control.id, &case));
            let own = found.iter().filter(|ruling| ruling.control() == *control);
            let own: Vec<_> = own.map(show).collect();
            let both = |other: &&Found| control.id != EFFECT && other.control().id != EFFECT;
            let others = found.iter().filter(|other| other.control() != *control).filter(both);
            assert_eq!(own, case.expect, "{} / {}", control.id, case.name);
            let is_foreign =
                found.iter().find(|it| it.control() == *control && !is_of(control, it));
            assert!(is_foreign.is_none(), "{} / {}: {is_foreign:?}", control.id, case.name);
            assert_eq!(others.count(), 0, "{} / {}: {found:?}", control.id, case.name);
        }
        for case in cases(control.id, "pass.json") {
            assert!(case.expect.is_empty());
            let mut found = find(&strict, &subject(control.id, &case));
            found.retain(|ruling| (ruling.control().id == EFFECT) == (control.id == EFFECT));
            assert!(found.is_empty(), "{} / {}: {found:?}", control.id, case.name);
        }
    }
}

#[test]
fn a_control_has_edits_if_it_says_it_repairs() {
    let strict = strict();
    for control in ALL {
        let cases = cases(control.id, "fail.json");
        let found = cases.iter().flat_map(|case| find(&strict, &subject(control.id, case)));
        let mut own = found.filter(|it| it.control() == *control);
        let has_edit = own.any(|it| it.finding.edit.is_some());
        assert_eq!(has_edit, control.repairs(), "{}", control.id);
    }
}

#[test]
fn a_repaired_pod_passes_and_is_repaired_once() {
    let strict = strict();
    for control in ALL.iter().filter(|control| control.repairs()) {
        for case in cases(control.id, "fail.json") {
            // A value that the API server will refuse is not ours to replace.
            if case.expect.iter().any(|line| line.contains("Unknown")) {
                continue;
            }
            let repaired = mutate(&strict, &subject(control.id, &case));
            let found = find(&strict, &repaired);
            assert!(found.is_empty(), "{} / {}: {found:?}", control.id, case.name);
            assert_eq!(mutate(&strict, &repaired), repaired, "{} / {}", control.id, case.name);
        }
    }
}

/// Where the settings and the rest of the pod decide, not the container alone.
#[test]
fn where_ptrace_counts() {
    let container = |name: &str, security: Value| json!({"name": name, "image": "i", "securityContext": security});
    let privileged = || json!({"privileged": true});
    let ptrace = || json!({"capabilities": {"add": ["SYS_PTRACE"]}});
    let two = |security: Value, more: Value| {
        let mut spec =
            json!({"containers": [container("a", security), {"name": "b", "image": "i"}]});
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        pod(&spec)
    };
    let shared = || json!({"shareProcessNamespace": true});
    let host = || json!({"hostPID": true});
    let joined = || json!({"ephemeralContainers": [{"name": "d", "image": "i", "targetContainerName": "a"}]});
    let apart = || json!({"ephemeralContainers": [{"name": "d", "image": "i"}]});
    let setup = json!({"shareProcessNamespace": true,
        "initContainers": [container("setup", privileged())],
        "containers": [{"name": "b", "image": "i"}]});
    let sidecar = json!({"shareProcessNamespace": true,
        "initContainers": [{"name": "proxy", "image": "i", "restartPolicy": "Always", "securityContext": privileged()}],
        "containers": [{"name": "b", "image": "i"}]});
    let init = |first: Value, second: Value| {
        pod(
            &json!({"shareProcessNamespace": true, "initContainers": [first, second], "containers": []}),
        )
    };
    let proxy = || json!({"name": "proxy", "image": "i", "restartPolicy": "Always"});
    let before = init(proxy(), container("setup", privileged()));
    let after = init(container("setup", privileged()), proxy());
    // (what, pod, findings by default, with scope SharedProcesses, with privileged Anywhere, Never)
    let table = [
        ("privileged, alone", two(privileged(), json!({})), [0, 0, 1, 0]),
        ("privileged, shared", two(privileged(), shared()), [1, 1, 1, 0]),
        ("privileged, host", two(privileged(), host()), [1, 1, 1, 0]),
        ("privileged, joined", two(privileged(), joined()), [1, 1, 1, 0]),
        ("privileged, not joined", two(privileged(), apart()), [0, 0, 1, 0]),
        (
            "privileged with drop ALL, shared",
            two(json!({"privileged": true, "capabilities": {"drop": ["ALL"]}}), shared()),
            [1, 1, 1, 0],
        ),
        (
            "privileged non-root, shared",
            two(json!({"privileged": true, "runAsUser": 1000}), shared()),
            [1, 1, 1, 0],
        ),
        ("privileged init container, never beside another", pod(&setup), [0, 0, 1, 0]),
        ("privileged sidecar, shared", pod(&sidecar), [1, 1, 1, 0]),
        ("privileged init container, a sidecar runs before it", before, [1, 1, 1, 0]),
        ("privileged init container, a sidecar starts after it", after, [0, 0, 1, 0]),
        ("added, alone", two(ptrace(), json!({})), [1, 0, 1, 1]),
        ("added, shared", two(ptrace(), shared()), [1, 1, 1, 1]),
        ("added, joined", two(ptrace(), joined()), [1, 1, 1, 1]),
    ];
    let settings =
        ["", ", scope: SharedProcesses", ", privileged: Anywhere", ", privileged: Never"];
    for (what, pod, expected) in table {
        for (settings, expected) in settings.into_iter().zip(expected) {
            let snapshot = snapshot_of(&format!("{{ptraceCapability: {{mode: Deny{settings}}}}}"));
            assert_eq!(find(&snapshot, &pod).len(), expected, "{what}{settings}");
        }
    }
}

#[test]
fn ignored_certainties_do_not_count() {
    let all = cases("ptrace-capability", "fail.json");
    for (ignore, left) in [
        ("[]", ["effective", "latent", "inert"].as_slice()),
        ("[Inert]", &["effective", "latent"]),
        ("[Inert, Latent]", &["effective"]),
    ] {
        let snapshot =
            snapshot_of(&format!("{{ptraceCapability: {{mode: Deny, ignore: {ignore}}}}}"));
        let found: BTreeSet<_> = all
            .iter()
            .flat_map(|case| find(&snapshot, &subject("ptrace-capability", case)))
            .map(|ruling| ruling.finding.certainty().unwrap())
            .collect();
        assert_eq!(found, left.iter().copied().collect(), "{ignore}");
    }
}

#[test]
fn an_ephemeral_container_joins_whoever_the_kubelet_lets_it_join() {
    let snapshot = snapshot_of("{ephemeralTarget: {mode: Deny}}");
    let at = |field: &str, target: &str| {
        let mut spec = json!({"containers": [{"name": "app", "image": "i"}],
            "ephemeralContainers": [{"name": "d", "image": "i", "targetContainerName": target}]});
        if !field.is_empty() {
            spec[field] = json!(true);
        }
        find(&snapshot, &pod(&spec)).iter().map(show).collect::<Vec<_>>()
    };
    assert_eq!(at("hostPID", ""), ["spec.ephemeralContainers[0] JoinsNode"]);
    assert_eq!(
        at("hostPID", "app"),
        ["spec.ephemeralContainers[0] JoinsNode"],
        "the target is ignored"
    );
    assert_eq!(at("shareProcessNamespace", ""), ["spec.ephemeralContainers[0] JoinsPod"]);
    assert_eq!(at("shareProcessNamespace", "app"), ["spec.ephemeralContainers[0] JoinsPod"]);
    assert_eq!(at("", "app"), ["spec.ephemeralContainers[0].targetContainerName JoinsTarget"]);
    assert!(at("", "").is_empty());
}
