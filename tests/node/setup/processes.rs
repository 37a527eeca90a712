//! The processes of a node, seen from outside.

use std::collections::BTreeMap;
use std::fs::{read_dir, read_to_string};

/// The names of all processes below this one, by id.
pub(crate) fn descendants(top: u32) -> BTreeMap<u32, String> {
    let ids = read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str().and_then(|name| name.parse().ok()));
    let all: Vec<(u32, u32, String)> = ids
        .filter_map(|id: u32| Some((id, field(id, "PPid")?.parse().ok()?, field(id, "Name")?)))
        .collect();
    let mut found = BTreeMap::from([(top, String::new())]);
    loop {
        let before = found.len();
        for (id, parent, name) in &all {
            if found.contains_key(parent) {
                found.insert(*id, name.clone());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// A field of a process that is there.
fn field(id: u32, name: &str) -> Option<String> {
    let status = read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t"));
    line.map(str::to_owned)
}

/// Not also a zombie, which whoever inherits it has not noticed yet.
pub(crate) fn is_alive(id: u32) -> bool {
    field(id, "State").is_some_and(|state| !state.starts_with('Z'))
}

/// A variable of a process's environment as it was started.
pub(crate) fn variable(id: u32, name: &str) -> Option<String> {
    let environment = read_to_string(format!("/proc/{id}/environ")).ok()?;
    let found = environment.split('\0').find_map(|one| one.strip_prefix(name)?.strip_prefix('='));
    found.map(str::to_owned)
}
