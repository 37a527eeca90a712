//! Pods that each stand for a rule of the model, with some answers written down by hand.

use bulkhead::reach::{Answer, Aspect};
use serde_json::{Value, json};

use crate::setup::probed;
use crate::support::{debugger, sharing};

/// From, to, what, and how sure.
pub(super) type Expected = (&'static str, &'static str, Aspect, Answer);

/// A pod and what must be answered about it.
pub(super) struct Directed {
    pub(super) name: &'static str,
    pub(super) pod: Value,
    pub(super) expected: Vec<Expected>,
}

fn directed(name: &'static str, spec: Value, expected: &[Expected]) -> Directed {
    Directed { name, pod: json!({"spec": spec}), expected: expected.to_vec() }
}

/// A security context in which nothing is left open.
fn closed(uid: u32, gid: u32, add: &[&str]) -> Value {
    json!({"runAsUser": uid, "runAsGroup": gid, "allowPrivilegeEscalation": false,
        "capabilities": {"drop": ["ALL"], "add": add}})
}

/// The same with the capabilities that the runtime gives.
fn usual(uid: u32, gid: u32) -> Value {
    json!({"runAsUser": uid, "runAsGroup": gid, "allowPrivilegeEscalation": false})
}

fn two(one: &Value, other: &Value) -> Value {
    let containers = [probed("a", "root-armed", one), probed("b", "root-armed", other)];
    sharing(&containers)
}

fn images(one: (&str, Value), other: (&str, Value)) -> Value {
    let containers = [probed("a", one.0, &one.1), probed("b", other.0, &other.1)];
    sharing(&containers)
}

fn with(mut spec: Value, field: &str, value: Value) -> Value {
    spec[field] = value;
    spec
}

fn joining(name: &str, target: Option<&str>, security: &Value) -> Value {
    let mut container = debugger(name, target, security);
    container["image"] = "localhost/probe:user-armed".into();
    container
}

/// Every one; `a` is who reaches, unless said otherwise.
pub(super) fn all() -> Vec<Directed> {
    [identities(), levels(), capabilities(), spellings(), views()].into_iter().flatten().collect()
}

fn identities() -> Vec<Directed> {
    use Answer::{No, Possible, Yes};
    use Aspect::{Environ, Memory, Signal};
    let (one, other) = (closed(1000, 1000, &[]), closed(2000, 2000, &[]));
    let open = json!({"runAsUser": 1000, "runAsGroup": 1000});
    let unset = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
    let non_root = with(unset.clone(), "runAsNonRoot", json!(true));
    vec![
        directed("equal ids", two(&one, &one), &[("a", "b", Memory, Yes)]),
        directed(
            "another group",
            two(&one, &closed(1000, 2000, &[])),
            &[("a", "b", Memory, No), ("a", "b", Signal, Yes)],
        ),
        directed("other ids", two(&one, &other), &[("a", "b", Signal, No)]),
        directed("a setuid binary", two(&open, &other), &[("a", "b", Memory, Possible)]),
        directed(
            "a setuid binary without capabilities",
            two(&with(open, "capabilities", json!({"drop": ["ALL"]})), &usual(0, 0)),
            &[("a", "b", Memory, No), ("a", "b", Signal, Possible)],
        ),
        directed(
            "the image's ids happen to be equal",
            images(("user-armed", unset.clone()), ("root-armed", one.clone())),
            &[("a", "b", Memory, Possible)],
        ),
        directed(
            "one image",
            images(("user-armed", unset.clone()), ("user-armed", unset)),
            &[("a", "b", Memory, Yes)],
        ),
        directed(
            "not root is not root",
            images(("root-armed", closed(0, 0, &[])), ("user-2000-armed", non_root)),
            &[("a", "b", Environ, No), ("a", "b", Signal, No)],
        ),
    ]
}

/// Ids that pod and container both give.
fn levels() -> Vec<Directed> {
    use Answer::{No, Yes};
    use Aspect::{Memory, Signal};
    let of_pod = json!({"runAsUser": 1000, "runAsGroup": 1000});
    vec![
        directed(
            "ids of the pod and of a container",
            with(
                two(
                    &json!({"allowPrivilegeEscalation": false}),
                    &json!({"runAsUser": 2000, "allowPrivilegeEscalation": false}),
                ),
                "securityContext",
                of_pod.clone(),
            ),
            &[("a", "b", Memory, No)],
        ),
        directed(
            "ids of the pod and a group of a container",
            with(
                two(
                    &json!({"allowPrivilegeEscalation": false}),
                    &json!({"runAsGroup": 2000, "allowPrivilegeEscalation": false}),
                ),
                "securityContext",
                of_pod,
            ),
            &[("a", "b", Memory, No), ("a", "b", Signal, Yes)],
        ),
    ]
}

fn capabilities() -> Vec<Directed> {
    use Answer::{No, Possible, Yes};
    use Aspect::{Descriptors, Environ, Memory, Signal};
    let (one, other) = (closed(1000, 1000, &[]), closed(2000, 2000, &[]));
    let privileged = |uid: u32| json!({"runAsUser": uid, "runAsGroup": uid, "privileged": true});
    let perfmon = closed(0, 0, &["PERFMON", "DAC_READ_SEARCH"]);
    vec![
        directed(
            "more capabilities",
            two(&closed(0, 0, &[]), &usual(0, 0)),
            &[("a", "b", Memory, No), ("a", "b", Signal, Yes), ("b", "a", Memory, Yes)],
        ),
        directed(
            "SYS_PTRACE alone",
            two(&closed(0, 0, &["SYS_PTRACE"]), &one),
            &[("a", "b", Descriptors, Yes), ("a", "b", Environ, Possible), ("a", "b", Signal, No)],
        ),
        directed("KILL", two(&closed(0, 0, &["KILL"]), &one), &[("a", "b", Signal, Yes)]),
        directed("PERFMON", two(&perfmon, &one), &[("a", "b", Environ, Possible)]),
        directed(
            "PERFMON in a user namespace",
            with(two(&perfmon, &one), "hostUsers", json!(false)),
            &[("a", "b", Environ, No)],
        ),
        directed(
            "PERFMON and another user",
            two(&closed(0, 0, &["SETUID", "PERFMON"]), &closed(1000, 2000, &[])),
            &[("a", "b", Memory, No), ("a", "b", Environ, Possible)],
        ),
        directed(
            "SYS_ADMIN",
            two(&closed(0, 0, &["SYS_ADMIN", "DAC_OVERRIDE"]), &one),
            &[("a", "b", Environ, Possible), ("a", "b", Memory, No)],
        ),
        directed(
            "inert",
            two(&closed(1000, 1000, &["SYS_PTRACE"]), &other),
            &[("a", "b", Memory, No)],
        ),
        directed(
            "SETUID",
            two(&closed(0, 1000, &["SETUID"]), &one),
            &[("a", "b", Memory, Possible)],
        ),
        directed(
            "SETGID",
            two(&closed(0, 0, &["SETGID"]), &closed(0, 1000, &[])),
            &[("a", "b", Memory, Possible)],
        ),
        directed("the usual root", two(&usual(0, 0), &one), &[("a", "b", Memory, Possible)]),
        directed("privileged", two(&privileged(0), &usual(0, 0)), &[("a", "b", Environ, Yes)]),
        directed(
            "privileged and not root",
            two(&privileged(1000), &other),
            &[("a", "b", Environ, Possible)],
        ),
    ]
}

fn spellings() -> Vec<Directed> {
    use Answer::{No, Possible, Yes};
    use Aspect::Memory;
    let one = closed(1000, 1000, &[]);
    let of = |add: &[&str], drop: &[&str]| {
        json!({"runAsUser": 0, "runAsGroup": 0, "allowPrivilegeEscalation": false,
            "capabilities": {"drop": drop, "add": add}})
    };
    let table: [(&str, &[&str], &[&str], Answer); 7] = [
        ("a prefix", &["CAP_SYS_PTRACE"], &["ALL"], Possible),
        ("a long s", &["\u{17f}YS_PTRACE"], &["ALL"], Yes),
        ("lower case", &["sys_ptrace"], &["all"], Yes),
        ("an unknown name", &["SYS_PTRACE_TOO"], &["ALL"], No),
        ("all but one", &["ALL"], &["SYS_PTRACE"], Possible),
        ("all and none", &["all"], &["ALL"], No),
        ("a prefix does not drop", &["SYS_PTRACE"], &["CAP_SYS_PTRACE"], Possible),
    ];
    let each = table.into_iter();
    each.map(|(name, add, drop, answer)| {
        directed(name, two(&of(add, drop), &one), &[("a", "b", Memory, answer)])
    })
    .collect()
}

fn views() -> Vec<Directed> {
    use Answer::{No, Yes};
    use Aspect::{Cmdline, Memory};
    let one = closed(1000, 1000, &[]);
    let apart = with(two(&one, &one), "shareProcessNamespace", json!(false));
    let debuggers = json!([
        joining("d", Some("a"), &one),
        joining("e", Some("a"), &one),
        joining("f", Some("b"), &one),
        joining("g", None, &one),
    ]);
    let init = |name: &str, policy: Option<&str>| {
        let mut container = probed(name, "root-armed", &one);
        if let Some(policy) = policy {
            container["restartPolicy"] = policy.into();
        }
        container
    };
    let inits = json!([init("s", Some("Always")), init("i", None), init("t", Some("Always"))]);
    let seccomp = with(one.clone(), "seccompProfile", json!({"type": "RuntimeDefault"}));
    vec![
        directed("apart", apart.clone(), &[("a", "b", Cmdline, No)]),
        directed(
            "the node's",
            with(apart.clone(), "hostPID", json!(true)),
            &[("a", "b", Memory, Yes)],
        ),
        directed(
            "debug containers",
            with(apart, "ephemeralContainers", debuggers),
            &[("d", "e", Memory, Yes), ("d", "f", Cmdline, No), ("g", "a", Cmdline, No)],
        ),
        directed(
            "a target that is ignored",
            with(two(&one, &one), "ephemeralContainers", json!([joining("d", Some("a"), &one)])),
            &[("d", "b", Memory, Yes), ("b", "d", Memory, Yes)],
        ),
        directed(
            "one after the other",
            with(two(&one, &one), "initContainers", inits),
            &[
                ("s", "i", Memory, Yes),
                ("i", "s", Memory, Yes),
                ("i", "a", Cmdline, No),
                ("i", "t", Cmdline, No),
                ("t", "a", Memory, Yes),
            ],
        ),
        directed("a usual seccomp profile", two(&seccomp, &one), &[("a", "b", Memory, Yes)]),
    ]
}
