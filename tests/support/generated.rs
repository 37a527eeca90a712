//! Files that are generated and committed. They are compared with what would be generated now or,
//! with `BULKHEAD_WRITE_DOCS=1`, as `make docs` sets it, written.

use std::collections::{BTreeMap, BTreeSet};
use std::env::var_os;
use std::fs;
use std::path::Path;

/// Holds a folder to these files, by name, and no others.
pub(crate) fn hold(folder: &str, files: &BTreeMap<String, String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&path).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let gone: BTreeSet<_> = names.filter(|name| !files.contains_key(name)).collect();
    if is_written() {
        fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            fs::write(path.join(name), text).unwrap();
        }
        for name in gone {
            fs::remove_file(path.join(name)).unwrap();
        }
        return;
    }
    let mut wrong: Vec<_> =
        gone.iter().map(|name| format!("{folder}/{name}: is not generated")).collect();
    for (name, text) in files {
        let stored = fs::read_to_string(path.join(name)).unwrap_or_default();
        let difference = difference(&stored, text);
        wrong.extend(difference.map(|line| format!("{folder}/{name}:{line}")));
    }
    assert!(wrong.is_empty(), "`make docs` rewrites them:\n{}", wrong.join("\n"));
}

/// Holds one file to its text.
pub(crate) fn hold_file(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if is_written() {
        fs::write(path, text).unwrap();
        return;
    }
    let stored = fs::read_to_string(path).unwrap_or_default();
    let wrong = difference(&stored, text);
    assert!(wrong.is_none(), "`make docs` rewrites {name}:{}", wrong.unwrap_or_default());
}

fn is_written() -> bool {
    var_os("BULKHEAD_WRITE_DOCS").is_some_and(|value| value == "1")
}

/// Holds the part of a file between two lines, which stay, to this text.
pub(crate) fn hold_part(file: &str, [begin, end]: [&str; 2], text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let stored = fs::read_to_string(&path).unwrap();
    let (before, rest) = stored.split_once(&format!("{begin}\n")).unwrap();
    let (part, after) = rest.split_once(&format!("{end}\n")).unwrap();
    if is_written() {
        fs::write(path, format!("{before}{begin}\n{text}{end}\n{after}")).unwrap();
        return;
    }
    let wrong = difference(part, text).map(|line| format!("{file}, below {begin}: {line}"));
    assert!(wrong.is_none(), "`make docs` rewrites it:\n{}", wrong.unwrap_or_default());
}

/// The first line in which a stored text is not what it should be.
fn difference(stored: &str, text: &str) -> Option<String> {
    if stored == text {
        return None;
    }
    let (mut old, mut new) = (stored.split('\n'), text.split('\n'));
    (1..).find_map(|number| match (old.next(), new.next()) {
        (old, new) if old == new => None,
        (old, new) => Some(format!("{number}: is {old:?}, should be {new:?}")),
    })
}
