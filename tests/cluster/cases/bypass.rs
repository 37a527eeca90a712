//! Every way to write or send a pod that a rule might overlook, through the API server, as a dry
//! run under [`DENY`]. Nothing is stored.

use serde_json::{Value, json};

use super::{Case, case, pod};
use crate::setup::{APPLY, Answer, DENY, Stage, World};
use crate::support::capable;
use crate::tier::{cases, name};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = cases! {
        case:
            generated_name_is_denied,
            server_side_apply_is_denied,
            unknown_field_beside_it_is_denied,
            misspelt_field_is_dropped_and_passes,
            field_that_stands_twice_counts_as_the_api_server_reads_it,
            yaml_body_is_denied,
            windows_pod_passes_what_a_linux_pod_does_not,
            mirror_annotation_of_a_user_is_denied,
            large_pod_is_denied,
            dry_run_and_creation_agree;
    };
    for (name, add, drop, expected) in capabilities() {
        let spec = json!({"containers": [capable("app", &json!({"add": add, "drop": drop}))]});
        cases.push(row(name, spec, expected.iter().map(|rest| at_first(rest)).collect()));
    }
    for (name, spec, expected) in specs() {
        cases.push(row(name, spec, expected.iter().map(ToString::to_string).collect()));
    }
    for (name, ignore, security, passes) in certainties() {
        let run = move |world: &World| certainty(world, ignore, &security, passes);
        let verdict = if passes { "passes" } else { "is_denied" };
        cases.push(case(name!("{name}_{verdict}_when_{}", words(ignore)), run));
    }
    cases
}

fn row(name: &str, spec: Value, expected: Vec<String>) -> Case {
    let verdict = if expected.is_empty() { "passes" } else { "is_denied" };
    let run = move |world: &World| judged(&try_spec(&world.under(DENY), &spec), &expected);
    case(name!("{name}_{verdict}"), run)
}

fn try_spec(stage: &Stage, spec: &Value) -> Answer {
    stage.try_create(&pod("tried", spec))
}

/// The findings that deny, or none.
#[track_caller]
fn judged(answer: &Answer, expected: &[String]) {
    if expected.is_empty() {
        assert!(answer.code == 201 && answer.warnings.is_empty(), "{answer:#?}");
    } else {
        assert_eq!(answer.denied_for(), expected);
    }
}

fn at_first(rest: &str) -> String {
    format!("spec.containers[0].securityContext.capabilities.{rest}")
}

/// A name, the lists `add` and `drop` of one container, and what denies it.
type Spelling =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

fn capabilities() -> Vec<Spelling> {
    let added: &[&str] = &["add[0] PtraceAdded"];
    let by_all: &[&str] = &["add PtraceByAll"];
    vec![
        ("sys_ptrace_in_lower_case", &["sys_ptrace"], &[], added),
        ("sys_ptrace_in_upper_case", &["SYS_PTRACE"], &[], added),
        ("sys_ptrace_in_mixed_case", &["Sys_Ptrace"], &[], added),
        ("sys_ptrace_with_a_long_s", &["\u{17f}YS_PTRACE"], &[], added),
        ("cap_sys_ptrace_in_upper_case", &["CAP_SYS_PTRACE"], &[], added),
        ("cap_sys_ptrace_in_mixed_case", &["Cap_Sys_Ptrace"], &[], added),
        ("all_in_upper_case", &["ALL"], &[], by_all),
        ("all_in_lower_case", &["all"], &[], by_all),
        ("cap_all", &["CAP_ALL"], &[], &[]),
        ("all_without_ptrace", &["ALL"], &["SYS_PTRACE"], &[]),
        ("all_added_and_dropped", &["ALL"], &["ALL"], &[]),
        ("ptrace_added_and_all_dropped", &["SYS_PTRACE"], &["ALL"], added),
        ("ptrace_added_and_dropped", &["SYS_PTRACE"], &["SYS_PTRACE"], &[]),
        ("ptrace_added_and_dropped_with_cap", &["SYS_PTRACE"], &["CAP_SYS_PTRACE"], added),
        ("ptrace_behind_others", &["KILL", "SYS_PTRACE"], &[], &["add[1] PtraceAdded"]),
        ("sys_admin", &["SYS_ADMIN"], &[], &[]),
        ("dac_read_search", &["DAC_READ_SEARCH"], &[], &[]),
        ("checkpoint_restore", &["CHECKPOINT_RESTORE"], &[], &[]),
        ("perfmon", &["PERFMON"], &[], &[]),
        ("bpf", &["BPF"], &[], &[]),
    ]
}

/// A name, a spec, and what denies it.
fn specs() -> Vec<(&'static str, Value, &'static [&'static str])> {
    let app = || capable("app", &json!({}));
    let tracer = |name: &str| capable(name, &json!({"add": ["SYS_PTRACE"]}));
    let mut sidecar = tracer("sidecar");
    sidecar["restartPolicy"] = "Always".into();
    let mut privileged = app();
    privileged["securityContext"] = json!({"privileged": true});
    let shares = |value: Value| json!({"shareProcessNamespace": value, "containers": [app()]});
    let with_init = |init: Value| json!({"initContainers": [init], "containers": [app()]});
    let both = [app(), capable("other", &json!({}))];
    let in_init: &[&str] =
        &["spec.initContainers[0].securityContext.capabilities.add[0] PtraceAdded"];
    let by_field: &[&str] = &["spec.shareProcessNamespace ProcessNamespaceShared"];
    let mut other = privileged.clone();
    other["name"] = "other".into();
    vec![
        ("ptrace_in_a_sidecar", with_init(sidecar), in_init),
        ("ptrace_in_an_init_container", with_init(tracer("init")), in_init),
        (
            "ptrace_twice",
            json!({"containers": [tracer("a"), tracer("b")]}),
            &[
                "spec.containers[0].securityContext.capabilities.add[0] PtraceAdded",
                "spec.containers[1].securityContext.capabilities.add[0] PtraceAdded",
            ],
        ),
        ("privileged_alone", json!({"containers": [privileged]}), &[]),
        ("privileged_beside_another", json!({"containers": [app(), other]}), &[]),
        (
            "privileged_with_sharing",
            json!({"shareProcessNamespace": true, "containers": [app(), other]}),
            &[
                "spec.shareProcessNamespace ProcessNamespaceShared",
                "spec.containers[1].securityContext.privileged PtraceByPrivileged",
            ],
        ),
        (
            "host_pid",
            json!({"hostPID": true, "containers": [app()]}),
            &["spec.hostPID HostProcessNamespace"],
        ),
        ("host_pid_false", json!({"hostPID": false, "containers": [app()]}), &[]),
        (
            "privileged_with_host_pid",
            json!({"hostPID": true, "containers": [privileged]}),
            &[
                "spec.containers[0].securityContext.privileged PtraceByPrivileged",
                "spec.hostPID HostProcessNamespace",
            ],
        ),
        ("sharing", shares(true.into()), by_field),
        ("sharing_null", shares(Value::Null), &[]),
        ("sharing_false", shares(false.into()), &[]),
        ("sharing_absent", json!({"containers": both}), &[]),
    ]
}

const TRACES: &str = "spec.containers[0].securityContext.capabilities.add[0] PtraceAdded";
const SHARES: &str = "spec.shareProcessNamespace ProcessNamespaceShared";

fn tracing_spec() -> Value {
    json!({"containers": [capable("app", &json!({"add": ["SYS_PTRACE"]}))]})
}

fn generated_name_is_denied(world: &World) {
    let mut nameless = pod("", &tracing_spec());
    nameless["metadata"] = json!({"generateName": "generated-"});
    assert_eq!(world.under(DENY).try_create(&nameless).denied_for(), [TRACES]);
}

fn server_side_apply_is_denied(world: &World) {
    let stage = world.under(DENY);
    let path = stage.pods("/applied?dryRun=All&fieldManager=test");
    let answer = stage.cluster.client.patch(&path, APPLY, &pod("applied", &tracing_spec()));
    assert_eq!(answer.denied_for(), [TRACES]);
}

/// Sends a body as it stands, to an API server that is told to take what it does not know.
fn lenient(stage: &Stage, format: &str, body: &str) -> Answer {
    let path = stage.pods("?dryRun=All&fieldValidation=Ignore");
    stage.cluster.client.call("POST", &path, format, body.to_owned())
}

fn unknown_field_beside_it_is_denied(world: &World) {
    let mut odd = pod("odd", &tracing_spec());
    odd["spec"]["unknown"] = json!({"securityContext": null});
    odd["spec"]["containers"][0]["securityContext"]["unknown"] = json!([1]);
    let answer = lenient(&world.under(DENY), "application/json", &odd.to_string());
    assert_eq!(answer.denied_for(), [TRACES]);
}

fn misspelt_field_is_dropped_and_passes(world: &World) {
    let mut odd = pod("odd", &json!({"containers": [capable("app", &json!({}))]}));
    odd["spec"]["shareprocessnamespace"] = true.into();
    let stored = lenient(&world.under(DENY), "application/json", &odd.to_string()).silent();
    assert_eq!(stored["spec"]["shareProcessNamespace"], Value::Null);
}

fn field_that_stands_twice_counts_as_the_api_server_reads_it(world: &World) {
    let body = |first: bool, second: bool| {
        format!(
            "{{\"metadata\": {{\"name\": \"twice\"}}, \"spec\": {{\"shareProcessNamespace\": \
            {first}, \"containers\": [{{\"name\": \"a\", \"image\": \"i\"}}], \
            \"shareProcessNamespace\": {second}}}}}"
        )
    };
    let stage = world.under(DENY);
    let answer = lenient(&stage, "application/json", &body(false, true));
    assert_eq!(answer.denied_for(), [SHARES]);
    lenient(&stage, "application/json", &body(true, false)).silent();
}

fn yaml_body_is_denied(world: &World) {
    // The API server reads `yes` as true.
    let body = "metadata: {name: yaml}\nspec:\n  shareProcessNamespace: yes\n  \
        containers: [{name: a, image: i}]\n";
    let answer = lenient(&world.under(DENY), "application/yaml", body);
    assert_eq!(answer.denied_for(), [SHARES]);
}

fn windows_pod_passes_what_a_linux_pod_does_not(world: &World) {
    let stage = world.under("{supplementalGroupsPolicy: {mode: Deny}}");
    let mut spec = json!({"containers": [{"name": "app", "image": "registry.example/a:1"}]});
    let field = "spec.securityContext.supplementalGroupsPolicy SupplementalGroupsPolicyUnset";
    assert_eq!(try_spec(&stage, &spec).denied_for(), [field]);
    spec["os"] = json!({"name": "windows"});
    try_spec(&stage, &spec).silent();
    // A node selector alone is no proof: warned at most.
    spec["os"] = Value::Null;
    spec["nodeSelector"] = json!({"kubernetes.io/os": "windows"});
    assert_eq!(try_spec(&stage, &spec).warnings.len(), 1);
}

fn mirror_annotation_of_a_user_is_denied(world: &World) {
    let mut mirror = pod("mirror", &tracing_spec());
    mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "hash"});
    mirror["spec"]["nodeName"] = "node".into();
    assert_eq!(world.under(DENY).try_create(&mirror).denied_for(), [TRACES]);
}

/// More than the usual limits of web servers, as JSON with six bytes for each `<`: 17.4 MiB.
fn large_pod_is_denied(world: &World) {
    let mut spec = tracing_spec();
    spec["containers"][0]["env"] = json!([{"name": "A", "value": "<".repeat(2_900_000)}]);
    assert_eq!(try_spec(&world.under(DENY), &spec).denied_for(), [TRACES]);
}

fn dry_run_and_creation_agree(world: &World) {
    let stage = world.under(DENY);
    let denied = pod("same", &tracing_spec());
    assert_eq!(stage.try_create(&denied).body, stage.create(&denied).body);
    let good = pod("same", &json!({"containers": [capable("app", &json!({}))]}));
    stage.try_create(&good).silent();
    stage.create(&good).silent();
}

/// A name, what the policy ignores, the security context of a container with SYS_PTRACE, and
/// whether it passes.
fn certainties() -> Vec<(&'static str, &'static [&'static str], Value, bool)> {
    let inert = || json!({"runAsNonRoot": true, "allowPrivilegeEscalation": false});
    let latent = || json!({"runAsUser": 1000});
    let effective = || json!({"runAsUser": 0, "allowPrivilegeEscalation": true});
    let some: &[&str] = &["Inert"];
    let most: &[&str] = &["Inert", "Latent"];
    vec![
        ("inert", &[], inert(), false),
        ("inert", some, inert(), true),
        ("inert", most, inert(), true),
        ("latent", some, latent(), false),
        ("latent", most, latent(), true),
        ("image_decides", some, json!({}), false),
        ("image_decides", most, json!({}), false),
        ("root", most, effective(), false),
    ]
}

fn words(ignore: &[&str]) -> String {
    match ignore {
        [] => "nothing_is_ignored".to_owned(),
        ignored => format!("{}_is_ignored", ignored.join("_and_").to_lowercase()),
    }
}

fn certainty(world: &World, ignore: &[&str], security: &Value, passes: bool) {
    let controls = format!("{{ptraceCapability: {{mode: Deny, ignore: [{}]}}}}", ignore.join(", "));
    let stage = world.under(&controls);
    let mut spec = tracing_spec();
    let own = spec["containers"][0]["securityContext"].as_object_mut().unwrap();
    own.extend(security.as_object().unwrap().clone());
    let expected = [TRACES.to_owned()];
    judged(&try_spec(&stage, &spec), if passes { &[] } else { &expected });
}
