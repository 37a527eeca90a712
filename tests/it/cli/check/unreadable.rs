//! What cannot be read is one line each; the rest is still judged, and the exit code is 2.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use serde_json::json;

use super::{check, folder, json, pod};
use crate::support::pipe;

/// An alias for an alias for an alias.
fn bomb() -> String {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (name, of) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip("abcdefgh".chars()) {
        let aliases = vec![format!("*{of}"); 9].join(",");
        bomb = format!("{bomb}{name}: &{name} [{aliases}]\n");
    }
    bomb
}

#[test]
fn each_is_reported_and_the_rest_is_judged() {
    let good = |name| pod(name, "  hostPID: true");
    let typed = format!("{}---\n{}", pod("p", "  hostPID: 'yes'"), good("second"));
    let dir = folder(&[
        ("a.yaml", &good("first")),
        ("Z.YML", &good("last")),
        ("bomb.yaml", &bomb()),
        ("brackets.yaml", &"[".repeat(100_000)),
        ("brackets.json", &"{\"a\":".repeat(100_000)),
        ("typed.yaml", &typed),
        ("helm.yaml", "kind: Pod\nmetadata:\n  name: {{ .Values.name }}\n"),
        ("cut.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"),
        ("unversioned.yaml", "kind: Pod\n"),
        ("items.yaml", "apiVersion: v1\nkind: List\nitems: {}\n"),
        ("items-of-a-pod.yaml", "apiVersion: v1\nkind: Pod\nspec: {}\nitems: []\n"),
        ("labels.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {labels: {a: 1}}\nspec: {}\n"),
        (".hidden.yaml", "a: ["),
        (".hidden/x.yaml", "a: ["),
        ("notes.txt", "a: ["),
        ("sub/deep/empty.yaml", ""),
    ]);
    let path = |name: &str| dir.path().join(name);
    fs::write(path("binary.yaml"), b"\xef\xbb\xbfa: \xff").unwrap();
    fs::File::create(path("big.yaml")).unwrap().set_len(50 << 20).unwrap();
    symlink("nowhere", path("dangling.yaml")).unwrap();
    symlink("..", path("sub/deep/loop")).unwrap();
    pipe(&path("pipe.yaml"));
    let _socket = UnixListener::bind(path("socket.json")).unwrap();
    let expected = "\
error: ./big.yaml: cannot be read: larger than 32 MiB (52428800 bytes)
error: ./binary.yaml: is not UTF-8 text (byte 6)
error: ./bomb.yaml:4:17: is too large: most of it would be copies by aliases
error: ./brackets.json:1:997: is nested too deeply
error: ./brackets.yaml:1:201: is nested too deeply
error: ./cut.yaml:1:1: spec is missing
error: ./dangling.yaml: cannot be read: No such file or directory
error: ./helm.yaml:3:10: a key must be text; this looks like a template: pipe `helm template` into `bulkhead check -`
error: ./items-of-a-pod.yaml:1:1: kubectl takes a Pod with `items` for a list: remove `items`
error: ./items.yaml:1:1: items of a List must be a list
error: ./labels.yaml:3:21: metadata.labels.a: expected text, not a whole number
error: ./pipe.yaml: cannot be read: not a regular file, but a pipe
error: ./socket.json: cannot be read: not a regular file, but a socket
error: ./sub/deep/loop: is a symbolic link back to ./sub, which it is in
error: ./typed.yaml:7:3: spec.hostPID: expected true or false, not text
error: ./unversioned.yaml:1:1: apiVersion of a Pod is missing
";
    let ended = check(dir.path(), &["."], "");
    assert_eq!((ended.stderr.as_str(), ended.code), (expected, Some(2)));
    let summary = "3 objects judged: 0 denied, 3 allowed, 3 warnings, 16 unreadable\n";
    assert!(ended.stdout.ends_with(summary), "{}", ended.stdout);
    for name in ["first", "second", "last"] {
        assert!(ended.stdout.contains(&format!("Pod {name}\n")), "{name}");
    }
    let (result, code) = json(dir.path(), &["."], "");
    assert_eq!(code, 2);
    assert_eq!(result["errors"][2]["line"], 4);
    assert_eq!(
        result["errors"][0],
        json!({"file": "./big.yaml", "line": null, "message": "cannot be read: larger than 32 MiB (52428800 bytes)"})
    );
    assert_eq!(result["results"].as_array().unwrap().len(), 3);
}

#[test]
fn arguments_that_lead_nowhere() {
    let dir = folder(&[("a.yaml", &pod("a", "")), ("empty/notes.txt", "")]);
    let ended = check(dir.path(), &["no.yaml", "a.yaml", "empty"], "");
    let expected = "error: no.yaml: cannot be read: No such file or directory\nerror: empty: holds no .yaml, .yml or .json file\n";
    assert_eq!((ended.stderr.as_str(), ended.code), (expected, Some(2)));
    assert_eq!(ended.stdout, "1 object judged: 0 denied, 1 allowed, 2 unreadable\n");
    // What has another name is read when it is named.
    let named = folder(&[("pod.txt", &pod("a", "  hostPID: true"))]);
    let ended = check(named.path(), &["pod.txt"], "");
    assert!(ended.stdout.contains("host-process-namespace"), "{}", ended.stdout);
    assert_eq!(ended.code, Some(0));
}

#[test]
fn flags_that_cannot_be_used() {
    let dir = folder(&[
        ("a.yaml", &pod("a", "")),
        (
            "bad.yaml",
            "apiVersion: bulkhead.dev/v1alpha1\nkind: IsolationPolicy\nmetadata: {name: p}\nspec: {controls: {hostProcessNamespace: {mode: On}}}\n",
        ),
        ("context.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: [a]}\n"),
        ("pod.yaml", &pod("a", "")),
    ]);
    let table: [(&[&str], &str); 8] = [
        (&["--policy", "none.yaml", "a.yaml"], "none.yaml cannot be read: No such file"),
        (&["--policy", "bad.yaml", "a.yaml"], "bad.yaml:4:"),
        (&["--context-file", "context.yaml", "a.yaml"], "context.yaml:3:24: metadata.labels: "),
        (&["--context-file", "pod.yaml", "a.yaml"], "pod.yaml:2:1: kind: must be Namespace"),
        (&["--at", "tomorrow", "a.yaml"], "--at"),
        (&["--as-group", "sre", "a.yaml"], "--as <USER>"),
        (&["--in-place", "a.yaml"], "--fix"),
        (&["--fix", "--in-place", "-"], "--in-place writes files: standard input has none"),
    ];
    for (args, words) in table {
        let ended = check(dir.path(), args, "");
        assert_eq!(ended.code, Some(2), "{args:?}");
        assert_eq!(ended.stdout, "", "{args:?}");
        assert!(
            ended.stderr.starts_with("error: ") && ended.stderr.contains(words),
            "{args:?}: {}",
            ended.stderr
        );
    }
}
