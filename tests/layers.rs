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

/// The core: no I/O, no clock, no threads, no log, so that a verdict depends on its input alone.
const CORE: &[&str] = &["pod", "controls", "patch", "policy", "decision"];

/// All the core may use of std. A list of what is allowed, because std gains new doors to the world.
const STD_IN_CORE: &[&str] =
    &["borrow", "cmp", "collections", "fmt", "iter", "mem", "str", "sync::Arc"];

/// What no path shows, as tokens: methods of allowed types, syntax, and macros of the prelude.
const BANNED_IN_CORE: &[&[&str]] = &[
    &["::", "now"],
    &["async"],
    &["print", "!"],
    &["println", "!"],
    &["eprint", "!"],
    &["eprintln", "!"],
    &["dbg", "!"],
];

/// What would lead around the walls: other names for crates, and code from files outside the room.
const BANNED_ANYWHERE: &[&[&str]] = &[&["extern", "crate"], &["include", "!"], &["#", "[", "path"]];

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

/// How many modules a file stands below the crate root, which is what `super` counts.
fn depth(path: &Path) -> usize {
    let below = path.strip_prefix(sources()).unwrap();
    below.components().count() - usize::from(below.ends_with("mod.rs"))
}

/// The names a path can begin with to leave the house.
fn dependencies() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut section = "";
    for line in include_str!("../Cargo.toml").lines() {
        if line.starts_with('[') {
            section = line;
            // Another way to declare one would go unseen.
            let known = ["[dependencies]", "[dev-dependencies]"].contains(&line);
            assert!(known || !line.contains("dependencies"), "layers.rs cannot read {line}");
        } else if let Some((name, _)) = line.split_once('=')
            && section == "[dependencies]"
            && !line.starts_with('#')
        {
            names.insert(name.trim().replace('-', "_"));
        }
    }
    names
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Words, `::` and single marks; comments, strings, characters and lifetimes are left out.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = &rest[..rest.find(|letter| !is_word(letter)).unwrap_or(rest.len())];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if first == '"' {
            quoted(rest, '"')
        } else if first == '\'' {
            character(rest)
        } else if ["r", "br", "cr"].contains(&word) && rest[word.len()..].starts_with(['#', '"']) {
            raw(rest, word.len())
        } else if first.is_whitespace() {
            first.len_utf8()
        } else {
            let length = if rest.starts_with("::") { 2 } else { word.len().max(first.len_utf8()) };
            found.push(&rest[..length]);
            length
        };
        rest = &rest[length..];
    }
    found
}

/// The length of a block comment; they nest.
fn block_comment(text: &str) -> usize {
    let (mut at, mut open) = (2, 1);
    while open > 0 && at < text.len() {
        let two = text.as_bytes().get(at..at + 2).unwrap_or_default();
        open = if two == b"/*" { open + 1 } else { open - i32::from(two == b"*/") };
        at += if two == b"/*" || two == b"*/" { 2 } else { 1 };
    }
    at
}

/// The length of a literal that ends at the next `mark` without a backslash.
fn quoted(text: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        if letter == mark && !escaped {
            return at + 1;
        }
        escaped = letter == '\\' && !escaped;
    }
    text.len()
}

/// The length of a character; of a lifetime only the quote, for its name begins no path.
fn character(text: &str) -> usize {
    let mut letters = text.chars().skip(1);
    let is_character = letters.next() == Some('\\') || letters.next() == Some('\'');
    if is_character { quoted(text, '\'') } else { 1 }
}

/// The length of a raw string; of a raw name only the `r#`, so that the name itself is seen.
fn raw(text: &str, prefix: usize) -> usize {
    let inside = text[prefix..].trim_start_matches('#');
    let hashes = text.len() - prefix - inside.len();
    if !inside.starts_with('"') {
        return prefix + hashes;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - inside.len() + 1;
    text[start..].find(&end).map_or(text.len(), |at| start + at + end.len())
}

/// The tokens without the items under `#[cfg(test)]`: tests may use what they like.
fn shipped<'a>(tokens: &[&'a str]) -> Vec<&'a str> {
    let test = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let Some(first) = rest.first() {
        if !rest.starts_with(&test) {
            kept.push(*first);
            rest = &rest[1..];
            continue;
        }
        rest = &rest[test.len()..];
        let mut open = 0;
        while let Some(token) = rest.first() {
            open += i32::from(["{", "(", "["].contains(token));
            open -= i32::from(["}", ")", "]"].contains(token));
            // Too early an end only shows more; the brace around the item is not the item's.
            if open < 0 {
                break;
            }
            rest = &rest[1..];
            if open == 0 && ["}", ";", ","].contains(token) {
                break;
            }
        }
    }
    kept
}

/// Reads the path, or the tree of a `use`, at the head of `rest`; returns what follows it.
fn tree<'a, 'b>(
    mut rest: &'b [&'a str],
    mut path: Vec<&'a str>,
    found: &mut Vec<Vec<&'a str>>,
) -> &'b [&'a str] {
    while let [first, after @ ..] = rest {
        match *first {
            "::" => rest = after,
            "{" => {
                rest = after;
                while rest.first().is_some_and(|token| *token != "}") {
                    rest = tree(rest, path.clone(), found);
                    // An `as` and its name; the comma.
                    let end = rest.iter().position(|token| [",", "}"].contains(token));
                    rest = &rest[end.unwrap_or(rest.len())..];
                    rest = rest.strip_prefix(&[","]).unwrap_or(rest);
                }
                return rest.get(1..).unwrap_or_default();
            }
            name if name == "*" || name.starts_with(is_word) => {
                path.push(name);
                rest = after;
                if after.first() != Some(&"::") {
                    break;
                }
            }
            _ => break,
        }
    }
    found.push(path);
    rest
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    Room(String),
    Crate(String),
    Std(String),
    /// The crate root itself, by which every room can be reached.
    Root,
}

/// Where a path leads that is written `depth` modules below the root; nothing if it stays there.
fn resolve(path: &[&str], depth: usize, crates: &BTreeSet<String>) -> Option<Use> {
    let (head, rest) = path.split_first()?;
    if crates.contains(*head) {
        return Some(Use::Crate((*head).to_owned()));
    }
    let rest = match *head {
        "std" | "core" | "alloc" => return Some(Use::Std(rest.join("::"))),
        "crate" => rest,
        "self" | "super" => {
            let path = path.strip_prefix(&["self"]).unwrap_or(path);
            let up = path.iter().take_while(|name| **name == "super").count();
            if up < depth {
                return None;
            }
            &path[up..]
        }
        _ => return None,
    };
    Some(match rest.first() {
        None | Some(&("self" | "*")) => Use::Root,
        Some(room) => Use::Room((*room).to_owned()),
    })
}

/// All that shipped code uses outside its own module, with the path as written.
fn uses(code: &[&str], depth: usize) -> Vec<(Use, String)> {
    let crates = dependencies();
    let mut found = Vec::new();
    // The open braces, and which of them belong to a `mod`: there `super` leads less far.
    let mut braces = Vec::new();
    let mut rest = code;
    while let [first, after @ ..] = rest {
        let mut paths = Vec::new();
        let depth = depth + braces.iter().filter(|is_mod| **is_mod).count();
        let here = rest;
        rest = after;
        match (*first, after) {
            ("mod", [_, "{", inside @ ..]) => {
                braces.push(true);
                rest = inside;
            }
            ("{", _) => braces.push(false),
            ("}", _) => drop(braces.pop()),
            // `impl Trait + use<'a>` imports nothing.
            ("use", [next, ..]) if *next != "<" => rest = tree(after, Vec::new(), &mut paths),
            // A name that leads nowhere is passed alone: it may be a `return` before `::tokio`.
            (name, ["::", ..]) if resolve(&[name], 0, &crates).is_some() => {
                rest = tree(here, Vec::new(), &mut paths);
            }
            _ => {}
        }
        found.extend(
            paths.iter().filter_map(|path| Some((resolve(path, depth, &crates)?, path.join("::")))),
        );
    }
    found
}

/// What is wrong with the text of a file of a room, `depth` modules below the crate root.
fn complaints(room: &str, depth: usize, text: &str) -> Vec<String> {
    let (_, inside, outside) = WALLS.iter().find(|(name, ..)| *name == room).unwrap();
    let core = CORE.contains(&room);
    let tokens = tokens(text);
    let code = shipped(&tokens);
    let mut found = Vec::new();
    for (used, path) in uses(&code, depth) {
        let (allowed, what) = match &used {
            Use::Room(name) => (name == room || inside.contains(&name.as_str()), name.clone()),
            Use::Crate(name) => (outside.contains(&name.as_str()), format!("the crate {name}")),
            Use::Std(name) => {
                let below = |module| format!("{name}::").starts_with(&format!("{module}::"));
                (!core || STD_IN_CORE.iter().any(below), "this of std".to_owned())
            }
            Use::Root => (false, "the crate root".to_owned()),
        };
        if !allowed {
            found.push(format!("{room} may not use {what}: {path}"));
        }
    }
    let banned = BANNED_ANYWHERE.iter().chain(if core { BANNED_IN_CORE } else { &[] });
    for words in banned.filter(|words| code.windows(words.len()).any(|at| at == **words)) {
        found.push(format!("{room} may not say {}", words.concat()));
    }
    found
}

/// What a wall allows and nothing uses.
fn stale(wall: &(&str, &[&str], &[&str]), used: &BTreeSet<Use>) -> Vec<String> {
    let (room, inside, outside) = wall;
    let rooms = inside.iter().map(|name| Use::Room((*name).to_owned()));
    let crates = outside.iter().map(|name| Use::Crate((*name).to_owned()));
    let unused = rooms.chain(crates).filter(|allowed| !used.contains(allowed));
    unused.map(|allowed| format!("{room} does not use {allowed:?}")).collect()
}

#[test]
fn rooms_use_only_what_their_walls_allow() {
    let mut rooms = rooms();
    assert!(rooms.remove("lib").is_some() && rooms.remove("main").is_some());
    let known: BTreeSet<_> = WALLS.iter().map(|(room, ..)| (*room).to_owned()).collect();
    assert_eq!(rooms.keys().cloned().collect::<BTreeSet<_>>(), known, "a room without walls");
    let mut found = Vec::new();
    for (room, path) in rooms.iter().flat_map(|(room, all)| all.iter().map(move |at| (room, at))) {
        let text = fs::read_to_string(path).unwrap();
        let wrong = complaints(room, depth(path), &text);
        found.extend(wrong.iter().map(|wrong| format!("{}: {wrong}", path.display())));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn walls_allow_only_what_is_used() {
    let rooms = rooms();
    let mut found = Vec::new();
    for wall in WALLS {
        let mut used = BTreeSet::new();
        for path in &rooms[wall.0] {
            let text = fs::read_to_string(path).unwrap();
            used.extend(uses(&shipped(&tokens(&text)), depth(path)).into_iter().map(|(at, _)| at));
        }
        found.extend(stale(wall, &used));
    }
    assert!(found.is_empty(), "{found:#?}");
    let unused = stale(&("tls", &["pod"], &["jiff"]), &BTreeSet::from([Use::Room("pod".into())]));
    assert_eq!(unused, ["tls does not use Crate(\"jiff\")"]);
}

/// Each must be rejected in `patch`, one module below the root, with these words.
const BAD: &[(&str, &str)] = &[
    ("use crate::metrics::Stage;", "metrics: crate::metrics::Stage"),
    ("fn f() { super::metrics::Stage::Read; }", "metrics: super::metrics"),
    ("fn f() { self::super::metrics::f(); }", "metrics: self::super::metrics"),
    ("use super::{pod::{self}, metrics as m};", "metrics: super::metrics"),
    ("mod inner { use super::super::metrics; }", "metrics: super::super::metrics"),
    ("mod inner {} fn f() { super::metrics::f() }", "metrics: super::metrics"),
    ("pub use super::*;", "the crate root: super::*"),
    ("use crate as root;", "the crate root: crate"),
    ("use crate::{self as root};", "the crate root: crate::self"),
    ("fn f() { tokio::spawn(g()); }", "the crate tokio: tokio::spawn"),
    ("fn f() { return ::tokio::spawn(g()); }", "the crate tokio: tokio::spawn"),
    ("fn f() { use {serde_json as j, tokio as t}; }", "the crate tokio: tokio"),
    ("use hyper_util::{rt, server::{a, b as c}};", "the crate hyper_util: hyper_util::server::b"),
    ("#[derive(r#serde::Serialize)] struct A;", "the crate serde: serde::Serialize"),
    ("const A: char = '\"'; type B = jiff::Span; // \"", "the crate jiff: jiff::Span"),
    ("fn f<'a>() { \"\\\"\"; r#\"\"\"#; /* /* */ */ jiff::f('\\'') }", "the crate jiff"),
    ("#[cfg(test)] mod tests { fn f() {} } fn g() { jiff::f() }", "the crate jiff"),
    ("fn f() { std::thread::spawn(g); }", "this of std: std::thread::spawn"),
    ("fn f() { std::process::Command::new(\"true\").spawn(); }", "std: std::process::Command"),
    ("fn f() { std::io::stderr(); }", "this of std: std::io::stderr"),
    ("fn f() { core::time::Duration::ZERO; }", "this of std: core::time"),
    ("use std::{fmt, sync::{Arc, Mutex}};", "this of std: std::sync::Mutex"),
    ("use std::sync;", "this of std: std::sync"),
    ("use std as s;", "this of std: std"),
    ("fn f() { Timestamp::now(); }", "say ::now"),
    ("async fn f() {}", "say async"),
    ("fn f() { println!(); }", "say println!"),
    ("fn f() { eprintln!(); }", "say eprintln!"),
    ("extern crate tokio as t;", "say externcrate"),
    ("include!(\"../metrics.rs\");", "say include!"),
    ("#[path = \"metrics.rs\"] mod m;", "say #[path"),
];

/// Each must be accepted there.
const GOOD: &[&str] = &[
    "use std::{borrow::Cow, collections::{BTreeMap, BTreeSet}, fmt, sync::Arc};",
    "use crate::{controls::Edit, pod::PodView}; use super::{controls::Control, pod};",
    "fn f() { super::pod::f(); serde_json::from_str(\"tokio::spawn\"); std::mem::take(a); }",
    "mod inner { use super::metrics; mod deep { use super::super::tokio_like; } }",
    "// tokio::spawn\n/* std::io::stderr() /* println!() */ async */ fn f<'a>(a: &'a str) {}",
    "const A: &str = r#\"async \" jiff::now() \"#; const B: u8 = b'\"'; fn now() {}",
    "#[cfg(test)]\nmod tests { use super::*; fn f() { println!(\"{}\", jiff::Zoned::now()) } }",
    "pub(crate) fn f() -> impl Sized + use<> { now(json_patch::http::A) }",
];

#[test]
fn the_guard_bites() {
    for (text, words) in BAD {
        let found = complaints("patch", 1, text);
        assert!(found.len() == 1 && found[0].contains(words), "{text}: {found:#?}");
    }
    for text in GOOD {
        assert_eq!(complaints("patch", 1, text), [""; 0], "{text}");
    }
    // One module further down, `super` is still the room; outside the core std is free.
    assert_eq!(complaints("policy", 2, "use super::metrics; use super::super::pod;"), [""; 0]);
    let found = complaints("policy", 2, "use super::super::metrics;");
    assert_eq!(found, ["policy may not use metrics: super::super::metrics"]);
    assert_eq!(complaints("tls", 1, "async fn f() { std::fs::read(a); b::now() }"), [""; 0]);
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
