//! What users of `kubectl debug` are told: what their request looks like, and what passes.

mod judging;

use bulkhead::decision::Phase;
use judging::{decide, exception_text, load, pod, policy, policy_text, review};
use serde_json::{Value, json};

const BASE: &str = "hostProcessNamespace: {mode: Deny}";

/// A pod with a debug container of this security context and target.
fn debugged(security: &Value, target: Option<&str>, spec: &Value) -> (Value, Value) {
    let mut old = spec.clone();
    old["containers"] = json!([{"name": "app", "image": "i"}, {"name": "agent", "image": "i"}]);
    let mut new = old.clone();
    new["ephemeralContainers"] = json!([{
        "name": "debugger-x", "image": "registry.example/tools:1", "securityContext": security,
        "targetContainerName": target,
    }]);
    (pod(&new), pod(&old))
}

/// The line that is told after the findings, of a denial or of warnings.
fn told(controls: &str, (new, old): &(Value, Value)) -> Option<String> {
    let rules = policy(&format!("{{{BASE}, {controls}}}"));
    let review = review("UPDATE", "pods/ephemeralcontainers", new, old);
    last(&decide(Phase::Validate, &rules, &review))
}

fn last(decision: &bulkhead::decision::Decision) -> Option<String> {
    let lines = decision.denial.lines().chain(decision.warnings.iter().map(String::as_str));
    lines.filter(|line| line.contains("kubectl debug")).last().map(str::to_owned)
}

fn general() -> Value {
    json!({"capabilities": {"add": ["SYS_PTRACE"]}})
}

fn restricted() -> Value {
    json!({
        "runAsNonRoot": true, "allowPrivilegeEscalation": false,
        "seccompProfile": {"type": "RuntimeDefault"}, "capabilities": {"drop": ["ALL"]},
    })
}

const PTRACE: &str = "ptraceCapability: {mode: Deny}";
const TARGET: &str = "ephemeralTarget: {mode: Deny}";

/// (controls, what is asked for, its target, what the pod has, what is told behind the name)
#[test]
fn a_debug_container_is_told_what_passes() {
    let asked = "kubectl debug -it p --image=registry.example/tools:1";
    let both = format!("{PTRACE}, {TARGET}");
    let warned = "ptraceCapability: {mode: Warn}";
    let audited = "ptraceCapability: {mode: Audit}";
    let mixed = "ptraceCapability: {mode: Warn}, ephemeralTarget: {mode: Deny}";
    let lenient = "ptraceCapability: {mode: Deny, ignore: [Latent]}";
    let sharing = json!({"shareProcessNamespace": true});
    let table = [
        (
            PTRACE,
            general(),
            Some("app"),
            json!({}),
            "looks like kubectl debug --profile=general; this passes: {} --target=app --profile=baseline",
        ),
        (
            PTRACE,
            general(),
            None,
            json!({}),
            "looks like kubectl debug --profile=general; this passes: {} --profile=baseline",
        ),
        (
            TARGET,
            general(),
            Some("app"),
            json!({}),
            "looks like kubectl debug --profile=general; this passes: {} --profile=general",
        ),
        (
            TARGET,
            json!({}),
            Some("app"),
            json!({}),
            "looks like kubectl debug --profile=baseline or legacy; this passes: {} --profile=baseline",
        ),
        (
            &both,
            general(),
            Some("app"),
            json!({}),
            "looks like kubectl debug --profile=general; this passes: {} --profile=baseline",
        ),
        (
            PTRACE,
            json!({"privileged": true}),
            Some("app"),
            json!({}),
            "looks like kubectl debug --profile=sysadmin; this passes: {} --target=app --profile=baseline",
        ),
        (
            lenient,
            json!({"privileged": true}),
            Some("app"),
            json!({"securityContext": {"runAsUser": 7}}),
            "looks like kubectl debug --profile=sysadmin; this passes: {} --target=app --profile=general",
        ),
        (
            TARGET,
            json!({"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}),
            Some("app"),
            json!({}),
            "looks like kubectl debug --profile=netadmin; this passes: {} --profile=netadmin",
        ),
        (
            TARGET,
            restricted(),
            Some("app"),
            json!({}),
            "looks like kubectl debug --profile=restricted; this passes: {} --profile=restricted",
        ),
        (
            PTRACE,
            json!({"capabilities": {"add": ["SYS_PTRACE", "KILL"]}}),
            Some("app"),
            json!({}),
            "has settings of its own; this passes: {} --target=app --profile=baseline",
        ),
        (
            TARGET,
            json!({}),
            None,
            sharing.clone(),
            "looks like kubectl debug --profile=baseline or legacy; no profile of kubectl debug passes here, only an IsolationException",
        ),
        (
            warned,
            general(),
            Some("app"),
            json!({}),
            "looks like kubectl debug --profile=general; this passes: {} --target=app --profile=baseline",
        ),
        (
            mixed,
            general(),
            Some("app"),
            json!({}),
            "looks like kubectl debug --profile=general; this passes: {} --profile=general",
        ),
        (audited, general(), Some("app"), json!({}), ""),
        (PTRACE, json!({}), Some("app"), sharing, ""),
    ];
    for (controls, security, target, spec, expected) in table {
        let found = told(controls, &debugged(&security, target, &spec)).unwrap_or_default();
        let expected = match expected {
            "" => String::new(),
            text => format!("debugger-x {}", text.replace("{}", asked)),
        };
        assert_eq!(found, expected, "{controls} {security} {target:?}");
    }
}

/// What is printed as a command does pass: it is asked for, in the words of its flags.
#[test]
fn an_exception_is_part_of_the_policy() {
    let exempt = "controls: [ephemeral-target], namespaces: [shop], containerTypes: [Ephemeral]";
    let text = policy_text("p", &format!("{{{PTRACE}, {TARGET}}}")) + &exception_text("e", exempt);
    let (new, old) = debugged(&general(), Some("app"), &json!({}));
    let review = review("UPDATE", "pods/ephemeralcontainers", &new, &old);
    let line = last(&decide(Phase::Validate, &load(&text), &review)).unwrap();
    assert!(line.ends_with("--target=app --profile=baseline"), "{line}");
}

#[test]
fn words_are_safe_and_short() {
    let mut request = debugged(&general(), None, &json!({}));
    request.0["spec"]["ephemeralContainers"][0]["image"] = json!("a; rm -rf ~ #");
    let line = told(PTRACE, &request).unwrap();
    assert!(line.ends_with("kubectl debug -it p --image=IMAGE --profile=baseline"), "{line}");
    let long = format!("registry.example/{}:1", "x".repeat(300));
    request.0["spec"]["ephemeralContainers"][0]["image"] = json!(long);
    let line = told(PTRACE, &request).unwrap();
    assert!(line.ends_with("kubectl debug -it p --profile=baseline"), "{line}");
    request.0["spec"]["ephemeralContainers"][0]["name"] = json!("n".repeat(300));
    let line = told(PTRACE, &request).unwrap();
    assert!(line.chars().count() == 256 && line.ends_with("--profile=baseline"), "{line}");
}

/// A copy made by `--copy-to`, whose debug container kubectl gave its name.
#[test]
fn a_copy_is_told_what_passes() {
    let copy = |name: &str, security: &Value, labels: &Value| {
        let mut pod = pod(&json!({"shareProcessNamespace": true, "containers": [
            {"name": "app", "image": "i"},
            {"name": name, "image": "registry.example/tools:1", "securityContext": security},
        ]}));
        pod["metadata"]["labels"] = labels.clone();
        pod
    };
    let told = |controls: &str, pod: &Value| {
        let rules = policy(&format!("{{{BASE}, {controls}}}"));
        last(&decide(Phase::Validate, &rules, &review("CREATE", "pods", pod, &Value::Null)))
    };
    let share = "shareProcessNamespace: {mode: Deny}";
    let command = "kubectl debug -it POD --copy-to=p --image=registry.example/tools:1";
    let like = "debugger-ab1cd looks like kubectl debug --profile=general; this passes: ";
    let made = copy("debugger-ab1cd", &general(), &Value::Null);
    assert_eq!(told(PTRACE, &made), Some(format!("{like}{command} --profile=baseline")));
    let alone = format!("{like}{command} --share-processes=false --profile=general");
    assert_eq!(told(share, &made), Some(alone));
    let neither = format!("{like}{command} --share-processes=false --profile=baseline");
    assert_eq!(told(&format!("{share}, {PTRACE}"), &made), Some(neither));
    // What nobody made by kubectl debug.
    assert_eq!(told(share, &copy("shell", &general(), &Value::Null)), None);
    assert_eq!(told(share, &copy("debugger-ab1cd", &general(), &json!({"app": "a"}))), None);
}
