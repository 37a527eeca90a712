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
    let mut lines = decision.denial.lines().chain(decision.warnings.iter().map(String::as_str));
    lines.rfind(|line| line.contains("kubectl debug")).map(str::to_owned)
}

fn general() -> Value {
    json!({"capabilities": {"add": ["SYS_PTRACE"]}})
}

const PTRACE: &str = "ptraceCapability: {mode: Deny}";
const TARGET: &str = "ephemeralTarget: {mode: Deny}";

const BOTH: &str = "ptraceCapability: {mode: Deny}, ephemeralTarget: {mode: Deny}";
const LENIENT: &str = "ptraceCapability: {mode: Deny, ignore: [Latent]}";
const MIXED: &str = "ptraceCapability: {mode: Warn}, ephemeralTarget: {mode: Deny}";
const WARNED: &str = "ptraceCapability: {mode: Warn}";
const AUDITED: &str = "ptraceCapability: {mode: Audit}";

const GENERAL: &str = r#"{"capabilities": {"add": ["SYS_PTRACE"]}}"#;
const NETADMIN: &str = r#"{"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}"#;
const SYSADMIN: &str = r#"{"privileged": true}"#;
const OWN: &str = r#"{"capabilities": {"add": ["SYS_PTRACE", "KILL"]}}"#;
const RESTRICTED: &str = r#"{"runAsNonRoot": true, "allowPrivilegeEscalation": false,
    "seccompProfile": {"type": "RuntimeDefault"}, "capabilities": {"drop": ["ALL"]}}"#;
const SHARING: &str = r#"{"shareProcessNamespace": true}"#;
const NON_ROOT: &str = r#"{"securityContext": {"runAsUser": 7}}"#;

/// (controls, what is set, its target, what the pod has, what it looks like, the flags that pass)
const TABLE: &[(&str, &str, &str, &str, &str, &str)] = &[
    (PTRACE, GENERAL, "app", "{}", "=general", "--target=app --profile=baseline"),
    (PTRACE, GENERAL, "", "{}", "=general", "--profile=baseline"),
    (TARGET, GENERAL, "app", "{}", "=general", "--profile=general"),
    (TARGET, "{}", "app", "{}", "=baseline or legacy", "--profile=baseline"),
    (BOTH, GENERAL, "app", "{}", "=general", "--profile=baseline"),
    (PTRACE, SYSADMIN, "app", "{}", "=sysadmin", "--target=app --profile=baseline"),
    (LENIENT, SYSADMIN, "app", NON_ROOT, "=sysadmin", "--target=app --profile=general"),
    // A privileged profile is recommended to nobody, although it would pass.
    (TARGET, SYSADMIN, "app", "{}", "=sysadmin", "--profile=general"),
    (TARGET, NETADMIN, "app", "{}", "=netadmin", "--profile=netadmin"),
    (TARGET, RESTRICTED, "app", "{}", "=restricted", "--profile=restricted"),
    (PTRACE, OWN, "app", "{}", "", "--target=app --profile=baseline"),
    (TARGET, "{}", "", SHARING, "=baseline or legacy", ""),
    (WARNED, GENERAL, "app", "{}", "=general", "--target=app --profile=baseline"),
    (MIXED, GENERAL, "app", "{}", "=general", "--profile=general"),
];

#[test]
fn a_debug_container_is_told_what_passes() {
    let value = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    for (controls, security, target, spec, like, flags) in TABLE {
        let target = Some(*target).filter(|target| !target.is_empty());
        let found = told(controls, &debugged(&value(security), target, &value(spec)));
        let like = match *like {
            "" => "has settings of its own".to_owned(),
            like => format!("looks like kubectl debug --profile{like}"),
        };
        let end = match *flags {
            "" => "no profile of kubectl debug passes here; a copy of the pod may, else ask for an IsolationException".to_owned(),
            flags => {
                format!("this passes: kubectl debug -it p --image=registry.example/tools:1 {flags}")
            }
        };
        assert_eq!(found, Some(format!("debugger-x {like}; {end}")), "{controls} {security}");
    }
    // Nothing to tell where nothing is denied or warned about.
    assert_eq!(told(AUDITED, &debugged(&general(), Some("app"), &json!({}))), None);
    assert_eq!(told(PTRACE, &debugged(&json!({}), Some("app"), &value(SHARING))), None);
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
    // What passes by its name is asked for by its name.
    let exempt = "controls: [ephemeral-target], namespaces: [shop], containers: [\"ops-*\"]";
    let text = policy_text("p", &format!("{{{PTRACE}, {TARGET}}}")) + &exception_text("e", exempt);
    let mut review = review;
    review["request"]["object"]["spec"]["ephemeralContainers"][0]["name"] = json!("ops-1");
    let line = last(&decide(Phase::Validate, &load(&text), &review)).unwrap();
    assert!(line.ends_with("-c ops-1 --target=app --profile=baseline"), "{line}");
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
    assert!(line.ends_with("kubectl debug -it p --image=IMAGE --profile=baseline"), "{line}");
    // An ordinary image with its digest stays whole.
    let pinned =
        format!("registry.example.com/platform/tools@sha256:{}", "0123456789abcdef".repeat(4));
    request.0["spec"]["ephemeralContainers"][0]["image"] = json!(pinned);
    request.0["metadata"]["name"] = json!("ledger-api-7d9f8b6c5d-x2x4z");
    request.1["metadata"]["name"] = json!("ledger-api-7d9f8b6c5d-x2x4z");
    let line = told(PTRACE, &request).unwrap();
    let command = format!(
        "kubectl debug -it ledger-api-7d9f8b6c5d-x2x4z --image={pinned} --profile=baseline"
    );
    assert!(line.ends_with(&command) && line.chars().count() <= 256, "{line}");
    request.0["spec"]["ephemeralContainers"][0]["name"] = json!("n".repeat(300));
    let line = told(PTRACE, &request).unwrap();
    let end = "-c NAME --profile=baseline";
    assert!(line.chars().count() <= 256 && line.ends_with(end), "{line}");
    request.1["metadata"]["name"] = json!("p".repeat(240));
    request.0["spec"]["ephemeralContainers"][0]["targetContainerName"] = json!("$(x)");
    let line = told(PTRACE, &request).unwrap();
    let words = ["-it POD ", "--target=TARGET "];
    assert!(words.iter().all(|word| line.contains(word)), "{line}");
    assert!(line.chars().count() <= 256, "{line}");
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
    let command = "kubectl debug -it POD --copy-to=COPY --image=registry.example/tools:1";
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
