//! Folders as they are: with charts, patches, and files of others.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use super::{check, folder, json, pod};

fn files_of(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["file"].as_str().unwrap()).collect()
}

/// What is judged of a folder with these files, by these arguments.
fn judged(dir: &std::path::Path, args: &[&str]) -> Vec<String> {
    let (result, code) = json(dir, args, "");
    assert_eq!((&result["errors"], code), (&json!([]), 0), "{args:?}");
    files_of(&result["results"]).into_iter().map(str::to_owned).collect()
}

const TEMPLATE: &str = "kind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n";

#[test]
fn charts_are_left_out_with_a_hint() {
    let good = pod("p", "");
    let dir = folder(&[
        ("plain.yaml", &good),
        ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("web/values.yaml", "kind: Deployment\n"),
        ("web/values-prod.yaml", "kind: Deployment\n"),
        ("web/ci/ci-values.yaml", "kind: Deployment\n"),
        ("web/templates/web.yaml", TEMPLATE),
        ("web/templates/sub/web.yaml", TEMPLATE),
        ("web/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"),
        ("web/charts/db/templates/db.yaml", TEMPLATE),
        ("web/crds/pod.yaml", &good),
        // Without a chart they are names like others.
        ("templates/pod.yaml", &good),
        ("charts/pod.yaml", &good),
        ("values.yaml", &good),
    ]);
    let read = [
        "./charts/pod.yaml",
        "./plain.yaml",
        "./templates/pod.yaml",
        "./values.yaml",
        "./web/crds/pod.yaml",
    ];
    assert_eq!(judged(dir.path(), &["."]), read);
    let (result, _) = json(dir.path(), &["."], "");
    let chart = json!([{"file": "./web/Chart.yaml", "line": 1, "kind": null, "reason": "a Helm chart: its templates are left out"}]);
    assert_eq!(result["skipped"], chart);
    let ended = check(dir.path(), &["."], "");
    let hint = "note: ./web is a Helm chart, whose templates are left out; pipe `helm template ./web` into `bulkhead check -`\n";
    assert_eq!(ended.stdout.matches("note: ").count(), 1, "{}", ended.stdout);
    assert!(ended.stdout.contains(hint), "{}", ended.stdout);
    assert_eq!((ended.stderr.as_str(), ended.code), ("", Some(0)));
    // What is named is read.
    let ended = check(dir.path(), &["web/templates"], "");
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("this looks like a template"), "{}", ended.stderr);
    // Nothing but a chart is judged by nobody: that must not pass.
    fs::remove_dir_all(dir.path().join("web/crds")).unwrap();
    let ended = check(dir.path(), &["web"], "");
    let why = "error: web: holds nothing but Helm charts, whose templates are left out\n";
    assert_eq!((ended.stderr.as_str(), ended.code), (why, Some(2)));
    let ended = check(dir.path(), &["--allow-empty", "web"], "");
    assert_eq!((ended.stderr.as_str(), ended.code), ("", Some(0)));
}

#[test]
fn many_charts_are_one_hint() {
    let dir = folder(&[("plain.yaml", &pod("p", ""))]);
    for n in 0..7 {
        let path = dir.path().join(format!("charts/{n}"));
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("Chart.yaml"), "apiVersion: v2\nname: x\n").unwrap();
    }
    let ended = check(dir.path(), &["."], "");
    let hint = "note: Helm charts, whose templates are left out: ./charts/0, ./charts/1, ./charts/2, ./charts/3, ./charts/4, and 2 more; pipe `helm template` of each into `bulkhead check -`\n";
    assert!(ended.stdout.contains(hint), "{}", ended.stdout);
}

#[test]
fn a_workload_without_a_template_may_be_a_patch() {
    let patch = |kind: &str, version: &str, rest: &str| {
        format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: web}}\n{rest}\n")
    };
    let table = [
        patch("Deployment", "apps/v1", "spec: {replicas: 3}"),
        patch("Deployment", "apps/v1", "$patch: delete"),
        patch("StatefulSet", "apps/v1", "spec: {template: null}"),
        patch("DaemonSet", "apps/v1", "spec: {template: {metadata: {labels: {a: b}}}}"),
        patch("ReplicaSet", "apps/v1", "spec: {template: {spec: null}}"),
        patch("Job", "batch/v1", "spec: {suspend: true}"),
        patch("CronJob", "batch/v1", "spec: {schedule: '@daily'}"),
        patch("CronJob", "batch/v1", "spec: {jobTemplate: {spec: {}}}"),
        patch("PodTemplate", "v1", ""),
    ];
    for text in &table {
        let (result, code) = json(folder(&[]).path(), &["-"], text);
        let row = &result["skipped"][0];
        let reason = "not judged: a patch? It has no pod template";
        assert_eq!((&row["reason"], code), (&json!(reason), 0), "{text}");
        assert_eq!((&result["results"], &result["errors"]), (&json!([]), &json!([])), "{text}");
    }
    let all = table.join("---\n");
    let ended = check(folder(&[]).path(), &["-"], &all);
    let note = "note: not judged: a patch? Without a pod template: -:1 (Deployment web), -:6 (Deployment web), -:11 (StatefulSet web), -:16 (DaemonSet web), -:21 (ReplicaSet web), and 4 more\n";
    assert!(ended.stdout.starts_with(note), "{}", ended.stdout);
    // A pod has no template that it could lack; what is there is still read; a patch of containers
    // is judged as it stands.
    for (text, code, judged) in [
        (patch("Pod", "v1", ""), 2, 0),
        (patch("Deployment", "apps/v1", "spec: {template: []}"), 2, 0),
        (patch("Deployment", "apps/v1", "spec: []"), 2, 0),
        (
            patch("Deployment", "apps/v1", "spec: {template: {spec: {containers: [{name: x}]}}}"),
            0,
            1,
        ),
    ] {
        let (result, ended) = json(folder(&[]).path(), &["-"], &text);
        let results = result["results"].as_array().unwrap().len();
        assert_eq!((ended, results), (code, judged), "{text}");
    }
}

#[test]
fn globs_leave_out_what_git_would() {
    let good = pod("p", "");
    let names = ["a.yaml", "b.yaml", "sub/a.yaml", "sub/deep/c.yaml", "third/x.yaml"];
    let dir = folder(&names.map(|name| (name, good.as_str())));
    let table: &[(&[&str], &[&str])] = &[
        (&["a.yaml"], &["b.yaml", "sub/deep/c.yaml", "third/x.yaml"]),
        (&["/a.yaml"], &["b.yaml", "sub/a.yaml", "sub/deep/c.yaml", "third/x.yaml"]),
        (&["sub/"], &["a.yaml", "b.yaml", "third/x.yaml"]),
        (&["sub/*.yaml"], &["a.yaml", "b.yaml", "sub/deep/c.yaml", "third/x.yaml"]),
        (&["sub/**/*.yaml"], &["a.yaml", "b.yaml", "third/x.yaml"]),
        (&["third", "b.*"], &["a.yaml", "sub/a.yaml", "sub/deep/c.yaml"]),
        (&["*.yaml", "!b.yaml"], &["b.yaml"]),
        (&["none"], &names),
    ];
    for (globs, left) in table {
        let flags: Vec<_> = globs.iter().flat_map(|glob| ["--exclude", *glob]).collect();
        let absolute = dir.path().to_str().unwrap().to_owned();
        for (argument, before) in [(".", "./".to_owned()), (&absolute, format!("{absolute}/"))] {
            let expected: Vec<_> = left.iter().map(|name| format!("{before}{name}")).collect();
            let mut expected = expected;
            expected.sort();
            assert_eq!(
                judged(dir.path(), &[flags.as_slice(), &[argument]].concat()),
                expected,
                "{globs:?}"
            );
        }
    }
    // From the folder that is named, not from here.
    assert_eq!(judged(dir.path(), &["--exclude", "/a.yaml", "sub"]), ["sub/deep/c.yaml"]);
    // What is named is left out, too, as a shell names `*.yaml`; folders as well.
    for (glob, left) in [
        ("b.yaml", &["a.yaml", "sub/a.yaml"][..]),
        ("sub", &["a.yaml", "b.yaml"]),
        ("sub/a.yaml", &["a.yaml", "b.yaml"]),
    ] {
        let args = ["--exclude", glob, "a.yaml", "b.yaml", "sub/a.yaml"];
        assert_eq!(judged(dir.path(), &args), left, "{glob}");
    }
    let ended = check(dir.path(), &["--exclude", "*.yaml", "a.yaml"], "");
    let why = "error: --exclude leaves out everything that is named (--allow-empty takes that)\n";
    assert_eq!((ended.stderr.as_str(), ended.code), (why, Some(2)));
    let ended = check(dir.path(), &["--exclude", "*.yaml", "."], "");
    assert_eq!(ended.stderr, "error: .: holds no .yaml, .yml or .json file\n");
    let ended = check(dir.path(), &["--exclude", "[z-a]", "."], "");
    assert!(ended.stderr.starts_with("error: --exclude [z-a]: "), "{}", ended.stderr);
    assert_eq!(ended.code, Some(2));
}

#[test]
fn files_say_what_is_left_out() {
    let good = pod("p", "");
    let names = ["a.yaml", "b.yaml", "sub/a.yaml", "sub/deep/c.yaml", "third/x.yaml"];
    let dir = folder(&names.map(|name| (name, good.as_str())));
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write(".bulkheadignore", "# of others\n/third/\na.yaml\n");
    write("sub/.bulkheadignore", "!a.yaml\n");
    // What git or ripgrep ignore may be what is deployed.
    write(".gitignore", "*\n");
    write(".ignore", "*\n");
    fs::create_dir(dir.path().join(".git")).unwrap();
    assert_eq!(judged(dir.path(), &["."]), ["./b.yaml", "./sub/a.yaml", "./sub/deep/c.yaml"]);
    // From above, too, as git's; what is named is read.
    assert_eq!(judged(dir.path(), &["--allow-empty", "third"]), ["third/x.yaml"]);
    fs::remove_file(dir.path().join("sub/.bulkheadignore")).unwrap();
    assert_eq!(judged(dir.path(), &["sub"]), ["sub/deep/c.yaml"]);
    assert_eq!(judged(dir.path(), &["a.yaml", "third/x.yaml"]), ["a.yaml", "third/x.yaml"]);
    // What is left out cannot be wrong; links are followed, and those that lead nowhere are.
    write("third/broken.yaml", "a: [");
    symlink("nowhere", dir.path().join("dangling.yaml")).unwrap();
    write(".bulkheadignore", "third\ndangling.yaml\n");
    assert_eq!(judged(dir.path(), &["."]).len(), 4);
    write(".bulkheadignore", "third\n");
    assert_eq!(judged(dir.path(), &["--exclude", "dangling.yaml", "."]).len(), 4);
    // A pattern that says nothing is reported.
    write(".bulkheadignore", "third\n[z-a]\n");
    for argument in [".", "sub"] {
        let ended = check(dir.path(), &["--exclude", "dangling.yaml", argument], "");
        assert_eq!(ended.code, Some(2), "{argument}");
        assert!(
            ended.stderr.contains(".bulkheadignore: has a pattern that cannot be used (line 2): "),
            "{}",
            ended.stderr
        );
        assert!(!ended.stdout.starts_with("0 objects"), "{}", ended.stdout);
    }
}

/// What is no regular file is not waited for, and not taken for an empty list.
#[test]
fn ignore_files_that_cannot_be_read_are_errors() {
    type Make = fn(&std::path::Path);
    let links: [(&str, Make); 4] = [
        ("a pipe", |path| crate::support::pipe(path)),
        ("a device", |path| symlink("/dev/zero", path).unwrap()),
        ("nothing", |path| symlink("nowhere", path).unwrap()),
        ("no UTF-8", |path| fs::write(path, [0xff, 0xfe, 0]).unwrap()),
    ];
    for (what, make) in links {
        for place in ["h", "h/a", "."] {
            let dir = folder(&[("h/a/pod.yaml", &pod("p", ""))]);
            make(&dir.path().join(place).join(".bulkheadignore"));
            let ended = check(dir.path(), &["h"], "");
            assert_eq!(ended.code, Some(2), "{what} in {place}: {}", ended.stdout);
            assert!(ended.stderr.contains(".bulkheadignore"), "{what}: {}", ended.stderr);
        }
    }
}

/// A checkout can stand in a folder of any name.
#[test]
fn a_pattern_says_nothing_of_folders_above() {
    let dir = folder(&[("test/ci/p.yaml", &pod("p", "")), ("test/ci/test/q.yaml", &pod("q", ""))]);
    let inside = dir.path().join("test/ci");
    let absolute = inside.join("p.yaml");
    let ended =
        check(&inside, &["--exclude", "test", absolute.to_str().unwrap(), "test/q.yaml", "."], "");
    assert!(ended.stdout.starts_with("2 objects judged"), "{}{}", ended.stdout, ended.stderr);
}
