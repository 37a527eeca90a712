//! Several mutating webhooks, and ours called more than once: what is stored is right, nothing is
//! repaired or warned of twice, and who insists is denied.

use serde_json::{Value, json};

use super::said::{NO_SHARING, removed};
use super::{Case, case, pod};
use crate::setup::{Answer, DENY, Injection, Injector, REPAIR, STRATEGIC, Stage, World, rule};
use crate::support::{capable, policy, sharing_spec, until};
use crate::tier::{cases, name};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = cases! {
        case:
            ours_registered_twice_mends_and_warns_once,
            ours_registered_twice_denies_in_the_words_of_one,
            ours_registered_twice_warns_once;
    };
    for injected in INJECTED {
        cases.push(case(name!("{}", injected.name), move |world| injected.check(world)));
    }
    cases
}

/// Registers the same endpoints a second time, and waits until they were asked twice.
fn registered_twice(world: &World, controls: &str) -> Stage {
    let mut stage = world.namespace().guarded(Some(&policy(controls)));
    let pods = [rule("", "v1", &["pods"], &["CREATE"])];
    stage.also("MutatingWebhookConfiguration", "mutate", &pods);
    stage.also("ValidatingWebhookConfiguration", "validate", &pods);
    let mut tries = 0;
    until("the API server to ask twice", || {
        let name = format!("twice-{tries}");
        tries += 1;
        stage.try_create(&pod(&name, &json!({"containers": [capable("app", &json!({}))]})));
        calls(&stage, "mutate", &name).len() > 1 && calls(&stage, "validate", &name).len() > 1
    });
    stage
}

/// The lines of the log about a pod at an endpoint.
fn calls(stage: &Stage, path: &str, name: &str) -> Vec<String> {
    let log = stage.log();
    let about = |line: &&str| {
        line.contains(&format!("path=\"{path}\"")) && line.contains(&format!("name=\"{name}\""))
    };
    log.lines().filter(about).map(str::to_owned).collect()
}

fn ours_registered_twice_mends_and_warns_once(world: &World) {
    let stage = registered_twice(world, REPAIR);
    let answer = stage.create(&pod("repaired", &sharing_spec()));
    assert_eq!(answer.warnings.len(), 3, "{answer:#?}");
    answer.object();
    let stored = &stage.stored("repaired")["spec"];
    assert_eq!(stored["shareProcessNamespace"], false);
    assert_eq!(stored["securityContext"], json!({"supplementalGroupsPolicy": "Strict"}));
    assert_eq!(stored["containers"][1]["securityContext"], json!({"capabilities": {}}));
    let calls = calls(&stage, "mutate", "repaired");
    let patched = calls.iter().filter(|line| line.contains("verdict=\"patched\"")).count();
    assert!(calls.len() > 1 && patched == 1, "{calls:#?}");
}

fn ours_registered_twice_denies_in_the_words_of_one(world: &World) {
    let stage = registered_twice(world, DENY);
    let answer = stage.create(&pod("denied", &sharing_spec()));
    // Both deny; the API server tells of one of them.
    let message = answer.body["message"].as_str().unwrap_or_default();
    assert_eq!((answer.code, message.lines().skip(1).count()), (403, 2), "{answer:#?}");
    assert_eq!(answer.warnings, Vec::<String>::new());
}

fn ours_registered_twice_warns_once(world: &World) {
    let stage = registered_twice(world, "{shareProcessNamespace: {mode: Warn}}");
    let answer = stage.create(&pod("warned", &sharing_spec()));
    assert_eq!(answer.warnings.len(), 1, "{answer:#?}");
    answer.object();
}

/// Another mutating webhook, and what becomes of a pod (or of a debug container) then.
#[derive(Clone, Copy)]
struct Injected {
    name: &'static str,
    /// Asked before ours, asked again, asked about debug containers.
    when: (bool, bool, bool),
    /// Field and value (JSON) that it sets.
    sets: (&'static str, &'static str),
    /// The beginnings of the warnings.
    warned: &'static [&'static str],
    /// What denies it.
    denied: &'static [&'static str],
    /// Pointer and JSON in the stored pod, where it is stored.
    stored: (&'static str, &'static str),
}

const MESH: (&str, &str) = (
    "/spec/initContainers",
    r#"[{"name": "mesh", "image": "i", "restartPolicy": "Always",
        "securityContext": {"capabilities": {"add": ["SYS_PTRACE", "NET_ADMIN"]}}}]"#,
);
const MESH_MENDED: (&str, &str) =
    ("/spec/initContainers/0/securityContext/capabilities", r#"{"add": ["NET_ADMIN"]}"#);
const MESH_WARNED: &str =
    removed!("sidecar mesh", "spec.initContainers[0].securityContext.capabilities.add[0]");
const SHARES: (&str, &str) = ("/spec/shareProcessNamespace", "true");
const SHARES_WARNED: &str = NO_SHARING;
const NOTHING: (&str, &str) = ("", "null");
const DEBUGS: (&str, &str) = (
    "/spec/ephemeralContainers/0/securityContext",
    r#"{"capabilities": {"add": ["ALL"], "drop": ["KILL"]}}"#,
);
const DEBUGS_WARNED: &str = removed!(
    "ephemeral container dbg",
    "spec.ephemeralContainers[0].securityContext.capabilities.add"
);

const FRONT: (&str, &str) = (
    "/spec/containers/0",
    r#"{"name": "front", "image": "i",
        "securityContext": {"capabilities": {"add": ["NET_ADMIN", "SYS_PTRACE"]}}}"#,
);
const TRACES: (&str, &str) =
    ("/spec/containers/0/securityContext", r#"{"capabilities": {"add": ["SYS_PTRACE"]}}"#);

const INJECTED: [Injected; 9] = [
    Injected {
        name: "what_a_webhook_before_ours_adds_is_repaired",
        when: (true, false, false),
        sets: MESH,
        warned: &[MESH_WARNED],
        denied: &[],
        stored: MESH_MENDED,
    },
    Injected {
        name: "what_a_webhook_after_ours_adds_is_repaired",
        when: (false, false, false),
        sets: MESH,
        warned: &[MESH_WARNED],
        denied: &[],
        stored: MESH_MENDED,
    },
    // It is asked again because ours changed something, and ours because it did.
    Injected {
        name: "what_a_webhook_before_ours_adds_again_is_repaired_and_warned_once",
        when: (true, true, false),
        sets: MESH,
        warned: &[MESH_WARNED],
        denied: &[],
        stored: MESH_MENDED,
    },
    Injected {
        name: "a_webhook_after_ours_that_insists_is_denied",
        when: (false, true, false),
        sets: SHARES,
        warned: &[SHARES_WARNED],
        denied: &["spec.shareProcessNamespace ProcessNamespaceShared"],
        stored: NOTHING,
    },
    Injected {
        name: "a_webhook_after_ours_that_insists_on_sys_ptrace_is_denied",
        when: (false, true, false),
        sets: TRACES,
        warned: &[removed!(
            "container app",
            "spec.containers[0].securityContext.capabilities.add[0]"
        )],
        denied: &["spec.containers[0].securityContext.capabilities.add[0] PtraceAdded"],
        stored: NOTHING,
    },
    // Ours had another container at that place when it was asked first.
    Injected {
        name: "a_container_that_a_webhook_after_ours_puts_in_front_is_repaired",
        when: (false, false, false),
        sets: FRONT,
        warned: &[removed!(
            "container front",
            "spec.containers[0].securityContext.capabilities.add[1]"
        )],
        denied: &[],
        stored: ("/spec/containers/0/securityContext/capabilities", r#"{"add": ["NET_ADMIN"]}"#),
    },
    Injected {
        name: "sharing_that_a_webhook_before_ours_sets_is_repaired",
        when: (true, false, false),
        sets: SHARES,
        warned: &[SHARES_WARNED],
        denied: &[],
        stored: ("/spec/shareProcessNamespace", "false"),
    },
    Injected {
        name: "what_a_webhook_after_ours_gives_a_debug_container_is_repaired",
        when: (false, false, true),
        sets: DEBUGS,
        warned: &[DEBUGS_WARNED],
        denied: &[],
        stored: (
            "/spec/ephemeralContainers/0/securityContext/capabilities",
            r#"{"add": ["ALL"], "drop": ["KILL", "SYS_PTRACE"]}"#,
        ),
    },
    Injected {
        name: "a_webhook_after_ours_that_insists_on_a_debug_container_is_denied",
        when: (false, true, true),
        sets: DEBUGS,
        warned: &[DEBUGS_WARNED],
        denied: &["spec.ephemeralContainers[0].securityContext.capabilities.add PtraceByAll"],
        stored: NOTHING,
    },
];

impl Injected {
    fn check(self, world: &World) {
        let stage = world.namespace().guarded(Some(&policy(REPAIR)));
        let (first, again, debug) = self.when;
        let mut app = pod("app", &json!({"containers": [capable("app", &json!({}))]}));
        app["spec"]["securityContext"] = json!({"supplementalGroupsPolicy": "Strict"});
        if debug {
            stage.create(&app).silent();
        }
        let send = |query: &str| self.send(&stage, &app, query);
        let value: Value = serde_json::from_str(self.sets.1).unwrap();
        let patch = json!([{"op": "add", "path": self.sets.0, "value": value}]);
        let injection = Injection { first, again, debug, patch };
        let _injector = Injector::with(&stage, &injection, || drop(send("?dryRun=All")));
        let answer = send("");
        let same = answer.warnings.len() == self.warned.len()
            && answer.warnings.iter().zip(self.warned).all(|(line, start)| line.starts_with(start));
        assert!(same, "{answer:#?}");
        if self.denied.is_empty() {
            let stored = answer.object();
            let value: Value = serde_json::from_str(self.stored.1).unwrap();
            assert_eq!(stored.pointer(self.stored.0), Some(&value), "{stored:#}");
        } else {
            assert_eq!(answer.denied_for(), self.denied);
        }
    }

    fn send(self, stage: &Stage, app: &Value, query: &str) -> Answer {
        let client = &stage.cluster.client;
        if !self.when.2 {
            return client.post(&stage.pods(query), app);
        }
        let new = json!({"spec": {"ephemeralContainers": [{"name": "dbg", "image": "i"}]}});
        client.patch(&stage.pods(&format!("/app/ephemeralcontainers{query}")), STRATEGIC, &new)
    }
}
