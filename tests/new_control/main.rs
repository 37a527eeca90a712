//! A new control is one file, its two lines in the registry, its field among those of a policy, and
//! one fixture folder: a toy is added so to a copy of the sources, which is built and judges by it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::Deserialize;
use serde_json::{Value, json};

/// The files of the toy, and what they become.
const FILES: [(&str, &str); 3] = [
    ("toy_image.txt", "src/controls/toy_image.rs"),
    ("pass.json", "tests/fixtures/toy-image/pass.json"),
    ("fail.json", "tests/fixtures/toy-image/fail.json"),
];

/// Its lines in files that are there: each follows another one.
const LINES: [(&str, &str, &str); 3] = [
    ("src/controls/mod.rs", "pub mod supplemental_groups_policy;", "pub mod toy_image;"),
    ("src/controls/mod.rs", "    &process_reach::DESCRIPTOR,", "    &toy_image::DESCRIPTOR,"),
    (
        "src/api/types/controls.rs",
        "    process_reach: Reach => ProcessReach::from,",
        "    toy_image: Plain => plain(crate::controls::toy_image::ToyImage),",
    ),
];

/// The policy by which the toy's pods are judged.
const POLICY: &str = "\
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationPolicy
metadata: {name: toys}
spec:
  controls:
    toyImage: {mode: Deny}
";

#[derive(Deserialize)]
struct Case {
    name: String,
    spec: Value,
    #[serde(default)]
    expect: Vec<String>,
}

fn tree() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn toy(file: &str) -> String {
    let path = tree().join("tests/fixtures/toy-control").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// What the program is built of, by its path below the tree.
fn sources() -> BTreeMap<String, String> {
    let mut paths = vec![tree().join("Cargo.toml"), tree().join("Cargo.lock")];
    files(&tree().join("src"), &mut paths);
    let named = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path.strip_prefix(tree()).unwrap().to_str().unwrap().to_owned(), text)
    };
    paths.into_iter().map(named).collect()
}

/// The sources with the toy.
fn with_toy(sources: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut more = sources.clone();
    for (file, line, next) in LINES {
        let text = more.get_mut(file).unwrap();
        let line = format!("{line}\n");
        assert_eq!(text.matches(&line).count(), 1, "{file}: {line}");
        *text = text.replace(&line, &format!("{line}{next}\n"));
    }
    more.extend(FILES.map(|(own, path)| (path.to_owned(), toy(own))));
    more
}

/// The same as a package of its own, with one empty test, for which cargo chooses the dependencies
/// that it chose for this one.
fn packaged(mut sources: BTreeMap<String, String>) -> BTreeMap<String, String> {
    const VERSION: &str = concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"");
    let rename = |text: &str| {
        let named = format!("name = \"bulkhead\"\n{VERSION}");
        assert_eq!(text.matches(&named).count(), 1);
        text.replace(&named, "name = \"bulkhead\"\nversion = \"0.0.0-toy\"")
    };
    let manifest = rename(&sources["Cargo.toml"]);
    let lock = rename(&sources["Cargo.lock"]);
    // The targets besides the program are not copied.
    let own = manifest.find("\n[[").map_or(manifest.as_str(), |end| &manifest[..end]);
    sources.insert("Cargo.toml".to_owned(), format!("{own}\n\n[workspace]\n"));
    sources.insert("Cargo.lock".to_owned(), lock);
    sources.insert("tests/empty.rs".to_owned(), String::new());
    sources
}

/// Makes the folder hold these files and no others. What is right already stays as it is, and is
/// not compiled again.
fn write(folder: &Path, texts: &BTreeMap<String, String>) {
    fs::create_dir_all(folder).unwrap();
    let mut there = Vec::new();
    files(folder, &mut there);
    for path in there {
        let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
        if !texts.contains_key(name) {
            fs::remove_file(&path).unwrap();
        }
    }
    for (name, text) in texts {
        let path = folder.join(name);
        if fs::read_to_string(&path).is_ok_and(|known| known == *text) {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Builds the program in the folder. What it is made of besides itself is compiled by now, for this
/// test; only the program goes elsewhere.
fn build(folder: &Path, programs: &Path) -> PathBuf {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--offline", "--bin", "bulkhead", "--test", "empty"])
        .current_dir(folder)
        .env("CARGO_BUILD_BUILD_DIR", shared)
        .env("CARGO_TARGET_DIR", programs)
        .env("CARGO_INCREMENTAL", "0")
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    programs.join("debug/bulkhead")
}

/// What `bulkhead check` finds in a pod, as fixtures say it.
fn check(program: &Path, folder: &Path, spec: &Value) -> (Option<i32>, Vec<String>) {
    let pod =
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shop"}, "spec": spec});
    fs::write(folder.join("policy.yaml"), POLICY).unwrap();
    fs::write(folder.join("pod.json"), pod.to_string()).unwrap();
    let Output { status, stdout, stderr } = Command::new(program)
        .args(["check", "--policy", "policy.yaml", "--output", "json", "pod.json"])
        .current_dir(folder)
        .output()
        .unwrap();
    let said: Value = serde_json::from_slice(&stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&stderr)));
    let findings = said["results"][0]["findings"].as_array().unwrap().iter();
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let line = |it: &Value| format!("{} {}", word(it, "path"), word(it, "reason"));
    (status.code(), findings.map(line).collect())
}

#[test]
fn a_new_control_changes_two_files_and_brings_one_and_a_folder() {
    let sources = sources();
    let more = with_toy(&sources);
    let changed = more.iter().filter(|(path, text)| sources.get(*path) != Some(text));
    let changed: Vec<_> = changed.map(|(path, _)| path.as_str()).collect();
    let expected = [
        "src/api/types/controls.rs",
        "src/controls/mod.rs",
        "src/controls/toy_image.rs",
        "tests/fixtures/toy-image/fail.json",
        "tests/fixtures/toy-image/pass.json",
    ];
    assert_eq!(changed, expected);

    // One folder for all runs: a second one compiles nothing.
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-control");
    write(&scratch.join("tree"), &packaged(more));
    let program = build(&scratch.join("tree"), &scratch.join("target"));
    for (file, code) in [("pass.json", 0), ("fail.json", 1)] {
        let cases: Vec<Case> = serde_json::from_str(&toy(file)).unwrap();
        assert!(!cases.is_empty(), "{file}");
        for case in cases {
            let found = check(&program, &scratch, &case.spec);
            assert_eq!(found, (Some(code), case.expect), "{file} / {}", case.name);
        }
    }
}
