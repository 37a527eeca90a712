//! What people decided about the members: `tests/fixtures/pod-schema/classes.txt`.

use std::collections::BTreeSet;

use bulkhead::pod::ContainerKind;

use super::schema::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// The view reads it.
    Read,
    /// It speaks of identity, namespaces or privileges, and is not read for the reason given.
    Watched,
    /// It has nothing to do with them.
    Irrelevant,
}

#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) class: Class,
    /// A path, in the words that the file explains.
    pub(crate) pattern: String,
}

/// What speaks, as a word in its name, of who a process is, what it may do, or what it sees.
const WORDS: [&str; 31] = [
    "armor",
    "capabilities",
    "capability",
    "cgroup",
    "container",
    "containers",
    "gid",
    "group",
    "groups",
    "identity",
    "ipc",
    "isolation",
    "namespace",
    "namespaces",
    "pid",
    "privilege",
    "privileged",
    "privileges",
    "proc",
    "process",
    "root",
    "seccomp",
    "security",
    "share",
    "sysctl",
    "sysctls",
    "uid",
    "umask",
    "user",
    "users",
    "uts",
];

/// The same, as its type.
const MESSAGES: [&str; 10] = [
    "AppArmorProfile",
    "Capabilities",
    "Container",
    "EphemeralContainer",
    "PodSecurityContext",
    "PodTemplateSpec",
    "SELinuxOptions",
    "SeccompProfile",
    "SecurityContext",
    "WindowsSecurityContextOptions",
];

/// The rows, each with its reason checked to be there.
pub(crate) fn rows() -> Vec<Row> {
    let text = include_str!("../../../fixtures/pod-schema/classes.txt");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut seen = BTreeSet::new();
    let row = |line: &str| {
        let (class, rest) = line.split_once(' ').unwrap_or_else(|| panic!("{line}"));
        let (pattern, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let class = match class {
            "read" => Class::Read,
            "watched" => Class::Watched,
            "irrelevant" => Class::Irrelevant,
            _ => panic!("no class: {line}"),
        };
        assert_eq!(class == Class::Read, reason.trim().is_empty(), "a reason, if unread: {line}");
        Row { class, pattern: pattern.to_owned() }
    };
    let rows: Vec<_> = lines.map(row).collect();
    for row in &rows {
        assert!(seen.insert(&row.pattern), "twice: {}", row.pattern);
    }
    rows
}

/// The paths that no row is for.
pub(crate) fn unclassified(rows: &[Row], paths: &BTreeSet<Path>) -> BTreeSet<String> {
    let missing = paths.iter().filter(|path| Row::of(rows, path).is_none());
    missing.map(|path| path.text.clone()).collect()
}

impl Row {
    /// The row of a path: its own, else the nearest around it that speaks for all below, which it
    /// does for no member that needs a row of its own.
    pub(crate) fn of<'r>(rows: &'r [Self], path: &Path) -> Option<&'r Self> {
        let mut rows: Vec<_> = rows.iter().filter(|row| row.is_for(path)).collect();
        rows.sort_by_key(|row| (row.own().matches('.').count(), !row.speaks_for_all_below()));
        rows.pop()
    }

    /// The pattern of the member itself.
    fn own(&self) -> &str {
        self.pattern.strip_suffix(".**").unwrap_or(&self.pattern)
    }

    fn speaks_for_all_below(&self) -> bool {
        self.pattern.ends_with(".**")
    }

    pub(crate) fn is_for(&self, path: &Path) -> bool {
        let own: Vec<_> = self.own().split('.').collect();
        let mut names: Vec<_> = path.text.split('.').collect();
        let below = names.len() > own.len();
        names.truncate(own.len());
        if let Some(last) = names.last_mut().filter(|_| self.speaks_for_all_below()) {
            *last = last.trim_end_matches(['[', ']', '{', '}']);
        }
        names.len() == own.len()
            && own.iter().zip(names).all(|(pattern, name)| covers(pattern, name))
            && (!below || self.speaks_for_all_below() && !needs_a_row(path))
    }
}

/// The names of the lists of containers that the view has.
pub(crate) fn lists() -> impl Iterator<Item = &'static str> {
    use ContainerKind::{Ephemeral, Init, Regular, Sidecar};
    [Init, Sidecar, Regular, Ephemeral].into_iter().map(ContainerKind::list)
}

/// Whether a name of a path is meant by one of a pattern.
fn covers(pattern: &str, name: &str) -> bool {
    match (pattern, pattern.strip_prefix("CONTAINERS")) {
        ("*", _) => true,
        ("KIND", _) => name.starts_with(char::is_uppercase),
        (_, Some(behind)) => lists().any(|list| name.strip_prefix(list) == Some(behind)),
        (_, None) => name == pattern,
    }
}

/// Whether nobody may wave it through with the group it stands in.
fn needs_a_row(path: &Path) -> bool {
    let speaks = |word: &String| WORDS.contains(&word.as_str());
    let name = path.name();
    !name.is_empty()
        && (words(name).iter().any(speaks) || MESSAGES.contains(&path.message.as_str()))
}

/// The words of a name: `host`, `ipc` and `namespace` of `hostIPCNamespace`.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<_> = name.chars().collect();
    let mut words = vec![String::new()];
    for (place, letter) in letters.iter().enumerate() {
        let is_small = |place: usize| letters.get(place).is_some_and(|it| it.is_lowercase());
        let after_small = place > 0 && is_small(place - 1);
        if place > 0 && letter.is_uppercase() && (after_small || is_small(place + 1)) {
            words.push(String::new());
        }
        words.last_mut().unwrap().extend(letter.to_lowercase());
    }
    words
}
