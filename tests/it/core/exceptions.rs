//! Exceptions subtract single findings, and only namespace and requester authorise.

use bulkhead::admission::{self, AcceptedKinds};
use bulkhead::decision::{self, Phase};
use bulkhead::policy::{self, Context, RuleSet, Snapshot};
use serde_json::{Value, json};

use crate::harness::judging::{Found, decide, denials, load, now};
use crate::support::{exception, named_policy, pod, review};

const DENY: &str = "{shareProcessNamespace: {mode: Deny}, ptraceCapability: {mode: Deny}}";

fn subject() -> Value {
    let container = |name: &str, image: &str| json!({"name": name, "image": image, "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}});
    let mut pod = pod(&json!({
        "shareProcessNamespace": true,
        "initContainers": [container("setup", "good/setup:1")],
        "containers": [container("app", "good/app:1"), container("shell", "other/shell:1")],
    }));
    pod["metadata"]["labels"] = json!({"app": "ledger"});
    pod
}

/// The fields that are still denied under an exception with this spec.
fn denied(spec: &str, pod: &Value) -> Vec<String> {
    let text = named_policy("p", DENY) + &exception("e", spec);
    let create = review("CREATE", "pods", pod, &Value::Null);
    let name = |found: Found| found.container.unwrap_or_else(|| "pod".to_owned());
    denials(&load(&text), &create).into_iter().map(name).collect()
}

#[test]
fn what_narrows_and_what_authorises() {
    let all = ["pod", "setup", "app", "shell"];
    let both = "controls: [share-process-namespace, ptrace-capability]";
    let ptrace = "controls: [ptrace-capability], namespaces: [shop]";
    let table: &[(String, &[&str])] = &[
        (format!("{both}, namespaces: [shop]"), &[]),
        (format!("{both}, namespaces: [other]"), &all),
        (format!("{both}, namespaces: [shopping, sho]"), &all),
        (ptrace.to_owned(), &["pod"]),
        (format!("{ptrace}, containers: [app]"), &["pod", "setup", "shell"]),
        (format!("{ptrace}, containers: [\"s*\"]"), &["pod", "app"]),
        (format!("{ptrace}, containerTypes: [Init]"), &["pod", "app", "shell"]),
        (format!("{ptrace}, containerTypes: [Ephemeral]"), &all),
        (format!("{ptrace}, images: [\"good/*:*\"]"), &["pod", "shell"]),
        (format!("{ptrace}, images: [\"good/*:*\"], containers: [app]"), &["pod", "setup", "shell"]),
        (format!("{ptrace}, podSelector: {{matchLabels: {{app: ledger}}}}"), &["pod"]),
        (format!("{ptrace}, podSelector: {{matchLabels: {{app: other}}}}"), &all),
        (format!("{ptrace}, barePods: true"), &["pod"]),
        // Of a list of pairs the first ones name containers, and none names the pod.
        (
            "controls: [share-process-namespace, ptrace-capability, process-reach], namespaces: [shop], pairs: [{from: \"s*\", to: \"*\"}]".to_owned(),
            &["pod", "app"],
        ),
        // What narrows by container never covers a finding on the pod as a whole.
        (format!("{both}, namespaces: [shop], containers: [\"*\"]"), &["pod"]),
        (format!("{both}, namespaces: [shop], images: [\"**:*\"]"), &["pod"]),
        (format!("{ptrace}, barePods: true, subjects: [{{kind: User, name: dana}}]"), &["pod"]),
        (format!("{ptrace}, barePods: true, subjects: [{{kind: User, name: Dana}}]"), &all),
        (format!("{ptrace}, barePods: true, subjects: [{{kind: Group, name: sre}}]"), &["pod"]),
        (format!("{ptrace}, barePods: true, subjects: [{{kind: Group, name: dana}}]"), &all),
    ];
    for (spec, expected) in table {
        assert_eq!(denied(spec, &subject()), *expected, "{spec}");
    }
}

/// What a registry, a tag and a digest are, the runtime decides, not the text.
#[test]
fn images_are_matched_as_the_runtime_reads_them() {
    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    let covered = |pattern: &str, image: &str| {
        let mut pod = subject();
        pod["spec"]["containers"][1]["image"] = json!(image.replace('#', &digest));
        let pattern = pattern.replace('#', &digest);
        let spec = format!(
            "controls: [ptrace-capability], namespaces: [shop], containers: [shell], images: [{}]",
            json!(pattern)
        );
        !denied(&spec, &pod).contains(&"shell".to_owned())
    };
    let table: &[(&str, &[&str], &[&str])] = &[
        (
            "tools:*",
            &["tools", "tools:1", "docker.io/library/tools:2"],
            &["tools:5000/evil", "tools:5000/evil:1", "tools:1@#", "tools/evil", "not an image"],
        ),
        ("tools", &["tools:latest", "index.docker.io/tools"], &["tools:1", "tools@#", "tools:"]),
        ("r.example/*:1", &["r.example/a:1"], &["r.example/a/b:1", "r.example:80/a:1"]),
        ("r.example/**:1", &["r.example/a/b:1"], &["r.example/a/b", "r.example.evil/a:1"]),
        ("*/tools:1", &["team/tools:1"], &["evil.example/tools:1", "localhost/tools:1"]),
        ("**", &["tools", "a/b/c"], &["evil.example/tools", "evil:5000/tools", "", "Tools"]),
        ("r.example/a@#", &["r.example/a@#", "r.example/a:1@#"], &["r.example/a", "r.example/b@#"]),
        ("[::1]:80/a:1", &["[::1]:80/a:1"], &["[::2]:80/a:1"]),
        // An image of the node, by its id.
        ("**:*", &["sha256:v1"], &["#", "sha256:1"]),
    ];
    for (pattern, right, wrong) in table {
        for (images, expected) in [(right, true), (wrong, false)] {
            for image in *images {
                assert_eq!(covered(pattern, image), expected, "{pattern} {image}");
            }
        }
    }
}

#[test]
fn a_controlled_pod_is_not_bare() {
    let mut pod = subject();
    pod["metadata"]["ownerReferences"] = json!([{"kind": "ReplicaSet", "controller": true}]);
    let spec = "controls: [ptrace-capability], namespaces: [shop], barePods: true";
    assert_eq!(denied(spec, &pod).len(), 4);
    pod["metadata"]["ownerReferences"] = json!([{"kind": "ReplicaSet", "controller": false}]);
    assert_eq!(denied(spec, &pod).len(), 1, "an owner that does not control");
    let template = json!({"kind": "ReplicaSet", "spec": {"template": subject()}});
    let create = review("CREATE", "apps/replicasets", &template, &Value::Null);
    let text = named_policy("p", DENY) + &exception("e", spec);
    let decision = decide(Phase::Advise, &load(&text), &create);
    assert_eq!(decision.counted.len(), 4, "a template's pods are controlled");
}

/// Owner references can be changed like labels, so that a pod is no longer bare when its image
/// changes: what the exception covered is judged again all the same.
#[test]
fn an_image_leaves_its_exception_whoever_controls_the_pod_by_then() {
    let exception = exception(
        "e",
        "controls: [ptrace-capability], namespaces: [shop], barePods: true, images: [\"good/*\"]",
    );
    let rules = load(&(named_policy("p", "{ptraceCapability: {mode: Deny}}") + &exception));
    let at = |image: &str, controlled: bool| {
        let traces = json!({"capabilities": {"add": ["SYS_PTRACE"]}});
        let app = json!({"name": "app", "image": image, "securityContext": traces});
        let mut pod = pod(&json!({"containers": [app]}));
        pod["metadata"]["ownerReferences"] = json!([{"kind": "Job", "controller": controlled}]);
        pod
    };
    let denied = |new: &Value, old: &Value| {
        decide(Phase::Validate, &rules, &review("UPDATE", "pods", new, old)).is_denied()
    };
    assert!(!denied(&at("good/a", true), &at("good/a", false)), "an owner only narrows");
    assert!(denied(&at("bad/a", true), &at("good/a", true)), "an owner was set first");
    assert!(denied(&at("bad/a", true), &at("good/a", false)), "an owner is set with it");
    assert!(denied(&at("bad/a", false), &at("good/a", true)), "an owner is taken with it");
    assert!(!denied(&at("good/b", true), &at("good/a", true)), "within its images");
    assert!(!denied(&at("bad/b", true), &at("bad/a", true)), "old debt");
}

/// Who asks is not known on the command line: the line names the exception, and stays a line.
#[test]
fn a_long_name_of_an_exception_gives_way() {
    let long = "e".repeat(253);
    let subject_of = "controls: [ptrace-capability], namespaces: [shop], barePods: true, subjects: [{kind: User, name: dana}]";
    let policies = ["p", "q", "r"].map(|name| named_policy(&name.repeat(253), DENY)).concat();
    let rules = load(&(policies + &exception(&long, subject_of)));
    let create = review("CREATE", "pods", &subject(), &Value::Null).to_string();
    let request = admission::decode(create.as_bytes(), AcceptedKinds::Pods).unwrap();
    let context =
        Context { namespace: "shop", labels: None, nodes: None, requester: None, now: now() };
    let change = request.change.as_ref().unwrap();
    let scene = change.scene();
    let rulings = policy::judge(&rules, change, &scene, &context, RuleSet::All);
    let conditional = rulings.iter().filter(|ruling| ruling.conditional.is_some());
    let lines: Vec<_> = conditional.map(|one| decision::line(&scene, &[one])).collect();
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert!(line.chars().count() <= 400, "{line}");
        assert!(line.ends_with("eee… applies]") && line.contains(", policies ppp"), "{line}");
    }
}

#[test]
fn an_exception_ends_at_its_time() {
    let at = |time: &str| {
        let text = exception("e", "controls: [ptrace-capability], namespaces: [shop]");
        let text = named_policy("p", DENY) + &text.replace("2026-12-01T00:00:00Z", time);
        let create = review("CREATE", "pods", &subject(), &Value::Null);
        denials(&load(&text), &create).len()
    };
    assert_eq!(at("2026-11-21T12:00:01Z"), 1, "one second left");
    assert_eq!(at("2026-11-21T12:00:00Z"), 4, "over");
    assert_eq!(at("2026-11-21T13:00:00+01:00"), 4, "the same moment elsewhere");
}

#[test]
fn service_accounts_are_users_by_their_long_name() {
    let text = exception(
        "e",
        "controls: [ptrace-capability], namespaces: [shop], barePods: true, subjects: [{kind: ServiceAccount, namespace: ci, name: bot}]",
    );
    let snapshot = load(&(named_policy("p", DENY) + &text));
    let mut create = review("CREATE", "pods", &subject(), &Value::Null);
    for (user, count) in
        [("system:serviceaccount:ci:bot", 1), ("system:serviceaccount:other:bot", 4), ("bot", 4)]
    {
        create["request"]["userInfo"]["username"] = json!(user);
        assert_eq!(denials(&snapshot, &create).len(), count, "{user}");
    }
}

#[test]
fn exceptions_are_recorded_by_name() {
    let text = named_policy("p", DENY)
        + &exception("why-not", "controls: [share-process-namespace], namespaces: [shop]");
    let create =
        review("CREATE", "pods", &pod(&json!({"shareProcessNamespace": true})), &Value::Null);
    let decision = decide(Phase::Validate, &load(&text), &create);
    assert!(!decision.is_denied());
    assert!(decision.counted.is_empty(), "an exempt finding does not count");
    let keys: Vec<_> = decision.annotations.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, ["verdict", "exceptions"]);
    assert!(
        decision.annotations[1].1.starts_with("why-not pod: set shareProcessNamespace to false; ")
    );
}

#[test]
fn exceptions_subtract_in_any_order() {
    let one =
        exception("a", "controls: [ptrace-capability], namespaces: [shop], containers: [app]");
    let other =
        exception("b", "controls: [ptrace-capability], namespaces: [shop], containers: [shell]");
    let create = review("CREATE", "pods", &subject(), &Value::Null);
    for text in [format!("{one}{other}"), format!("{other}{one}")] {
        let decision = decide(Phase::Validate, &load(&(named_policy("p", DENY) + &text)), &create);
        assert_eq!(decision.denials().count(), 2, "pod and setup stay");
    }
}

#[test]
fn an_exempt_finding_is_not_repaired() {
    let policy = named_policy("p", "{shareProcessNamespace: {mode: Deny, repair: OnCreate}}");
    let exception = exception("e", "controls: [share-process-namespace], namespaces: [shop]");
    let create = review("CREATE", "pods", &subject(), &Value::Null);
    assert_eq!(decide(Phase::Mutate, &load(&policy), &create).patch.len(), 1);
    assert_eq!(decide(Phase::Mutate, &load(&(policy + &exception)), &create).patch.len(), 0);
}

#[test]
fn mirror_and_windows_pods() {
    let snapshot =
        load(&named_policy("p", "{shareProcessNamespace: {mode: Deny, repair: OnCreate}}"));
    let sharing = || pod(&json!({"shareProcessNamespace": true, "containers": []}));
    let both = |pod: &Value, user: &str, groups: &[&str]| {
        let mut create = review("CREATE", "pods", pod, &Value::Null);
        create["request"]["userInfo"] = json!({"username": user, "groups": groups});
        let validated = decide(Phase::Validate, &snapshot, &create);
        let verdict =
            match (validated.is_denied(), validated.warnings.len(), validated.counted.len()) {
                (true, ..) => "denied",
                (_, 1, _) => "warned",
                (_, _, 1) => "recorded",
                _ => "silent",
            };
        (verdict, decide(Phase::Mutate, &snapshot, &create).patch.len())
    };
    let mut mirror = sharing();
    mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "hash"});
    assert_eq!(both(&mirror, "system:node:n1", &["system:nodes"]), ("recorded", 0));
    assert_eq!(
        both(&mirror, "dana", &["system:authenticated"]),
        ("denied", 1),
        "anyone may set it"
    );
    assert_eq!(both(&mirror, "system:node:n1", &[]), ("denied", 1), "a name is not a node");
    assert_eq!(both(&sharing(), "system:node:n1", &["system:nodes"]), ("denied", 1));
    let mut windows = sharing();
    windows["spec"]["os"] = json!({"name": "windows"});
    assert_eq!(both(&windows, "dana", &[]), ("silent", 0));
    let mut likely = sharing();
    for label in ["kubernetes.io/os", "beta.kubernetes.io/os"] {
        likely["spec"]["nodeSelector"] = json!({label: "windows"});
        assert_eq!(both(&likely, "dana", &[]), ("warned", 0), "{label}");
    }
    likely["spec"]["os"] = json!({"name": "linux"});
    assert_eq!(both(&likely, "dana", &[]), ("denied", 1), "the spec says linux");
}

/// Terms are alternatives, what stands in one holds together: no pod that a Linux node could take is
/// let through as one for Windows.
#[test]
fn only_pods_that_no_linux_node_can_take_are_for_windows() {
    let one = |key: &str, operator: &str, values: &[&str]| json!({"key": key, "operator": operator, "values": values});
    let term = |all: &[&Value]| json!({"matchExpressions": all});
    let windows = one("kubernetes.io/os", "In", &["windows"]);
    let beta = one("beta.kubernetes.io/os", "In", &["windows"]);
    let (choice, pool) =
        (one("kubernetes.io/os", "In", &["windows", "linux"]), one("pool", "In", &["windows"]));
    let for_windows = term(&[&windows]);
    let node = json!([{"key": "metadata.name", "operator": "In", "values": ["windows"]}]);
    let many = |count, last: &Value| {
        let mut all = vec![for_windows.clone(); count];
        all.push(last.clone());
        Value::from(all)
    };
    let mut named = for_windows.clone();
    named["matchFields"] = node.clone();
    let cases = [
        ("one term", json!([for_windows]), true),
        ("the older label", json!([term(&[&beta])]), true),
        ("every term, by either label", json!([for_windows, term(&[&pool, &beta])]), true),
        ("among others of its term", json!([term(&[&choice, &pool, &windows])]), true),
        ("with the name of a node", json!([named]), true),
        ("in another term", json!([for_windows, term(&[&pool])]), false),
        ("one of two values", json!([term(&[&choice])]), false),
        ("one of two values, in one of two terms", json!([for_windows, term(&[&choice])]), false),
        ("not linux", json!([term(&[&one("kubernetes.io/os", "NotIn", &["linux"])])]), false),
        ("not windows", json!([term(&[&one("kubernetes.io/os", "NotIn", &["windows"])])]), false),
        ("any", json!([term(&[&one("kubernetes.io/os", "Exists", &[])])]), false),
        ("no values", json!([term(&[&one("kubernetes.io/os", "In", &[])])]), false),
        ("another spelling", json!([term(&[&one("kubernetes.io/os", "In", &["Windows"])])]), false),
        ("another label", json!([term(&[&pool])]), false),
        ("the name of a node alone", json!([{"matchFields": node}]), false),
        ("an empty term", json!([for_windows, {}]), false),
        ("no terms", json!([]), false),
        ("null", Value::Null, false),
        ("as many as are read", many(63, &for_windows), true),
        ("more than are read", many(64, &for_windows), false),
        ("another one behind what is read", many(64, &term(&[&pool])), false),
    ];
    let snapshot =
        load(&named_policy("p", "{shareProcessNamespace: {mode: Deny, repair: OnCreate}}"));
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let preferred = json!([{"weight": 1, "preference": for_windows}]);
    for (what, terms, for_windows) in cases {
        let affinity = json!({"nodeAffinity": {required: {"nodeSelectorTerms": terms}}});
        assert_eq!(is_repaired(&snapshot, &affinity), !for_windows, "{what}");
    }
    let preferred =
        json!({"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}});
    assert!(is_repaired(&snapshot, &preferred), "a wish");
    for (what, affinity) in [
        ("no requirement", json!({"nodeAffinity": {required: null}})),
        ("no nodes", json!({"nodeAffinity": null, "podAffinity": {}})),
        ("nothing", Value::Null),
    ] {
        assert!(is_repaired(&snapshot, &affinity), "{what}");
    }
}

/// Whether a pod with this affinity is repaired and denied, and its template announced as such; where
/// not, each is warned about at most.
fn is_repaired(snapshot: &Snapshot, affinity: &Value) -> bool {
    let mut pod = pod(&json!({"shareProcessNamespace": true, "affinity": affinity}));
    let create = |pod: &Value| review("CREATE", "pods", pod, &Value::Null);
    let validated = decide(Phase::Validate, snapshot, &create(&pod));
    let denied = validated.is_denied();
    assert_eq!(validated.warnings.len(), usize::from(!denied), "{affinity}");
    let patch = decide(Phase::Mutate, snapshot, &create(&pod)).patch;
    assert_eq!(patch.is_empty(), !denied, "{affinity}");
    let deployment = json!({"kind": "Deployment", "spec": {"template": {"spec": pod["spec"]}}});
    let advise = review("CREATE", "apps/deployments", &deployment, &Value::Null);
    let warnings = decide(Phase::Advise, snapshot, &advise).warnings;
    let announced = warnings
        .iter()
        .any(|line| line.contains("Bulkhead will set shareProcessNamespace to false"));
    assert_eq!(announced, denied, "{affinity}: {warnings:?}");
    pod["spec"]["os"] = json!({"name": "linux"});
    assert!(decide(Phase::Validate, snapshot, &create(&pod)).is_denied(), "the spec says linux");
    denied
}

/// Labels beyond some thousands are not read, so whoever selects by them covers nothing.
#[test]
fn labels_without_end_select_nothing() {
    let text = named_policy("p", "{shareProcessNamespace: {mode: Deny}}")
        + &exception(
            "e",
            "controls: [share-process-namespace], namespaces: [shop], podSelector: {matchLabels: {l0: a}}",
        );
    for (count, denied) in [(4_096, 0), (4_097, 1)] {
        let mut pod = pod(&json!({"shareProcessNamespace": true}));
        let labels: serde_json::Map<_, _> =
            (0..count).map(|at| (format!("l{at}"), json!("a"))).collect();
        pod["metadata"]["labels"] = Value::Object(labels);
        let create = review("CREATE", "pods", &pod, &Value::Null);
        assert_eq!(denials(&load(&text), &create).len(), denied, "{count}");
    }
}
