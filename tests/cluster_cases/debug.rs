//! `kubectl debug`: an ephemeral container is judged by what it adds, and mended alone.

use serde_json::{Value, json};

use super::{Case, case, container, page, pod};
use crate::cluster_support::{DENY, Namespace, REPAIR, Said, Stage, World};
use crate::support::policy;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("debug::general_with_target_is_denied_in_words", general_is_denied),
        case("debug::restricted_without_target_passes", restricted_passes),
        case("debug::restricted_with_target_is_denied_for_the_target_alone", target_alone),
        case("debug::sysadmin_is_denied_with_a_target_only", sysadmin),
        case("debug::any_into_a_sharing_pod_is_denied", into_a_sharing_pod),
        case("debug::a_harmless_second_passes_beside_an_old_violating_one", harmless_second),
        case("debug::a_violating_second_is_denied_alone", violating_second),
        case("debug::a_copy_is_denied_unless_it_does_not_share", copy),
        case("debug::repair_mends_the_new_container_and_nothing_else", repair),
        case("debug::the_default_policy_warns_in_words", warned),
    ]
}

/// `kubectl debug` with a harmless image; it does not attach, because nothing ever runs.
fn debug(namespace: &Namespace, pod: &str, name: &str, flags: &[&str]) -> Said {
    let image = "--image=registry.example/debug:1";
    namespace.kubectl(&[&["debug", pod, image, "-c", name], flags].concat(), "")
}

/// A namespace with a pod whose container app has these capabilities.
fn with_app(world: &World, capabilities: &Value) -> Namespace {
    let namespace = world.namespace();
    let spec = json!({"containers": [container("app", capabilities)]});
    namespace.create(&pod("app", &spec)).silent();
    namespace
}

fn ephemeral(namespace: &Namespace, pod: &str) -> Vec<Value> {
    let stored = namespace.stored(pod);
    stored["spec"]["ephemeralContainers"].as_array().cloned().unwrap_or_default()
}

const GENERAL: &[&str] = &["--target=app", "--profile=general"];
const RESTRICTED: &[&str] = &["--profile=restricted"];

/// What kubectl itself says.
const TARGETS: &str = "Targeting container \"app\". If you don't see processes from \
    this container it may be because the container runtime doesn't support this feature.\n";

/// What is wrong with an ephemeral container by [`GENERAL`], up to the policy's name.
fn wrong(place: usize, name: &str) -> [String; 2] {
    let path = format!("spec.ephemeralContainers[{place}]");
    [
        format!(
            "ptrace-capability: {path}.securityContext.capabilities.add[0] gives {name} \
            SYS_PTRACE (effective): it may trace and read every process it sees; remove \
            SYS_PTRACE from add"
        ),
        format!(
            "ephemeral-target: {path}.targetContainerName ({name}) joins the processes of \
            container app; debug without --target"
        ),
    ]
}

/// What is told of [`GENERAL`] besides what is wrong, up to the command.
fn passes(name: &str, pod: &str) -> String {
    format!(
        "{name} looks like kubectl debug --profile=general; this passes: \
        kubectl debug -it {pod} --image=registry.example/debug:1 -c {name}"
    )
}

/// And what is told instead is typed.
fn general_is_denied(world: &World) {
    let stage = with_app(world, &json!({})).guarded(Some(&policy(DENY)));
    let said = debug(&stage, "app", "dbg", GENERAL);
    let [traces, joins] = wrong(0, "dbg");
    let expected = format!(
        "Error from server (Forbidden): admission webhook \"enforce.bulkhead.dev\" \
        denied the request: {traces} (policy test)\n{joins} (policy test)\n{} \
        --profile=baseline\n",
        passes("dbg", "app")
    );
    assert_eq!(said.stderr, expected);
    assert!(!said.succeeded);
    assert_eq!(ephemeral(&stage, "app"), Vec::<Value>::new());
    let (_, command) = said.stderr.trim_end().rsplit_once("this passes: kubectl ").unwrap();
    // Nobody sits at a terminal here, and nothing ever runs.
    let words: Vec<_> = command.split(' ').filter(|word| *word != "-it").collect();
    let said = stage.kubectl(&words, "");
    assert!(said.succeeded, "{said:#?}");
    assert_eq!(ephemeral(&stage, "app").len(), 1);
}

fn restricted_passes(world: &World) {
    let stage = world.under(DENY);
    let spec = json!({"containers": [container("app", &json!({}))]});
    stage.create(&pod("restricted", &spec)).silent();
    let said = debug(&stage, "restricted", "dbg", RESTRICTED);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
    assert_eq!(ephemeral(&stage, "restricted").len(), 1);
}

fn target_alone(world: &World) {
    let stage = world.under(DENY);
    let spec = json!({"containers": [container("app", &json!({}))]});
    stage.create(&pod("targeted", &spec)).silent();
    let said = debug(&stage, "targeted", "dbg", &["--profile=restricted", "--target=app"]);
    let [_, joins] = wrong(0, "dbg");
    let advice = passes("dbg", "targeted").replace("general", "restricted");
    let line = format!("{joins} (policy test)\n{advice} --profile=restricted\n");
    assert!(said.stderr.ends_with(&format!("denied the request: {line}")), "{said:#?}");
    assert!(!said.succeeded);
}

/// A privileged container counts where others share its PID view.
fn sysadmin(world: &World) {
    let stage = world.under("{ptraceCapability: {mode: Deny}}");
    let spec = json!({"containers": [container("app", &json!({}))]});
    stage.create(&pod("administered", &spec)).silent();
    let said = debug(&stage, "administered", "dbg", &["--profile=sysadmin", "--target=app"]);
    let line = "ptrace-capability: spec.ephemeralContainers[0].securityContext.privileged gives \
        dbg SYS_PTRACE (effective): it may trace and read every process it sees; remove it \
        (policy test)\n";
    let advice = passes("dbg", "administered").replace("general", "sysadmin");
    let line = format!("{line}{advice} --target=app --profile=baseline\n");
    assert!(said.stderr.ends_with(&format!("denied the request: {line}")), "{said:#?}");
    let said = debug(&stage, "administered", "dbg", &["--profile=sysadmin"]);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
}

fn into_a_sharing_pod(world: &World) {
    let namespace = world.namespace();
    let made = namespace.kubectl(&["apply", "-f", "-"], &page("sharing"));
    assert!(made.succeeded, "{made:#?}");
    let stage = namespace.guarded(Some(&policy(DENY)));
    let said = debug(&stage, "sharing", "dbg", RESTRICTED);
    let line = "ephemeral-target: spec.ephemeralContainers[0] (dbg) joins the processes of all \
        containers (shareProcessNamespace); debug a copy with --share-processes=false \
        (policy test)\ndbg looks like kubectl debug --profile=restricted; no profile of kubectl \
        debug passes here; a copy of the pod may, else ask for an IsolationException\n";
    assert!(said.stderr.ends_with(&format!("denied the request: {line}")), "{said:#?}");
}

/// What the line above advises, which is not what `--copy-to` does by itself.
fn copy(world: &World) {
    let stage = world.under(DENY);
    let spec = json!({"containers": [container("app", &json!({}))]});
    stage.create(&pod("copied", &spec)).silent();
    let flags = ["--copy-to=copy", "--profile=restricted"];
    let said = debug(&stage, "copied", "dbg", &flags);
    assert!(said.stderr.contains("spec.shareProcessNamespace is true: "), "{said:#?}");
    let said = debug(&stage, "copied", "dbg", &[&flags[..], &["--share-processes=false"]].concat());
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
    assert_eq!(stage.stored("copy")["spec"]["containers"].as_array().unwrap().len(), 2);
}

/// A pod with a debug container from before there was a policy, and then a policy.
fn with_old(world: &World, controls: &str) -> Stage {
    let namespace = with_app(world, &json!({"add": ["SYS_PTRACE"]}));
    let said = debug(&namespace, "app", "old", GENERAL);
    assert!(said.succeeded, "{said:#?}");
    namespace.guarded(Some(&policy(controls)))
}

fn harmless_second(world: &World) {
    let stage = with_old(world, DENY);
    let said = debug(&stage, "app", "new", RESTRICTED);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
    assert_eq!(ephemeral(&stage, "app").len(), 2);
}

fn violating_second(world: &World) {
    let stage = with_old(world, DENY);
    let said = debug(&stage, "app", "new", GENERAL);
    let [traces, joins] = wrong(1, "new");
    let advice = passes("new", "app");
    let denied = format!(
        "denied the request: {traces} (policy test)\n{joins} (policy test)\n{advice} \
        --profile=baseline\n"
    );
    assert!(said.stderr.ends_with(&denied), "{said:#?}");
    assert_eq!(ephemeral(&stage, "app").len(), 1);
}

fn repair(world: &World) {
    let stage = with_old(world, REPAIR);
    let before = stage.stored("app")["spec"].clone();
    let said = debug(&stage, "app", "new", GENERAL);
    let warning = "Warning: ptrace-capability: \
        spec.ephemeralContainers[1].securityContext.capabilities.add[0] no longer grants \
        SYS_PTRACE by Bulkhead (policy test)\n";
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), (TARGETS, warning));
    assert!(said.succeeded);
    let mut after = stage.stored("app")["spec"].clone();
    let added = after["ephemeralContainers"].as_array_mut().unwrap().pop().unwrap();
    assert_eq!(added["name"], "new");
    assert_eq!(added["targetContainerName"], "app");
    assert_eq!(added["securityContext"], json!({"capabilities": {}}));
    assert_eq!(after, before, "the app and the old container keep their SYS_PTRACE");
}

fn warned(world: &World) {
    let stage = world.under_default();
    let spec = json!({"containers": [container("app", &json!({}))]});
    stage.create(&pod("debugged", &spec)).silent();
    let said = debug(&stage, "debugged", "dbg", GENERAL);
    let lines = wrong(0, "dbg").map(|line| format!("Warning: {line} (policy embedded-default)\n"));
    let advice = format!("Warning: {} --profile=baseline\n", passes("dbg", "debugged"));
    let lines = lines.concat() + &advice;
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), (TARGETS, lines.as_str()));
    assert!(said.succeeded);
}
