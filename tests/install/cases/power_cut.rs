//! The whole cluster stopped and started again.

use std::mem::{ManuallyDrop, forget};

use super::{Case, ENFORCED, GUARDRAIL, LAME_DUCK};
use crate::node::Node;
use crate::setup::{Release, harmless, image, say};
use crate::support::{deployment, until};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! { Case::new: a_cold_start_of_everything_needs_nobody; }
}

fn a_cold_start_of_everything_needs_nobody(_: &Node) {
    // On a node of its own, which a thread of its own enters.
    std::thread::spawn(cold_start).join().unwrap();
}

fn cold_start() {
    let node = Node::with(&[image().unwrap()]).unwrap();
    let release = Release::install(&node, "bulkhead-cold", &[GUARDRAIL, ENFORCED, LAME_DUCK]);
    let tenant = ManuallyDrop::new(node.namespace());
    release.enforced(&tenant);
    release.settled();
    let deployments = format!("/apis/apps/v1/namespaces/{}/deployments", tenant.name);
    node.client.post(&deployments, &deployment("tenant", &harmless()["spec"])).object();
    let name = tenant.name.clone();
    forget(release);

    let node = node.again().unwrap();
    let release = Release::adopt(&node, "bulkhead-cold");
    // Of what ran nothing may be left: every pod has to be recreated, and so to be admitted.
    for namespace in [&release.namespace, &name] {
        let all =
            ["delete", "pods", "--all", "--force", "--grace-period=0", "--namespace", namespace];
        let said = node.kubectl(&all, "");
        assert!(said.succeeded, "{said:?}");
    }
    let path = format!("/api/v1/namespaces/{name}/pods");
    let mut refused = 0;
    until("the tenant's pod to run", || {
        let dry = node.client.post(&format!("{path}?dryRun=All"), &harmless());
        refused += u32::from(dry.code == 500);
        let pods = node.client.get(&path).object();
        let pods = pods["items"].as_array().unwrap();
        matches!(&pods[..], [pod] if pod["status"]["phase"] == "Running")
    });
    say(format_args!("refused before the first replica answered: {refused}"));
    release.settled();
    release.uninstall(&["--wait"]);
}
