//! `kubectl debug`: an ephemeral container is judged by what it adds, and repaired alone.

use serde_json::{Value, json};

use super::said::{SHARES, joins, removed, traces, traces_privileged};
use super::{Case, case, page, pod};
use crate::setup::{DENY, Namespace, REPAIR, Stage, World};
use crate::support::{capable, policy};
use crate::tier::cases;
use crate::tier::kubectl::Said;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        case:
            general_with_target_is_denied_in_words,
            restricted_without_target_passes,
            restricted_with_target_is_denied_for_the_target_alone,
            sysadmin_is_denied_with_a_target_only,
            any_into_a_sharing_pod_is_denied,
            a_harmless_second_passes_beside_an_old_violating_one,
            a_violating_second_is_denied_alone,
            a_copy_is_denied_unless_it_does_not_share,
            a_copy_with_its_labels_is_advised_what_passes,
            a_copy_that_does_not_share_is_not_told_to_do_so,
            a_copy_without_init_containers_stays_so,
            nothing_is_told_to_who_debugs_a_copy_that_would_be_denied_as_well,
            repair_mends_the_new_container_and_nothing_else,
            the_default_policy_warns_in_words;
    }
}

/// `kubectl debug` with a harmless image; it does not attach, because nothing ever runs.
fn debug(namespace: &Namespace, pod: &str, name: &str, flags: &[&str]) -> Said {
    let image = "--image=registry.example/debug:1";
    namespace.kubectl(&[&["debug", pod, image, "-c", name], flags].concat(), "")
}

/// A namespace with a pod whose container app has these capabilities.
fn with_app(world: &World, capabilities: &Value) -> Namespace {
    let namespace = world.namespace();
    let spec = json!({"containers": [capable("app", capabilities)]});
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
    let traces = traces!("ephemeral container NAME", "spec.ephemeralContainers[PLACE]");
    let joins = joins!(
        "NAME",
        "debug without --target",
        "container app",
        "spec.ephemeralContainers[PLACE].targetContainerName"
    );
    let place = place.to_string();
    [traces, joins].map(|line| line.replace("NAME", name).replace("PLACE", &place))
}

/// How a denial with these lines ends, the last one for whoever types.
fn denied_for(lines: &[&str], advice: &str) -> String {
    let lines = lines.iter().map(|line| format!("- {line}, policy test]\n"));
    format!("denied the request: \n{}{advice}\n", lines.collect::<String>())
}

/// What is reported of [`GENERAL`] besides what is wrong, up to the command.
fn passes(name: &str, stage: &Stage, pod: &str) -> String {
    format!(
        "{name} looks like kubectl debug --profile=general; this passes: \
        kubectl debug -it -n {} {pod} --image=registry.example/debug:1 -c {name}",
        stage.name
    )
}

/// Types what is told to pass, with these names filled in, whatever namespace is the usual one.
fn typed(stage: &Stage, said: &Said, [pod, copy]: [&str; 2]) -> Said {
    let (_, command) = said.stderr.trim_end().rsplit_once("this passes: kubectl ").unwrap();
    let command = command.replace(" POD ", &format!(" {pod} "));
    let command = command.replace("=COPY ", &format!("={copy} "));
    // Nobody sits at a terminal here, and nothing ever runs.
    let words: Vec<_> = command.split(' ').filter(|word| *word != "-it").collect();
    stage.cluster.kubectl(&words, "")
}

/// And what is reported instead is typed.
fn general_with_target_is_denied_in_words(world: &World) {
    let stage = with_app(world, &json!({})).guarded(Some(&policy(DENY)));
    let said = debug(&stage, "app", "dbg", GENERAL);
    let [traces, joins] = wrong(0, "dbg");
    let advice = format!("{} --profile=baseline", passes("dbg", &stage, "app"));
    let expected = format!(
        "Error from server (Forbidden): admission webhook \"enforce.bulkhead.dev\" {}",
        denied_for(&[&traces, &joins], &advice)
    );
    assert_eq!(said.stderr, expected);
    assert!(!said.succeeded);
    assert_eq!(ephemeral(&stage, "app"), Vec::<Value>::new());
    let said = typed(&stage, &said, ["", ""]);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
    assert_eq!(ephemeral(&stage, "app").len(), 1);
}

fn restricted_without_target_passes(world: &World) {
    let stage = world.under(DENY);
    let spec = json!({"containers": [capable("app", &json!({}))]});
    stage.create(&pod("restricted", &spec)).silent();
    let said = debug(&stage, "restricted", "dbg", RESTRICTED);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
    assert_eq!(ephemeral(&stage, "restricted").len(), 1);
}

fn restricted_with_target_is_denied_for_the_target_alone(world: &World) {
    let stage = world.under(DENY);
    let spec = json!({"containers": [capable("app", &json!({}))]});
    stage.create(&pod("targeted", &spec)).silent();
    let said = debug(&stage, "targeted", "dbg", &["--profile=restricted", "--target=app"]);
    let [_, joins] = wrong(0, "dbg");
    let advice = passes("dbg", &stage, "targeted").replace("general", "restricted");
    let end = denied_for(&[&joins], &format!("{advice} --profile=restricted"));
    assert!(said.stderr.ends_with(&end), "{said:#?}");
    assert!(!said.succeeded);
}

/// A privileged container counts where others share its PID view.
fn sysadmin_is_denied_with_a_target_only(world: &World) {
    let stage = world.under("{ptraceCapability: {mode: Deny}}");
    let spec = json!({"containers": [capable("app", &json!({}))]});
    stage.create(&pod("administered", &spec)).silent();
    let said = debug(&stage, "administered", "dbg", &["--profile=sysadmin", "--target=app"]);
    let line = traces_privileged!("ephemeral container dbg", "spec.ephemeralContainers[0]");
    let advice = passes("dbg", &stage, "administered").replace("general", "sysadmin");
    let end = denied_for(&[line], &format!("{advice} --target=app --profile=baseline"));
    assert!(said.stderr.ends_with(&end), "{said:#?}");
    let said = debug(&stage, "administered", "dbg", &["--profile=sysadmin"]);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
}

/// A copy has no process of others in view; one of a container with SYS_PTRACE is no better.
fn any_into_a_sharing_pod_is_denied(world: &World) {
    let namespace = world.namespace();
    let made = namespace.kubectl(&["apply", "-f", "-"], &page("traced"));
    assert!(made.succeeded, "{made:#?}");
    let spec = json!({"shareProcessNamespace": true, "containers": [capable("app", &json!({}))]});
    namespace.create(&pod("sharing", &spec)).silent();
    let stage = namespace.guarded(Some(&policy(DENY)));
    let line = joins!(
        "dbg",
        "debug a copy with --share-processes=false",
        "all containers (shareProcessNamespace)",
        "spec.ephemeralContainers[0]"
    );
    let said = debug(&stage, "sharing", "dbg", RESTRICTED);
    let advice = passes("dbg", &stage, "sharing --copy-to=COPY").replace("general", "restricted");
    let end = format!("{advice} --share-processes=false --profile=restricted");
    assert!(said.stderr.ends_with(&denied_for(&[line], &end)), "{said:#?}");
    let said = typed(&stage, &said, ["", "copy"]);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
    assert_eq!(stage.stored("copy")["spec"]["shareProcessNamespace"], false);
    let said = debug(&stage, "traced", "dbg", RESTRICTED);
    let end = "dbg looks like kubectl debug --profile=restricted; no profile of kubectl debug \
        passes here; ask for an IsolationException";
    assert!(said.stderr.ends_with(&denied_for(&[line], end)), "{said:#?}");
}

/// What the line above advises, which is not what `--copy-to` does by itself.
fn a_copy_is_denied_unless_it_does_not_share(world: &World) {
    let stage = world.under(DENY);
    let spec = json!({"containers": [capable("app", &json!({}))]});
    stage.create(&pod("copied", &spec)).silent();
    let flags = ["--copy-to=copy", "--profile=restricted"];
    let said = debug(&stage, "copied", "dbg", &flags);
    assert!(said.stderr.contains(SHARES), "{said:#?}");
    // A pod that somebody wrote may have a container of that name.
    assert!(!said.stderr.contains("kubectl debug -it"), "{said:#?}");
    let said = debug(&stage, "copied", "dbg", &[&flags[..], &["--share-processes=false"]].concat());
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
    assert_eq!(stage.stored("copy")["spec"]["containers"].as_array().unwrap().len(), 2);
}

/// A pod with labels, and a container that runs before the others, which a copy keeps.
fn to_copy(namespace: &Namespace, name: &str, first: &Value) {
    let containers = [capable("app", &json!({}))];
    let spec = json!({"initContainers": [capable("first", first)], "containers": containers});
    let mut whole = pod(name, &spec);
    whole["metadata"]["labels"] = json!({"app": "a"});
    namespace.create(&whole).silent();
}

/// A copy of it, in which kubectl gives the debug container its name.
fn make_copy(stage: &Stage, name: &str, flags: &[&str]) -> Said {
    let words = ["debug", name, "--image=registry.example/debug:1", "--copy-to=refused"];
    stage.kubectl(&[&words[..], &["--profile=general"], flags].concat(), "")
}

fn a_copy_with_its_labels_is_advised_what_passes(world: &World) {
    let stage = world.under(DENY);
    to_copy(&stage, "labelled", &json!({}));
    let said = make_copy(&stage, "labelled", &["--keep-labels"]);
    let end = " looks like kubectl debug --profile=general; this passes: kubectl debug -it -n \
        NAMESPACE POD --copy-to=COPY --image=registry.example/debug:1 --share-processes=false \
        --profile=baseline\n";
    assert!(said.stderr.ends_with(&end.replace("NAMESPACE", &stage.name)), "{said:#?}");
    let said = typed(&stage, &said, ["labelled", "labelled-copy"]);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
    let copy = stage.stored("labelled-copy");
    assert_eq!(copy["spec"]["initContainers"].as_array().unwrap().len(), 1);
    assert!(copy["metadata"]["labels"].is_null(), "{copy:#}");
}

fn a_copy_that_does_not_share_is_not_told_to_do_so(world: &World) {
    let stage = world.under(DENY);
    to_copy(&stage, "separate", &json!({}));
    let said = make_copy(&stage, "separate", &["--share-processes=false"]);
    assert!(said.stderr.ends_with(" --share-processes=false --profile=baseline\n"), "{said:#?}");
    let said = typed(&stage, &said, ["separate", "separate-copy"]);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
}

/// The original has one that would be denied.
fn a_copy_without_init_containers_stays_so(world: &World) {
    let namespace = world.namespace();
    to_copy(&namespace, "bare", &json!({"add": ["SYS_PTRACE"]}));
    let stage = namespace.guarded(Some(&policy(DENY)));
    let said = make_copy(&stage, "bare", &["--keep-init-containers=false"]);
    let end = " --keep-init-containers=false --share-processes=false --profile=baseline\n";
    assert!(said.stderr.ends_with(end), "{said:#?}");
    let said = typed(&stage, &said, ["bare", "copy"]);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
}

/// A copy keeps the init containers, whose fault no profile repairs. The original is old debt.
fn nothing_is_told_to_who_debugs_a_copy_that_would_be_denied_as_well(world: &World) {
    let namespace = world.namespace();
    to_copy(&namespace, "faulty", &json!({"add": ["SYS_PTRACE"]}));
    let stage = namespace.guarded(Some(&policy(DENY)));
    for flags in [&[][..], &["--share-processes=false"]] {
        let said = make_copy(&stage, "faulty", flags);
        let end = " looks like kubectl debug --profile=general; no profile of kubectl debug passes \
            here with --copy-to; without it one may, else ask for an IsolationException\n";
        assert!(said.stderr.ends_with(end), "{said:#?}");
    }
    let said = debug(&stage, "faulty", "dbg", RESTRICTED);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
}

/// A pod with a debug container from before there was a policy, and then a policy.
fn with_old(world: &World, controls: &str) -> Stage {
    let namespace = with_app(world, &json!({"add": ["SYS_PTRACE"]}));
    let said = debug(&namespace, "app", "old", GENERAL);
    assert!(said.succeeded, "{said:#?}");
    namespace.guarded(Some(&policy(controls)))
}

fn a_harmless_second_passes_beside_an_old_violating_one(world: &World) {
    let stage = with_old(world, DENY);
    let said = debug(&stage, "app", "new", RESTRICTED);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
    assert_eq!(ephemeral(&stage, "app").len(), 2);
}

fn a_violating_second_is_denied_alone(world: &World) {
    let stage = with_old(world, DENY);
    let said = debug(&stage, "app", "new", GENERAL);
    let [traces, joins] = wrong(1, "new");
    let advice = passes("new", &stage, "app");
    let end = denied_for(&[&traces, &joins], &format!("{advice} --profile=baseline"));
    assert!(said.stderr.ends_with(&end), "{said:#?}");
    assert_eq!(ephemeral(&stage, "app").len(), 1);
}

fn repair_mends_the_new_container_and_nothing_else(world: &World) {
    let stage = with_old(world, REPAIR);
    let before = stage.stored("app")["spec"].clone();
    let said = debug(&stage, "app", "new", GENERAL);
    let warning = removed!(
        "ephemeral container new",
        "spec.ephemeralContainers[1].securityContext.capabilities.add[0]"
    );
    let warning = format!("Warning: {warning}\n");
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), (TARGETS, warning.as_str()));
    assert!(said.succeeded);
    let mut after = stage.stored("app")["spec"].clone();
    let added = after["ephemeralContainers"].as_array_mut().unwrap().pop().unwrap();
    assert_eq!(added["name"], "new");
    assert_eq!(added["targetContainerName"], "app");
    assert_eq!(added["securityContext"], json!({"capabilities": {}}));
    assert_eq!(after, before, "the app and the old container keep their SYS_PTRACE");
}

fn the_default_policy_warns_in_words(world: &World) {
    let stage = world.under_default();
    let spec = json!({"containers": [capable("app", &json!({}))]});
    stage.create(&pod("debugged", &spec)).silent();
    let said = debug(&stage, "debugged", "dbg", GENERAL);
    let lines = wrong(0, "dbg").map(|line| format!("Warning: {line}, policy embedded-default]\n"));
    // Its name is taken by now.
    let advice = passes("dbg", &stage, "debugged").replace(" -c dbg", " --profile=baseline");
    let lines = format!("{}Warning: {advice}\n", lines.concat());
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), (TARGETS, lines.as_str()));
    assert!(said.succeeded);
    let said = typed(&stage, &said, ["", ""]);
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
    assert_eq!(ephemeral(&stage, "debugged").len(), 2);
}
