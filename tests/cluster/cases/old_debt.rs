//! The opposite faults of other engines, each with kubectl: an old violation blocks a harmless
//! request; an old violation lets a worse one in; `kubectl debug` is never seen.

use serde_json::json;

use super::said::{joins, traces, traces_privileged};
use super::{Case, case, pod};
use crate::setup::{DENY, Namespace, Stage, World};
use crate::support::{capable, policy};
use crate::tier::client::listed;
use crate::tier::kubectl::Said;
use crate::tier::{cases, name};

/// One call of kubectl and what becomes of it.
struct Call {
    name: &'static str,
    /// The words after `kubectl`, about the pod `app`.
    args: &'static str,
    /// The beginnings of the lines of the denial; empty where it passes without a word.
    denied: &'static [&'static str],
}

const DEBUG: &str = "debug app --image=registry.example/debug:1 -c new";

/// The pod has `app` with SYS_PTRACE, `profiler` with it and an exception for its image, and an old
/// debug container with SYS_PTRACE and a target, all from before.
const CALLS: &[Call] = &[
    Call { name: "harmless_label_passes", args: "label pod app changed=yes", denied: &[] },
    Call { name: "harmless_annotation_passes", args: "annotate pod app a=b", denied: &[] },
    Call {
        name: "harmless_image_passes",
        args: "set image pod/app app=registry.example/a:2",
        denied: &[],
    },
    Call {
        name: "harmless_image_of_the_exception_passes",
        args: "set image pod/app profiler=registry.example/profiler:2",
        denied: &[],
    },
    Call {
        name: "worse_image_is_denied",
        args: "set image pod/app profiler=registry.example/shell:1",
        denied: &[PROFILER],
    },
    Call { name: "harmless_debug_container_passes", args: "--profile=restricted", denied: &[] },
    Call {
        name: "harmless_debug_container_by_baseline_passes",
        args: "--profile=baseline",
        denied: &[],
    },
    Call {
        name: "worse_debug_container_is_denied",
        args: "--profile=general",
        denied: &[TRACES, FROM_GENERAL],
    },
    Call {
        name: "privileged_debug_container_with_target_is_denied",
        args: "--profile=sysadmin --target=app",
        denied: &[PRIVILEGED, JOINS, FROM_SYSADMIN],
    },
    Call {
        name: "general_with_target_is_judged",
        args: "--profile=general --target=app",
        denied: &[TRACES, JOINS, FROM_GENERAL],
    },
    Call {
        name: "netadmin_with_target_is_judged",
        args: "--profile=netadmin --target=app",
        denied: &[JOINS, FROM_NETADMIN],
    },
];

const PROFILER: &str = traces!("container profiler", "spec.containers[1]");
const TRACES: &str = traces!("ephemeral container new", "spec.ephemeralContainers[1]");
const PRIVILEGED: &str =
    traces_privileged!("ephemeral container new", "spec.ephemeralContainers[1]");
const JOINS: &str = joins!(
    "new",
    "debug without --target",
    "container app",
    "spec.ephemeralContainers[1].targetContainerName"
);

/// What passes instead.
const FROM_GENERAL: &str = "new looks like kubectl debug --profile=general; this passes: kubectl \
    debug -it -n NAMESPACE app --image=registry.example/debug:1 -c new --profile=baseline";
const FROM_SYSADMIN: &str = "new looks like kubectl debug --profile=sysadmin; this passes: kubectl \
    debug -it -n NAMESPACE app --image=registry.example/debug:1 -c new --profile=baseline";
const FROM_NETADMIN: &str = "new looks like kubectl debug --profile=netadmin; this passes: kubectl \
    debug -it -n NAMESPACE app --image=registry.example/debug:1 -c new --profile=netadmin";

pub(super) fn cases() -> Vec<Case> {
    let calls = CALLS.iter().map(|call| case(name!("{}", call.name), |world| call.check(world)));
    let more = cases! {
        case:
            worse_is_denied_in_each_mode_as_it_says,
            worse_image_is_denied_after_an_owner_was_set,
            no_profile_with_target_is_judged;
    };
    calls.chain(more).collect()
}

const EXCEPTION: &str = "---
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationException
metadata: {name: profiler}
spec:
  reason: test
  permanent: true
  controls: [ptrace-capability]
  namespaces: [NAMESPACE]
  barePods: true
  images: [\"registry.example/profiler:*\"]
";

/// The pod with all its debt, and then a policy of these controls.
fn indebted(world: &World, controls: &str) -> Stage {
    let namespace = world.namespace();
    let traces = json!({"add": ["SYS_PTRACE"]});
    let mut profiler = capable("profiler", &traces);
    profiler["image"] = "registry.example/profiler:1".into();
    let containers = json!([capable("app", &traces), profiler]);
    namespace.create(&pod("app", &json!({"containers": containers}))).silent();
    let old = ["debug", "app", "--image=registry.example/debug:1", "-c", "old", "--target=app"];
    let said = namespace.kubectl(&[&old[..], &["--profile=general"]].concat(), "");
    assert!(said.succeeded, "{said:#?}");
    let exception = EXCEPTION.replace("NAMESPACE", &namespace.name);
    namespace.guarded(Some(&(policy(controls) + &exception)))
}

fn run(namespace: &Namespace, args: &str) -> Said {
    let all = if args.starts_with("--") { format!("{DEBUG} {args}") } else { args.to_owned() };
    namespace.kubectl(&all.split(' ').collect::<Vec<_>>(), "")
}

impl Call {
    fn check(&self, world: &World) {
        let stage = indebted(world, DENY);
        let before = stage.stored("app")["spec"].clone();
        let said = run(&stage, self.args);
        if self.denied.is_empty() {
            assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
            return;
        }
        let (_, lines) = said.stderr.split_once("denied the request: ").unwrap();
        let lines = listed(lines);
        let same = lines.len() == self.denied.len()
            && lines
                .iter()
                .zip(self.denied)
                .all(|(line, start)| line.starts_with(&start.replace("NAMESPACE", &stage.name)));
        assert!(same && !said.succeeded, "{said:#?}");
        assert_eq!(stage.stored("app")["spec"], before);
    }
}

/// An owner can be set on a stored pod, and makes it no longer one that `barePods` covers.
fn worse_image_is_denied_after_an_owner_was_set(world: &World) {
    let stage = indebted(world, DENY);
    let owner = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "any",
        "uid": "7f6b8b1e-0000-4000-8000-000000000000", "controller": true});
    let patch = json!({"metadata": {"ownerReferences": [owner]}}).to_string();
    let said = stage.kubectl(&["patch", "pod", "app", "--type=merge", "--patch", &patch], "");
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
    let said = run(&stage, "set image pod/app profiler=registry.example/shell:1");
    assert!(!said.succeeded && said.stderr.contains(PROFILER), "{said:#?}");
    let said = run(&stage, "set image pod/app profiler=registry.example/profiler:2");
    assert_eq!((said.succeeded, said.stderr.as_str()), (true, ""));
}

/// As most people type it. The profile is general by default, and was legacy in kubectl 1.33,
/// which adds no capability.
fn no_profile_with_target_is_judged(world: &World) {
    let stage = indebted(world, DENY);
    let said = run(&stage, "--target=app");
    let (_, lines) = said.stderr.split_once("denied the request: ").unwrap();
    assert!(listed(lines).iter().any(|line| line.starts_with(JOINS)), "{said:#?}");
    let command = format!(
        "; this passes: kubectl debug -it -n {} app --image=registry.example/debug:1 -c new \
        --profile=baseline\n",
        stage.name
    );
    assert!(lines.ends_with(&command), "{said:#?}");
    assert_eq!(stage.stored("app")["spec"]["ephemeralContainers"].as_array().unwrap().len(), 1);
}

/// `kubectl debug` with a target, where the policy warns, and where it only records.
fn worse_is_denied_in_each_mode_as_it_says(world: &World) {
    let mode = |mode: &str| DENY.replace("Deny", mode);
    let stage = indebted(world, &mode("Warn"));
    let warned = run(&stage, "--profile=general --target=app");
    let lines: Vec<_> = warned.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{warned:#?}");
    // The name is taken by then.
    let advice = FROM_GENERAL.replace("NAMESPACE", &stage.name).replace(" -c new", "");
    for (line, start) in lines.iter().zip([TRACES, JOINS, &advice]) {
        assert!(line.starts_with(&format!("Warning: {start}")), "{warned:#?}");
    }
    let stage = indebted(world, &mode("Audit"));
    let recorded = run(&stage, "--profile=general --target=app");
    assert_eq!((recorded.succeeded, recorded.stderr.as_str()), (true, ""));
    let stored = stage.stored("app");
    assert_eq!(stored["spec"]["ephemeralContainers"].as_array().unwrap().len(), 2);
}
