//! A chart as helm makes one, and what `bulkhead check` makes of it: of its folder and of what helm
//! renders.

use std::path::Path;

use serde_json::{Value, json};

use super::{Case, offline};
use crate::support::{Ended, folder, program, run};
use crate::tier::cases;
use crate::tier::helm::helm;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        offline:
            the_folder_of_a_chart_is_no_error,
            what_helm_renders_is_judged_in_its_namespace;
    }
}

const POLICY: &str = "\
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationPolicy
metadata: {name: shop}
spec:
  match: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}
  controls: {supplementalGroupsPolicy: {mode: Deny}}
";

/// Makes a chart in a folder.
fn create(dir: &Path) {
    let mut create = helm(&["create", "app"]);
    create.current_dir(dir);
    let ended = run(create);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

fn check(dir: &Path, args: &[&str], input: &str) -> (Value, Ended) {
    let mut command = program();
    command.current_dir(dir).args(["check", "--output", "json", "--policy", "policy.yaml"]);
    command.args(args);
    let ended = Ended::of(command, input);
    (serde_json::from_str(&ended.stdout).unwrap(), ended)
}

fn the_folder_of_a_chart_is_no_error() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: []}\n";
    let dir = folder(&[("policy.yaml", POLICY), ("deploy/pod.yaml", pod)]);
    create(&dir.path().join("deploy"));
    let (result, ended) = check(dir.path(), &["deploy"], "");
    assert_eq!((&result["errors"], ended.code), (&json!([]), Some(0)), "{result:#}");
    assert_eq!(result["results"].as_array().unwrap().len(), 1);
    let chart = json!([{"file": "deploy/app/Chart.yaml", "line": 1, "kind": null, "reason": "a Helm chart: its templates are left out"}]);
    assert_eq!(result["skipped"], chart);
}

fn what_helm_renders_is_judged_in_its_namespace() {
    let dir = folder(&[("policy.yaml", POLICY)]);
    create(dir.path());
    let app = dir.path().join("app");
    let rendered = run(helm(&["template", "app", app.to_str().unwrap(), "-n", "shop"]));
    assert_eq!(rendered.code, Some(0), "{}", rendered.stderr);
    let (result, ended) = check(dir.path(), &["-n", "shop", "-"], &rendered.stdout);
    let results = result["results"].as_array().unwrap();
    let deployment = results.iter().find(|row| row["kind"] == "Deployment").unwrap();
    assert_eq!(deployment["verdict"], "denied", "{deployment:#}");
    assert_eq!(deployment["namespace"], json!(null), "helm writes none");
    assert_eq!((&result["summary"]["uncovered"], ended.code), (&json!(null), Some(1)));
    // Without it, a policy that selects the namespace does not see it.
    let (result, ended) = check(dir.path(), &["-"], &rendered.stdout);
    assert_eq!((&result["summary"]["uncovered"], ended.code), (&json!(["default"]), Some(0)));
}
