//! Findings on pairs of containers: how they are reported, what exceptions leave of them, and which
//! of them a change is answerable for.

use bulkhead::decision::Phase;
use serde_json::{Value, json};

use crate::harness::judging::{Found, decide, denials, find, load, snapshot_of};
use crate::support::{container, debugger, exception, named_policy, pod, review, sharing};

fn ids(uid: i64) -> Value {
    json!({"runAsUser": uid, "runAsGroup": uid, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}})
}

/// Two containers of one user, and a third one of its own.
fn spec() -> Value {
    let containers =
        [container("app", &ids(1)), container("shell", &ids(1)), container("own", &ids(2))];
    sharing(&containers)
}

const DENY: &str = "{processReach: {mode: Deny}}";

/// `FROM TO ASPECTS`, and what becomes of it where it is not simply found.
fn show(found: &Found) -> String {
    let pair = found.finding.subject.pair().unwrap();
    let exempt = found.exempt.as_ref().map(|name| format!(" exempt by {name}"));
    let conditional = found.conditional.as_ref().map(|name| format!(" unless {name}"));
    let rest = exempt.or(conditional).unwrap_or_default();
    let (from, to) = (found.container.as_ref().unwrap(), found.to.as_ref().unwrap());
    format!("{from} {to} {}{rest}", pair.aspects())
}

fn shown(found: &[Found]) -> Vec<String> {
    found.iter().map(show).collect()
}

#[test]
fn what_containers_reach_alike_is_reported_in_one_line() {
    let mut spec = spec();
    spec["containers"][2]["securityContext"] = ids(1);
    spec["containers"][0]["env"] = json!([
        {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "a"}}},
        {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "b"}}},
        {"name": "C", "value": "s3cret"}]);
    spec["containers"][0]["envFrom"] =
        json!([{"secretRef": {"name": "s"}}, {"configMapRef": {"name": "c"}}]);
    let create = review("CREATE", "pods", &pod(&spec), &Value::Null);
    let denial = decide(Phase::Validate, &snapshot_of(DENY), &create).denial;
    let secrets = "environment (2 variables from secrets, 1 whole secret)";
    assert_eq!(
        denial,
        format!(
            "\n- containers app, shell, own: set shareProcessNamespace to false, or give each its own runAsUser and runAsGroup; each reads the {secrets}, files and memory of app, shell, own (same user); see spec.containers[0] and 2 more [process-reach, policy test]"
        )
    );
    assert!(!denial.contains("s3cret"));
}

#[test]
fn exceptions_cover_pairs_and_their_aspects() {
    let both = "shell app environ, filesystem, memory";
    let all = ["app shell environ, filesystem, memory", both];
    let table: &[(&str, &[&str])] = &[
        (
            "",
            &[
                "app shell environ, filesystem, memory exempt by e",
                "shell app environ, filesystem, memory exempt by e",
            ],
        ),
        (", containers: [app]", &["app shell environ, filesystem, memory exempt by e", both]),
        (
            ", images: [\"registry.example/shell:1\"]",
            &[all[0], "shell app environ, filesystem, memory exempt by e"],
        ),
        (
            ", pairs: [{from: app, to: \"s*\"}]",
            &["app shell environ, filesystem, memory exempt by e", both],
        ),
        (", pairs: [{from: app, to: own}]", &all),
        (", pairs: [{from: app, to: shell, aspects: [signal]}]", &all),
        (
            ", pairs: [{from: app, to: shell, aspects: [memory]}]",
            &["app shell memory exempt by e", "app shell environ, filesystem", both],
        ),
        (
            ", pairs: [{from: app, to: shell, aspects: [memory]}, {from: \"*\", to: \"*\", aspects: [environ]}]",
            &[
                "app shell environ, memory exempt by e",
                "app shell filesystem",
                "shell app environ exempt by e",
                "shell app filesystem, memory",
            ],
        ),
    ];
    for (narrow, expected) in table {
        let text =
            exception("e", &format!("controls: [process-reach], namespaces: [shop]{narrow}"));
        let found = find(&load(&(named_policy("p", DENY) + &text)), &pod(&spec()));
        assert_eq!(shown(&found), *expected, "{narrow}");
    }
}

#[test]
fn several_exceptions_share_a_pair() {
    let exception = |name: &str, aspect: &str| {
        exception(
            name,
            &format!(
                "controls: [process-reach], namespaces: [shop], pairs: [{{from: app, to: shell, aspects: [{aspect}]}}]"
            ),
        )
    };
    let text = named_policy("p", DENY) + &exception("e", "memory") + &exception("f", "environ");
    let found = find(&load(&text), &pod(&spec()));
    let expected = [
        "app shell memory exempt by e",
        "app shell environ exempt by f",
        "app shell filesystem",
        "shell app environ, filesystem, memory",
    ];
    assert_eq!(shown(&found), expected);
}

#[test]
fn policies_judge_by_their_own_aspects() {
    let text = named_policy("p", "{processReach: {mode: Deny, aspects: [environ]}}")
        + &named_policy("q", "{processReach: {mode: Warn, aspects: [signal]}}")
        + &named_policy("r", "{processReach: {mode: Audit, aspects: [environ]}}");
    let found = find(&load(&text), &pod(&spec()));
    let reported: Vec<_> = found
        .iter()
        .map(|it| {
            format!(
                "{} {} {}",
                it.mode,
                show(it),
                it.policies.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" ")
            )
        })
        .collect();
    let expected = [
        // Whoever only records does not deny.
        "Deny app shell environ p",
        "Warn app shell signal q",
        "Deny shell app environ p",
        "Warn shell app signal q",
    ];
    assert_eq!(reported, expected);
}

#[test]
fn certainty_and_chains_are_settings() {
    let mut spec = spec();
    spec["containers"][2]["securityContext"] =
        json!({"privileged": true, "runAsUser": 1, "runAsGroup": 1});
    spec["containers"][1]["securityContext"] = ids(3);
    let found = |settings: &str| {
        let controls = format!("{{processReach: {{mode: Deny, aspects: [memory]{settings}}}}}");
        shown(&find(&snapshot_of(&controls), &pod(&spec)))
    };
    assert_eq!(found(""), ["app own memory", "own app memory", "own shell memory"]);
    assert_eq!(found(", certainty: \"Yes\""), ["own app memory"]);
    assert_eq!(
        found(", transitive: true"),
        ["app shell memory", "app own memory", "own app memory", "own shell memory"]
    );
}

/// A stored pod with a debug container that joined `app`.
fn stored() -> Value {
    let mut old =
        pod(&json!({"containers": [container("app", &ids(1)), container("web", &ids(2))]}));
    old["spec"]["ephemeralContainers"] = json!([debugger("old", Some("app"), &ids(1))]);
    old
}

fn added(one: Value) -> Vec<String> {
    let (old, mut new) = (stored(), stored());
    new["spec"]["ephemeralContainers"].as_array_mut().unwrap().push(one);
    let update = review("UPDATE", "pods/ephemeralcontainers", &new, &old);
    shown(&denials(&snapshot_of(DENY), &update))
}

#[test]
fn a_debug_container_answers_for_the_pairs_it_makes() {
    let all = "environ, filesystem, memory";
    let expected = ["app new", "old new", "new app", "new old"].map(|pair| format!("{pair} {all}"));
    assert_eq!(added(debugger("new", Some("app"), &ids(1))), expected, "not for old and app");
    assert_eq!(
        added(debugger("new", Some("web"), &ids(2))),
        [format!("web new {all}"), format!("new web {all}")]
    );
    assert_eq!(added(debugger("new", Some("web"), &ids(3))), Vec::<String>::new());
    assert_eq!(added(container("new", &ids(1))), Vec::<String>::new());
}

#[test]
fn an_update_answers_for_what_is_reached_anew() {
    let changed = |image: &str, controls: &str| {
        let mut old = pod(&json!({"shareProcessNamespace": true, "containers": [
            container("app", &json!({})), container("shell", &json!({}))]}));
        old["spec"]["ephemeralContainers"] = json!([]);
        let mut new = old.clone();
        new["spec"]["containers"][1]["image"] = image.into();
        let update = review("UPDATE", "pods", &new, &old);
        shown(&denials(&snapshot_of(controls), &update))
    };
    assert_eq!(changed("registry.example/other:1", DENY), Vec::<String>::new());
    let one_image = "registry.example/app:1";
    let all = ["app shell environ, filesystem, memory", "shell app environ, filesystem, memory"];
    assert_eq!(changed(one_image, DENY), all, "possible became certain: one image has one user");
    assert_eq!(changed(one_image, "{processReach: {mode: Deny, certainty: \"Yes\"}}"), all);
}

#[test]
fn too_many_containers_are_one_finding() {
    let pod_of = |count: usize, shared: bool| {
        let containers: Vec<_> =
            (0..count).map(|n| container(&format!("c{n}"), &json!({}))).collect();
        pod(&json!({"shareProcessNamespace": shared, "containers": containers}))
    };
    for controls in [DENY, "{processReach: {mode: Deny, certainty: \"Yes\"}}"] {
        let found = find(&snapshot_of(controls), &pod_of(129, true));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].finding.reason, "TooManyContainers");
        assert_eq!(found[0].container, None);
    }
    // Each pair would be found, if there were one whose memory can be read.
    let controls = "{processReach: {mode: Deny, certainty: \"Yes\"}}";
    assert_eq!(find(&snapshot_of(controls), &pod_of(128, true)).len(), 0);
    assert_eq!(find(&snapshot_of(DENY), &pod_of(5000, false)).len(), 0);
}

/// The one finding stands for the pairs of a new debug container, or adding many would hide one.
#[test]
fn a_debug_container_among_too_many_is_judged() {
    let containers: Vec<_> = (0..128).map(|n| container(&format!("c{n}"), &ids(n + 1))).collect();
    let old = pod(&sharing(&containers));
    let mut new = old.clone();
    let security = json!({"runAsUser": 0, "privileged": true});
    new["spec"]["ephemeralContainers"] = json!([container("dbg", &security)]);
    let update = review("UPDATE", "pods/ephemeralcontainers", &new, &old);
    let denied = denials(&snapshot_of(DENY), &update);
    assert_eq!(denied.len(), 1);
    assert_eq!(denied[0].finding.reason, "TooManyContainers");
    // One that joins nobody is nobody's business.
    let mut apart = new.clone();
    apart["spec"]["shareProcessNamespace"] = json!(false);
    let mut before = old;
    before["spec"]["shareProcessNamespace"] = json!(false);
    let update = review("UPDATE", "pods/ephemeralcontainers", &apart, &before);
    assert!(!decide(Phase::Validate, &snapshot_of(DENY), &update).is_denied());
}

#[test]
fn many_full_views_are_too_many_as_well() {
    let apps: Vec<_> = (0..20).map(|n| container(&format!("a{n}"), &ids(1))).collect();
    let debuggers: Vec<_> = (0..4000)
        .map(|n| debugger(&format!("d{n}"), Some(&format!("a{}", n % 20)), &ids(1)))
        .collect();
    let pod = pod(&json!({"containers": apps, "ephemeralContainers": debuggers}));
    let found = find(&snapshot_of(DENY), &pod);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].finding.reason, "TooManyContainers");
}

/// Beside a debug container the others run already, and what they are cannot change.
#[test]
fn remedies_for_debug_containers_can_be_followed() {
    let remedies = |spec: Value| -> Vec<String> {
        let found = find(&snapshot_of(DENY), &pod(&spec));
        found.into_iter().map(|it| it.words.remedy).collect()
    };
    let open = json!({"runAsUser": 1, "runAsGroup": 1});
    let with = |shared: bool| {
        json!({"shareProcessNamespace": shared, "containers": [container("app", &ids(1))],
            "ephemeralContainers": [debugger("dbg", Some("app"), &ids(1))]})
    };
    let own = "give dbg its own runAsUser and runAsGroup";
    assert_eq!(
        remedies(with(false)),
        [format!("debug without --target, or {own}"), format!("debug without --target, or {own}")]
    );
    let copy = "debug a copy with --share-processes=false";
    assert_eq!(remedies(with(true)), [format!("{copy}, or {own}"), format!("{copy}, or {own}")]);
    let mut privileged = with(false);
    privileged["containers"][0]["securityContext"] = open;
    assert_eq!(
        remedies(privileged),
        [
            "debug without --target",
            "debug without --target, or give dbg its own runAsUser and runAsGroup"
        ]
    );
    // The API server refuses this name beside allowPrivilegeEscalation: false.
    let admin =
        json!({"runAsUser": 3, "runAsGroup": 3, "capabilities": {"add": ["CAP_SYS_ADMIN"]}});
    let spec = json!({"shareProcessNamespace": true, "containers": [container("a", &admin), container("b", &ids(2))]});
    let expected = "set shareProcessNamespace to false, or drop ALL capabilities on a and add none, and set allowPrivilegeEscalation: false on a";
    assert_eq!(remedies(spec), [expected]);
}

/// The one line of a pod of so many containers of one user.
fn line_of(count: i64) -> String {
    let containers: Vec<_> = (0..count).map(|n| container(&format!("c{n}"), &ids(1))).collect();
    let create = review("CREATE", "pods", &pod(&sharing(&containers)), &Value::Null);
    let denial = decide(Phase::Validate, &snapshot_of(DENY), &create).denial;
    let lines: Vec<_> = denial.lines().skip(1).collect();
    assert_eq!(lines.len(), 1, "{denial}");
    lines[0].to_owned()
}

/// A pod has up to 16,256 pairs: who reaches and who is reached is counted from the eleventh on.
#[test]
fn a_line_names_ten_containers_and_counts_the_rest() {
    let ten = "c0, c1, c2, c3, c4, c5, c6, c7, c8, c9";
    for (count, more, and_more) in [(10, "", ""), (13, ", and 3 more", "; and 3 more")] {
        let line = line_of(count);
        let start = format!("- containers {ten}{more}: set shareProcessNamespace to false");
        assert!(line.starts_with(&start), "{line}");
        assert!(line.contains(&format!(" of {ten} (same user){and_more}; see ")), "{line}");
        let names = (0..count).filter(|n| line.contains(&format!("c{n},"))).count();
        assert!(names <= 10, "{line}");
    }
    assert!(line_of(128).contains(", and 118 more: "), "{}", line_of(128));
}

/// Where one container reaches many others, both are named; where few are reached, all of them.
#[test]
fn those_that_reach_and_those_that_are_reached_share_the_room() {
    let line = |reaching: i64, reached: i64| {
        let from = (0..reaching).map(|n| container(&format!("f{n}"), &json!({"runAsUser": 0})));
        let to = (0..reached).map(|n| container(&format!("t{n}"), &ids(n + 1)));
        let spec = sharing(&from.chain(to).collect::<Vec<_>>());
        let create = review("CREATE", "pods", &pod(&spec), &Value::Null);
        let denial = decide(Phase::Validate, &snapshot_of(DENY), &create).denial;
        denial.lines().nth(1).unwrap().to_owned()
    };
    let one = line(1, 12);
    assert!(one.starts_with("- container f0: ") && one.contains("; it may read "), "{one}");
    assert!(one.contains("t8 (") && !one.contains("t9") && one.contains("and 3 more"), "{one}");
    let many = line(12, 2);
    assert!(many.contains(", f7, and 4 more: ") && many.contains("t0, t1"), "{many}");
}

/// Who reaches otherwise than others is named with it; a remedy for one is not that of another.
#[test]
fn what_is_reached_otherwise_is_said_apart() {
    let traces = json!({"runAsUser": 1, "runAsGroup": 1, "capabilities": {"add": ["SYS_PTRACE"]}});
    let spec =
        sharing(&[container("app", &ids(1)), container("web", &ids(1)), container("dbg", &traces)]);
    let create = review("CREATE", "pods", &pod(&spec), &Value::Null);
    let denial = decide(Phase::Validate, &snapshot_of(DENY), &create).denial;
    for reaches in ["app", "web", "dbg"] {
        assert!(denial.contains(reaches), "{denial}");
    }
    let remedies: Vec<_> =
        denial.lines().skip(1).map(|line| line.split("; ").next().unwrap()).collect();
    let distinct: std::collections::BTreeSet<_> =
        remedies.iter().map(|line| line.split_once(": ").unwrap().1).collect();
    assert_eq!(remedies.len(), distinct.len(), "{denial}");
}

/// Names that the API server has not validated are cut where they are shown, and compared whole.
#[test]
fn long_names_are_cut_in_texts_only() {
    let name = |end: &str| "x".repeat(10_000) + end;
    let mut spec = spec();
    spec["containers"][0]["name"] = json!(name("a"));
    spec["containers"][1]["name"] = json!(name("b"));
    let found = find(&snapshot_of(DENY), &pod(&spec));
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].to, Some(name("b")));
    assert!(found.iter().all(|it| it.words.message().len() < 1024), "{found:#?}");
    // A pattern for the one does not cover the other.
    let exception =
        exception("e", "controls: [process-reach], namespaces: [shop], containers: [\"x*a\"]");
    let found = find(&load(&(named_policy("p", DENY) + &exception)), &pod(&spec));
    assert_eq!(found.iter().filter(|it| it.is_exempt()).count(), 1);
}
