//! The files of the house: which there are, that each is declared, and that each is small.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::place;

fn sources() -> PathBuf {
    place("src")
}

/// Every file of Rust in a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    let all = entries.flat_map(below);
    all.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// Every source file by its room; `lib` and `main` are rooms of their own.
pub(super) fn rooms() -> BTreeMap<String, Vec<PathBuf>> {
    let mut rooms = BTreeMap::<String, Vec<PathBuf>>::new();
    for path in files(&sources()) {
        let below = path.strip_prefix(sources()).unwrap().to_owned();
        let first = below.components().next().unwrap().as_os_str().to_string_lossy();
        rooms.entry(first.trim_end_matches(".rs").to_owned()).or_default().push(path);
    }
    rooms
}

const PARENTS: [&str; 3] = ["mod.rs", "main.rs", "lib.rs"];

/// How many modules a file stands below the crate root, which is what `super` counts.
pub(super) fn depth(path: &Path) -> usize {
    let below = path.strip_prefix(sources()).unwrap();
    let is_parent = PARENTS.iter().any(|name| below.ends_with(name));
    below.components().count() - usize::from(is_parent)
}

/// An undeclared file is never compiled, and its tests never run.
#[test]
fn every_file_is_declared() {
    let mut seen = 0;
    for path in ["src", "tests"].into_iter().flat_map(|folder| files(&place(folder))) {
        let mut module = path.with_extension("");
        if module.ends_with("mod") {
            module.pop();
        }
        let name = module.file_name().unwrap().to_str().unwrap();
        // Of the shared folders each test binary declares what it shares.
        if ["lib", "main"].contains(&name) || module.parent() == Some(&place("tests")) {
            continue;
        }
        let declaring = PARENTS.iter().rev().map(|parent| module.with_file_name(parent));
        let mut texts = declaring.filter_map(|parent| fs::read_to_string(parent).ok());
        let words = format!("mod {name};");
        assert!(texts.any(|text| text.contains(&words)), "{} is not declared", path.display());
        seen += 1;
    }
    assert!(seen > 300, "{seen} files: where are the others?");
}

#[test]
fn files_stay_small() {
    let folders = ["src", "tests", "benches"];
    for path in folders.into_iter().flat_map(|folder| files(&place(folder))) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines: split it by concept", path.display());
    }
}
