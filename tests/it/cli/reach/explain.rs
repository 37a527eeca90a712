//! `--explain`, `--assume` and `--runtime`.

use insta::assert_snapshot;

use super::{SHARED, chain, documents, folder, letters, pair, reach, shown};

#[test]
fn one_pair_rule_by_rule() {
    assert_snapshot!(shown(&["--explain", "logs", "app"], SHARED));
}

#[test]
fn what_others_add_is_reported_with_the_way() {
    let text = shown(&["--explain", "app", "shell"], &chain());
    assert!(text.contains("shell through the memory of logs: "), "{text}");
    let text = shown(&[], &chain());
    assert!(text.contains("through others"), "{text}");
}

#[test]
fn every_pod_with_both_is_explained_and_none_is_an_error() {
    let other = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: logs, image: 'a:1'}]}\n";
    let twice = format!("{SHARED}{other}---\n{}", SHARED.replace("name: web", "name: second"));
    let text = shown(&["--explain", "logs", "app"], &twice);
    for (name, count) in [("Pod shop/web: ", 1), ("Pod shop/second: ", 1), ("Pod x", 0)] {
        assert_eq!(text.matches(name).count(), count, "{name}: {text}");
    }
    let dir = folder(&[("a.yaml", SHARED)]);
    let table: [(&[&str], &str); 4] = [
        (&["--explain", "logs", "nobody", "a.yaml"], "no pod has both containers logs and nobody"),
        (&["--explain", "logs", "logs", "a.yaml"], "a container reaches all of itself"),
        (&["--explain", "logs"], "2 values required"),
        (&["--explain", "logs", "app", "--output", "json", "a.yaml"], "cannot be used with"),
    ];
    for (args, words) in table {
        let ended = reach(dir.path(), args, "");
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(ended.stderr.contains(words), "{args:?}: {}", ended.stderr);
    }
}

const OPEN: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: open}
spec:
  shareProcessNamespace: true
  containers:
  - {name: a, image: 'a:1', securityContext: {allowPrivilegeEscalation: false}}
  - {name: b, image: 'b:1', securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false}}
";

#[test]
fn what_is_known_of_an_image_counts() {
    let answer = |args: &[&str]| letters(&pair(&documents(args, OPEN)[0], "a", "b")["aspects"]);
    assert_eq!(answer(&[]), "ypppp".to_owned() + "p");
    let same = ["--assume", "image-user=a:7:7", "--assume", "image-user=b:7:7"];
    assert_eq!(answer(&same), "yyyyyy");
    let apart = ["--assume", "image-user=a:7:7", "--assume", "image-user=b:8:8"];
    assert_eq!(answer(&apart), "ynnnnn");
    let text = shown(&[&apart[..], &["--explain", "a", "b"]].concat(), OPEN);
    assert!(text.contains("user 7 (assumed), group 7 (assumed)"), "{text}");
}

#[test]
fn a_star_is_every_other_image() {
    let answer = |args: &[&str]| letters(&pair(&documents(args, OPEN)[0], "a", "b")["aspects"]);
    assert_eq!(answer(&["--assume", "image-user=*:7:7"]), "yyyyyy");
    // What is known of one container counts more.
    let apart = ["--assume", "image-user=*:7:7", "--assume", "image-user=b:8:8"];
    assert_eq!(answer(&apart), "ynnnnn");
    let dir = folder(&[("a.yaml", OPEN), ("b.yaml", SHARED)]);
    let decided = "note: --assume image-user=*:0 has no effect: runAsUser decides\n";
    for (file, note) in [("a.yaml", ""), ("b.yaml", decided)] {
        let ended = reach(dir.path(), &["--assume", "image-user=*:0", file], "");
        assert_eq!((ended.stderr.as_str(), ended.code), (note, Some(0)));
    }
}

#[test]
fn what_has_no_effect_is_said() {
    let dir = folder(&[("a.yaml", OPEN), ("b.yaml", SHARED)]);
    for (args, note) in [
        (
            ["image-user=z:1", "a.yaml"],
            "image-user=z:1 has no effect: there is no container of this name",
        ),
        (["image-user=b:0:5", "a.yaml"], "image-user=b:0:5 has no effect: runAsNonRoot refuses"),
        (["image-user=app:5", "b.yaml"], "image-user=app:5 has no effect: runAsUser decides"),
    ] {
        let ended = reach(dir.path(), &["--assume", args[0], args[1]], "");
        assert_eq!(ended.code, Some(0));
        assert!(ended.stderr.starts_with(&format!("note: --assume {note}")), "{}", ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    }
    // One pod in which it counts is enough.
    let ended = reach(dir.path(), &["--assume", "image-user=a:5", "a.yaml", "b.yaml"], "");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn assumptions_that_cannot_be_read() {
    let dir = folder(&[("a.yaml", OPEN)]);
    let form =
        "an assumption is written image-user=CONTAINER:UID[:GID], with * for every container";
    for (value, words) in [
        ("image-user", form),
        ("image-user=", form),
        ("image-user=a", form),
        ("image-user=:1", form),
        ("image-user=a:1:2:3", form),
        ("image-user=a:root", "UID must be a number from 0 to 2147483647, not \"root\""),
        ("image-user=a:+1", "UID must be"),
        ("image-user=a:1:", "GID must be a number from 0 to 2147483647, not \"\""),
        ("image-user=a:2147483648", "UID must be"),
        (
            "image-users=a:1",
            "there is no key image-users; did you mean `image-user`?; known: image-user",
        ),
        ("yama=1", "there is no key yama; known: image-user"),
    ] {
        let ended = reach(dir.path(), &["--assume", value, "a.yaml"], "");
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{value}");
        assert!(ended.stderr.contains(words), "{value}: {}", ended.stderr);
    }
    let twice = ["--assume", "image-user=a:1", "--assume", "image-user=a:2", "a.yaml"];
    let ended = reach(dir.path(), &twice, "");
    assert_eq!(ended.stderr, "error: --assume image-user=a: given twice\n");
    assert_eq!(ended.code, Some(2));
}

#[test]
fn a_runtime_may_be_sure_where_both_are_not() {
    let text = OPEN.replace(
        "allowPrivilegeEscalation: false}}\n  - {name: b",
        "runAsUser: 0, allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [CAP_SYS_PTRACE]}}}\n  - {name: b",
    );
    let memory = |runtime: &str| {
        let documents = documents(&["--runtime", runtime], &text);
        pair(&documents[0], "a", "b")["aspects"]["memory"].as_str().unwrap().to_owned()
    };
    assert_eq!([memory("any"), memory("containerd"), memory("cri-o")], ["possible", "no", "yes"]);
}
