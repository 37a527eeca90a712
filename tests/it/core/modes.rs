//! What a finding leads to: the table of modes, requests and phases, cell by cell.

use bulkhead::decision::Phase;
use serde_json::{Value, json};

use crate::harness::judging::{decide, load, snapshot_of};
use crate::support::{capable, deployment, exception, named_policy, pod, review, sharing};

const SHARE: &str = "shareProcessNamespace: {mode: MODE, repair: REPAIR}";
const PTRACE: &str = "ptraceCapability: {mode: MODE, repair: REPAIR}";

fn with(controls: &str, mode: &str, repair: &str) -> bulkhead::policy::Snapshot {
    snapshot_of(&format!("{{{controls}}}").replace("MODE", mode).replace("REPAIR", repair))
}

fn shared() -> Value {
    sharing(&[json!({"name": "a", "image": "i"})])
}

fn plain() -> Value {
    json!({"containers": [{"name": "a", "image": "i"}]})
}

fn adding(name: &str, capability: &str) -> Value {
    capable(name, &json!({"add": [capability]}))
}

fn debugged(containers: &[Value]) -> Value {
    let mut spec = plain();
    spec["ephemeralContainers"] = json!(containers);
    pod(&spec)
}

/// What an answer looks like in one word per part.
fn shape(phase: Phase, mode: &str, repair: &str, review: &Value) -> String {
    let decision = decide(phase, &with(&format!("{SHARE}, {PTRACE}"), mode, repair), review);
    let mut parts = Vec::new();
    if decision.is_denied() {
        parts.push("denied");
        assert!(!decision.denial.is_empty() && decision.warnings.is_empty());
    }
    if decision.warnings.iter().any(|line| line.contains("would be denied")) {
        parts.push("foretold");
    } else if decision.warnings.iter().any(|line| line.contains("Bulkhead will ")) {
        parts.push("change foretold");
    } else if !decision.warnings.is_empty() {
        parts.push("warned");
    }
    if !decision.annotations.is_empty() {
        parts.push("recorded");
    }
    if !decision.patch.is_empty() {
        parts.push("patched");
    }
    parts.join(" + ")
}

/// One request of each kind.
fn request(what: &str) -> Value {
    let (none, sharing, plain) = (Value::Null, pod(&shared()), pod(&plain()));
    let (bad, good) = (deployment("p", &sharing["spec"]), deployment("p", &plain["spec"]));
    let debugged = debugged(&[adding("d", "SYS_PTRACE")]);
    match what {
        "create" => review("CREATE", "pods", &sharing, &none),
        "worse update" => review("UPDATE", "pods", &sharing, &plain),
        "same update" => review("UPDATE", "pods", &sharing, &sharing),
        "resize" => review("UPDATE", "pods/resize", &sharing, &sharing),
        "worse resize" => review("UPDATE", "pods/resize", &sharing, &plain),
        "unknown subresource" => review("UPDATE", "pods/later", &sharing, &plain),
        "debug" => review("UPDATE", "pods/ephemeralcontainers", &debugged, &plain),
        "template" => review("CREATE", "apps/deployments", &bad, &none),
        "changed template" => review("UPDATE", "apps/deployments", &bad, &good),
        "unchanged template" => review("UPDATE", "apps/deployments", &bad, &bad),
        "status" => review("UPDATE", "pods/status", &sharing, &plain),
        "delete" => review("DELETE", "pods", &none, &sharing),
        _ => panic!("{what}"),
    }
}

/// The answers under Deny, Warn, Audit, and Deny with repair.
type Row = [&'static str; 4];
const NOTHING: Row = ["", "", "", ""];
const JUDGED: Row = ["denied + recorded", "warned + recorded", "recorded", "denied + recorded"];
const REPAIRED: Row = ["", "", "", "warned + patched"];
const FORETOLD: Row = ["foretold + recorded", "warned + recorded", "recorded", "change foretold"];

#[test]
fn every_cell_of_the_table() {
    use Phase::{Advise, Mutate, Validate};
    let table = [
        ("create", Validate, JUDGED),
        ("create", Mutate, REPAIRED),
        ("worse update", Validate, JUDGED),
        ("worse update", Mutate, NOTHING),
        ("same update", Validate, NOTHING),
        ("resize", Validate, NOTHING),
        ("worse resize", Validate, JUDGED),
        ("unknown subresource", Validate, JUDGED),
        ("debug", Validate, JUDGED),
        ("debug", Mutate, REPAIRED),
        ("template", Advise, FORETOLD),
        ("template", Mutate, NOTHING),
        ("changed template", Advise, FORETOLD),
        ("unchanged template", Advise, NOTHING),
        ("status", Validate, NOTHING),
        ("delete", Validate, NOTHING),
    ];
    let modes = [("Deny", "Never"), ("Warn", "Never"), ("Audit", "Never"), ("Deny", "OnCreate")];
    for (what, phase, expected) in table {
        let request = request(what);
        for ((mode, repair), expected) in modes.into_iter().zip(expected) {
            let shape = shape(phase, mode, repair, &request);
            assert_eq!(shape, expected, "{what}, {phase:?}, {mode}, {repair}");
        }
        let silent = shape(phase, "Disabled", "Never", &request);
        assert_eq!(silent, "", "{what}, {phase:?}, Disabled");
    }
}

#[test]
fn a_debug_container_is_judged_alone() {
    let deny = with(PTRACE, "Deny", "Never");
    let bad = adding("old", "SYS_PTRACE");
    let harmless = adding("new", "NET_ADMIN");
    let sub = "pods/ephemeralcontainers";
    let added = review(
        "UPDATE",
        sub,
        &debugged(&[bad.clone(), harmless]),
        &debugged(std::slice::from_ref(&bad)),
    );
    assert!(!decide(Phase::Validate, &deny, &added).is_denied(), "old debt does not deny");
    let second = adding("new", "sys_ptrace");
    let added = review("UPDATE", sub, &debugged(&[bad.clone(), second]), &debugged(&[bad]));
    let decision = decide(Phase::Validate, &deny, &added);
    assert_eq!(decision.denials().count(), 1);
    assert!(decision.denial.contains("spec.ephemeralContainers[1]"), "{}", decision.denial);
}

#[test]
fn the_mutating_phase_trusts_only_ephemeral_containers_of_a_debug_request() {
    let deny = with(&format!("{SHARE}, {PTRACE}"), "Deny", "OnCreate");
    let mut lie = debugged(&[adding("new", "SYS_PTRACE"), adding("old", "SYS_PTRACE")]);
    lie["spec"]["shareProcessNamespace"] = json!(true);
    lie["spec"]["containers"][0]["securityContext"] =
        json!({"capabilities": {"add": ["SYS_PTRACE"]}});
    lie["spec"]["os"] = json!({"name": "windows"});
    let stored = debugged(&[adding("old", "SYS_PTRACE")]);
    let request = review("UPDATE", "pods/ephemeralcontainers", &lie, &stored);
    let operations = decide(Phase::Mutate, &deny, &request).patch;
    let operations = serde_json::to_value(&operations).unwrap();
    let path = "/spec/ephemeralContainers/0/securityContext/capabilities/add/0";
    assert_eq!(operations, json!([{"op": "remove", "path": path}]), "only the new one is repaired");
}

#[test]
fn an_update_is_judged_by_what_it_worsens() {
    let deny = with("ptraceCapability: {mode: Deny, ignore: [], repair: REPAIR}", "Deny", "Never");
    let at = |user: i64, escalation: bool| {
        pod(&json!({"containers": [{"name": "a", "image": "i", "securityContext": {
            "capabilities": {"add": ["SYS_PTRACE"]}, "runAsUser": user,
            "allowPrivilegeEscalation": escalation}}]}))
    };
    let (inert, latent, effective) = (at(1000, false), at(1000, true), at(0, true));
    let judged = |new: &Value, old: &Value| {
        decide(Phase::Validate, &deny, &review("UPDATE", "pods/later", new, old)).is_denied()
    };
    assert!(judged(&latent, &inert) && judged(&effective, &latent), "worse");
    assert!(!judged(&inert, &effective) && !judged(&latent, &latent), "not worse");
}

/// A pod with SYS_PTRACE by its image and its label `app`.
fn at(image: &str, label: &str) -> Value {
    let mut pod = pod(&json!({"containers": [{"name": "a", "image": image,
        "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}}]}));
    pod["metadata"]["labels"] = json!({"app": label});
    pod
}

#[test]
fn an_image_that_leaves_an_exception_counts_and_nothing_else_does() {
    let exception = exception(
        "tools",
        "controls: [ptrace-capability], namespaces: [shop], podSelector: {matchLabels: {app: a}}, images: [\"good/*\"]",
    );
    let deny = load(&(named_policy("p", "{ptraceCapability: {mode: Deny}}") + &exception));
    let judged = |new: &Value, old: &Value| {
        decide(Phase::Validate, &deny, &review("UPDATE", "pods", new, old)).is_denied()
    };
    assert!(judged(&at("bad/x", "a"), &at("good/x", "a")), "the image lost it");
    assert!(!judged(&at("good/y", "a"), &at("good/x", "a")), "still covered");
    assert!(!judged(&at("good/x", "b"), &at("good/x", "a")), "a label only narrows");
    assert!(!judged(&at("bad/y", "a"), &at("bad/x", "a")), "old debt");
}

#[test]
fn the_strongest_policy_decides_and_any_repair_counts() {
    let two = load(
        &(named_policy("b-warns", "{shareProcessNamespace: {mode: Warn, repair: OnCreate}}")
            + &named_policy("a-denies", "{shareProcessNamespace: {mode: Deny}}")),
    );
    let create = review("CREATE", "pods", &pod(&shared()), &Value::Null);
    let decision = decide(Phase::Validate, &two, &create);
    assert!(
        decision.denial.ends_with("[share-process-namespace, policy a-denies]"),
        "who warns does not deny: {}",
        decision.denial
    );
    let decision = decide(Phase::Mutate, &two, &create);
    assert_eq!(
        decision.warnings,
        ["Bulkhead set shareProcessNamespace to false [share-process-namespace, policy b-warns]"]
    );
}

#[test]
fn a_repair_declined_for_nodes_caps_its_own_policy_at_warn() {
    let create = review("CREATE", "pods", &pod(&plain()), &Value::Null);
    let groups = |settings: &str| {
        named_policy("p", &format!("{{supplementalGroupsPolicy: {{{settings}}}}}"))
    };
    let denied = |text: &str| decide(Phase::Validate, &load(text), &create).is_denied();
    assert!(!denied(&groups("mode: Deny, repair: OnCreate")), "declined: nodes are not known");
    assert!(denied(&groups("mode: Deny")), "never asked for");
    assert!(
        denied(&groups("mode: Deny, repair: OnCreate, onUnsupportedNodes: Patch")),
        "not declined"
    );
    let other = named_policy("q", "{supplementalGroupsPolicy: {mode: Deny}}");
    assert!(
        denied(&(groups("mode: Deny, repair: OnCreate") + &other)),
        "the other policy is not capped"
    );
}

#[test]
fn a_policy_concerns_the_namespaces_it_names() {
    let create = review("CREATE", "pods", &pod(&shared()), &Value::Null);
    let denied = |scope: &str| {
        let text = named_policy("p", "{shareProcessNamespace: {mode: Deny}}");
        let text = format!("{text}  match: {{{scope}}}\n");
        decide(Phase::Validate, &load(&text), &create).is_denied()
    };
    let by_name = |operator: &str, values: &str| {
        let requirement =
            format!("{{key: kubernetes.io/metadata.name, operator: {operator}, values: {values}}}");
        denied(&format!("namespaceSelector: {{matchExpressions: [{requirement}]}}"))
    };
    assert!(
        denied("") && denied("namespaceSelector: {}") && denied("excludeNamespaces: [shopping]")
    );
    assert!(!denied("excludeNamespaces: [other, shop]"));
    assert!(denied("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}"));
    assert!(!denied("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}"));
    assert!(by_name("In", "[shop, other]") && !by_name("In", "[other]"));
    assert!(!by_name("NotIn", "[shop]") && by_name("NotIn", "[other]"));
    assert!(by_name("Exists", "[]") && !by_name("DoesNotExist", "[]"));
}

#[test]
fn a_denied_request_is_not_warned() {
    let mixed = snapshot_of(
        "{shareProcessNamespace: {mode: Deny}, supplementalGroupsPolicy: {mode: Warn}}",
    );
    let create = review("CREATE", "pods", &pod(&shared()), &Value::Null);
    let decision = decide(Phase::Validate, &mixed, &create);
    assert_eq!((decision.denials().count(), decision.warnings.len()), (1, 0));
    let findings = &decision.annotations.iter().find(|(key, _)| *key == "findings").unwrap().1;
    assert!(
        findings.contains("\nWarn pod: set supplementalGroupsPolicy to Strict; "),
        "recorded all the same: {findings}"
    );
}

#[test]
fn a_template_is_judged_as_its_pods_after_repair() {
    let controls = "{shareProcessNamespace: {mode: Deny, repair: OnCreate}, ptraceCapability: {mode: Deny, scope: SharedProcesses}}";
    let mut spec = shared();
    spec["containers"] = json!([
        {"name": "a", "image": "i", "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}},
        {"name": "b", "image": "i"},
    ]);
    let create = review("CREATE", "apps/deployments", &deployment("p", &spec), &Value::Null);
    let decision = decide(Phase::Advise, &snapshot_of(controls), &create);
    assert_eq!(decision.warnings.len(), 1, "{:?}", decision.warnings);
    let expected = "when pods of this Deployment are created, Bulkhead will set shareProcessNamespace to false; every container ";
    assert!(decision.warnings[0].starts_with(expected), "{:?}", decision.warnings);
}

#[test]
fn an_image_leaves_its_exception_whoever_asks_and_whatever_the_labels_are_by_then() {
    let exception = exception(
        "tools",
        "controls: [ptrace-capability], namespaces: [shop], barePods: true, subjects: [{kind: User, name: dana}], podSelector: {matchLabels: {app: a}}, images: [\"good/*\"]",
    );
    let deny = load(&(named_policy("p", "{ptraceCapability: {mode: Deny}}") + &exception));
    let judged = |user: &str, new: &Value, old: &Value| {
        let mut update = review("UPDATE", "pods", new, old);
        update["request"]["userInfo"]["username"] = json!(user);
        decide(Phase::Validate, &deny, &update).is_denied()
    };
    for user in ["dana", "bob"] {
        assert!(judged(user, &at("bad/x", "a"), &at("good/x", "a")), "{user} sets another image");
        assert!(judged(user, &at("bad/x", "b"), &at("good/x", "b")), "{user} took the label first");
        assert!(!judged(user, &at("good/y", "a"), &at("good/x", "a")), "{user} stays within");
        assert!(!judged(user, &at("good/x", "b"), &at("good/x", "a")), "{user} changes a label");
    }
}

/// A long list that loses little is not sent whole.
#[test]
fn a_long_list_loses_its_entries_one_by_one() {
    let deny = with(PTRACE, "Deny", "OnCreate");
    for kept in [8_192, 300_000] {
        let add = [vec!["SYS_PTRACE"; 5], vec!["X"; kept]].concat();
        let spec = json!({"containers": [{"name": "a", "image": "i",
            "securityContext": {"capabilities": {"add": add}}}]});
        let create = review("CREATE", "pods", &pod(&spec), &Value::Null);
        assert_eq!(decide(Phase::Mutate, &deny, &create).patch.len(), 5, "{kept}");
    }
}

/// The API server copies a list for each element that it deletes.
#[test]
fn a_patch_of_many_removals_is_one_operation() {
    let deny = with(PTRACE, "Deny", "OnCreate");
    for (count, operations) in [(4, 4), (5, 1), (20_000, 1)] {
        let mut add = vec!["SYS_PTRACE"; count];
        add.push("NET_ADMIN");
        let spec = json!({"containers": [{"name": "a", "image": "i",
            "securityContext": {"capabilities": {"add": add}}}]});
        let create = review("CREATE", "pods", &pod(&spec), &Value::Null);
        assert_eq!(decide(Phase::Mutate, &deny, &create).patch.len(), operations, "{count}");
        let kept = &crate::harness::judging::mutate(&deny, &pod(&spec))["spec"]["containers"][0];
        assert_eq!(kept["securityContext"]["capabilities"]["add"], json!(["NET_ADMIN"]));
    }
}
