//! Lists, other objects, and documents of all forms: each object is there once.

use serde_json::{Value, json};

use super::{folder, json};

fn row(value: &Value) -> (u64, String, String) {
    let text = |key: &str| value[key].as_str().unwrap_or("-").to_owned();
    (value["line"].as_u64().unwrap(), text("kind"), text("name"))
}

fn rows(value: &Value) -> Vec<(u64, String, String)> {
    value.as_array().unwrap().iter().map(row).collect()
}

fn seen(text: &str) -> (Vec<String>, Vec<String>) {
    let dir = folder(&[("x.yaml", text)]);
    let (result, code) = json(dir.path(), &["x.yaml"], "");
    assert_eq!((code, &result["errors"]), (0, &json!([])), "{text}");
    let show = |key: &str| {
        let rows = rows(&result[key]).into_iter();
        rows.map(|(line, kind, name)| format!("{line} {kind} {name}")).collect()
    };
    (show("results"), show("skipped"))
}

#[test]
fn items_are_objects_of_their_own() {
    let spec = "spec: {containers: [{name: a, image: x}]}";
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {{name: one}}\n  {spec}\n- kind: ConfigMap\n  apiVersion: v1\n- apiVersion: v1\n  kind: PodList\n  items:\n  - metadata: {{name: two}}\n    {spec}\n  - {{metadata: {{name: three}}, {spec}}}\n- {{apiVersion: apps/v1, kind: DeploymentList, items: null}}\n- {{apiVersion: v1, kind: ConfigMap, items: [{{apiVersion: v1, kind: Pod, metadata: {{name: four}}, {spec}}}]}}\n"
    );
    let results = ["4 Pod one", "13 Pod two", "15 Pod three", "17 Pod four"];
    assert_eq!(
        seen(&list),
        (
            results.map(str::to_owned).into(),
            vec!["8 ConfigMap -".to_owned(), "16 DeploymentList -".to_owned()]
        )
    );
}

#[test]
fn what_is_not_judged_is_counted() {
    let text = "\
apiVersion: v1
kind: Secret
---
just: a map
---
- a list
---
text
---
apiVersion: batch.volcano.sh/v1alpha1
kind: Job
metadata: {name: other}
---
apiVersion: example.com/v1
kind: AllowList
items: []
---
kind: 3
---
apiVersion: v1
kind: ReplicationController
metadata: {name: empty}
spec: {}
---
null
";
    let (results, skipped) = seen(text);
    assert_eq!(results, ["20 ReplicationController empty"]);
    assert_eq!(
        skipped,
        ["1 Secret -", "4 - -", "6 - -", "8 - -", "10 Job -", "14 AllowList -", "18 - -"]
    );
}

#[test]
fn what_claims_to_be_an_object_and_is_none_is_an_error() {
    let table = [
        ("- apiVersion: v1\n  kind: Pod\n", "a list of objects needs `kind: List` and `items`"),
        ("apiVersion: v1\nmetadata: {}\n", "kind is missing, or no text"),
        ("apiVersion: v1\nkind: 5\n", "kind is missing, or no text"),
        ("apiVersion: v1\nkind: pod\n", "there is no kind pod; did you mean `Pod`?"),
        ("apiVersion: core/v1\nkind: Pod\n", "there is no Pod in core/v1: it is in v1"),
        (
            "apiVersion: extensions/v1beta1\nkind: Deployment\n",
            "there is no Deployment in extensions/v1beta1 since Kubernetes 1.16: it is in apps/v1",
        ),
    ];
    for (text, message) in table {
        let dir = folder(&[("x.yaml", text)]);
        let (result, code) = json(dir.path(), &["x.yaml"], "");
        assert_eq!((&result["errors"][0]["message"], code), (&json!(message), 2), "{text}");
    }
}
