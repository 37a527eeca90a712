//! The JSON form, exit codes, and which objects there are.

use serde_json::json;

use super::{check, folder, json, pod, policy};

const DEPLOYMENT: &str = "\
# two findings
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: shop, name: web}
spec:
  template:
    spec:
      shareProcessNamespace: true
      securityContext: {supplementalGroupsPolicy: Strict}
      containers:
      - name: shell
        image: registry.example/shell:1
        securityContext:
          capabilities:
            add: [NET_ADMIN, SYS_PTRACE]
---
apiVersion: v1
kind: Service
metadata: {name: web}
";

#[test]
fn the_json_form_has_every_member() {
    let rules = policy(
        "{shareProcessNamespace: {mode: Warn, repair: OnCreate}, ptraceCapability: {mode: Deny}}",
    );
    let dir = folder(&[("web.yaml", DEPLOYMENT), ("policy.yml", &rules)]);
    let (result, code) = json(dir.path(), &["--policy", "policy.yml", "web.yaml"], "");
    assert_eq!(code, 1);
    let root = "spec.template.spec";
    let share = format!("{root}.shareProcessNamespace");
    let add = format!("{root}.containers[0].securityContext.capabilities.add[1]");
    let shared = "every container sees the processes of all others and may signal or read them";
    let traced = "it may trace and read every process it sees";
    let set = "set shareProcessNamespace to false";
    let remove = "remove SYS_PTRACE from securityContext.capabilities.add";
    let expected = json!({
        "results": [{
            "file": "web.yaml", "line": 2, "apiVersion": "apps/v1", "kind": "Deployment",
            "namespace": "shop", "name": "web", "verdict": "denied",
            "findings": [{
                "control": "share-process-namespace", "mode": "Warn", "container": null,
                "to": null, "aspects": null, "path": share, "line": 8, "column": 7,
                "message": format!("pod: {set}; {shared}; see {share}"),
                "reason": "ProcessNamespaceShared", "certainty": null,
                "remedy": set,
                "patch": [{"op": "add", "path": "/spec/template/spec/shareProcessNamespace", "value": false}],
                "repaired": true, "conditional": false, "exception": null,
            }, {
                "control": "ptrace-capability", "mode": "Deny", "container": "shell",
                "to": null, "aspects": null, "path": add, "line": 15, "column": 30,
                "message": format!("container shell: {remove}; {traced}; see {add}"),
                "reason": "PtraceAdded", "certainty": "effective",
                "remedy": remove,
                "patch": [{"op": "remove", "path": "/spec/template/spec/containers/0/securityContext/capabilities/add/1"}],
                "repaired": false, "conditional": false, "exception": null,
            }],
        }],
        "skipped": [{"file": "web.yaml", "line": 17, "kind": "Service"}],
        "warnings": [],
        "errors": [],
        "summary": {
            "objects": 1, "allowed": 0, "denied": 1, "skipped": 1, "errors": 0,
            "findings": {"deny": 1, "warn": 0, "audit": 0, "repaired": 1, "exempted": 0},
        },
    });
    assert_eq!(result, expected);
}

#[test]
fn exit_codes_and_standard_input() {
    let rules = policy("{hostProcessNamespace: {mode: Deny}}");
    let dir = folder(&[("policy.yaml", &rules)]);
    let table = [
        (pod("a", ""), 0),
        (pod("a", "  hostPID: true"), 1),
        (format!("{}---\nb: [\n", pod("a", "  hostPID: true")), 2),
        ("a: [".to_owned(), 2),
        // Where helm fails, nothing comes through the pipe.
        (String::new(), 2),
        ("# nothing\n---\n".to_owned(), 2),
    ];
    for (text, code) in table {
        for paths in [&["-"][..], &[]] {
            let args = [&["--policy", "policy.yaml"], paths].concat();
            assert_eq!(check(dir.path(), &args, &text).code, Some(code), "{paths:?}: {text}");
        }
    }
    let (result, _) = json(dir.path(), &["--policy", "policy.yaml"], &pod("a", ""));
    assert_eq!(result["results"][0]["file"], "-");
    // A policy without documents finds nothing.
    let none = folder(&[("policy.yaml", "")]);
    let (result, code) =
        json(none.path(), &["--policy", "policy.yaml"], &pod("a", "  hostPID: true"));
    assert_eq!((code, &result["results"][0]["findings"]), (0, &json!([])));
}

#[test]
fn output_that_nobody_reads_is_no_fault() {
    use std::process::Stdio;
    let files: Vec<_> =
        (0..200).map(|n| (format!("{n}.yaml"), pod("a", "  hostPID: true"))).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let dir = folder(&files);
    let mut command = super::command(dir.path(), &["."]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

/// The page shows what one sees.
#[test]
fn the_documentation_is_true() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/check.md")).unwrap();
    let (_, block) = page.split_once("```console\n$ bulkhead check ").unwrap();
    let (command, rest) = block.split_once('\n').unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let arguments: Vec<_> = command.split(' ').collect();
    assert_eq!(check(root, &arguments, "").stdout, shown);
}

/// kubectl ends a word of JSON where it cannot go on, and sends what follows.
#[test]
fn no_pod_hides_behind_words_of_json() {
    let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"evil"},"spec":{"hostPID":true,"containers":[{"name":"a","image":"b"}]}}"#;
    let first = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}"#;
    let dir = folder(&[]);
    for between in [
        "",
        "null",
        "nullnull",
        "null1",
        "01",
        "0null",
        "truefalse\n",
        "1e1null",
        "null-1 ",
        "null\"x\"",
    ] {
        let ended = check(dir.path(), &["-"], &[first, "\n", between, pod, "\n"].concat());
        assert!(ended.stdout.contains("Pod evil"), "{between}: {}{}", ended.stdout, ended.stderr);
    }
}

/// Offline nothing is cut: who is reached, why, and whose policy it is. The summary counts what is
/// shown.
#[test]
fn pairs_are_one_line_that_is_not_cut() {
    let name = |at: usize| format!("a-container-with-a-long-name-{at:0>2}");
    let items = (0..13).map(|at| format!("  - {{name: {}, image: \"i/{at}\"}}\n", name(at)));
    let list = items.collect::<Vec<_>>().concat();
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  shareProcessNamespace: true\n  containers:\n{list}"
    );
    let dir = folder(&[("policy.yaml", &policy("{processReach: {mode: Warn}}"))]);
    let said = check(dir.path(), &["--policy", "policy.yaml", "-"], &text).stdout;
    let line = said.lines().next().unwrap();
    assert!(line.chars().count() > 256 && !line.contains('…'), "{line}");
    assert!(line.starts_with(&format!("warning: containers {}, ", name(0))), "{line}");
    assert!(line.contains(&name(9)) && !line.contains(&name(10)), "{line}");
    assert!(line.contains(", and 3 more: ") && line.ends_with(", policy test]"), "{line}");
    let end = "\n1 object judged: 0 denied, 1 allowed, 1 warning (156 pairs)\n";
    assert!(said.ends_with(end), "{said}");
}
