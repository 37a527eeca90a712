//! What the documents say about reach, each statement on pods that run.

use serde_json::{Value, json};

use super::Case;
use crate::setup::{Measured, Namespace, Node, Pod, Ways, probed};
use crate::support::{sharing, until};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        Case::new:
            a_tracer_reaches_the_server_beside_it,
            process_1_of_a_shared_namespace_is_the_sandbox,
            equal_ids_read_a_password_in_the_environment,
            strict_leaves_out_the_groups_of_the_image,
            an_ephemeral_container_sees_its_target_only,
            kubectl_debug_joins_the_processes_of_its_target,
            who_reaches_whom_is_the_table_of_the_kernel,
            programs_of_the_image_widen_the_worst_case,
            a_group_without_a_user_gets_no_sandbox,
            a_name_is_no_proof_of_not_being_root;
    }
}

/// A pod whose containers share their processes.
fn shared(containers: &[Value]) -> Value {
    json!({"spec": sharing(containers)})
}

/// What a container reads from a file.
#[track_caller]
fn print(pod: &Pod<'_>, container: &str, file: &str) -> String {
    let said = pod.exec(container, &["--print", file]);
    assert!(said.succeeded, "{said:#?}");
    said.stdout
}

/// The id of a container's first process in its PID namespace, by its own report.
#[track_caller]
fn process(pod: &mut Pod<'_>, container: &str) -> u32 {
    let (states, reports) = pod.measure();
    reports.get(container).unwrap_or_else(|| panic!("{states:#?}")).pid
}

/// The page on sharing processes: its debugger signals the server and reads its files.
fn a_tracer_reaches_the_server_beside_it(node: &Node) {
    let namespace = node.namespace();
    let tracer = json!({"capabilities": {"add": ["SYS_PTRACE"]}});
    let containers = [probed("nginx", "user", &json!({})), probed("shell", "root", &tracer)];
    let mut pod = namespace.run(&shared(&containers), "nginx");
    let (states, reports) = pod.measure();
    let reach = reports.get("shell").map(|report| report.sees["nginx"].started);
    assert_eq!(reach, Some(Ways::FULL), "{states:#?}");
    let mark = |of: &str| ["/proc", &reports[of].pid.to_string(), "root", "etc/mark"].join("/");
    assert_eq!(print(&pod, "shell", &mark("nginx")), "marked\n");
    let said = pod.exec("nginx", &["--print", &mark("shell")]);
    assert!(said.stderr.contains("Permission denied"), "{said:#?}");
}

fn process_1_of_a_shared_namespace_is_the_sandbox(node: &Node) {
    let namespace = node.namespace();
    let containers = [probed("app", "root", &json!({}))];
    let shared = namespace.run(&shared(&containers), "shared");
    assert_eq!(print(&shared, "app", "/proc/1/cmdline"), "/pause\0");
    let alone = namespace.run(&json!({"spec": {"containers": containers}}), "alone");
    assert_eq!(print(&alone, "app", "/proc/1/cmdline"), "/probe\0alone/app\0");
}

fn equal_ids_read_a_password_in_the_environment(node: &Node) {
    let namespace = node.namespace();
    let user = |user: u32| json!({"runAsUser": user, "capabilities": {"drop": ["ALL"]}});
    let mut app = probed("app", "root", &user(1000));
    app["env"] = json!([{"name": "PASSWORD", "value": "swordfish"}]);
    let containers =
        [app, probed("equal", "root", &user(1000)), probed("other", "root", &user(2000))];
    let mut pod = namespace.run(&shared(&containers), "secret");
    let environ = format!("/proc/{}/environ", process(&mut pod, "app"));
    let read = print(&pod, "equal", &environ);
    assert!(read.split('\0').any(|variable| variable == "PASSWORD=swordfish"), "{read:?}");
    let said = pod.exec("other", &["--print", &environ]);
    assert!(said.stderr.contains("Permission denied"), "{said:#?}");
}

/// The groups of the only container's first process, as the status has them.
fn reported_groups(namespace: &Namespace<'_>, policy: &Value, name: &str) -> (Value, Vec<u32>) {
    let mut manifest = json!({"spec": {"containers": [probed("app", "user", &json!({}))]}});
    manifest["spec"]["securityContext"] = json!({"supplementalGroups": [4000]});
    manifest["spec"]["securityContext"]["supplementalGroupsPolicy"] = policy.clone();
    let mut pod = namespace.run(&manifest, name);
    let (_, reports) = pod.measure();
    let linux = pod.live()["status"]["containerStatuses"][0]["user"]["linux"].clone();
    (linux["supplementalGroups"].clone(), reports["app"].groups.clone())
}

fn strict_leaves_out_the_groups_of_the_image(node: &Node) {
    let namespace = node.namespace();
    for (name, policy) in [("unset", Value::Null), ("merge", json!("Merge"))] {
        let (reported, real) = reported_groups(&namespace, &policy, name);
        assert_eq!(reported, json!([1000, 4000, 50000]), "{name}");
        assert_eq!(real, [1000, 4000, 50000], "{name}");
    }
    let (reported, real) = reported_groups(&namespace, &json!("Strict"), "strict");
    assert_eq!(reported, json!([1000, 4000]));
    assert_eq!(real, [1000, 4000]);
}

/// The only one of these pods.
fn measure_one(node: &Node, pod: Value) -> Measured {
    node.measure(&[pod]).remove(0)
}

/// Whom a container sees.
#[track_caller]
fn seen(measured: &Measured, container: &str) -> Vec<String> {
    let report = measured.reports.get(container);
    let report = report.unwrap_or_else(|| panic!("{:#?}", measured.states));
    report.sees.keys().cloned().collect()
}

fn an_ephemeral_container_sees_its_target_only(node: &Node) {
    let mut joins = probed("joins", "root", &json!({}));
    joins["targetContainerName"] = "app".into();
    let measured = measure_one(
        node,
        json!({"spec": {
            "containers": [probed("app", "user", &json!({})), probed("web", "user", &json!({}))],
            "ephemeralContainers": [joins, probed("alone", "root", &json!({}))],
        }}),
    );
    assert_eq!(seen(&measured, "joins"), ["app"]);
    assert_eq!(seen(&measured, "app"), ["joins"]);
    assert_eq!(seen(&measured, "alone"), [""; 0]);
    assert_eq!(seen(&measured, "web"), [""; 0]);
}

fn kubectl_debug_joins_the_processes_of_its_target(node: &Node) {
    let namespace = node.namespace();
    let manifest = json!({"spec": {"containers": [probed("app", "user", &json!({}))]}});
    let mut pod = namespace.run(&manifest, "app");
    let flags = ["--image=localhost/probe:root", "--target=app", "-c", "dbg", "--profile=general"];
    let said = namespace
        .kubectl(&[&["debug", "app"], &flags[..], &["--arguments-only", "--", "app/dbg"]].concat());
    assert!(said.succeeded, "{said:#?}");
    until("the debug container to run", || pod.measure().1.contains_key("dbg"));
    let (_, reports) = pod.measure();
    assert_eq!(reports["dbg"].sees["app"].started, Ways::FULL);
    assert_eq!(reports["app"].sees["dbg"].started, Ways::SEEN);
}

/// Who is in [`TABLE`], each under the user and group that may be given.
fn people() -> [Value; 8] {
    let root = |add: &[&str], drop: &[&str]| json!({"capabilities": {"add": add, "drop": drop}});
    let ids = |user: u32, group: u32| json!({"runAsUser": user, "runAsGroup": group});
    [
        probed("tracer", "root", &root(&["SYS_PTRACE"], &[])),
        probed("default", "root", &root(&[], &[])),
        probed("bare", "root", &root(&[], &["ALL"])),
        probed("traces", "root", &root(&["SYS_PTRACE"], &["ALL"])),
        probed("kills", "root", &root(&["KILL"], &["ALL"])),
        probed("user", "root", &ids(1000, 1000)),
        probed("group", "root", &ids(1000, 3000)),
        probed("other", "root", &ids(2000, 2000)),
    ]
}

/// What each (row) can do to each (column) as it was started, in the order of [`people`]:
/// F everything; p what needs no permission for a file in /proc: not environ, mem and descriptors;
/// s signals and lists descriptors; k signals; . sees it is there.
const TABLE: [&str; 8] = [
    "-FFFFFFF", // root with SYS_PTRACE
    "s-FsFsss", // root: those with no capability that it has not
    "ss-ss...", // root without capabilities
    "FFF-Fppp", // with SYS_PTRACE alone: no file of another user
    "ssFs-kkk", // with KILL alone
    ".....-s.", // a user: the same user
    ".....s-.", ".......-",
];

fn ways(letter: char) -> Ways {
    let signal = Ways { signal: true, ..Ways::SEEN };
    match letter {
        'F' => Ways::FULL,
        'p' => Ways { root: true, ptrace: true, vm_read: true, getfd: true, ..Ways::SEEN },
        's' => Ways { fd_list: true, ..signal },
        'k' => signal,
        '.' => Ways::SEEN,
        other => panic!("no letter of the table: {other}"),
    }
}

fn who_reaches_whom_is_the_table_of_the_kernel(node: &Node) {
    let people = people();
    let measured = measure_one(node, shared(&people));
    let names = people.map(|person| person["name"].as_str().unwrap().to_owned());
    for (viewer, row) in names.iter().zip(TABLE) {
        assert_eq!(seen(&measured, viewer).len(), names.len() - 1);
        for (target, letter) in names.iter().zip(row.chars()).filter(|(name, _)| *name != viewer) {
            let reach = measured.reports[viewer].sees[target];
            assert_eq!(reach.started, ways(letter), "{viewer} to {target} as started");
            // Root with SETUID and SETGID becomes any user; nobody else can change anything.
            let becomes = viewer == "default" && ["user", "group", "other"].contains(&&**target);
            let worst = if becomes { 'F' } else { letter };
            assert_eq!(reach.worst, ways(worst), "{viewer} to {target} at worst");
        }
    }
}

fn programs_of_the_image_widen_the_worst_case(node: &Node) {
    let ids = |user: u32, may_gain: bool| {
        json!({
            "runAsUser": user, "runAsGroup": user, "allowPrivilegeEscalation": may_gain,
            "capabilities": {"drop": ["ALL"]},
        })
    };
    let measured = measure_one(
        node,
        shared(&[
            probed("armed", "root-armed", &ids(1000, true)),
            probed("locked", "root-armed", &ids(2000, false)),
            probed("plain", "root", &ids(3000, true)),
        ]),
    );
    let worst = |from: &str, to: &str| measured.reports[from].sees[to].worst;
    assert_eq!(worst("armed", "locked"), Ways::FULL);
    assert_eq!(worst("armed", "plain"), Ways::FULL);
    for (from, to) in [("locked", "armed"), ("locked", "plain"), ("plain", "armed")] {
        assert_eq!(worst(from, to), Ways::SEEN, "{from} to {to}");
    }
}

fn a_group_without_a_user_gets_no_sandbox(node: &Node) {
    let mut pod =
        json!({"spec": {"containers": [probed("app", "root", &json!({"runAsUser": 1000}))]}});
    pod["spec"]["securityContext"] = json!({"runAsGroup": 1000});
    let measured = measure_one(node, pod);
    let why = "user group \"1000\" is specified without user";
    assert!(measured.states["*"].contains(why), "{:#?}", measured.states);
    assert!(measured.reports.is_empty());
}

fn a_name_is_no_proof_of_not_being_root(node: &Node) {
    let asked = json!({"runAsNonRoot": true});
    let pod = json!({"spec": {"containers": [
        probed("named", "user", &asked),
        probed("numbered", "user-2000", &asked),
        probed("root", "root", &asked),
    ]}});
    let measured = measure_one(node, pod);
    assert_eq!(measured.states["named"], "CreateContainerConfigError");
    assert_eq!(measured.states["root"], "CreateContainerConfigError");
    assert_eq!(measured.reports["numbered"].uid, 2000);
}
