//! Where objects are that do not say so.

use serde_json::{Value, json};

use super::{check, folder, json};

const POLICIES: &str = "\
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationPolicy
metadata: {name: shop-only}
spec:
  match: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}
  controls: {hostProcessNamespace: {mode: Deny}}
";

/// As helm renders a chart with `--namespace`: nothing says where.
const RENDERED: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: plain}
spec: {hostPID: true, containers: []}
---
apiVersion: v1
kind: Pod
metadata: {name: written, namespace: other}
spec: {hostPID: true, containers: []}
---
apiVersion: v1
kind: Pod
metadata: {name: empty, namespace: \"\"}
spec: {hostPID: true, containers: []}
";

fn verdicts(result: &Value) -> Vec<&str> {
    let results = result["results"].as_array().unwrap();
    results.iter().map(|row| row["verdict"].as_str().unwrap()).collect()
}

#[test]
fn the_namespace_of_what_names_none() {
    let dir = folder(&[("policy.yaml", POLICIES)]);
    for flag in [&["-n", "shop"][..], &["--namespace", "shop"], &["--namespace=shop"]] {
        let args = [&["--policy", "policy.yaml"], flag, &["-"]].concat();
        let (result, code) = json(dir.path(), &args, RENDERED);
        assert_eq!((verdicts(&result), code), (vec!["denied", "allowed", "denied"], 1), "{flag:?}");
        let written: Vec<_> = (0..3).map(|at| &result["results"][at]["namespace"]).collect();
        assert_eq!(written, [&json!(null), &json!("other"), &json!("")], "as written");
        assert_eq!(result["summary"]["uncovered"], json!(["other"]));
        let ended = check(dir.path(), &args, RENDERED);
        let end = "note: no policy covers namespace other\n3 objects judged: 2 denied, 1 allowed\n";
        assert!(ended.stdout.ends_with(end), "{}", ended.stdout);
    }
    let (result, code) = json(dir.path(), &["--policy", "policy.yaml", "-"], RENDERED);
    assert_eq!((verdicts(&result), code), (vec!["allowed"; 3], 0));
    assert_eq!(result["summary"]["uncovered"], json!(["default", "other"]));
    // Where each is covered, there is nothing to say.
    let (result, _) = json(dir.path(), &["-n", "shop", "-"], RENDERED);
    assert_eq!(result["summary"].get("uncovered"), None);
}

#[test]
fn what_no_namespace_can_be_called_is_refused() {
    for name in ["", "Shop", "a/b", "*", "-"] {
        let ended = check(folder(&[]).path(), &["--namespace", name, "-"], RENDERED);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{name}");
        assert!(ended.stderr.contains("a namespace has a name of"), "{name}: {}", ended.stderr);
    }
}

#[test]
fn namespaces_without_end_are_counted() {
    let pods = (0..8).map(|n| {
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{namespace: n{n}}}\nspec: {{}}\n---\n")
    });
    let dir = folder(&[("policy.yaml", POLICIES)]);
    let ended = check(dir.path(), &["--policy", "policy.yaml", "-"], &pods.collect::<String>());
    let end = "note: no policy covers namespace n4\nnote: no policy covers 3 more namespaces\n8 objects judged: 0 denied, 8 allowed\n";
    assert!(ended.stdout.ends_with(end), "{}", ended.stdout);
}
