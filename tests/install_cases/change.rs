//! Changes that nobody may notice: new replicas, new versions, new certificates.

use std::collections::BTreeSet;

use super::{Case, ENFORCED, GUARDRAIL, LAME_DUCK};
use crate::install_support::{Expected, Release, harmless, say, tracing, under_load};
use crate::node_support::Node;
use crate::support::until;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("change::restart_upgrade_and_rollback_fail_no_create", rolling),
        Case::new("change::another_way_to_register_heals_by_itself", registered_otherwise),
        Case::new("change::renewal_of_an_expiring_leaf_fails_no_create", renewal),
    ]
}

fn rolling(node: &Node) {
    let tenant = node.namespace();
    let release = Release::install(node, "bulkhead-rolling", &[GUARDRAIL, ENFORCED, LAME_DUCK]);
    release.enforced(&tenant);
    release.settled();
    let restart: &dyn Fn() =
        &|| drop(release.kubectl(&["rollout", "restart", "deployment/bulkhead"]));
    let upgrade: &dyn Fn() = &|| drop(release.done("upgrade", &["--set=logLevel=debug"]));
    let rollback: &dyn Fn() = &|| drop(release.done("rollback", &[]));
    for (what, change) in [("restart", restart), ("upgrade", upgrade), ("rollback", rollback)] {
        let before: BTreeSet<_> = release.processes().into_keys().collect();
        let calls = under_load(&tenant, Expected::Verdict, || {
            change();
            release.settled();
        });
        let after: BTreeSet<_> = release.processes().into_keys().collect();
        assert!(before.is_disjoint(&after), "{what}: {before:?} {after:?}");
        calls.all_right(what);
    }
    release.uninstall(&["--wait"]);
}

/// The leader of before has other flags, and leads until its end.
fn registered_otherwise(node: &Node) {
    let tenant = node.namespace();
    let release = Release::install(node, "bulkhead-otherwise", &[GUARDRAIL, LAME_DUCK]);
    let path = tenant.path("pods?dryRun=All");
    until("the first denial", || node.client.post(&path, &tracing()).code == 403);
    let excluded = "--set=webhooks.static=true,webhooks.excludeNamespaces={cilium}";
    for (what, values) in [
        ("static, enforcing", ["--set=webhooks.static=true", ENFORCED]),
        ("static, less enforcing", [excluded, ENFORCED]),
        ("managed", ["--set=webhooks.static=false", ENFORCED]),
        ("static at once", [excluded, ENFORCED]),
    ] {
        let calls = under_load(&tenant, Expected::NoRefusal, || {
            release.done("upgrade", &[values.as_slice(), &["--wait", "--timeout=60s"]].concat());
            release.settled();
            release.enforced(&tenant);
        });
        let failed: usize = calls.wrong.values().map(|times| times.count).sum();
        say(format_args!("to {what}: {} creates, {failed} failed", calls.made));
        let mut names = release.entries("validating").unwrap();
        names.sort();
        assert_eq!(names, ["advise.bulkhead.dev", "enforce.bulkhead.dev"], "{what}");
        let stored = release.stored("validating").unwrap()["webhooks"].to_string();
        assert_eq!(stored.contains("cilium"), values[0] == excluded, "{what}: {stored}");
        for _ in 0..50 {
            node.client.post(&path, &harmless()).silent();
            assert_eq!(node.client.post(&path, &tracing()).code, 403, "{what}");
        }
    }
    release.uninstall(&["--wait"]);
}

/// Seconds from one leaf to the next are two thirds of this.
const LIFETIME: &str = "--set=extraArgs={--tls-leaf-lifetime=24}";

fn renewal(node: &Node) {
    let tenant = node.namespace();
    let release =
        Release::install(node, "bulkhead-renewal", &[GUARDRAIL, ENFORCED, LAME_DUCK, LIFETIME]);
    release.enforced(&tenant);
    release.settled();
    let served = || -> BTreeSet<Vec<u8>> { release.leaves().into_iter().collect() };
    let first = served();
    // Twice, so that the first one has expired by then.
    let calls = under_load(&tenant, Expected::Verdict, || {
        let mut seen = first.clone();
        for _ in 0..2 {
            until("both to serve the same new leaf", || {
                let now = served();
                now.len() == 1 && now.is_disjoint(&seen)
            });
            seen.extend(served());
        }
    });
    calls.all_right("renewal");
    release.uninstall(&["--wait"]);
}
