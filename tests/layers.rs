//! The walls of the house: who may use whom. Read from the sources, so a new file is inside them
//! without being named here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A room, the rooms it may use, and the crates it may use besides std.
type Wall = (&'static str, &'static str, &'static str);

const WALLS: &[Wall] = &[
    ("text", "", "strsim"),
    ("path", "", "serde_json"),
    ("names", "", ""),
    ("diagnostic", "", ""),
    ("pod", "path", "hashbrown"),
    ("reach", "pod text", ""),
    ("controls", "path pod reach text", ""),
    ("patch", "controls path pod", "json_patch jsonptr serde_json"),
    ("policy", "controls names patch pod reach", "jiff"),
    ("decision", "controls patch pod policy text", "json_patch"),
    // Wire types.
    ("manifest", "diagnostic path text", "base64 serde serde_json"),
    ("edit", "manifest path", "json_patch serde serde_json"),
    ("objects", "path pod text", "hashbrown serde serde_json serde_path_to_error"),
    ("api", "controls names path pod policy reach text", "jiff schemars serde serde_json"),
    ("policy_file", "api diagnostic manifest path policy text", "jiff serde"),
    ("admission", "decision objects path policy text", "base64 serde serde_json"),
    // Verdicts on manifests.
    (
        "verdict",
        "controls decision diagnostic manifest objects patch path pod policy",
        "jiff json_patch serde_json",
    ),
    (
        "registration",
        "admission decision names objects policy",
        "base64 k8s_openapi serde serde_json thiserror",
    ),
    // Edges.
    ("files", "", "rustix tempfile thiserror"),
    ("metrics", "controls policy", "jiff prometheus thiserror"),
    ("telemetry", "", "clap tracing tracing_subscriber"),
    (
        "cluster",
        "files names registration telemetry",
        "base64 futures_util http k8s_openapi kube rustls serde serde_json thiserror tokio",
    ),
    ("config", "cluster names policy registration telemetry", "clap thiserror"),
    ("tls", "", "arc_swap jiff rcgen rustls thiserror x509_parser"),
    (
        "server",
        "admission decision metrics policy registration text tls",
        "arc_swap axum bytes http http_body_util hyper hyper_util jiff rustix tokio tokio_rustls \
         tokio_util tower tower_http tracing",
    ),
    (
        "controller",
        "cluster metrics names registration server telemetry tls",
        "arc_swap jiff k8s_openapi kube serde_json tokio tokio_util tracing",
    ),
    (
        "app",
        "api cluster config controller files metrics policy policy_file registration server telemetry tls",
        "arc_swap jiff k8s_openapi kube rustix serde thiserror tokio tokio_util tracing",
    ),
    (
        "cli",
        "api app cluster config controls diagnostic edit files manifest path pod policy policy_file \
         reach registration server telemetry text verdict",
        "annotate_snippets anstream anyhow clap clap_complete ignore indicatif jiff json_patch rayon \
         serde serde_json serde_saphyr terminal_size tokio tracing",
    ),
];

/// The core: no I/O, no clock, no threads, no log, so that a verdict depends on its input alone.
const CORE: &[&str] = &[
    "text",
    "path",
    "names",
    "diagnostic",
    "pod",
    "reach",
    "controls",
    "patch",
    "policy",
    "decision",
    "registration",
    "verdict",
];

/// All the core may use of std: what is allowed, because std has too many doors to name them.
const STD_IN_CORE: &[&str] = &[
    "borrow",
    "cell",
    "cmp",
    "collections",
    "fmt",
    "iter",
    "mem",
    "ops",
    "str",
    "sync::Arc",
    "time::Duration",
];

/// What no path shows, as tokens: methods of allowed types, syntax, macros of the prelude.
const BANNED_IN_CORE: &[&str] =
    &[":: now", "async", "print !", "println !", "eprint !", "eprintln !", "dbg !"];

/// What leads around the walls: other names for crates, and code from outside the room.
const BANNED_ANYWHERE: &[&str] = &["extern crate", "include !", "# [ path"];

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
    let (mut all, mut rooms) = (Vec::new(), BTreeMap::<String, Vec<PathBuf>>::new());
    files(&sources(), &mut all);
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
    let is_parent = ["lib.rs", "main.rs", "mod.rs"].iter().any(|name| below.ends_with(name));
    below.components().count() - usize::from(is_parent)
}

/// The names a path can begin with to leave the house.
fn dependencies() -> BTreeSet<String> {
    let manifest = include_str!("../Cargo.toml");
    assert!(!manifest.contains("[dependencies.") && !manifest.contains("[target."), "unread");
    let tables = manifest.split("\n[");
    let own = tables.filter_map(|table| table.strip_prefix("dependencies]\n")).flat_map(str::lines);
    let named = own.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    named.map(|(name, _)| name.trim().replace('-', "_")).collect()
}

/// Words, `::` and single marks, without comments and literals.
fn tokens(text: &str) -> Vec<&str> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let mut length = skipped(rest);
        if length == 0 {
            let word = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
            length = if rest.starts_with("::") { 2 } else { word.max(first.len_utf8()) };
            found.push(&rest[..length]);
        }
        rest = &rest[length..];
    }
    found
}

/// How much of the text's head is no token.
fn skipped(text: &str) -> usize {
    let past = |start: usize, end: &str| {
        text[start..].find(end).map_or(text.len(), |at| start + at + end.len())
    };
    let quoted = |mark| {
        let mut escaped = false;
        let mut ends = |letter| {
            let end = letter == mark && !escaped;
            escaped = letter == '\\' && !escaped;
            end
        };
        text[1..].find(&mut ends).map_or(text.len(), |at| at + 2)
    };
    if let Some(raw) = text.trim_start_matches(['b', 'c']).strip_prefix('r') {
        let inside = raw.trim_start_matches('#');
        let hashes = &raw[..raw.len() - inside.len()];
        let start = text.len() - inside.len();
        if inside.starts_with('"') {
            return past(start + 1, &format!("\"{hashes}"));
        }
        // Of a raw name only the `r#`, so that the name itself is seen.
        return if hashes.is_empty() { 0 } else { start };
    }
    let mut letters = text.chars();
    match (letters.next(), letters.next(), letters.next()) {
        (Some('/'), Some('/'), _) => past(0, "\n"),
        (Some('/'), Some('*'), _) => past(2, "*/"),
        (Some('"'), ..) => quoted('"'),
        (Some('\''), Some('\\'), _) | (Some('\''), _, Some('\'')) => quoted('\''),
        // Of a lifetime the quote: its name begins no path.
        (Some('\''), ..) => 1,
        (Some(space), ..) if space.is_whitespace() => space.len_utf8(),
        _ => 0,
    }
}

/// The tokens without the items under `#[cfg(test)]`: tests may use what they like.
fn shipped(text: &str) -> Vec<&str> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let all = tokens(text);
    let mut kept = Vec::new();
    let mut rest = all.as_slice();
    while let [first, after @ ..] = rest {
        let Some(item) = rest.strip_prefix(&mark) else {
            kept.push(*first);
            rest = after;
            continue;
        };
        let mut open = 0;
        let end = item.iter().position(|token| {
            open += i32::from(["{", "(", "["].contains(token));
            open -= i32::from(["}", ")", "]"].contains(token));
            // Too early an end only shows more.
            open < 0 || open == 0 && ["}", ";", ","].contains(token)
        });
        // A brace around the item is not the item's.
        rest = &item[end.map_or(item.len(), |end| end + usize::from(open == 0))..];
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
            name if name.starts_with(['*', '_']) || name.starts_with(char::is_alphabetic) => {
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

/// Where a path leads that is written `depth` modules below the root; nothing if it stays there.
fn resolve(path: &[&str], depth: usize, crates: &BTreeSet<String>) -> Option<String> {
    let (head, rest) = path.split_first()?;
    let below_root = match *head {
        name if crates.contains(name) => return Some(format!("the crate {name}")),
        "std" | "core" | "alloc" => return Some(format!("std::{}", rest.join("::"))),
        "crate" => rest,
        "self" | "super" => {
            let path = path.strip_prefix(&["self"]).unwrap_or(path);
            let up = path.iter().take_while(|name| **name == "super").count();
            path.get(up..).filter(|_| up >= depth)?
        }
        _ => return None,
    };
    Some(match below_root.first() {
        // By the root every room can be reached.
        None | Some(&("self" | "*")) => "the crate root".to_owned(),
        Some(name) => format!("the room {name}"),
    })
}

/// All that shipped code uses outside its own module, and the path as written.
fn uses(code: &[&str], depth: usize) -> Vec<(String, String)> {
    let crates = dependencies();
    let mut found = Vec::new();
    // The open braces, and which of them belong to a `mod`: there `super` leads less far.
    let mut braces = Vec::new();
    let mut rest = code;
    while let [first, after @ ..] = rest {
        let here = rest;
        let mut paths = Vec::new();
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
        let depth = depth + braces.iter().filter(|module| **module).count();
        for path in paths {
            found.extend(resolve(&path, depth, &crates).map(|used| (used, path.join("::"))));
        }
    }
    found
}

/// What is wrong with the text of a file of a room, `depth` modules below the crate root.
fn complaints(name: &str, depth: usize, text: &str) -> Vec<String> {
    let wall = WALLS.iter().find(|wall| wall.0 == name).unwrap();
    let pure = CORE.contains(&name);
    let code = shipped(text);
    let mut found = Vec::new();
    for (used, path) in uses(&code, depth) {
        let fits = |module: &&str| format!("{used}::").starts_with(&format!("std::{module}::"));
        let std = used.starts_with("std::") && (!pure || STD_IN_CORE.iter().any(fits));
        if !std && used != format!("the room {name}") && !allowed(wall).contains(&used) {
            found.push(format!("{name} may not use {used}: {path}"));
        }
    }
    let line = format!(" {} ", code.join(" "));
    let banned = BANNED_ANYWHERE.iter().chain(if pure { BANNED_IN_CORE } else { &[] });
    for words in banned.filter(|words| line.contains(&format!(" {words} "))) {
        found.push(format!("{name} may not say {words}"));
    }
    found
}

fn allowed((_, rooms, crates): &Wall) -> BTreeSet<String> {
    let rooms = rooms.split_whitespace().map(|name| format!("the room {name}"));
    rooms.chain(crates.split_whitespace().map(|name| format!("the crate {name}"))).collect()
}

/// What a wall allows and none of these texts, with their depths, uses.
fn stale(wall: &Wall, texts: &[(usize, String)]) -> Vec<String> {
    let used = texts.iter().flat_map(|(depth, text)| uses(&shipped(text), *depth));
    let used: BTreeSet<_> = used.map(|(used, _)| used).collect();
    allowed(wall).difference(&used).map(|idle| format!("{} never uses {idle}", wall.0)).collect()
}

#[test]
fn walls_allow_what_is_used_and_no_more() {
    let mut rooms = rooms();
    assert!(rooms.remove("lib").is_some() && rooms.remove("main").is_some());
    let known: BTreeSet<_> = WALLS.iter().map(|(room, ..)| (*room).to_owned()).collect();
    assert_eq!(rooms.keys().cloned().collect::<BTreeSet<_>>(), known, "a room without walls");
    let mut found = Vec::new();
    for wall in WALLS {
        let mut texts = Vec::new();
        for path in &rooms[wall.0] {
            let text = fs::read_to_string(path).unwrap();
            let wrong = complaints(wall.0, depth(path), &text);
            found.extend(wrong.iter().map(|wrong| format!("{}: {wrong}", path.display())));
            texts.push((depth(path), text));
        }
        found.extend(stale(wall, &texts));
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Each must be rejected in `patch`, one module below the root, with these words.
const BAD: &[(&str, &str)] = &[
    ("use crate::metrics::Stage;", "metrics: crate::metrics::Stage"),
    ("fn f() { self::super::metrics::Stage; }", "metrics: self::super::metrics"),
    ("use super::{pod::{self}, metrics as m};", "metrics: super::metrics"),
    ("mod inner { use super::super::metrics; }", "metrics: super::super::metrics"),
    ("mod inner {} fn f() { super::metrics::f() }", "metrics: super::metrics"),
    ("use crate::{self as root};", "the crate root: crate::self"),
    ("pub use super::*;", "the crate root: super::*"),
    ("fn f() { tokio::spawn(g()); }", "the crate tokio: tokio::spawn"),
    ("fn f() { return ::tokio::spawn(g()); }", "the crate tokio: tokio::spawn"),
    ("use serde_json::{a, b as c}; use {jiff as j, pod::{d}};", "the crate jiff: jiff"),
    ("#[derive(r#serde::Serialize)] struct A;", "the crate serde: serde::Serialize"),
    ("const A: char = '\"'; type B = jiff::Span; // \"", "the crate jiff: jiff::Span"),
    ("fn f<'a>() { \"\\\"\"; r#\"\"\"#; /* */ jiff::f('\\'') }", "the crate jiff"),
    ("#[cfg(test)] mod tests { fn f() {} } fn g() { jiff::f() }", "the crate jiff"),
    ("fn f() { std::thread::spawn(g); }", "std::thread::spawn"),
    ("fn f() { std::process::Command::new(\"true\").spawn(); }", "use std::process::Command::new"),
    ("use std::{fmt, sync::{Arc, Mutex}};", "std::sync::Mutex"),
    ("fn f() { std::io::stderr(); }", "std::io::stderr"),
    ("fn f() { println!(); }", "say println !"),
    ("fn f() { eprintln!(); }", "say eprintln !"),
    ("use std as s;", "use std::: std"),
    ("fn f() { Timestamp::now(); }", "say :: now"),
    ("async fn f() {}", "say async"),
    ("extern crate tokio as t;", "say extern crate"),
    ("include!(\"../metrics.rs\");", "say include !"),
    ("#[path = \"metrics.rs\"] mod m;", "say # [ path"),
];

/// Each must be accepted there.
const GOOD: &[&str] = &[
    "use std::{borrow::Cow, collections::{BTreeMap, BTreeSet}, fmt, sync::Arc};",
    "use crate::{controls::Edit, pod::PodView}; use super::{controls::Control, pod};",
    "fn f() { super::pod::f(); serde_json::from_str(\"tokio::spawn\"); std::mem::take(a); }",
    "mod inner { use super::metrics; mod deep { use super::super::tokio_like; } }",
    "// tokio::spawn\n/* std::io::stderr() println!() async */ fn f<'a>(a: &'a str) {}",
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
    assert_eq!(complaints("policy", 2, "use super::super::metrics;").len(), 1);
    assert_eq!(complaints("tls", 1, "async fn f() { std::fs::read(a); b::now() }"), [""; 0]);
    let texts = [(2, "use super::super::pod; // jiff::f()".to_owned())];
    assert_eq!(stale(&("tls", "pod", "jiff"), &texts), ["tls never uses the crate jiff"]);
}

/// An undeclared file is never compiled, and its tests never run.
#[test]
fn every_file_is_declared() {
    for path in rooms().values().flatten().filter(|path| depth(path) > 0) {
        let mut module = path.with_extension("");
        if module.ends_with("mod") {
            module.pop();
        }
        let parent = module.parent().unwrap();
        let declaring = if parent == sources() { "lib.rs" } else { "mod.rs" };
        let text = fs::read_to_string(parent.join(declaring)).unwrap();
        let words = format!("mod {};", module.file_name().unwrap().display());
        assert!(text.contains(&words), "{} is not declared", path.display());
    }
}

#[test]
fn files_stay_small() {
    for path in rooms().values().flatten() {
        let lines = fs::read_to_string(path).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines: split it by concept", path.display());
    }
}
