//! What is wrong, in words of people, and all of it at once.

use serde_json::json;

use super::{check, folder, json, policy};

/// A pod with one value in the place of each type that is read.
fn wrong(field: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  {field}\n")
}

#[test]
fn types_are_reported_in_words_of_people() {
    let table = [
        (
            "securityContext: {runAsUser: 'a'}",
            "securityContext.runAsUser: expected a whole number, not text",
        ),
        (
            "securityContext: {fsGroup: 1.5}",
            "securityContext.fsGroup: expected a whole number, not a fraction",
        ),
        (
            "securityContext: {runAsGroup: 100000000000000000000}",
            "securityContext.runAsGroup: expected a whole number, not a number of more than 64 bits",
        ),
        (
            "securityContext: {runAsGroup: 18446744073709551615}",
            "securityContext.runAsGroup: expected a whole number of at most 64 bits",
        ),
        (
            "securityContext: {supplementalGroups: [1, {}]}",
            "securityContext.supplementalGroups[1]: expected a whole number, not an object",
        ),
        ("securityContext: []", "securityContext: expected an object, not a list"),
        ("hostPID: 1", "hostPID: expected true or false, not a whole number"),
        ("hostPID: 'yes'", "hostPID: expected true or false, not text"),
        ("containers: {}", "containers: expected a list, not an object"),
        ("containers: [null]", "containers[0]: expected an object, not null"),
        ("containers: [{name: true}]", "containers[0].name: expected text, not true or false"),
        ("nodeSelector: [a]", "nodeSelector: expected an object of texts, not a list"),
        ("nodeSelector: {a: 1}", "nodeSelector.a: expected text, not a whole number"),
    ];
    for (field, message) in table {
        let (result, code) = json(folder(&[]).path(), &["-"], &wrong(field));
        let errors = result["errors"].as_array().unwrap();
        let reported = format!("spec.{message}");
        assert_eq!(
            (&errors[0]["message"], errors.len(), code),
            (&json!(reported), 1, 2),
            "{field}"
        );
    }
}

#[test]
fn every_fault_of_a_document_is_reported_in_its_order() {
    let text = "\
apiVersion: extensions/v1beta1
kind: Deployment
metadata:
  name: web
  labels: {a: 1, b: [], c: fine}
spec:
  template:
    spec:
      hostPID: 'yes'
      shareProcessNamespace: 1
      containers:
      - name: 5
        securityContext: {runAsUser: root, runAsNonRoot: false, capabilities: {add: [1, SYS_PTRACE, 2]}}
      - text
---
apiVersion: v1
kind: Pod
metadata: {labels: [], name: []}
";
    let dir = folder(&[("x.yaml", text)]);
    let expected = "\
error: x.yaml:1:1: there is no Deployment in extensions/v1beta1 since Kubernetes 1.16: it is in apps/v1
error: x.yaml:5:12: metadata.labels.a: expected text, not a whole number
error: x.yaml:5:18: metadata.labels.b: expected text, not a list
error: x.yaml:9:7: spec.template.spec.hostPID: expected true or false, not text
error: x.yaml:10:7: spec.template.spec.shareProcessNamespace: expected true or false, not a whole number
error: x.yaml:12:9: spec.template.spec.containers[0].name: expected text, not a whole number
error: x.yaml:13:27: spec.template.spec.containers[0].securityContext.runAsUser: expected a whole number, not text
error: x.yaml:13:86: spec.template.spec.containers[0].securityContext.capabilities.add[0]: expected text, not a whole number
error: x.yaml:13:101: spec.template.spec.containers[0].securityContext.capabilities.add[2]: expected text, not a whole number
error: x.yaml:14:9: spec.template.spec.containers[1]: expected an object, not text
error: x.yaml:16:1: spec is missing
error: x.yaml:18:12: metadata.labels: expected an object of texts, not a list
error: x.yaml:18:24: metadata.name: expected text, not a list
";
    let ended = check(dir.path(), &["x.yaml"], "");
    assert_eq!((ended.stderr.as_str(), ended.code), (expected, Some(2)));
}

/// However many there are, it ends.
#[test]
fn faults_without_end_are_cut() {
    let labels: Vec<_> = (0..1000).map(|n| format!("k{n}: {n}")).collect();
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{labels: {{{}}}}}\nspec: {{}}\n",
        labels.join(", ")
    );
    let (result, code) = json(folder(&[]).path(), &["-"], &text);
    assert_eq!((result["errors"].as_array().unwrap().len(), code), (64, 2));
}

#[test]
fn what_the_api_server_will_name_is_shown_by_how_that_begins() {
    let rules = policy("{hostProcessNamespace: {mode: Deny}}");
    let dir = folder(&[("policy.yaml", &rules)]);
    let text = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: sweep-, namespace: shop}\nspec: {template: {spec: {hostPID: true, containers: []}}}\n";
    let ended = check(dir.path(), &["--policy", "policy.yaml", "-"], text);
    assert!(ended.stdout.contains(" Job shop/sweep-\n"), "{}", ended.stdout);
    let (result, _) = json(dir.path(), &["--policy", "policy.yaml", "-"], text);
    assert_eq!(result["results"][0]["name"], json!(null));
    // A name is a name, also where both are given.
    let both = text.replace("generateName", "name: now, generateName");
    let ended = check(dir.path(), &["--policy", "policy.yaml", "-"], &both);
    assert!(ended.stdout.contains(" Job shop/now\n"), "{}", ended.stdout);
}
