//! The first minutes: from `helm install` to a verdict, and when there is no image.

use std::time::Instant;

use serde_json::json;

use super::{Case, ENFORCED, GUARDRAIL, LAME_DUCK};
use crate::node::{Namespace, Node};
use crate::setup::{Expected, Release, harmless, say, shared, tracing, under_load};
use crate::support::until;
use crate::support::{deployment, place};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        Case::new:
            guardrail_judges_through_its_service,
            an_enforcing_installation_refuses_nobody_meanwhile,
            lockdown_repairs_and_refuses_nobody_meanwhile,
            plain_manifests_come_up,
            a_release_that_ends_leaves_the_next_one_alone,
            without_its_image_guardrail_refuses_nobody,
            without_its_image_lockdown_refuses_nobody;
    }
}

fn without_its_image_guardrail_refuses_nobody(node: &Node) {
    without_image(node, "guardrail");
}

fn without_its_image_lockdown_refuses_nobody(node: &Node) {
    without_image(node, "lockdown");
}

fn guardrail_judges_through_its_service(node: &Node) {
    let tenant = node.namespace();
    let begin = Instant::now();
    let release = Release::install(node, "bulkhead-system", &[GUARDRAIL]);
    let path = tenant.path("pods?dryRun=All");
    let denied = std::thread::scope(|scope| {
        let denied = scope.spawn(|| {
            until("the first denial", || node.client.post(&path, &tracing()).code == 403);
            begin.elapsed()
        });
        try_it(node, &release.notes);
        denied.join().unwrap()
    });
    say(format_args!("from helm install to the first denial: {:.1} s", denied.as_secs_f32()));
    release.settled();
    // Without an enforcing half it is the other one that denies.
    assert_eq!(
        release.entries("validating").unwrap(),
        ["advisory.bulkhead.dev", "advise.bulkhead.dev"]
    );

    pods(&tenant);
    workloads(&tenant);
    debugging(&tenant);
    tested(&release);
    release.uninstall(&["--wait"]);
    node.client.post(&path, &tracing()).silent();
}

/// Does what the notes say, word for word.
fn try_it(node: &Node, notes: &str) {
    let (before, _) = notes.split_once("It is denied, with the reason").unwrap();
    let typed: Vec<_> = before.lines().filter(|line| line.starts_with("  ")).collect();
    let said = node.shell(&typed.join("\n"));
    assert!(said.stdout.contains("condition met"), "{said:?}");
    assert!(said.stderr.contains(" [ptrace-capability, policy "), "{said:?}");
    assert!(said.stdout.contains("namespace \"bulkhead-trial\" deleted"), "{said:?}");
}

/// `helm test`: the verdict of the policy in force, over the Service, by the registered authority.
fn tested(release: &Release<'_>) {
    assert!(release.done("test", &[]).contains("Succeeded"));
    let said = release.done("test", &["--logs"]);
    assert!(said.contains("denied the example: "), "{said}");
    assert!(said.contains("as the policy says"), "{said}");
    // What it may do is gone with it.
    let left = release.node.kubectl(&["get", "clusterrole", "bulkhead-test"], "");
    assert!(!left.succeeded, "{left:?}");
}

fn pods(tenant: &Namespace<'_>) {
    let path = tenant.path("pods?dryRun=All");
    let client = &tenant.node.client;
    let denied = client.post(&path, &tracing());
    let message = denied.body["message"].as_str().unwrap();
    let start = "admission webhook \"advisory.bulkhead.dev\" denied the request: \n- container ";
    assert!(
        message.starts_with(start) && message.contains(" [ptrace-capability, policy "),
        "{message}"
    );
    let warned = client.post(&path, &shared());
    assert_eq!(warned.code, 201, "{warned:#?}");
    assert!(
        warned.warnings.iter().any(|text| text.contains("share-process-namespace")),
        "{warned:#?}"
    );
    client.post(&path, &harmless()).silent();
}

/// A Deployment is not denied: its author is warned, and its pods are refused.
fn workloads(tenant: &Namespace<'_>) {
    let client = &tenant.node.client;
    let deployments = format!("/apis/apps/v1/namespaces/{}/deployments", tenant.name);
    let made = client.post(&deployments, &deployment("tracing", &tracing()["spec"]));
    assert_eq!(made.code, 201, "{made:#?}");
    let would = made.warnings.iter().any(|text| text.contains("ptrace-capability"));
    assert!(would, "{made:#?}");
    let path = format!("{deployments}/tracing");
    until("the ReplicaSet to be refused", || {
        let status = &client.get(&path).object()["status"];
        let conditions = status["conditions"].as_array().into_iter().flatten();
        let mut messages = conditions.filter_map(|condition| condition["message"].as_str());
        messages.any(|message| message.contains(" [ptrace-capability, policy "))
    });
}

/// Of a running pod, by the real kubectl: what is denied is what reaches another container's processes.
fn debugging(tenant: &Namespace<'_>) {
    let pod = tenant.run(&json!({"spec": harmless()["spec"]}), "app");
    let sharing = tenant.run(&json!({"spec": shared()["spec"]}), "sharing");
    let debug = |pod: &str, more: &[&str]| {
        let fixed = ["debug", pod, "--image=localhost/probe:root", "--attach=false"];
        tenant.kubectl(&[&fixed, more].concat())
    };
    // As it is typed, without a profile, which adds SYS_PTRACE; and as an administrator.
    for profile in [&[][..], &["--profile=general"], &["--profile=sysadmin"]] {
        for (name, target) in [("app", "--target=app"), ("sharing", "--target=web")] {
            let refused = debug(name, &[&[target], profile].concat());
            let reason = "denied the request: ";
            assert!(!refused.succeeded && refused.stderr.contains(reason), "{refused:?}");
            assert!(refused.stderr.contains("ptrace-capability"), "{refused:?}");
        }
        let refused = debug("sharing", profile);
        assert!(
            !refused.succeeded && refused.stderr.contains("denied the request: "),
            "{refused:?}"
        );
    }
    // It sees nothing but itself.
    let alone = debug("app", &["--container=default"]);
    assert!(alone.succeeded && alone.stderr.contains("Warning: "), "{alone:?}");
    assert!(alone.stderr.contains("ptrace-capability"), "{alone:?}");
    let alone = debug("app", &["--profile=sysadmin", "--container=sysadmin"]);
    assert!(alone.succeeded, "{alone:?}");
    let warned = debug("app", &["--target=app", "--profile=restricted", "--container=joined"]);
    assert!(warned.succeeded && warned.stderr.contains("ephemeral-target"), "{warned:?}");
    let apart = debug("app", &["--profile=restricted", "--container=apart"]);
    assert!(apart.succeeded && !apart.stderr.contains("Warning"), "{apart:?}");
    assert_eq!(pod.live()["spec"]["ephemeralContainers"].as_array().unwrap().len(), 4);
    assert_eq!(sharing.live()["spec"].get("ephemeralContainers"), None);
}

/// Between the first replica that could answer and the first endpoint of the Service nobody is
/// refused, either.
fn an_enforcing_installation_refuses_nobody_meanwhile(node: &Node) {
    let tenant = node.namespace();
    let calls = under_load(&tenant, Expected::NoRefusal, || {
        let values = [GUARDRAIL, ENFORCED, LAME_DUCK];
        let release = Release::install(node, "bulkhead-enforcing", &values);
        release.enforced(&tenant);
        release.settled();
        release.uninstall(&["--wait"]);
    });
    calls.all_right("install and uninstall, enforcing");
    assert!(calls.denied > 0, "it was never asked");
}

/// What it would deny it repairs, and the repaired pod runs.
fn lockdown_repairs_and_refuses_nobody_meanwhile(node: &Node) {
    let tenant = node.namespace();
    let values = ["--set=policy.preset=lockdown", LAME_DUCK];
    let mut release = None;
    let calls = under_load(&tenant, Expected::Passing, || {
        let installed = release.insert(Release::install(node, "bulkhead-lockdown", &values));
        until("the webhooks to be registered", || {
            let entries = installed.entries("validating");
            entries.is_some_and(|all| all == ["enforce.bulkhead.dev", "advise.bulkhead.dev"])
        });
        installed.settled();
    });
    calls.all_right("install, lockdown");
    let pod = tenant.run(&json!({"spec": tracing()["spec"]}), "repaired").live();
    assert_eq!(pod["spec"]["shareProcessNamespace"], json!(false));
    assert_eq!(pod["spec"]["containers"][1]["securityContext"]["capabilities"]["add"], json!(null));
    let mut seeing = harmless();
    seeing["spec"]["hostPID"] = json!(true);
    let denial = node.client.post(&tenant.path("pods?dryRun=All"), &seeing).denial();
    assert!(denial[0].starts_with("pod: remove hostPID; "), "{denial:?}");
    release.unwrap().uninstall(&["--wait"]);
}

/// With kubectl alone, as the documents have it.
fn plain_manifests_come_up(node: &Node) {
    let base = place("deploy/base");
    let kubectl = |args: &[&str]| {
        let said = node.kubectl(args, "");
        assert!(said.succeeded, "kubectl {args:?}: {}", said.stderr);
    };
    kubectl(&["apply", "-k", base.to_str().unwrap()]);
    let release = Release::adopt(node, "bulkhead-system");
    release.settled();
    release.registered();
    let all = "validatingwebhookconfiguration,mutatingwebhookconfiguration";
    kubectl(&["delete", all, "bulkhead"]);
    kubectl(&["delete", "-k", base.to_str().unwrap(), "--ignore-not-found"]);
}

/// `helm uninstall` returns while the replicas still answer: one that leads until its end would
/// register for the next release, of which nobody may ever answer.
fn a_release_that_ends_leaves_the_next_one_alone(node: &Node) {
    let tenant = node.namespace();
    let lockdown = "--set=policy.preset=lockdown";
    let first = Release::install(node, "bulkhead-next", &[lockdown]);
    first.registered();
    first.settled();
    let calls = under_load(&tenant, Expected::Passing, || {
        first.done("uninstall", &["--wait"]);
        let values = [lockdown, "--set=image.tag=absent,image.pullPolicy=Never"];
        let next = Release::install(node, "bulkhead-next", &values);
        assert!(!next.processes().is_empty(), "nobody of the first is left to see this");
        until("the first to be gone", || next.processes().is_empty());
        assert_eq!(next.entries("validating").unwrap(), Vec::<String>::new());
        assert_eq!(next.entries("mutating").unwrap(), Vec::<String>::new());
        next.uninstall(&["--no-hooks"]);
    });
    calls.all_right("uninstalled, and installed without an image");
}

fn without_image(node: &Node, preset: &str) {
    let tenant = node.namespace();
    let preset = format!("--set=policy.preset={preset}");
    let namespace = "bulkhead-no-image";
    let calls = under_load(&tenant, Expected::Passing, || {
        let values = [&preset, "--set=image.tag=absent,image.pullPolicy=Never"];
        let release = Release::install(node, namespace, &values);
        until("all replicas to lack their image", || {
            let replicas = release.replicas();
            let stuck = replicas.iter().filter(|pod| {
                let state = &pod["status"]["containerStatuses"][0]["state"];
                state["waiting"]["reason"] == "ErrImageNeverPull"
            });
            stuck.count() == 2
        });
        // In the excluded namespaces as everywhere, real pods and not only dry runs.
        let pod = tenant.run(&json!({"spec": shared()["spec"]}), "real");
        assert_eq!(release.entries("validating").unwrap(), Vec::<String>::new());
        assert_eq!(release.entries("mutating").unwrap(), Vec::<String>::new());
        drop(pod);
        // As the documents have it for a Job that cannot run.
        release.uninstall(&["--no-hooks"]);
    });
    calls.all_right(&format!("no image, {preset}"));
}
