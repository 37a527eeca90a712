//! A real API server takes what the chart renders, and Pod Security takes the pods.

use serde_json::{Value, json};

use super::Case;
use crate::setup::Cluster;
use crate::setup::rendered::{objects, sets, template, values};
use crate::tier::name;

pub(super) fn cases() -> Vec<Case> {
    let name = |set: &str| name!("dry_run::{set}");
    let mut cases: Vec<_> = sets()
        .into_iter()
        .map(|set| Case::new(name(&set), move |cluster| dry_run(cluster, &set)))
        .collect();
    let deployed = ["base", "overlays/single-node", "overlays/cert-manager"];
    let deployed =
        deployed.map(|folder| Case::new(name(folder), move |cluster| kustomized(cluster, folder)));
    cases.extend(deployed);
    cases
}

fn dry_run(cluster: &Cluster, set: &str) {
    let namespace = cluster.namespace();
    let ended = template(&namespace, &["--values", &values(set)]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    // A pod is admitted only with its account; those of workloads are made later.
    for pod in objects(&ended.stdout).iter().filter(|object| object["kind"] == "Pod") {
        cluster.service_account(&namespace, pod["spec"]["serviceAccountName"].as_str().unwrap());
    }
    accepts(cluster, &ended.stdout);
    let host_network = set == "host-network";
    for object in objects(&ended.stdout) {
        if object["kind"] == "Deployment" || object["kind"] == "Job" {
            // The node's network is what a restricted namespace is there to refuse.
            let pod = &object["spec"]["template"];
            runs_restricted(cluster, &namespace, pod, host_network && object["kind"] != "Job");
        }
        if object["kind"] == "Pod" {
            runs_restricted(cluster, &namespace, &object, false);
        }
    }
}

/// `kubectl apply -k`, but for its namespace, which is labelled as strictly.
fn kustomized(cluster: &Cluster, folder: &str) {
    let path = crate::support::place(&format!("deploy/{folder}"));
    let built = cluster.kubectl(&["kustomize", path.to_str().unwrap()], "");
    assert!(built.succeeded, "{}", built.stderr);
    let own = cluster.namespace();
    accepts(cluster, &built.stdout.replace("bulkhead-system", &own));
    let objects = objects(&built.stdout);
    let deployment = crate::setup::rendered::only(&objects, "Deployment");
    runs_restricted(cluster, &own, &deployment["spec"]["template"], false);
    let namespace = crate::setup::rendered::only(&objects, "Namespace");
    let labels = &namespace["metadata"]["labels"];
    assert_eq!(labels["pod-security.kubernetes.io/enforce"], "restricted");
}

fn accepts(cluster: &Cluster, manifests: &str) {
    let args = ["apply", "--server-side", "--dry-run=server", "--force-conflicts", "-f", "-"];
    let said = cluster.kubectl(&args, manifests);
    assert!(said.succeeded, "{}", said.stderr);
}

/// Pods of a template are created, for trial, in a namespace that enforces `restricted`.
fn runs_restricted(cluster: &Cluster, namespace: &str, template: &Value, host_network: bool) {
    let account = template["spec"]["serviceAccountName"].as_str().unwrap();
    cluster.service_account(namespace, account);
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
        "metadata": {"generateName": "trial-", "labels": template["metadata"]["labels"]},
    });
    let path = format!("/api/v1/namespaces/{namespace}/pods?dryRun=All");
    let answer = cluster.client.post(&path, &pod);
    if !host_network {
        answer.silent();
        return;
    }
    assert_eq!(answer.code, 403, "{answer:#?}");
    let message = answer.body["message"].as_str().unwrap();
    let violations = message.split_once("restricted:latest\": ").unwrap().1;
    let of_network = "host namespaces (hostNetwork=true), hostPort (container \"bulkhead\" uses hostPorts 10080, 10443)";
    assert_eq!(violations.replace("10443, 10080", "10080, 10443"), of_network);
}
