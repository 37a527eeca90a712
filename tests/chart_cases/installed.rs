//! helm against a real API server, without controllers: what it makes, what an upgrade leaves
//! alone, what an uninstallation takes away, and what the replicas may do.

use insta::{Settings, assert_snapshot};
use serde_json::{Value, json};

use super::Case;
use crate::chart_support::{APPLY, Cluster};
use crate::support::helm::{helm, place};
use crate::support::run;

const WEBHOOKS: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("installed::notes_say_what_to_try", notes),
        Case::new("installed::upgrade_and_uninstall", upgrade_and_uninstall),
        Case::new("installed::rights_of_a_replica", |cluster| {
            rights(cluster, "rights", "self-managed", &[]);
        }),
        Case::new("installed::rights_with_cert_manager", |cluster| {
            let more = ["--set", "tls.source=cert-manager,webhooks.static=true"];
            rights(cluster, "rights-cert-manager", "cert-manager", &more);
        }),
    ]
}

/// helm on one release, named after its namespace, so that several do not meet.
fn release(cluster: &Cluster, verb: &str, namespace: &str, more: &[&str]) -> String {
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

fn notes(cluster: &Cluster) {
    let own = cluster.namespace();
    let expected = [
        ("observe", "It is let through and recorded"),
        ("guardrail", "It is denied, with the reason"),
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
    release(cluster, "upgrade", &own, &["--set", "policy.preset=guardrail,replicas=3"]);
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

/// Everything that a replica may do beyond what every authenticated user may.
fn rights(cluster: &Cluster, snapshot: &str, source: &str, more: &[&str]) {
    let own = cluster.namespace();
    release(cluster, "install", &own, more);
    let subject = format!("--as=system:serviceaccount:{own}:{own}");
    let list = |who: &str| {
        let said = cluster.kubectl(&["auth", "can-i", "--list", "--namespace", &own, who], "");
        assert!(said.succeeded, "{}", said.stderr);
        let lines = said.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines.map(|words| words.join(" ").replace(&own, "NAME")).collect::<Vec<_>>()
    };
    let everybody = list(&format!("--as=system:serviceaccount:{own}:nobody"));
    let mut rights = list(&subject);
    rights.retain(|line| !everybody.contains(line));
    rights.sort();
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| assert_snapshot!(snapshot, rights.join("\n")));
    let account = format!("/api/v1/namespaces/{own}/serviceaccounts/{own}");
    let account: Value = cluster.client.get(&account).object();
    assert_eq!(account["automountServiceAccountToken"], false, "{source}");
    release(cluster, "uninstall", &own, &["--no-hooks"]);
}
