//! The walls of the house: who may use whom. Read from the sources, so a new file is inside them
//! without being named here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A room, the rooms it may use, and the crates it may use besides std.
const WALLS: &[(&str, &[&str], &[&str])] = &[
    // The core: no I/O, no async, no clock, no log.
    ("pod", &[], &[]),
    ("controls", &["pod"], &[]),
    ("patch", &["controls", "pod"], &["json_patch", "jsonptr", "serde_json"]),
    ("policy", &["controls", "patch", "pod"], &["jiff"]),
    ("decision", &["controls", "patch", "policy"], &["json_patch"]),
    // Wire types.
    (
        "api",
        &["controls", "pod", "policy"],
        &["jiff", "serde", "serde_json", "serde_path_to_error", "serde_saphyr"],
    ),
    (
        "admission",
        &["decision", "pod", "policy"],
        &["base64", "json_patch", "serde", "serde_json", "serde_path_to_error"],
    ),
    // Edges.
    ("metrics", &["controls", "policy"], &["jiff", "prometheus", "thiserror"]),
    ("telemetry", &[], &["clap", "tracing_subscriber"]),
    ("config", &["telemetry"], &["clap", "thiserror"]),
    ("tls", &[], &["arc_swap", "jiff", "rcgen", "rustls", "thiserror", "x509_parser"]),
    (
        "server",
        &["admission", "decision", "metrics", "policy", "tls"],
        &[
            "arc_swap",
            "axum",
            "bytes",
            "futures_core",
            "http",
            "http_body_util",
            "hyper",
            "hyper_util",
            "jiff",
            "tokio",
            "tokio_rustls",
            "tokio_util",
            "tower",
            "tower_http",
            "tracing",
        ],
    ),
    (
        "app",
        &["api", "config", "metrics", "policy", "server", "tls"],
        &["arc_swap", "jiff", "thiserror", "tokio", "tokio_util", "tracing"],
    ),
    ("cli", &["app", "config", "server", "telemetry"], &["anyhow", "clap", "tokio", "tracing"]),
];

/// What the core must not name even where the crate is allowed.
const FORBIDDEN_IN_CORE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::time::SystemTime",
    "std::time::Instant",
    "::now()",
    "async fn",
];

const CORE: &[&str] = &["pod", "controls", "patch", "policy", "decision"];

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file by its room; `lib` and `main` are rooms of their own.
fn rooms() -> BTreeMap<String, Vec<PathBuf>> {
    let mut all = Vec::new();
    files(&sources(), &mut all);
    let mut rooms: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in all {
        let below = path.strip_prefix(sources()).unwrap().to_owned();
        let first = below.components().next().unwrap().as_os_str().to_string_lossy();
        rooms.entry(first.trim_end_matches(".rs").to_owned()).or_default().push(path);
    }
    rooms
}

/// The code of a file without comments and without its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The names that follow `prefix` in a text, up to the next `::` or bracket.
fn names_after(text: &str, prefix: &str) -> BTreeSet<String> {
    let name = |rest: &str| {
        rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    text.match_indices(prefix).map(|(at, _)| name(&text[at + prefix.len()..])).collect()
}

#[test]
fn rooms_use_only_what_their_walls_allow() {
    let mut rooms = rooms();
    assert!(rooms.remove("lib").is_some() && rooms.remove("main").is_some());
    let known: BTreeSet<_> = WALLS.iter().map(|(room, ..)| (*room).to_owned()).collect();
    assert_eq!(rooms.keys().cloned().collect::<BTreeSet<_>>(), known, "a room without walls");
    for (room, inside, outside) in WALLS {
        for path in &rooms[*room] {
            let code = code(path);
            for used in names_after(&code, "crate::") {
                let allowed = used == *room || inside.contains(&used.as_str());
                assert!(allowed, "{}: {room} may not use {used}", path.display());
            }
            for used in names_after(&code, "\nuse ") {
                let own = ["crate", "super", "std", "self"].contains(&used.as_str());
                // A module of the room itself is used by its bare name.
                let module = path.with_file_name(format!("{used}.rs")).exists();
                let allowed = own || module || outside.contains(&used.as_str());
                assert!(allowed, "{}: {room} may not use the crate {used}", path.display());
            }
        }
    }
}

#[test]
fn the_core_is_pure() {
    let rooms = rooms();
    for path in CORE.iter().flat_map(|room| &rooms[*room]) {
        let code = code(path);
        for word in FORBIDDEN_IN_CORE {
            assert!(!code.contains(word), "{}: {word} in the core", path.display());
        }
    }
}

/// An undeclared file is never compiled, and its tests never run.
#[test]
fn every_file_is_declared() {
    for path in rooms().values().flatten() {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (parent, name) = match stem.as_str() {
            "lib" | "main" => continue,
            "mod" => {
                let folder = path.parent().unwrap();
                (
                    folder.parent().unwrap(),
                    folder.file_name().unwrap().to_string_lossy().into_owned(),
                )
            }
            _ => (path.parent().unwrap(), stem),
        };
        let declaring =
            if parent == sources() { parent.join("lib.rs") } else { parent.join("mod.rs") };
        let text = fs::read_to_string(&declaring).unwrap();
        assert!(text.contains(&format!("mod {name};")), "{} is not declared", path.display());
    }
}

#[test]
fn files_stay_small() {
    for path in rooms().values().flatten() {
        let lines = fs::read_to_string(path).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines: split it by concept", path.display());
    }
}
