//! Files that do not say what their author thinks: a word about it, and the verdict of kubectl's reading.

use serde_json::{Value, json};

use super::{check, folder, json, policy};

fn warnings(text: &str) -> Vec<(u64, String)> {
    let rules = policy("{shareProcessNamespace: {mode: Deny}, hostProcessNamespace: {mode: Deny}}");
    let dir = folder(&[("policy.yaml", &rules), ("x.yaml", text)]);
    let (result, _) = json(dir.path(), &["--policy", "policy.yaml", "x.yaml"], "");
    let row = |row: &Value| {
        assert_eq!(row["file"], "x.yaml");
        (row["line"].as_u64().unwrap(), row["message"].as_str().unwrap().to_owned())
    };
    result["warnings"].as_array().unwrap().iter().map(row).collect()
}

fn deployment(name: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  template:\n    spec: {{hostPID: true, containers: []}}\n"
    )
}

/// Ten thousand objects are one without the lines between them, and nobody else says so.
#[test]
fn a_line_that_separates_is_missed() {
    let many: String = (0..10_000).map(|n| deployment(&format!("d{n}"))).collect();
    let expected = "`apiVersion` is repeated: is a line `---` missing before it? 10000 objects stand in one document, and of each key only the last value counts, as for kubectl";
    assert_eq!(warnings(&many), [(7, expected.to_owned())]);
    // Also of what is not judged, in front of what is.
    let other = format!("kind: ConfigMap\napiVersion: v1\n{}", deployment("d"));
    let expected = "`apiVersion` is repeated: is a line `---` missing before it? 2 objects stand in one document, and of each key only the last value counts, as for kubectl";
    assert_eq!(warnings(&other), [(3, expected.to_owned())]);
    let one = format!("{}---\n{}", deployment("a"), deployment("b"));
    assert_eq!(warnings(&one), []);
}

#[test]
fn keys_that_are_repeated_are_reported_and_the_last_value_counts() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {a: b, a: c}}
spec:
  hostPID: true
  containers:
  - name: a
    image: x
    image: y
    image: z
  hostPID: false
---
{\"kind\": \"ConfigMap\", \"data\": {\"a\": \"b\",
 \"a\": \"c\"}}
";
    let said = |line, key: &str| {
        (line, format!("`{key}` is repeated: only the last value counts, as for kubectl"))
    };
    let expected = [said(3, "a"), said(9, "image"), said(11, "hostPID"), said(14, "a")];
    assert_eq!(warnings(text), expected);
    let rules = policy("{hostProcessNamespace: {mode: Deny}}");
    let dir = folder(&[("policy.yaml", &rules), ("x.yaml", text)]);
    let ended = check(dir.path(), &["--policy", "policy.yaml", "x.yaml"], "");
    let line =
        "warning: x.yaml:11:3: `hostPID` is repeated: only the last value counts, as for kubectl\n";
    assert!(ended.stderr.contains(line), "{}", ended.stderr);
    // The verdict is that of what kubectl sends, and a warning changes no exit code.
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    let ended = check(dir.path(), &["--policy", "policy.yaml", "--fail-on", "warn", "x.yaml"], "");
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    // What is merged is no key of the object, and a value by an alias is there once.
    let merged = "apiVersion: v1\nkind: Pod\nx: &x {hostPID: true, hostPID: true}\ny: *x\nspec: {<<: *x, hostPID: false}\n";
    assert_eq!(warnings(merged), [said(3, "hostPID")]);
    // However many there are, it ends.
    let keys = (0..100).map(|n| format!("  k{n}: 1\n  k{n}: 2\n")).collect::<Vec<_>>().concat();
    let all = warnings(&format!("kind: ConfigMap\ndata:\n{keys}"));
    assert_eq!((all.len(), &*all[16].1), (17, "and 84 more keys of this document are repeated"));
}

#[test]
fn fields_that_are_nearly_ours_are_reported() {
    let table = [
        ("  shareProcessNamespaces: true", "shareProcessNamespaces", "shareProcessNamespace"),
        ("  shareprocessnamespace: true", "shareprocessnamespace", "shareProcessNamespace"),
        ("  hostPid: true", "hostPid", "hostPID"),
        ("  initContainer: []", "initContainer", "initContainers"),
        ("  securitycontext: {}", "securitycontext", "securityContext"),
        (
            "  securityContext: {supplementalGroupPolicy: Strict}",
            "securityContext.supplementalGroupPolicy",
            "supplementalGroupsPolicy",
        ),
        (
            "  initContainers: [{name: i, securityContext: {capabilites: {drop: [ALL]}}}]",
            "initContainers[0].securityContext.capabilites",
            "capabilities",
        ),
        (
            "  initContainers: [{name: i, securityContext: {capabilities: {drops: [ALL]}}}]",
            "initContainers[0].securityContext.capabilities.drops",
            "drop",
        ),
        (
            "  initContainers: [{name: i, securityContext: {runAsUsr: 1}}]",
            "initContainers[0].securityContext.runAsUsr",
            "runAsUser",
        ),
    ];
    for (field, path, near) in table {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n{field}\n  containers: []\n"
        );
        let expected = format!("spec.{path}: Kubernetes has no such field; did you mean `{near}`?");
        assert_eq!(warnings(&text), [(5, expected)]);
        let lines = text.lines().skip(3).map(|line| format!("      {line}\n"));
        let template = lines.collect::<Vec<_>>().concat();
        let template = format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: p}}\nspec:\n  jobTemplate:\n   spec:\n    template:\n{template}"
        );
        let root = "spec.jobTemplate.spec.template";
        let expected =
            format!("{root}.spec.{path}: Kubernetes has no such field; did you mean `{near}`?");
        assert_eq!(warnings(&template), [(9, expected)]);
    }
}

/// A field that Kubernetes has is no mistake, whatever it is near to; what is near to nothing is not ours to
/// complain about.
#[test]
fn fields_that_kubernetes_has_are_not_reported() {
    let text = "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: s, generateName: s-, namespace: n, labels: {hostPid: a}}
spec:
  volumeClaimTemplates: []
  selector: {}
  template:
    metadata: {name: s}
    spec:
      hostIPC: true
      hostname: a
      subdomain: b
      resources: {}
      x-own: 1
      containers:
      - {name: a, image: i, imagePullPolicy: Always, ports: [], resources: {}, stdin: true}
";
    assert_eq!(warnings(text), []);
    let empty: Vec<Value> = Vec::new();
    let dir = folder(&[("x.yaml", text)]);
    assert_eq!(json(dir.path(), &["x.yaml"], "").0["warnings"], json!(empty));
}

/// The table of fields is that of the published API.
#[test]
fn the_table_has_every_field_of_every_minor() {
    use bulkhead::objects::{Below, Fields, KINDS};
    use std::collections::{BTreeMap, BTreeSet};
    let mut published: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let text = include_str!("../../../fixtures/pod-schema/fields.txt");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (message, field) = line.split(' ').next().unwrap().split_once('.').unwrap();
        published.entry(message).or_default().insert(field);
    }
    let of = |messages: &[&str]| -> BTreeSet<&str> {
        messages.iter().flat_map(|message| published[message].iter().copied()).collect()
    };
    let below = |fields: &'static Fields, path: &[&str]| {
        path.iter().fold(fields, |fields, name| {
            match fields.ours.iter().find(|(own, _)| own == name).unwrap().1 {
                Below::Object(fields) | Below::List(fields) => fields,
                Below::Nothing => panic!("{name}"),
            }
        })
    };
    let fields = |kind: &str| KINDS.iter().find(|one| one.kind == kind).unwrap().fields();
    let pod = |path: &[&str]| below(fields("Pod"), path);
    let workload = [
        "DeploymentSpec",
        "ReplicaSetSpec",
        "StatefulSetSpec",
        "DaemonSetSpec",
        "JobSpec",
        "ReplicationControllerSpec",
    ];
    let container = ["Container", "EphemeralContainer"];
    let table: &[(&Fields, &[&str])] = &[
        (pod(&["metadata"]), &["ObjectMeta"]),
        (pod(&["spec"]), &["PodSpec"]),
        (pod(&["spec", "os"]), &["PodOS"]),
        (pod(&["spec", "securityContext"]), &["PodSecurityContext"]),
        (pod(&["spec", "initContainers"]), &container),
        (pod(&["spec", "ephemeralContainers"]), &container),
        (pod(&["spec", "containers", "securityContext"]), &["SecurityContext"]),
        (pod(&["spec", "containers", "securityContext", "capabilities"]), &["Capabilities"]),
        (below(fields("Job"), &["spec"]), &workload),
        (below(fields("CronJob"), &["spec"]), &["CronJobSpec"]),
        (below(fields("CronJob"), &["spec", "jobTemplate"]), &["JobTemplateSpec"]),
        (below(fields("PodTemplate"), &["template"]), &["PodTemplateSpec"]),
    ];
    for (fields, messages) in table {
        let ours = fields.ours.iter().map(|(name, _)| *name);
        let known: BTreeSet<_> = ours.chain(fields.others.iter().copied()).collect();
        assert_eq!(known, of(messages), "{messages:?}");
    }
}
