//! Replicas that are killed, and a time without any.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{Case, ENFORCED, GUARDRAIL, LAME_DUCK};
use crate::node::{Namespace, Node};
use crate::setup::{Expected, Release, harmless, say, tracing, under_load};
use crate::support::until;
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        Case::new:
            a_killed_replica_is_missed_for_a_moment_only,
            without_replicas_only_who_asked_for_it_is_refused;
    }
}

/// How much longer than the replica is away a call may have been on its way.
const ON_ITS_WAY: Duration = Duration::from_millis(500);

/// The API server tries no other address when one refuses: until the kubelet has started the
/// container again, or the address has left the Service, a new connection may meet nobody.
fn a_killed_replica_is_missed_for_a_moment_only(node: &Node) {
    let tenant = node.namespace();
    let release = Release::install(node, "bulkhead-killed", &[GUARDRAIL, ENFORCED, LAME_DUCK]);
    release.enforced(&tenant);
    release.settled();
    for name in release.processes().into_keys() {
        let mut away = Duration::ZERO;
        let calls = under_load(&tenant, Expected::Verdict, || {
            let begin = Instant::now();
            let id = release.processes()[&name];
            kill_process(Pid::from_raw(id.cast_signed()).unwrap(), Signal::KILL).unwrap();
            until("its container to run again", || {
                release.processes().get(&name).is_some_and(|now| *now != id)
            });
            away = begin.elapsed();
            release.settled();
        });
        let failed = calls.failed();
        let last = calls.wrong.values().map(|times| times.last).max().unwrap_or_default();
        say(format_args!(
            "kill -9: away for {away:?}; {failed} of {} creates failed, the last after {last:?}",
            calls.made
        ));
        for (what, times) in &calls.wrong {
            let is_connection = ["connection refused", "connection reset", "EOF", "broken pipe"]
                .iter()
                .any(|end| what.contains(end));
            assert!(is_connection && times.last <= away + ON_ITS_WAY, "{what}: {times:?}");
        }
    }
    release.uninstall(&["--wait"]);
}

/// Namespaces with this label are the enforcing ones.
const SELECTED: &str = "--set=webhooks.enforce.namespaceSelector.matchLabels.guarded=yes";

fn without_replicas_only_who_asked_for_it_is_refused(node: &Node) {
    let guarded = node.labelled(&json!({"guarded": "yes"}));
    let advised = node.namespace();
    let excluded = node.labelled(&json!({"guarded": "yes"}));
    let exclude = format!("--set=webhooks.excludeNamespaces={{{}}}", excluded.name);
    let release =
        Release::install(node, "bulkhead-outage", &[GUARDRAIL, LAME_DUCK, SELECTED, &exclude]);
    release.enforced(&guarded);
    let create =
        |namespace: &Namespace<'_>, pod| node.client.post(&namespace.path("pods?dryRun=All"), &pod);
    assert_eq!(create(&advised, tracing()).code, 403);
    assert_eq!(create(&excluded, tracing()).code, 201);

    release.scale(0);
    until("the last replica to be gone", || release.replicas().is_empty());
    // Answers on connections that are still open would not show what a caller sees.
    until("the API server to notice", || create(&guarded, harmless()).code == 500);
    let refused = create(&guarded, harmless());
    let message = refused.body["message"].as_str().unwrap();
    assert!(message.contains("failed calling webhook \"enforce.bulkhead.dev\""), "{message}");
    for pod in [harmless(), tracing()] {
        assert_eq!(create(&advised, pod.clone()).code, 201);
        assert_eq!(create(&excluded, pod).code, 201);
    }
    // Those that bring it back are not stopped by it.
    release.scale(2);
    release.enforced(&guarded);
    release.settled();
    // Nor is who removes it while it is down.
    release.scale(0);
    until("the last replica to be gone", || release.replicas().is_empty());
    release.uninstall(&["--wait"]);
    for namespace in [&guarded, &advised, &excluded] {
        assert_eq!(create(namespace, tracing()).code, 201);
    }
}
