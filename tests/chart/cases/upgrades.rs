//! helm against a real API server, without controllers: what it makes, what an upgrade leaves
//! alone, what an uninstallation takes away, and what the replicas may do.

use std::collections::BTreeSet;
use std::fs::read_to_string;

use serde_json::json;

use super::Case;
use crate::setup::{APPLY, Cluster};
use crate::support::place;
use crate::support::run;
use crate::tier::cases;
use crate::tier::helm::helm;

const WEBHOOKS: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

pub(super) fn cases() -> Vec<Case> {
    cases! {
        Case::new:
            notes_say_what_to_try,
            upgrade_and_uninstall,
            rights_are_those_of_the_table,
            with_cert_manager_there_are_no_rights;
    }
}

/// helm on one release, named after its namespace, so that several do not meet.
pub(super) fn release(cluster: &Cluster, verb: &str, namespace: &str, more: &[&str]) -> String {
    let mut command = helm(&[verb, namespace]);
    if ["install", "upgrade"].contains(&verb) {
        command.arg(place("charts/bulkhead"));
        command.arg(format!("--set=fullnameOverride={namespace}"));
    }
    command.args(["--namespace", namespace, "--kubeconfig"]).arg(cluster.kubeconfig()).args(more);
    let ended = run(command);
    assert_eq!(ended.code, Some(0), "{verb}: {}{}", ended.stdout, ended.stderr);
    ended.stdout
}

fn notes_say_what_to_try(cluster: &Cluster) {
    let own = cluster.namespace();
    let expected = [
        ("observe", "It is let through and recorded"),
        ("guardrail", "It is denied, with the reason"),
        ("guardrail", "So is kubectl debug into a pod whose processes it would see"),
        ("lockdown", "pods are refused in every namespace but bulkhead-chart-"),
        ("none", "judges nothing"),
    ];
    for (preset, sentence) in expected {
        let set = format!("policy.preset={preset}");
        let shown = release(cluster, "install", &own, &["--dry-run=client", "--set", &set]);
        let notes = shown.split_once("NOTES:").unwrap().1;
        assert!(notes.contains(sentence), "{preset}: {notes}");
        assert!(notes.contains(&format!("rollout status deployment/{own}")), "{notes}");
    }
}

fn upgrade_and_uninstall(cluster: &Cluster) {
    let own = cluster.namespace();
    release(cluster, "install", &own, &[]);
    let path = format!("{WEBHOOKS}/{own}");
    let installed = cluster.client.get(&path).object();
    assert_eq!(installed.get("webhooks"), None, "nothing is registered by the chart");
    // What the leader does once it is ready.
    let hook = json!({
        "name": "advise.bulkhead.dev", "sideEffects": "None", "admissionReviewVersions": ["v1"],
        "failurePolicy": "Ignore",
        "clientConfig": {"service": {"namespace": own, "name": own, "path": "/advise"}},
    });
    let filled = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "webhooks": [hook],
        "kind": "ValidatingWebhookConfiguration", "metadata": {"name": own},
    });
    let apply = format!("{path}?fieldManager=bulkhead&force=true");
    cluster.client.patch(&apply, APPLY, &filled).object();
    let secret = format!("/api/v1/namespaces/{own}/secrets/{own}-tls");
    let mut certificate = cluster.client.get(&secret).object();
    assert_eq!(certificate.get("data"), None);
    certificate["data"] = json!({"tls.crt": "eA=="});
    cluster.client.put(&secret, &certificate).object();

    let policy = || {
        let path = format!("/api/v1/namespaces/{own}/configmaps/{own}-policy");
        let found = cluster.client.get(&path).object();
        found["data"]["policy.yaml"].as_str().unwrap().lines().next().unwrap().to_owned()
    };
    let untouched = || {
        let after = cluster.client.get(&path).object();
        assert_eq!(after["webhooks"][0]["name"], "advise.bulkhead.dev");
        assert_eq!(cluster.client.get(&secret).object()["data"], json!({"tls.crt": "eA=="}));
    };
    release(cluster, "upgrade", &own, &["--set", "policy.preset=guardrail,replicaCount=3"]);
    assert!(policy().contains("guardrail"), "{}", policy());
    untouched();
    release(cluster, "rollback", &own, &[]);
    assert!(policy().contains("observe"), "{}", policy());
    untouched();
    // The way back after an emergency.
    cluster.client.delete(&path).object();
    release(cluster, "upgrade", &own, &["--reuse-values"]);
    cluster.client.get(&path).object();
    // There is nobody here to run the Job of the hook.
    release(cluster, "uninstall", &own, &["--no-hooks"]);
    assert_eq!(cluster.client.get(&path).code, 404);
    assert_eq!(cluster.client.get(&path.replace("validating", "mutating")).code, 404);
    assert_eq!(cluster.client.get(&secret).code, 404);
}

/// The lines of the table in docs/install.md, as kubectl lists rights, of one account.
fn documented(account: &str, own: &str) -> BTreeSet<String> {
    let page = read_to_string(place("docs/install.md")).unwrap();
    let rows = page.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let rows = rows.filter(|cells| cells.get(1) == Some(&account));
    let lines = rows.map(|cells| {
        let &[_, _, resource, named, verbs, because, _] = cells.as_slice() else {
            panic!("not a row of rights: {cells:?}");
        };
        assert!(!because.is_empty(), "no reason: {cells:?}");
        format!("{resource} [] [{}] [{verbs}]", named.replace("bulkhead", own))
    });
    lines.collect()
}

/// What an account may beyond what every account may.
fn listed(cluster: &Cluster, own: &str, account: &str) -> BTreeSet<String> {
    let list = |account: &str| -> BTreeSet<String> {
        let who = format!("--as=system:serviceaccount:{own}:{account}");
        let said = cluster.kubectl(&["auth", "can-i", "--list", "--namespace", own, &who], "");
        assert!(said.succeeded, "{}", said.stderr);
        let lines = said.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines.map(|words| words.join(" ")).collect()
    };
    &list(account) - &list("nobody")
}

fn rights_are_those_of_the_table(cluster: &Cluster) {
    let own = cluster.namespace();
    release(cluster, "install", &own, &[]);
    // What helm makes first when it uninstalls, and when it tests.
    let mut get = helm(&["get", "hooks", &own, "--namespace", &own, "--kubeconfig"]);
    get.arg(cluster.kubeconfig());
    let hooks = run(get).stdout;
    let runs = |object: &str| object.contains("kind: Job\n") || object.contains("kind: Pod\n");
    let rest = hooks.split("\n---\n").filter(|object| !runs(object));
    let hooks = rest.collect::<Vec<_>>().join("\n---\n");
    let made = cluster.kubectl(&["create", "--filename", "-"], &hooks);
    assert!(made.succeeded, "{}", made.stderr);
    for account in ["bulkhead", "bulkhead-unregister", "bulkhead-test"] {
        let wanted = documented(account, &own);
        assert!(!wanted.is_empty());
        assert_eq!(listed(cluster, &own, &account.replace("bulkhead", &own)), wanted, "{account}");
    }
    no_token(cluster, &own);
    let undone = cluster.kubectl(&["delete", "--filename", "-"], &hooks);
    assert!(undone.succeeded, "{}", undone.stderr);
    release(cluster, "uninstall", &own, &["--no-hooks"]);
}

fn with_cert_manager_there_are_no_rights(cluster: &Cluster) {
    let own = cluster.namespace();
    release(cluster, "install", &own, &["--set", "tls.source=cert-manager,webhooks.static=true"]);
    assert_eq!(listed(cluster, &own, &own), BTreeSet::new());
    no_token(cluster, &own);
    release(cluster, "uninstall", &own, &["--no-hooks"]);
}

/// No pod that runs under the account by mistake gets its token.
fn no_token(cluster: &Cluster, own: &str) {
    let account = format!("/api/v1/namespaces/{own}/serviceaccounts/{own}");
    assert_eq!(cluster.client.get(&account).object()["automountServiceAccountToken"], false);
}
