//! Ephemeral containers: which profile one looks like, and which passes.

use bulkhead::decision::Phase;
use serde_json::{Value, json};

use super::*;
use crate::harness::judging::{decide, load};
use crate::support::{exception, named_policy, review};

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
    // Nothing but a copy is without the processes of others then, and it has all profiles.
    (
        TARGET,
        "{}",
        "",
        SHARING,
        "=baseline or legacy",
        "--share-processes=false --profile=baseline",
    ),
    (TARGET, GENERAL, "", SHARING, "=general", "--share-processes=false --profile=general"),
    (BOTH, GENERAL, "", SHARING, "=general", "--share-processes=false --profile=baseline"),
    (BOTH, SYSADMIN, "", SHARING, "=sysadmin", "--share-processes=false --profile=baseline"),
    (MIXED, "{}", "", TRACED, "=baseline or legacy", "--share-processes=false --profile=baseline"),
    // A copy keeps the init containers, and the view of the node.
    (BOTH, GENERAL, "", TRACED, "=general", ""),
    (TARGET, "{}", "", HOST, "=baseline or legacy", ""),
    (WARNED, GENERAL, "app", "{}", "=general", "--target=app --profile=baseline"),
    (MIXED, GENERAL, "app", "{}", "=general", "--profile=general"),
];

#[test]
fn a_debug_container_is_advised_what_passes() {
    let value = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    for (controls, security, target, spec, like, flags) in TABLE {
        let target = Some(*target).filter(|target| !target.is_empty());
        let found = advice(controls, &debugged(&value(security), target, &value(spec)));
        let like = match *like {
            "" => "has settings of its own".to_owned(),
            like => format!("looks like kubectl debug --profile{like}"),
        };
        let end = match *flags {
            "" => NOTHING.to_owned(),
            flags => {
                let to = if flags.starts_with("--share") { "p --copy-to=COPY" } else { "p" };
                format!("this passes: {TYPED} {to} --image=registry.example/tools:1 {flags}")
            }
        };
        assert_eq!(found, Some(format!("debugger-vb2xk {like}; {end}")), "{controls} {security}");
    }
    // Nothing to tell where nothing is denied or warned about.
    assert_eq!(advice(AUDITED, &debugged(&general(), Some("app"), &json!({}))), None);
    assert_eq!(advice(PTRACE, &debugged(&json!({}), Some("app"), &value(SHARING))), None);
}

/// What is printed as a command does pass: it is asked for, in the words of its flags.
#[test]
fn an_exception_is_part_of_the_policy() {
    let exempt = "controls: [ephemeral-target], namespaces: [shop], containerTypes: [Ephemeral]";
    let text = named_policy("p", &format!("{{{PTRACE}, {TARGET}}}")) + &exception("e", exempt);
    let (new, old) = debugged(&general(), Some("app"), &json!({}));
    let review = review("UPDATE", "pods/ephemeralcontainers", &new, &old);
    let line = last(&decide(Phase::Validate, &load(&text), &review)).unwrap();
    assert!(line.ends_with("--target=app --profile=baseline"), "{line}");
    // What passes by its name is asked for by its name.
    let exempt = "controls: [ephemeral-target], namespaces: [shop], containers: [\"ops-*\"]";
    let text = named_policy("p", &format!("{{{PTRACE}, {TARGET}}}")) + &exception("e", exempt);
    let mut review = review;
    review["request"]["object"]["spec"]["ephemeralContainers"][0]["name"] = json!("ops-1");
    let line = last(&decide(Phase::Validate, &load(&text), &review)).unwrap();
    assert!(line.ends_with("-c ops-1 --target=app --profile=baseline"), "{line}");
}

/// Denied, a container is not there, and its name is free; warned about, it is there by now.
#[test]
fn a_name_that_is_taken_is_not_printed() {
    let line = |name: &str, controls: &str, exceptions: &str, spec: &Value| {
        let (mut new, old) = debugged(&general(), Some("app"), spec);
        added(&mut new)["name"] = json!(name);
        let text = named_policy("p", &format!("{{{controls}}}")) + exceptions;
        let review = review("UPDATE", "pods/ephemeralcontainers", &new, &old);
        last(&decide(Phase::Validate, &load(&text), &review)).unwrap()
    };
    let (plain, warned) = (json!({}), BOTH.replace("Deny", "Warn"));
    let denied = line("ops-1", PTRACE, "", &plain);
    assert!(denied.ends_with(":1 -c ops-1 --target=app --profile=baseline"), "{denied}");
    let again = line("ops-1", WARNED, "", &plain);
    assert!(again.ends_with(":1 --target=app --profile=baseline"), "{again}");
    let exempt = |name: &str| {
        let narrow = format!("namespaces: [shop], containers: [\"{name}\"]");
        exception("e", &format!("controls: [ephemeral-target], {narrow}"))
    };
    let alone = line("ops-1", &warned, &exempt("ops-*"), &plain);
    assert!(alone.ends_with("p --image=registry.example/tools:1 --profile=baseline"), "{alone}");
    // Where only names like it pass, its user finds another one.
    let host: Value = serde_json::from_str(HOST).unwrap();
    let named = line("ops-1", &warned, &exempt("ops-*"), &host);
    assert!(named.ends_with(":1 -c NAME --target=app --profile=baseline"), "{named}");
    let named = line("ops-1", BOTH, &exempt("ops-*"), &host);
    assert!(named.ends_with(":1 -c ops-1 --target=app --profile=baseline"), "{named}");
    // A name that kubectl gave is not given again, but one like it.
    let given = line("debugger-vb2xk", BOTH, &exempt("debugger-*"), &host);
    assert!(given.ends_with(":1 --target=app --profile=baseline"), "{given}");
    let given = line("debugger-vb2xk", BOTH, &exempt("debugger-vb2xk"), &host);
    assert!(given.ends_with(NOTHING), "{given}");
}

/// kubectl adds one container. What is typed for the first that is at fault passes by itself.
#[test]
fn of_several_containers_the_first_at_fault_is_reported() {
    let (mut new, old) = debugged(&general(), None, &json!({}));
    let list = new["spec"]["ephemeralContainers"].as_array_mut().unwrap();
    let mut second = list[0].clone();
    second["name"] = json!("debugger-zzzzz");
    second["targetContainerName"] = json!("app");
    list.push(second);
    let line = advice(BOTH, &(new.clone(), old.clone())).unwrap();
    let command = format!("{TYPED} p --image=registry.example/tools:1 --profile=baseline");
    assert!(line.starts_with("debugger-vb2xk ") && line.ends_with(&command), "{line}");
    // The worst comes first: the second one is denied, the first one only warned about.
    let line = advice(MIXED, &(new.clone(), old.clone())).unwrap();
    let command = format!("{TYPED} p --image=registry.example/tools:1 --profile=general");
    assert!(line.starts_with("debugger-zzzzz ") && line.ends_with(&command), "{line}");
    // No word where none passes alone.
    let mut host = (new, old);
    host.0["spec"]["hostPID"] = json!(true);
    host.1["spec"]["hostPID"] = json!(true);
    let line = advice(BOTH, &host).unwrap();
    assert!(line.ends_with(NOTHING), "{line}");
    // Those that were there before stay, and do not count.
    let mut before = debugged(&general(), Some("app"), &json!({}));
    let old = before.0["spec"]["ephemeralContainers"].clone();
    before.1["spec"]["ephemeralContainers"] = old;
    let mut second = before.0["spec"]["ephemeralContainers"][0].clone();
    second["name"] = json!("debugger-zzzzz");
    before.0["spec"]["ephemeralContainers"].as_array_mut().unwrap().push(second);
    let line = advice(PTRACE, &before).unwrap();
    let command = "p --image=registry.example/tools:1 --target=app --profile=baseline";
    assert!(line.starts_with("debugger-zzzzz ") && line.ends_with(command), "{line}");
}

/// What the mutating phase took from a container is no sign of what its user typed.
#[test]
fn a_profile_is_not_named_where_it_may_have_been_repaired() {
    let repairing =
        "ptraceCapability: {mode: Deny, repair: OnCreate}, ephemeralTarget: {mode: Deny}";
    let bare = debugged(&json!({"capabilities": {}}), Some("app"), &json!({}));
    let line = advice(repairing, &bare).unwrap();
    let command = format!("{TYPED} p --image=registry.example/tools:1 --profile=baseline");
    assert_eq!(line, format!("debugger-vb2xk: this passes: {command}"));
    // A repair of something else takes nothing from it.
    let other =
        "shareProcessNamespace: {mode: Deny, repair: OnCreate}, ephemeralTarget: {mode: Deny}";
    let line = advice(other, &bare).unwrap();
    assert!(
        line.starts_with("debugger-vb2xk looks like kubectl debug --profile=baseline or legacy; ")
    );
    // What no repair leaves behind was typed.
    let value: Value = serde_json::from_str(RESTRICTED).unwrap();
    let line = advice(repairing, &debugged(&value, Some("app"), &json!({}))).unwrap();
    assert!(line.starts_with("debugger-vb2xk looks like kubectl debug --profile=restricted; "));
    // Nobody repairs where the fault is still there.
    let line = advice(repairing, &debugged(&general(), Some("app"), &json!({}))).unwrap();
    assert!(line.starts_with("debugger-vb2xk looks like kubectl debug --profile=general; "));
}
