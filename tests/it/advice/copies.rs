//! Copies of pods: those that are asked for, and those that are told to pass.

use bulkhead::decision::Phase;
use serde_json::{Value, json};

use super::*;
use crate::harness::judging::{decide, load};
use crate::support::{exception, named_policy, pod, review};

/// A copy is a new pod: it is repaired, its debug container as well, whose profile is not to
/// promise what it does not keep.
#[test]
fn repairs_come_before_a_copy() {
    let repairing =
        "ptraceCapability: {mode: Deny, repair: OnCreate}, ephemeralTarget: {mode: Deny}";
    let spec: Value = serde_json::from_str(TRACED).unwrap();
    let line = advice(repairing, &debugged(&json!({}), None, &spec)).unwrap();
    let copy = "p --copy-to=COPY --image=registry.example/tools:1 --share-processes=false";
    assert_eq!(line, format!("debugger-vb2xk: this passes: {TYPED} {copy} --profile=baseline"));
    let never = repairing.replace("OnCreate", "Never");
    assert!(advice(&never, &debugged(&json!({}), None, &spec)).unwrap().ends_with(NOTHING));
    // Whoever still has SYS_PTRACE here is not repaired, and neither is the copy.
    let line = advice(repairing, &debugged(&general(), None, &spec)).unwrap();
    assert!(line.ends_with(NOTHING), "{line}");
}

const COPY: &str = "debugger-vb2xk";

/// A copy made by `--copy-to`, with this debug container.
fn copied(name: &str, security: &Value, labels: &Value, share: &Value) -> Value {
    let mut pod = pod(&json!({"shareProcessNamespace": share, "containers": [
        {"name": "app", "image": "i"},
        {"name": name, "image": "registry.example/tools:1", "securityContext": security},
    ]}));
    pod["metadata"]["labels"] = labels.clone();
    pod
}

fn advice_on_copy(controls: &str, exceptions: &str, pod: &Value) -> Option<String> {
    let text = named_policy("p", &format!("{{{BASE}, {controls}}}")) + exceptions;
    last(&decide(Phase::Validate, &load(&text), &review("CREATE", "pods", pod, &Value::Null)))
}

/// Whether the original has init containers is not known; the copy that was judged has none.
const BARE: &str = "--keep-init-containers=false";
const SHARE: &str = "shareProcessNamespace: {mode: Deny}";

#[test]
fn a_copy_is_advised_what_passes() {
    let advice = |controls: &str, pod: &Value| advice_on_copy(controls, "", pod);
    let command = format!("{TYPED} POD --copy-to=COPY --image=registry.example/tools:1 {BARE}");
    let like = "debugger-vb2xk looks like kubectl debug --profile=general; this passes: ";
    let made = copied(COPY, &general(), &Value::Null, &json!(true));
    assert_eq!(advice(PTRACE, &made), Some(format!("{like}{command} --profile=baseline")));
    let alone = format!("{like}{command} --share-processes=false --profile=general");
    assert_eq!(advice(SHARE, &made), Some(alone));
    let neither = format!("{like}{command} --share-processes=false --profile=baseline");
    assert_eq!(advice(&format!("{SHARE}, {PTRACE}"), &made), Some(neither.clone()));
    // With init containers they are judged, and stay.
    let mut kept = made;
    kept["spec"]["initContainers"] = json!([{"name": "first", "image": "i"}]);
    let command = command.replace(&format!(" {BARE}"), "");
    assert_eq!(advice(PTRACE, &kept), Some(format!("{like}{command} --profile=baseline")));
    // By --share-processes=false: never the same again.
    let separate = copied(COPY, &general(), &Value::Null, &json!(false));
    assert_eq!(advice(PTRACE, &separate), Some(neither));
    let mut faulty = separate;
    faulty["spec"]["containers"][0]["securityContext"] = general();
    // Of its original, in which an ephemeral container may pass, nothing is known.
    let nothing =
        "debugger-vb2xk looks like kubectl debug --profile=general; no profile of kubectl \
        debug passes here with --copy-to; without it one may, else ask for an IsolationException"
            .to_owned();
    assert_eq!(advice(PTRACE, &faulty), Some(nothing));
}

/// By its name; labels may be kept, and the processes need not be shared.
#[test]
fn a_copy_is_told_from_other_pods() {
    let labels = json!({"app": "a"});
    let advice = |name: &str, labels: &Value| {
        advice_on_copy(SHARE, "", &copied(name, &general(), labels, &json!(true)))
    };
    assert!(advice(COPY, &labels).unwrap().ends_with("--share-processes=false --profile=general"));
    // By -c, or what somebody wrote.
    for name in
        ["shell", "debugger", "debugger-", "debugger-1", "debugger-abcde", "debugger-vb2xkk"]
    {
        assert_eq!(advice(name, &Value::Null), None, "{name}");
    }
    let mut pod = copied(COPY, &general(), &labels, &json!(true));
    pod["metadata"]["ownerReferences"] = json!([{"kind": "ReplicaSet", "controller": true}]);
    assert_eq!(advice_on_copy(SHARE, "", &pod), None);
    // What passes for its labels only would not without --keep-labels, which is not printed.
    let kept = copied(COPY, &general(), &labels, &json!(true));
    let exempt = |selector: &str| {
        exception(
            "e",
            &format!("controls: [ptrace-capability], namespaces: [shop], podSelector: {selector}"),
        )
    };
    let labelled = exempt("{matchLabels: {app: a}}");
    let line = advice_on_copy(&format!("{SHARE}, {PTRACE}"), &labelled, &kept).unwrap();
    assert!(line.ends_with("--share-processes=false --profile=baseline"), "{line}");
    let line = advice_on_copy(&format!("{SHARE}, {PTRACE}"), &exempt("{}"), &kept);
    assert!(line.unwrap().ends_with("--share-processes=false --profile=general"));
}
