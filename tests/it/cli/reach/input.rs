//! What is read, what cannot be, and what is left out.

use super::{SHARED, folder, reach};

#[test]
fn what_cannot_be_read_is_reported_and_the_rest_is_shown() {
    let dir = folder(&[
        ("a.yaml", SHARED),
        ("cut.yaml", "apiVersion: v1\nkind: Pod\n"),
        ("helm.yaml", "kind: Pod\nmetadata:\n  name: {{ .Values.name }}\n"),
        ("typed.yaml", "apiVersion: v1\nkind: Pod\nspec: {hostPID: 'yes'}\n"),
        ("notes.txt", "a: ["),
    ]);
    let expected = "\
error: ./cut.yaml:1:1: spec is missing
error: ./helm.yaml:3:10: a key must be text; this looks like a template: pipe `helm template` into `bulkhead reach -`
error: ./typed.yaml:3:8: spec.hostPID: expected true or false, not text
error: none.yaml: cannot be read: No such file or directory
";
    for form in ["text", "json", "dot", "svg", "html"] {
        let ended = reach(dir.path(), &["--output", form, ".", "none.yaml"], "");
        assert_eq!((ended.stderr.as_str(), ended.code), (expected, Some(2)), "{form}");
        assert!(ended.stdout.contains("web"), "{form}: {}", ended.stdout);
    }
}

#[test]
fn nothing_through_a_pipe_is_an_error_and_no_pod_is_a_note() {
    let dir = folder(&[]);
    let ended = reach(dir.path(), &[], "");
    let nothing = "error: -: holds no object; did the command before it fail?\n";
    assert_eq!((ended.stderr.as_str(), ended.code), (nothing, Some(2)));
    for text in [
        "apiVersion: v1\nkind: Service\n",
        "apiVersion: v1\nkind: ReplicationController\nspec: {}\n",
    ] {
        let ended = reach(dir.path(), &["--output", "json", "-"], text);
        let note = "note: there is no pod, and no template of pods, in what was read\n";
        assert_eq!((ended.stderr.as_str(), ended.code), (note, Some(0)), "{text}");
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn nothing_is_an_error_by_every_way_in() {
    let dir = folder(&[("a.yaml", SHARED), ("empty.yaml", "# later\n"), ("none/b.yaml", "")]);
    for argument in ["-", "/dev/stdin", "empty.yaml", "none"] {
        let ended = reach(dir.path(), &[argument], "");
        let nothing =
            format!("error: {argument}: holds no object; did the command before it fail?\n");
        assert_eq!((ended.stderr, ended.code), (nothing, Some(2)));
        let ended = reach(dir.path(), &["--allow-empty", argument, "a.yaml"], "");
        assert_eq!((ended.stderr.as_str(), ended.code), ("", Some(0)), "{argument}");
    }
    let ended = reach(dir.path(), &["."], "");
    assert_eq!((ended.stderr.as_str(), ended.code), ("", Some(0)));
}

#[test]
fn what_is_no_pod_yet_is_noted_and_what_is_unwanted_left_out() {
    let patch =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n";
    let dir = folder(&[
        ("a.yaml", SHARED),
        ("patch.yaml", patch),
        ("chart/Chart.yaml", "apiVersion: v2\nname: web\n"),
        ("chart/templates/web.yaml", "kind: {{ .Values.kind }}\n"),
        ("third/b.yaml", "a: ["),
        ("ignored/b.yaml", "a: ["),
        (".bulkheadignore", "ignored\n"),
    ]);
    let notes = "\
note: ./chart is a Helm chart, whose templates are left out; pipe `helm template ./chart` into `bulkhead reach -`
note: ./patch.yaml:1: Deployment web has no pod template: a patch?
";
    let ended = reach(dir.path(), &["--exclude", "third", "."], "");
    assert_eq!((ended.stderr.as_str(), ended.code), (notes, Some(0)));
    assert!(ended.stdout.contains("web"), "{}", ended.stdout);
}

#[test]
fn a_pod_without_a_name_has_the_beginning_of_one() {
    let dir = folder(&[]);
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {generateName: sweep-}\nspec: {containers: [{name: a, image: 'a:1'}]}\n";
    let ended = reach(dir.path(), &["-"], text);
    assert!(ended.stdout.starts_with("-: Pod sweep-\n"), "{}", ended.stdout);
    let ended = reach(dir.path(), &["--output", "json", "-"], text);
    assert!(ended.stdout.contains("\"pod\":null"), "{}", ended.stdout);
}

#[test]
fn windows_pods_have_no_model() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: win}\nspec: {os: {name: windows}, containers: [{name: a, image: 'a:1'}, {name: b, image: 'b:1'}]}\n";
    let dir = folder(&[("win.yaml", text), ("a.yaml", SHARED)]);
    let note = "note: win.yaml: Pod win: a Windows pod has no Linux processes to reach\n";
    let ended = reach(dir.path(), &["--output", "json", "win.yaml", "a.yaml"], "");
    assert_eq!((ended.stderr.as_str(), ended.code), (note, Some(0)));
    assert_eq!(ended.stdout.lines().count(), 1);
}

#[test]
fn flags_that_cannot_be_used() {
    let dir = folder(&[("a.yaml", SHARED)]);
    for (args, words) in [
        (["--output", "xml", "a.yaml"], "[possible values: text, json, dot, svg, html]"),
        (["--runtime", "docker", "a.yaml"], "[possible values: containerd, cri-o, any]"),
        (
            ["--namespace", "shop", "a.yaml"],
            "--namespace, --kubeconfig and --context go with pod/NAME",
        ),
        (["--context", "kind", "a.yaml"], "go with pod/NAME"),
    ] {
        let ended = reach(dir.path(), &args, "");
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(ended.stderr.contains(words), "{args:?}: {}", ended.stderr);
    }
}

#[test]
fn output_that_nobody_reads_is_no_fault() {
    use std::process::Stdio;
    let containers: Vec<_> = (0..200).map(|n| format!("{{name: c{n}, image: 'x:1'}}")).collect();
    let text =
        format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{}]}}\n", containers.join(", "));
    let dir = folder(&[("a.yaml", &text)]);
    let mut command = super::command(dir.path(), &["--output", "json", "a.yaml"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}
