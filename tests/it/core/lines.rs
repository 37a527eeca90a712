//! The lines of an answer: how they begin, what they join, how long they are.

use bulkhead::decision::{Decision, Phase};
use serde_json::{Value, json};

use crate::harness::judging::{anonymous, decide, load, snapshot_of};
use crate::support::{capable, deployment, exception, named_policy, pod, review, sharing};

const PTRACE: &str = "{ptraceCapability: {mode: MODE, repair: REPAIR}}";

fn judged(phase: Phase, mode: &str, repair: &str, containers: &[Value]) -> Decision {
    let controls = PTRACE.replace("MODE", mode).replace("REPAIR", repair);
    let create = review("CREATE", "pods", &pod(&json!({"containers": containers})), &Value::Null);
    decide(phase, &snapshot_of(&controls), &create)
}

fn tracing(name: &str) -> Value {
    capable(name, &json!({"add": ["SYS_PTRACE"]}))
}

fn many(count: usize) -> Vec<Value> {
    (0..count).map(|n| tracing(&format!("c{n}"))).collect()
}

const ADD: &str = "securityContext.capabilities.add";

#[test]
fn a_denial_says_whom_what_and_why_before_whose_policy() {
    let denial = judged(Phase::Validate, "Deny", "Never", &many(1)).denial;
    let expected = format!(
        "\n- container c0: remove SYS_PTRACE from {ADD}; it may trace and read every process it sees; see spec.containers[0].{ADD}[0] [ptrace-capability, policy test]"
    );
    assert_eq!(denial, expected);
    // A warning is a line of its own.
    let warnings = judged(Phase::Validate, "Warn", "Never", &many(1)).warnings;
    assert_eq!(warnings, [expected.trim_start_matches("\n- ")]);
}

/// Each is apart from the others, and from what the API server writes in front.
#[test]
fn findings_are_a_list() {
    let controls = "{shareProcessNamespace: {mode: Deny}, ptraceCapability: {mode: Deny}}";
    let create = review("CREATE", "pods", &pod(&sharing(&many(1))), &Value::Null);
    let decision = decide(Phase::Validate, &snapshot_of(controls), &create);
    let lines: Vec<_> = decision.denial.split('\n').collect();
    assert_eq!((lines.len(), lines[0]), (3, ""));
    assert!(lines[1].starts_with("- pod: ") && lines[2].starts_with("- container c0: "));
    // The address of a page ends it.
    let helped = decision.clone().with_help("https://wiki.example/denied").denial;
    let end = "\nWhat to change, and how to get an exception: https://wiki.example/denied";
    assert_eq!(helped.strip_suffix(end), Some(decision.denial.as_str()));
    assert_eq!(decision.clone().with_help("").denial, decision.denial);
}

#[test]
fn containers_with_one_remedy_share_a_line() {
    let decision = judged(Phase::Validate, "Warn", "Never", &many(12));
    let ten = "c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, and 2 more";
    let expected = format!(
        "containers {ten}: remove SYS_PTRACE from {ADD}; each may trace and read every process it sees; see spec.containers[0].{ADD}[0] and 11 more [ptrace-capability, policy test]"
    );
    assert_eq!(decision.warnings, std::slice::from_ref(&expected));
    let findings = &decision.annotations.iter().find(|(key, _)| *key == "findings").unwrap().1;
    assert_eq!(*findings, format!("Warn {expected}"));
    // Metrics and log count it once.
    let line = &decision.lines[0];
    assert_eq!((decision.lines.len(), line.containers.len(), line.more, line.pairs), (1, 10, 2, 0));
    assert_eq!(decision.counted.len(), 12);
}

#[test]
fn another_remedy_is_another_line_and_another_effect_is_named() {
    let mut quiet = tracing("quiet");
    quiet["securityContext"]["runAsUser"] = json!(7);
    let all = capable("all", &json!({"add": ["ALL"]}));
    let warnings =
        judged(Phase::Validate, "Warn", "Never", &[tracing("a"), quiet, all, tracing("b")])
            .warnings;
    let starts = [
        format!(
            "containers a, quiet, b: remove SYS_PTRACE from {ADD}; a, b may trace and read every process in view, a setuid or file-capability binary in the image of quiet can use it; see "
        ),
        format!(
            "container all: list what is needed instead of ALL in {ADD}, or add SYS_PTRACE to drop; "
        ),
    ];
    assert_eq!(warnings.len(), starts.len(), "{warnings:#?}");
    for (line, start) in warnings.iter().zip(&starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

/// The kind of a container is said where all have one.
#[test]
fn containers_are_named_by_their_kind() {
    let mut spec = json!({"containers": many(1)});
    spec["initContainers"] = json!([tracing("first"), tracing("second")]);
    let who = |spec: &Value| {
        let create = review("CREATE", "pods", &pod(spec), &Value::Null);
        let rules = snapshot_of("{ptraceCapability: {mode: Deny}}");
        let denial = decide(Phase::Validate, &rules, &create).denial;
        denial.split_once(": ").unwrap().0.to_owned()
    };
    assert_eq!(who(&spec), "\n- containers first, second, c0");
    spec["containers"] = json!([]);
    assert_eq!(who(&spec), "\n- init containers first, second");
}

#[test]
fn repairs_say_what_was_done_and_what_will_be() {
    let repaired = judged(Phase::Mutate, "Deny", "OnCreate", &many(2)).warnings;
    let expected = format!(
        "Bulkhead removed SYS_PTRACE from containers c0, c1; see spec.containers[0].{ADD}[0] and 1 more [ptrace-capability, policy test]"
    );
    assert_eq!(repaired, [expected]);
    let rules = snapshot_of(
        "{shareProcessNamespace: {mode: Deny, repair: OnCreate}, ptraceCapability: {mode: Deny, repair: OnCreate}}",
    );
    let create =
        review("CREATE", "apps/deployments", &deployment("p", &sharing(&many(1))), &Value::Null);
    let will = decide(Phase::Advise, &rules, &create).warnings;
    let start = "when pods of this Deployment are created, Bulkhead will ";
    let expected = [
        format!("{start}set shareProcessNamespace to false; every container "),
        format!("{start}remove SYS_PTRACE from container c0; it may trace and read "),
    ];
    assert_eq!(will.len(), expected.len());
    for (line, expected) in will.iter().zip(&expected) {
        assert!(line.starts_with(expected), "{line}");
    }
}

#[test]
fn what_would_be_denied_names_the_kind_of_the_object() {
    let rules =
        snapshot_of("{shareProcessNamespace: {mode: Deny}, ptraceCapability: {mode: Deny}}");
    for (resource, kind) in
        [("apps/deployments", "Deployment"), ("apps/statefulsets", "StatefulSet")]
    {
        let mut object = deployment("p", &sharing(&many(1)));
        object["kind"] = json!(kind);
        let warnings =
            decide(Phase::Advise, &rules, &review("CREATE", resource, &object, &Value::Null))
                .warnings;
        let start = format!("pods of this {kind} would be denied: ");
        assert!(
            warnings[0].starts_with(&format!("{start}set shareProcessNamespace to false; ")),
            "{warnings:?}"
        );
        assert!(
            warnings[1].starts_with(&format!("{start}container c0: remove SYS_PTRACE ")),
            "{warnings:?}"
        );
    }
}

/// The API server keeps 4,096 characters of warnings, and if there are more, 256 of each.
#[test]
fn nothing_is_cut_while_there_is_room() {
    let long = |count: usize| -> Vec<Value> {
        (0..count).map(|n| tracing(&format!("{n:0>60}"))).collect()
    };
    let warnings = judged(Phase::Validate, "Warn", "Never", &long(10)).warnings;
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].chars().count() > 600 && !warnings[0].contains('…'), "{warnings:?}");
    let denial = judged(Phase::Validate, "Deny", "Never", &long(10)).denial;
    assert!(denial.chars().count() > 600 && !denial.contains('…'), "{denial}");
}

/// First the path gives way, never who is reached or why.
#[test]
fn where_a_limit_holds_the_path_is_shortened_first() {
    // More than the API server keeps: policies that find nine things apart.
    let aspects = ["environ", "filesystem", "memory", "descriptors", "signal", "cmdline"];
    let texts = aspects.map(|aspect| {
        named_policy(aspect, &format!("{{processReach: {{mode: Warn, aspects: [{aspect}]}}}}"))
    });
    let name = |n: usize| format!("a-container-with-a-long-name-{n:0>30}");
    let containers: Vec<_> = (0..10)
        .map(|n| json!({"name": name(n), "image": format!("registry.example/{n}")}))
        .collect();
    let object = json!({"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": sharing(&containers)}}}}});
    let create = review("CREATE", "batch/cronjobs", &object, &Value::Null);
    let warnings = decide(Phase::Advise, &load(&texts.concat()), &create).warnings;
    let all: usize = warnings.iter().map(|line| line.chars().count()).sum();
    assert!(all <= 4096, "{all} of {warnings:#?}");
    for line in &warnings {
        assert!(
            line.contains("set shareProcessNamespace to false; each ") && line.contains(&name(0)),
            "{line}"
        );
        assert!(line.contains(", and ") && line.ends_with(']'), "{line}");
        assert!(line.contains("(it may be root, which can become any user)"), "{line}");
    }
}

#[test]
fn lines_are_clean_and_few() {
    let name = "x\u{1b}[31m\n".repeat(200);
    let containers: Vec<_> = (0..50).map(|_| tracing(&name)).collect();
    let decision = judged(Phase::Validate, "Deny", "Never", &containers);
    let lines: Vec<_> = decision.denial.split('\n').skip(1).collect();
    assert_eq!(lines.len(), 1);
    assert!(!lines[0].chars().any(char::is_control), "{lines:?}");
    let findings = decision.annotations.iter().find(|(key, _)| *key == "findings").unwrap();
    assert!(findings.1.len() < 17 * 1024);
}

/// Each with an exception of its own, that may apply.
#[test]
fn lines_beyond_ten_are_counted_and_the_command_is_named_that_lists_them() {
    let exceptions: String = (0..11)
        .map(|n| {
            exception(
                &format!("e{n}"),
                &format!("controls: [ptrace-capability], namespaces: [shop], containers: [c{n}], barePods: true, subjects: [{{kind: User, name: nobody}}]"),
            )
        })
        .collect();
    let text = named_policy("p", "{ptraceCapability: {mode: Deny}}") + &exceptions;
    // Who asks is not known, so each line names its exception.
    let denial = anonymous(&load(&text), &pod(&json!({"containers": many(12)}))).denial;
    let lines: Vec<_> = denial.split('\n').skip(1).collect();
    assert_eq!(lines.len(), 11, "{denial}");
    assert_eq!(lines[10], "- and 2 more findings; `bulkhead check FILE` lists them all");
}
