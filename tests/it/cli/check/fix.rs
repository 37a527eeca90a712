//! `--fix`: the manifests fixed as text, and only as far as they can be.

use std::fs;
use std::path::Path;

use bulkhead::manifest::documents;
use json_patch::Patch;
use serde_json::Value;

use super::{check, folder, json, pod, policy};
use crate::support::pipe;

const STRICT: &str = "{shareProcessNamespace: {mode: Deny}, ptraceCapability: {mode: Warn}, supplementalGroupsPolicy: {mode: Audit}}";

/// The objects of a text that are judged, in order.
fn objects(text: &str) -> Vec<Value> {
    let values =
        documents(text).map(|document| serde_json::to_value(document.unwrap().root).unwrap());
    let items = values.flat_map(|value| match value["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![value],
    });
    items.collect()
}

/// Every example, fixed: it reads back as the patches of its findings say, keeps its comments,
/// and nothing is left that a patch could fix.
#[test]
fn examples_are_fixed_as_their_patches_say() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let rules = ["--policy", "policies/lockdown.yaml"];
    let mut fixed = 0;
    for folder in ["tasks", "debug"] {
        for entry in fs::read_dir(examples.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().unwrap() == "verdict" || path.ends_with("written-with-anchors.yaml")
            {
                continue;
            }
            let before = fs::read_to_string(&path).unwrap();
            let (result, _) =
                json(&examples, &[&rules[..], &[path.to_str().unwrap()]].concat(), "");
            let after = check(&examples, &[&rules[..], &["--fix", "-"]].concat(), &before).stdout;
            assert_patched(&path, (&before, &after), result["results"].as_array().unwrap());
            let (result, _) = json(&examples, &rules, &after);
            for found in result["results"].as_array().unwrap() {
                let left = found["findings"].as_array().unwrap();
                assert!(
                    left.iter().all(|finding| finding["patch"].is_null()),
                    "{}",
                    path.display()
                );
            }
            fixed += usize::from(before != after);
        }
    }
    assert!(fixed > 40, "{fixed}");
}

fn assert_patched(path: &Path, (before, after): (&str, &str), results: &[Value]) {
    let path = path.display();
    let kept = |text: &str| {
        let lines = text.lines().map(str::trim).filter(|line| line.starts_with('#'));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(kept(before), kept(after), "{path}");
    let mut expected = objects(before);
    for result in results {
        let is_it = |object: &&mut Value| {
            object["kind"] == result["kind"] && object["metadata"]["name"] == result["name"]
        };
        let object = expected.iter_mut().find(is_it).unwrap();
        let patches = result["findings"].as_array().unwrap().iter().map(|it| &it["patch"]);
        for patch in patches.filter(|patch| !patch.is_null()) {
            let operations: Patch = serde_json::from_value(patch.clone()).unwrap();
            json_patch::patch(object, &operations).unwrap();
        }
    }
    // What that leaves empty goes, too.
    expected.iter_mut().for_each(prune);
    let mut found = objects(after);
    found.iter_mut().for_each(prune);
    assert_eq!(found, expected, "{path}");
}

/// Removes lists that are empty, and objects that hold nothing else.
fn prune(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(prune);
            members.retain(|_, value| {
                *value != serde_json::json!([]) && *value != serde_json::json!({})
            });
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn standard_output_has_every_input_and_nothing_else() {
    let bad = pod("bad", "  shareProcessNamespace: true # why");
    let good = pod("good", "# a comment");
    let dir =
        folder(&[("policy.yaml", &policy(STRICT)), ("in/a.yaml", &bad), ("in/b.yaml", &good)]);
    let ended = check(dir.path(), &["--policy", "policy.yaml", "--fix", "in"], "");
    let fixed = bad.replace("true # why", "false # why");
    assert_eq!(ended.stdout, format!("{fixed}---\n{good}"));
    assert_eq!(ended.stderr, "fixed: in/a.yaml: 1 object\n2 objects judged: 0 denied, 2 allowed\n");
    assert_eq!(ended.code, Some(0));
    assert_eq!(fs::read_to_string(dir.path().join("in/a.yaml")).unwrap(), bad);
}

#[test]
fn what_cannot_be_edited_is_reported_as_a_patch() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  securityContext: {supplementalGroupsPolicy: Strict}\n  containers:\n  - {name: a, image: x, securityContext: &same {capabilities: {add: [SYS_PTRACE]}}}\n  - {name: b, image: x, securityContext: *same}\n";
    let dir = folder(&[("policy.yaml", &policy(STRICT)), ("p.yaml", text)]);
    let expected = "not fixed: p.yaml:1: Pod p is written in a way that is left alone (such as anchors and aliases); apply this JSON patch: [{\"op\":\"remove\",\"path\":\"/spec/containers/0/securityContext/capabilities/add/0\"},{\"op\":\"remove\",\"path\":\"/spec/containers/1/securityContext/capabilities/add/0\"}]\n";
    for more in [&["--fix"][..], &["--fix", "--in-place"]] {
        let args = [&["--policy", "policy.yaml"], more, &["p.yaml"]].concat();
        let ended = check(dir.path(), &args, "");
        assert!(ended.stderr.starts_with(expected), "{}", ended.stderr);
        assert_eq!(ended.stdout, if more.len() == 1 { text } else { "" });
        assert_eq!(fs::read_to_string(dir.path().join("p.yaml")).unwrap(), text);
    }
}

#[test]
fn in_place_changes_files_whole_or_not_at_all() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let bad = pod("bad", "  shareProcessNamespace: yes\n  hostPID: true");
    let broken = format!("{bad}---\nb: [\n");
    let dir =
        folder(&[("policy.yaml", &policy(STRICT)), ("a.yaml", &bad), ("broken.yaml", &broken)]);
    let path = |name: &str| dir.path().join(name);
    fs::set_permissions(path("a.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("a.yaml", path("link.yaml")).unwrap();
    fs::write(path("a.yaml.part"), "mine").unwrap();
    let args = ["--policy", "policy.yaml", "--fix", "--in-place", "link.yaml", "broken.yaml"];
    let ended = check(dir.path(), &args, "");
    assert_eq!((ended.stdout.as_str(), ended.code), ("", Some(2)));
    let fixed = bad.replace("Namespace: yes", "Namespace: false");
    assert_eq!(fs::read_to_string(path("a.yaml")).unwrap(), fixed);
    assert_eq!(fs::metadata(path("a.yaml")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(path("link.yaml")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(path("broken.yaml")).unwrap(), broken);
    // Who has a file of the name that an editor might take keeps it.
    let names = fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(names, 5, "nothing is left behind");
    assert_eq!(fs::read_to_string(path("a.yaml.part")).unwrap(), "mine");
    let again = check(dir.path(), &args[..5], "");
    assert_eq!(again.stderr, "1 object judged: 0 denied, 1 allowed\n");
}

#[test]
fn a_file_that_cannot_be_written_is_not_called_fixed() {
    let bad = pod("bad", "  shareProcessNamespace: true");
    let dir = folder(&[("policy.yaml", &policy(STRICT))]);
    let stream = dir.path().join("pipe");
    pipe(&stream);
    let args = ["--policy", "policy.yaml", "--fix", "--in-place", "pipe"];
    let ended = std::thread::scope(|scope| {
        scope.spawn(|| fs::write(&stream, &bad).unwrap());
        check(dir.path(), &args, "")
    });
    assert_eq!(ended.code, Some(2));
    assert!(!ended.stderr.contains("fixed"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("denied: pod: set shareProcessNamespace to false; "),
        "{}",
        ended.stderr
    );
    let why = "error: pipe: cannot be written: not a regular file, but a pipe\n";
    assert!(ended.stderr.contains(why), "{}", ended.stderr);
}

#[test]
fn what_an_exception_covers_is_left() {
    let exempt = "---\napiVersion: bulkhead.dev/v1alpha1\nkind: IsolationException\nmetadata: {name: e}\nspec: {reason: test, permanent: true, controls: [share-process-namespace], namespaces: [default]}\n";
    let text = pod("p", "  shareProcessNamespace: true");
    let dir = folder(&[("policy.yaml", &(policy(STRICT) + exempt))]);
    let ended = check(dir.path(), &["--policy", "policy.yaml", "--fix", "-"], &text);
    assert_eq!((ended.stdout, ended.code), (text, Some(0)));
}

/// Names are anyone's text, and a terminal obeys some of it.
#[test]
fn names_do_not_command_the_terminal() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: \"a\\e[31m\\u202E\"}\nspec:\n  securityContext: {supplementalGroupsPolicy: Strict}\n  containers:\n  - {name: a, image: x, securityContext: &same {capabilities: {add: [SYS_PTRACE]}}}\n  - {name: b, image: x, securityContext: *same}\n";
    let dir = folder(&[("policy.yaml", &policy(STRICT)), ("m\u{1b}[31mx.yaml", text)]);
    for args in [&["."][..], &["--fix", "."], &["--policy", "m\u{1b}[31mx.yaml", "."]] {
        let ended = check(dir.path(), args, "");
        let shown = ended.stderr + if args.len() == 1 { &ended.stdout } else { "" };
        assert!(shown.contains("\\u{1b}"), "{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
    }
}

/// One edit lies in an anchor that others use, too; the other one does not.
#[test]
fn what_is_shared_stays_and_the_rest_is_fixed() {
    let shared = "\
apiVersion: v1
kind: Pod
metadata:
  name: shared
  annotations: {adds: &adds \"SYS_PTRACE\"}
spec:
  shareProcessNamespace: true
  containers:
    - name: a
      image: a:1
      securityContext: {capabilities: &caps {add: [SYS_PTRACE]}}
    - name: b
      image: b:1
      securityContext: {capabilities: *caps}
    - name: c
      image: c:1
      securityContext:
        capabilities:
          add: [NET_ADMIN, SYS_PTRACE] # not shared
";
    let dir = folder(&[("policy.yaml", &policy(REPAIRS)), ("pod.yaml", shared)]);
    let ended = check(dir.path(), &["--policy", "policy.yaml", "--fix", "pod.yaml"], "");
    let expected = shared
        .replace("shareProcessNamespace: true", "shareProcessNamespace: false")
        .replace("[NET_ADMIN, SYS_PTRACE]", "[NET_ADMIN]");
    assert_eq!(ended.stdout, expected, "{}", ended.stderr);
    assert!(ended.stderr.contains("fixed: pod.yaml: 1 object\n"), "{}", ended.stderr);
    let left: Vec<_> = ended.stderr.lines().filter(|line| line.starts_with("not fixed")).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].starts_with("not fixed: pod.yaml:1: Pod shared "), "{left:?}");
    assert!(left[0].contains("/spec/containers/0/") && !left[0].contains("/spec/containers/2/"));
}

const REPAIRS: &str = "{shareProcessNamespace: {mode: Deny}, ptraceCapability: {mode: Deny}}";

/// As Windows and old editors store it; such a file is judged as kubectl reads it, and never written.
#[test]
fn files_in_other_encodings_are_judged_and_not_written() {
    let sharing = pod("p", "  shareProcessNamespace: true");
    let units = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{sharing}").encode_utf16().flat_map(order).collect()
    };
    let latin = [b"# f\xfcr uns\n", sharing.as_bytes()].concat();
    for bytes in [units(u16::to_le_bytes), units(u16::to_be_bytes), latin] {
        let dir = folder(&[("policy.yaml", &policy(REPAIRS))]);
        fs::write(dir.path().join("pod.yaml"), &bytes).unwrap();
        let rules = ["--policy", "policy.yaml"];
        let ended = check(dir.path(), &[&rules[..], &["pod.yaml"]].concat(), "");
        assert!(ended.stdout.contains("1 denied"), "{}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.code, Some(1));
        let ended =
            check(dir.path(), &[&rules[..], &["--fix", "--in-place", "pod.yaml"]].concat(), "");
        assert!(
            ended.stderr.contains("pod.yaml: is not written: it is no UTF-8"),
            "{}",
            ended.stderr
        );
        assert_eq!(ended.code, Some(2));
        assert_eq!(fs::read(dir.path().join("pod.yaml")).unwrap(), bytes);
        let ended = check(dir.path(), &[&rules[..], &["--fix", "pod.yaml"]].concat(), "");
        assert!(ended.stdout.contains("shareProcessNamespace: false"), "{}", ended.stdout);
    }
}

/// Of many objects that share what cannot be fixed, the rest is fixed, however many they are.
#[test]
fn a_list_of_sharers_is_fixed_in_few_steps() {
    let mut list = "apiVersion: v1\nkind: List\nitems:\n".to_owned();
    for number in 0..150 {
        let caps = if number == 0 { "&s {capabilities: {add: [SYS_PTRACE]}}" } else { "*s" };
        list += "- apiVersion: v1\n  kind: Pod\n  metadata: {name: p}\n  spec:\n";
        list +=
            "    shareProcessNamespace: true\n    containers:\n    - name: a\n      image: a:1\n";
        list += &["      securityContext: ", caps, "\n"].concat();
    }
    let dir = folder(&[("policy.yaml", &policy(REPAIRS)), ("list.yaml", &list)]);
    let ended = check(dir.path(), &["--policy", "policy.yaml", "--fix", "list.yaml"], "");
    let expected = list.replace("shareProcessNamespace: true", "shareProcessNamespace: false");
    assert_eq!(ended.stdout, expected);
    assert!(ended.stderr.contains("fixed: list.yaml: 150 objects\n"), "{}", ended.stderr);
}

/// A list that loses its last element goes, and what only held it.
#[test]
fn nothing_empty_is_left_behind() {
    let pod = |container: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n{container}"
        )
    };
    let table = [
        // What is written, and what is left of it.
        (
            "  - name: a\n    securityContext:\n      capabilities:\n        add: [SYS_PTRACE] # to debug\n    image: a:1\n",
            "  - name: a\n    image: a:1\n",
        ),
        (
            "  - name: a\n    securityContext:\n      runAsUser: 1\n      capabilities:\n        add:\n        - SYS_PTRACE\n",
            "  - name: a\n    securityContext:\n      runAsUser: 1\n",
        ),
        (
            "  - name: a\n    securityContext:\n      capabilities:\n        add:\n          - SYS_PTRACE\n        drop: [CHOWN]\n",
            "  - name: a\n    securityContext:\n      capabilities:\n        drop: [CHOWN]\n",
        ),
        (
            "  - name: a\n    securityContext: {capabilities: {add: [SYS_PTRACE]}, privileged: false}\n",
            "  - name: a\n    securityContext: {privileged: false}\n",
        ),
        (
            "  - {name: a, securityContext: {capabilities: {add: [SYS_PTRACE]}}}\n",
            "  - {name: a}\n",
        ),
        // What else is there stays, and so does what was empty before.
        (
            "  - name: a\n    securityContext:\n      capabilities:\n        add: [SYS_PTRACE, CHOWN]\n        drop: []\n",
            "  - name: a\n    securityContext:\n      capabilities:\n        add: [CHOWN]\n        drop: []\n",
        ),
        // A comment with a line of its own is not dropped with what it is about.
        (
            "  - name: a\n    securityContext:\n      capabilities:\n        add:\n        # incident 4711\n        - SYS_PTRACE\n",
            "  - name: a\n    securityContext:\n      capabilities:\n        add: []\n        # incident 4711\n",
        ),
        // And it keeps nothing of another container.
        (
            "  - name: a\n    securityContext:\n      capabilities:\n        # why\n        add: [SYS_PTRACE]\n  - name: b\n    securityContext: {capabilities: {add: [SYS_PTRACE]}}\n  - name: c\n    securityContext:\n      capabilities:\n        add: [SYS_PTRACE]\n",
            "  - name: a\n    securityContext:\n      capabilities:\n        # why\n        add: []\n  - name: b\n  - name: c\n",
        ),
        (
            "  - securityContext:\n      capabilities:\n        add: [SYS_PTRACE]\n    name: a\n",
            "  - securityContext:\n      capabilities:\n        add: []\n    name: a\n",
        ),
    ];
    let dir = folder(&[("policy.yaml", &policy("{ptraceCapability: {mode: Deny}}"))]);
    for (before, after) in table {
        let args = ["--policy", "policy.yaml", "--fix", "-"];
        let ended = check(dir.path(), &args, &pod(before));
        assert_eq!((ended.stdout, ended.code), (pod(after), Some(0)), "{before}");
    }
    // What is reported for programs stays what the webhook would do.
    let (result, _) = json(dir.path(), &["--policy", "policy.yaml", "-"], &pod(table[0].0));
    let patch = &result["results"][0]["findings"][0]["patch"];
    let expected =
        r#"[{"op":"remove","path":"/spec/containers/0/securityContext/capabilities/add/0"}]"#;
    assert_eq!(patch.to_string(), expected);
    let text = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"a","securityContext":{"capabilities":{"add":["SYS_PTRACE"]}}}]}}"#;
    let ended = check(dir.path(), &["--policy", "policy.yaml", "--fix", "-"], text);
    assert_eq!(
        ended.stdout.trim_end(),
        text.replace(r#","securityContext":{"capabilities":{"add":["SYS_PTRACE"]}}"#, "")
    );
}
