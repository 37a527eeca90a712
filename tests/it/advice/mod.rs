//! Advice for users of `kubectl debug`. Here what the files share: requests, policies, the line.

mod copies;
mod profiles;
mod words;

use bulkhead::decision::{self, Phase};
use serde_json::{Value, json};

use crate::harness::judging::{decide, snapshot_of};
use crate::support::{debugger, pod, review};

pub(super) const NOTHING: &str =
    "no profile of kubectl debug passes here; ask for an IsolationException";
pub(super) const TYPED: &str = "kubectl debug -it -n shop";
pub(super) const BASE: &str = "hostProcessNamespace: {mode: Deny}";

/// A pod with a debug container of this security context and target.
pub(super) fn debugged(security: &Value, target: Option<&str>, spec: &Value) -> (Value, Value) {
    let mut old = spec.clone();
    old["containers"] = json!([{"name": "app", "image": "i"}, {"name": "agent", "image": "i"}]);
    let mut new = old.clone();
    let mut added = debugger("debugger-vb2xk", target, security);
    added["image"] = "registry.example/tools:1".into();
    new["ephemeralContainers"] = json!([added]);
    (pod(&new), pod(&old))
}

/// The line that is reported after the findings, of a denial or of warnings.
pub(super) fn advice(controls: &str, (new, old): &(Value, Value)) -> Option<String> {
    let rules = snapshot_of(&format!("{{{BASE}, {controls}}}"));
    let review = review("UPDATE", "pods/ephemeralcontainers", new, old);
    last(&decide(Phase::Validate, &rules, &review))
}

pub(super) fn last(decision: &decision::Decision) -> Option<String> {
    let mut lines = decision.denial.lines().chain(decision.warnings.iter().map(String::as_str));
    lines.rfind(|line| line.contains("kubectl debug")).map(str::to_owned)
}

pub(super) fn general() -> Value {
    json!({"capabilities": {"add": ["SYS_PTRACE"]}})
}

pub(super) const PTRACE: &str = "ptraceCapability: {mode: Deny}";
pub(super) const TARGET: &str = "ephemeralTarget: {mode: Deny}";

pub(super) const BOTH: &str = "ptraceCapability: {mode: Deny}, ephemeralTarget: {mode: Deny}";
pub(super) const LENIENT: &str = "ptraceCapability: {mode: Deny, ignore: [Latent]}";
pub(super) const MIXED: &str = "ptraceCapability: {mode: Warn}, ephemeralTarget: {mode: Deny}";
pub(super) const WARNED: &str = "ptraceCapability: {mode: Warn}";
pub(super) const AUDITED: &str = "ptraceCapability: {mode: Audit}";

pub(super) const GENERAL: &str = r#"{"capabilities": {"add": ["SYS_PTRACE"]}}"#;
pub(super) const NETADMIN: &str = r#"{"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}"#;
pub(super) const SYSADMIN: &str = r#"{"privileged": true}"#;
pub(super) const OWN: &str = r#"{"capabilities": {"add": ["SYS_PTRACE", "KILL"]}}"#;
pub(super) const RESTRICTED: &str = r#"{"runAsNonRoot": true, "allowPrivilegeEscalation": false,
    "seccompProfile": {"type": "RuntimeDefault"}, "capabilities": {"drop": ["ALL"]}}"#;
pub(super) const SHARING: &str = r#"{"shareProcessNamespace": true}"#;
pub(super) const TRACED: &str = r#"{"shareProcessNamespace": true, "initContainers": [{"name": "first",
    "image": "i", "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}}}]}"#;
pub(super) const HOST: &str = r#"{"hostPID": true}"#;
pub(super) const NON_ROOT: &str = r#"{"securityContext": {"runAsUser": 7}}"#;

/// The line for one debug container under [`PTRACE`].
pub(super) fn advice_for(change: impl Fn(&mut Value, &mut Value)) -> String {
    let (mut new, mut old) = debugged(&general(), None, &json!({}));
    change(&mut new, &mut old);
    let line = advice(PTRACE, &(new, old)).unwrap();
    assert!(line.chars().count() <= 256, "{line}");
    line
}

pub(super) fn added(pod: &mut Value) -> &mut Value {
    &mut pod["spec"]["ephemeralContainers"][0]
}
