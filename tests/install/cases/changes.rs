//! Changes that nobody may notice: new replicas, new versions, new certificates.

use std::collections::BTreeSet;

use super::{Case, ENFORCED, GUARDRAIL, LAME_DUCK};
use crate::node::{Namespace, Node};
use crate::setup::{Expected, Release, harmless, say, tracing, under_load};
use crate::support::{folder, until};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        Case::new:
            restart_upgrade_and_rollback_fail_no_create,
            another_way_to_register_heals_by_itself,
            another_source_of_the_certificate_heals_by_itself,
            renewal_of_an_expiring_leaf_fails_no_create;
    }
}

fn restart_upgrade_and_rollback_fail_no_create(node: &Node) {
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

/// The leader of before has other flags, and leads until it is told to stop.
fn another_way_to_register_heals_by_itself(node: &Node) {
    let tenant = node.namespace();
    let release = Release::install(node, "bulkhead-otherwise", &[GUARDRAIL, LAME_DUCK]);
    let path = tenant.path("pods?dryRun=All");
    until("the first denial", || node.client.post(&path, &tracing()).code == 403);
    let (managed, fixed) = ("--set=webhooks.static=false", "--set=webhooks.static=true");
    let excluded = "--set=webhooks.excludeNamespaces={cilium}";
    let (enforce, advise) = ("enforce.bulkhead.dev", "advise.bulkhead.dev");
    for (what, values, expected) in [
        // What the chart does not render any more, helm does not know of.
        (
            "static and enforcing",
            [fixed, ENFORCED].as_slice(),
            [advise, "advisory.bulkhead.dev", enforce].as_slice(),
        ),
        ("managed", &[managed, ENFORCED], &[advise, enforce]),
        ("static with another exclusion", &[fixed, ENFORCED, excluded], &[advise, enforce]),
        ("managed without it", &[managed, ENFORCED], &[advise, enforce]),
    ] {
        upgraded(&release, &tenant, (what, values));
        let mut names = release.entries("validating").unwrap();
        names.sort();
        assert_eq!(names, expected, "{what}");
        let stored = release.stored("validating").unwrap()["webhooks"].to_string();
        assert_eq!(stored.contains("cilium"), values.contains(&excluded), "{what}: {stored}");
        judged(&tenant);
    }
    release.uninstall(&["--wait"]);
}

/// What is served and what is trusted do not change at one moment: here they are to fit in the end.
fn another_source_of_the_certificate_heals_by_itself(node: &Node) {
    let tenant = node.namespace();
    let values = [GUARDRAIL, ENFORCED, LAME_DUCK];
    let release = Release::install(node, "bulkhead-certified", &values);
    release.enforced(&tenant);
    release.settled();
    let name = format!("bulkhead.{}.svc", release.namespace);
    let own = rcgen::generate_simple_self_signed([name]).unwrap();
    let files =
        folder(&[("tls.crt", &own.cert.pem()), ("tls.key", &own.signing_key.serialize_pem())]);
    let path = |file: &str| files.path().join(file).to_str().unwrap().to_owned();
    let (certificate, key) = (path("tls.crt"), path("tls.key"));
    let (cert, key) = (format!("--cert={certificate}"), format!("--key={key}"));
    release.kubectl(&["create", "secret", "tls", "mine", &cert, &key]);
    let bundle = format!("--set-file=tls.files.caBundle={certificate}");
    let mine = "--set=webhooks.static=true,tls.source=files,tls.files.secretName=mine";
    for (what, values) in [("files", [mine, &bundle].as_slice()), ("self-managed again", &[])] {
        upgraded(&release, &tenant, (what, values));
        judged(&tenant);
    }
    release.uninstall(&["--wait"]);
}

/// `helm upgrade` with these values, under load, until there are verdicts by the new replicas.
#[track_caller]
fn upgraded(release: &Release<'_>, tenant: &Namespace<'_>, (what, values): (&str, &[&str])) {
    let calls = under_load(tenant, Expected::NoRefusal, || {
        release.done("upgrade", &[values, &["--wait", "--timeout=60s"]].concat());
        release.settled();
        release.enforced(tenant);
    });
    say(format_args!("to {what}: {} creates, {} failed", calls.made, calls.failed()));
}

/// Every pod gets its verdict.
#[track_caller]
fn judged(tenant: &Namespace<'_>) {
    let path = tenant.path("pods?dryRun=All");
    for _ in 0..50 {
        tenant.node.client.post(&path, &harmless()).silent();
        assert_eq!(tenant.node.client.post(&path, &tracing()).code, 403);
    }
}

/// Seconds from one leaf to the next are two thirds of this.
const LIFETIME: &str = "--set=extraArgs={--tls-leaf-lifetime=24}";

fn renewal_of_an_expiring_leaf_fails_no_create(node: &Node) {
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
