//! What is said about the cluster and about who asks: exceptions, time, nodes.

use serde_json::Value;

use super::{folder, json, pod, policy};

const EXCEPTION: &str = "---
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationException
metadata: {name: incident}
spec:
  reason: test
  expiresAt: \"2026-12-01T12:00:00Z\"
  controls: [host-process-namespace]
  namespaces: [default]
  barePods: true
";

fn finding(rules: &str, context: &str, args: &[&str], text: &str) -> (Value, i32) {
    let dir = folder(&[("policy.yaml", rules), ("context.yaml", context)]);
    let args = [&["--policy", "policy.yaml", "--context-file", "context.yaml"], args].concat();
    let (result, code) = json(dir.path(), &args, text);
    (result["results"][0]["findings"][0].clone(), code)
}

#[test]
fn an_exception_ends_at_its_time() {
    let rules = policy("{hostProcessNamespace: {mode: Deny}}") + EXCEPTION;
    let text = pod("a", "  hostPID: true");
    let (found, code) = finding(&rules, "", &["--at", "2026-12-01T11:59:59Z"], &text);
    assert_eq!((found["exception"].as_str(), code), (Some("incident"), 0));
    assert_eq!((&found["mode"], &found["conditional"]), (&"Deny".into(), &false.into()));
    let (found, code) = finding(&rules, "", &["--at", "2026-12-01T12:00:00Z"], &text);
    assert_eq!((&found["exception"], code), (&Value::Null, 1));
    // It is for bare pods: the pods of a template have a controller.
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {hostPID: true, containers: [{name: a, image: x}]}}}\n";
    let (found, code) = finding(&rules, "", &["--at", "2026-11-01T00:00:00Z"], deployment);
    assert_eq!((&found["exception"], code), (&Value::Null, 1));
    let owned = text.replace("{name: a}", "{name: a, ownerReferences: [{controller: true}]}");
    let (found, code) = finding(&rules, "", &["--at", "2026-11-01T00:00:00Z"], &owned);
    assert_eq!((&found["exception"], code), (&Value::Null, 1));
    // It is for namespace default: an object without a namespace is judged there.
    let elsewhere = text.replace("{name: a}", "{name: a, namespace: shop}");
    let (found, code) = finding(&rules, "", &["--at", "2026-11-01T00:00:00Z"], &elsewhere);
    assert_eq!((&found["exception"], code), (&Value::Null, 1));
}

#[test]
fn an_exception_for_subjects_needs_to_know_who_asks() {
    let bound = format!("{EXCEPTION}  subjects: [{{kind: Group, name: sre}}]\n");
    let rules = policy("{hostProcessNamespace: {mode: Deny}}") + &bound;
    let text = pod("a", "  hostPID: true");
    let at = ["--at", "2026-11-01T00:00:00Z"];
    let ask = |context: &str, args: &[&str]| {
        let (found, code) = finding(&rules, context, &[&at, args].concat(), &text);
        let name = found["exception"].as_str().unwrap_or("none").to_owned();
        (name, found["conditional"].as_bool().unwrap(), code)
    };
    let named = |name: &str, conditional, code| (name.to_owned(), conditional, code);
    assert_eq!(ask("", &[]), named("incident", true, 1));
    assert_eq!(ask("", &["--as", "dana", "--as-group", "sre"]), named("incident", false, 0));
    assert_eq!(ask("", &["--as", "dana", "--as-group", "dev"]), named("none", false, 1));
    let who = "apiVersion: authentication.k8s.io/v1\nkind: SelfSubjectReview\nstatus: {userInfo: {username: dana, groups: [sre]}}\n";
    assert_eq!(ask(who, &[]), named("incident", false, 0));
    assert_eq!(ask(who, &["--as", "eve"]), named("none", false, 1));
}

#[test]
fn a_repair_waits_for_nodes_that_are_known_to_support_it() {
    let rules = policy("{supplementalGroupsPolicy: {mode: Deny, repair: OnCreate}}");
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  nodeSelector: {pool: new}\n  containers: [{name: app, image: x}]\n";
    let node = |name: &str, pool: &str, os: &str, supports: bool| {
        format!(
            "- {{apiVersion: v1, kind: Node, metadata: {{name: {name}, labels: {{pool: {pool}, kubernetes.io/os: {os}}}}}, status: {{features: {{supplementalGroupsPolicy: {supports}}}}}}}\n"
        )
    };
    let list = |nodes: &[String]| format!("apiVersion: v1\nkind: List\nitems:\n{}", nodes.concat());
    let new = node("a", "new", "linux", true);
    let old = node("b", "old", "linux", false);
    let ask = |context: &str| {
        let (found, code) = finding(&rules, context, &[], text);
        (found["mode"].as_str().unwrap().to_owned(), found["repaired"].as_bool().unwrap(), code)
    };
    let repaired = ("Deny".to_owned(), true, 0);
    let left = ("Warn".to_owned(), false, 0);
    assert_eq!(ask(""), left, "unknown nodes");
    assert_eq!(ask(&list(std::slice::from_ref(&new))), repaired);
    assert_eq!(ask(&list(&[new.clone(), old.clone()])), repaired, "the old one is not eligible");
    assert_eq!(ask(&list(&[new.clone(), node("c", "new", "linux", false)])), left);
    assert_eq!(ask(&list(&[new, node("w", "new", "windows", false)])), repaired);
    assert_eq!(ask(&list(&[old])), left, "no node is eligible");
}

const LABELLED: &str = "apiVersion: v1
kind: NamespaceList
items:
- {metadata: {name: shop, labels: {tier: front, bulkhead.dev/host-process-namespace: Deny, bulkhead.dev/share-process-namespace: Disabled}}}
- {metadata: {name: depot}}
";

#[test]
fn labels_of_namespaces_select_and_change_modes() {
    let rules = |scope: &str, labels: &str| {
        format!(
            "apiVersion: bulkhead.dev/v1alpha1\nkind: IsolationPolicy\nmetadata: {{name: p}}\nspec:\n  match: {scope}\n  namespaceLabels: {labels}\n  controls: {{hostProcessNamespace: {{mode: Warn}}, shareProcessNamespace: {{mode: Deny}}}}\n"
        )
    };
    let tier = "{namespaceSelector: {matchLabels: {tier: front}}}";
    let either = "{namespaceSelector: {matchExpressions: [{key: tier, operator: Exists}, {key: kubernetes.io/metadata.name, operator: In, values: [shop]}]}}";
    let without = "{namespaceSelector: {matchLabels: {tier: front}}, excludeNamespaces: [yard]}";
    // The modes of the findings, or what is missing.
    let table = [
        (tier, "Ignore", "shop", "Deny Warn"),
        (tier, "Ignore", "depot", ""),
        (tier, "Ignore", "yard", "error"),
        (either, "Ignore", "yard", ""),
        (without, "Ignore", "yard", ""),
        ("{}", "Tighten", "shop", "Deny Deny"),
        ("{}", "Override", "shop", "Deny"),
        ("{}", "Override", "depot", "Deny Warn"),
        ("{}", "Tighten", "yard", "error"),
        ("{}", "Ignore", "yard", "Deny Warn"),
    ];
    for (scope, labels, namespace, expected) in table {
        let dir = folder(&[("policy.yaml", &rules(scope, labels)), ("context.yaml", LABELLED)]);
        let text = pod("a", "  hostPID: true\n  shareProcessNamespace: true");
        let text = text.replace("{name: a}", &format!("{{name: a, namespace: {namespace}}}"));
        let args = ["--policy", "policy.yaml", "--context-file", "context.yaml"];
        let (result, _) = json(dir.path(), &args, &text);
        let found = if let Some(message) = result["errors"][0]["message"].as_str() {
            let needs = "policy p needs the labels of namespace yard: give it in --context-file";
            assert_eq!(message, needs);
            "error".to_owned()
        } else {
            let findings = result["results"][0]["findings"].as_array().unwrap();
            let modes = findings.iter().map(|finding| finding["mode"].as_str().unwrap());
            modes.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found, expected, "{scope} {labels} {namespace}");
    }
}
