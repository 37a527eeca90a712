//! `--output json`: its members, which pods and which pairs there are.

use serde_json::{Value, json};

use super::{SHARED, chain, documents, letters, pair};

/// From and to of each pair, in order.
fn pairs(document: &Value) -> Vec<(String, String)> {
    let name = |pair: &Value, key: &str| pair[key].as_str().unwrap().to_owned();
    let pairs = document["pairs"].as_array().unwrap().iter();
    pairs.map(|pair| (name(pair, "from"), name(pair, "to"))).collect()
}

fn ordered(names: &[&str]) -> Vec<(String, String)> {
    let all = names.iter().flat_map(|from| names.iter().map(move |to| (from, to)));
    all.filter(|(from, to)| from != to).map(|(from, to)| ((*from).into(), (*to).into())).collect()
}

#[test]
fn every_member_is_there_and_no_other() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  shareProcessNamespace: true
  containers:
  - {name: a, image: x:1, securityContext: {runAsUser: 0, runAsGroup: 0, allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [SYS_PTRACE, KILL, DAC_OVERRIDE]}}}
  - {name: b, image: z:1, securityContext: {runAsUser: 7, runAsGroup: 7, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
";
    let shared = "the containers share one PID namespace (shareProcessNamespace)";
    let traced = "a has SYS_PTRACE, which traces every process it sees";
    let killed = "a has KILL, which signals every process it sees";
    let apart = "b does not have the user and group of a, and cannot take them on";
    let all = |answer: &str| {
        json!({"cmdline": "yes", "environ": answer, "filesystem": answer, "memory": answer,
               "descriptors": answer, "signal": answer})
    };
    let expected = json!({
        "file": "-", "kind": "Pod", "namespace": "shop", "pod": "web",
        "pairs": [
            {"from": "a", "to": "b", "aspects": all("yes"), "causes": [
                {"aspects": ["environ", "filesystem", "memory", "descriptors"],
                 "cause": "sys-ptrace", "detail": traced},
                {"aspects": ["signal"], "cause": "kill", "detail": killed},
                {"aspects": ["cmdline"], "cause": "shared-processes", "detail": shared},
            ], "transitive": all("yes")},
            {"from": "b", "to": "a", "aspects": all("no"), "causes": [
                {"aspects": ["cmdline"], "cause": "shared-processes", "detail": shared},
                {"aspects": ["environ", "filesystem", "memory", "descriptors", "signal"],
                 "cause": "different-ids", "detail": apart},
            ], "transitive": all("no")},
        ],
        "node": [],
    });
    assert_eq!(documents(&[], text), [expected]);
}

#[test]
fn containers_of_every_kind_are_in_their_order() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: many}
spec:
  shareProcessNamespace: true
  containers: [{name: app, image: 'a:1'}]
  ephemeralContainers: [{name: debug, image: 'd:1'}]
  initContainers:
  - {name: setup, image: 's:1'}
  - {name: proxy, image: 'p:1', restartPolicy: Always}
";
    let [document] = &documents(&[], text)[..] else { panic!("one pod") };
    assert_eq!(pairs(document), ordered(&["setup", "proxy", "app", "debug"]));
    assert_eq!((&document["namespace"], &document["pod"]), (&Value::Null, &json!("many")));
    for (from, to, cause) in [
        ("setup", "app", "never-concurrent"),
        ("setup", "proxy", "never-concurrent"),
        ("proxy", "app", "becomes-other"),
        ("debug", "setup", "becomes-other"),
    ] {
        let causes = pair(document, from, to)["causes"].as_array().unwrap();
        let ids: Vec<_> = causes.iter().map(|cause| cause["cause"].as_str().unwrap()).collect();
        assert!(ids.contains(&cause), "{from} {to}: {ids:?}");
    }
}

#[test]
fn ephemeral_containers_reach_their_targets_only() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: debugged}
spec:
  containers: [{name: app, image: 'a:1'}, {name: db, image: 'b:1'}]
  ephemeralContainers:
  - {name: one, image: 'd:1', targetContainerName: app}
  - {name: two, image: 'd:1', targetContainerName: db}
  - {name: three, image: 'd:1', targetContainerName: db}
  - {name: four, image: 'd:1'}
";
    let [document] = &documents(&[], text)[..] else { panic!("one pod") };
    assert_eq!(pairs(document), ordered(&["app", "db", "one", "two", "three", "four"]));
    for (from, to, sees) in [
        ("one", "app", "y"),
        ("one", "db", "n"),
        ("two", "db", "y"),
        ("two", "three", "y"),
        ("db", "three", "y"),
        ("one", "two", "n"),
        ("four", "app", "n"),
    ] {
        assert!(letters(&pair(document, from, to)["aspects"]).starts_with(sees), "{from} {to}");
    }
}

#[test]
fn with_host_pid_each_container_has_the_node() {
    let text = SHARED.replace("shareProcessNamespace", "hostPID");
    let [document] = &documents(&[], &text)[..] else { panic!("one pod") };
    let node = document["node"].as_array().unwrap();
    let from: Vec<_> = node.iter().map(|row| row["from"].as_str().unwrap()).collect();
    assert_eq!(from, ["app", "logs", "shell"]);
    for row in node {
        let keys: Vec<_> = row.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["aspects", "causes", "from"]);
        assert!(letters(&row["aspects"]).starts_with('y'));
        assert!(!row["causes"].as_array().unwrap().is_empty());
    }
    let memory: Vec<_> = node.iter().map(|row| row["aspects"]["memory"].as_str()).collect();
    assert_eq!(memory, [Some("possible"), Some("possible"), Some("yes")]);
}

#[test]
fn templates_have_the_name_of_their_workload() {
    let text = "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: jobs}
spec:
  jobTemplate:
    spec:
      template:
        metadata: {name: ignored}
        spec:
          containers: [{name: a, image: 'a:1'}, {name: b, image: 'b:1'}]
";
    let [document] = &documents(&[], text)[..] else { panic!("one pod") };
    assert_eq!(
        (&document["kind"], &document["namespace"], &document["pod"]),
        (&json!("CronJob"), &json!("jobs"), &json!("nightly"))
    );
    assert_eq!(letters(&pair(document, "a", "b")["aspects"]), "nnnnnn");
    assert_eq!(pair(document, "a", "b")["causes"][0]["cause"], "separate-processes");
}

#[test]
fn items_of_a_list_are_pods_of_their_own() {
    let spec = "spec: {containers: [{name: a, image: x}]}";
    let text = format!(
        "apiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: Pod, metadata: {{name: one}}, {spec}}}\n- {{apiVersion: v1, kind: Service}}\n- {{apiVersion: v1, kind: Pod, {spec}}}\n"
    );
    let names: Vec<_> = documents(&[], &text).iter().map(|it| it["pod"].clone()).collect();
    assert_eq!(names, [json!("one"), Value::Null]);
}

#[test]
fn reach_by_way_of_others_is_a_member_of_its_own() {
    let [document] = &documents(&[], &chain())[..] else { panic!("one pod") };
    let answers = |from, to, member: &str| letters(&pair(document, from, to)[member]);
    assert_eq!(answers("app", "logs", "aspects"), "yyyyyy");
    assert_eq!(answers("logs", "shell", "aspects"), "yppppp");
    assert_eq!(answers("app", "shell", "aspects"), "ynnnnn");
    assert_eq!(answers("app", "shell", "transitive"), "yppppp");
    assert_eq!(answers("shell", "app", "transitive"), "ynnnnn");
}

#[test]
fn three_hundred_containers_are_no_limit() {
    let containers: Vec<_> = (0..300).map(|n| format!("{{name: c{n}, image: 'x:1'}}")).collect();
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: crowd}}\nspec:\n  containers: [{}]\n  ephemeralContainers: [{{name: debug, image: 'd:1', targetContainerName: c299}}]\n",
        containers.join(", ")
    );
    let [document] = &documents(&[], &text)[..] else { panic!("one pod") };
    assert_eq!(document["pairs"].as_array().unwrap().len(), 301 * 300);
    assert!(letters(&pair(document, "debug", "c299")["aspects"]).starts_with('y'));
    assert!(letters(&pair(document, "debug", "c0")["aspects"]).starts_with('n'));
}
