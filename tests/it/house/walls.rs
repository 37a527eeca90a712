//! The walls of the house: who may use whom. Read from the sources, so a new file is inside them
//! without being named here.

use std::collections::BTreeSet;
use std::fs;

use super::files::{depth, rooms};
use super::source::{Token, paths, shipped, text_of};

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
    ("manifest", "diagnostic path text", "base64 serde serde_json thiserror"),
    ("edit", "manifest path", "json_patch serde serde_json"),
    ("objects", "path pod text", "hashbrown serde serde_json serde_path_to_error"),
    ("api", "controls names path pod policy reach text", "jiff schemars serde serde_json"),
    ("policy_file", "api diagnostic manifest path policy text", "jiff serde"),
    ("admission", "decision objects path policy text", "base64 serde serde_json"),
    // Verdicts on manifests.
    (
        "verdict",
        "controls decision diagnostic manifest objects patch path pod policy text",
        "jiff json_patch serde_json",
    ),
    (
        "registration",
        "admission decision names objects path policy",
        "base64 k8s_openapi serde serde_json thiserror",
    ),
    // Edges.
    ("files", "text", "rustix tempfile thiserror"),
    ("metrics", "controls decision policy", "jiff prometheus thiserror"),
    ("telemetry", "", "clap jiff serde serde_json tracing tracing_subscriber"),
    (
        "cluster",
        "files names registration telemetry",
        "base64 futures_util http k8s_openapi kube rustls serde serde_json thiserror tokio",
    ),
    ("config", "cluster names policy registration telemetry", "clap thiserror"),
    ("tls", "", "arc_swap jiff rcgen rustls thiserror x509_parser"),
    (
        "server",
        "admission decision metrics policy registration telemetry text tls",
        "arc_swap axum bytes http http_body_util hyper hyper_util jiff rustix serde serde_json tokio \
         tokio_rustls tokio_util tower tower_http tracing",
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
        "admission api app cluster config controls decision diagnostic edit files manifest path pod \
         policy policy_file reach registration server telemetry text verdict",
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

/// The names a path can begin with to leave the house.
fn dependencies() -> BTreeSet<String> {
    let manifest = include_str!("../../../Cargo.toml");
    assert!(!manifest.contains("[dependencies.") && !manifest.contains("[target."), "unread");
    let tables = manifest.split("\n[");
    let own = tables.filter_map(|table| table.strip_prefix("dependencies]\n")).flat_map(str::lines);
    let named = own.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    named.map(|(name, _)| name.trim().replace('-', "_")).collect()
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
fn uses(code: &[Token], depth: usize) -> Vec<(String, String)> {
    let crates = dependencies();
    let leads = |name: &str| resolve(&[name], 0, &crates).is_some();
    let all = paths(code, depth, &leads).into_iter();
    all.filter_map(|(depth, path)| Some((resolve(&path, depth, &crates)?, path.join("::"))))
        .collect()
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
    let line = format!(" {} ", text_of(&code));
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

/// The rooms that are left when those go, one after the other, that use none of the rest: without a
/// circle there are none.
fn circle(walls: &[Wall]) -> Vec<&'static str> {
    let mut left = walls.to_vec();
    loop {
        let uses_one = |(_, rooms, _): &Wall| {
            rooms.split_whitespace().any(|used| left.iter().any(|(name, ..)| *name == used))
        };
        let rest: Vec<_> = left.iter().filter(|wall| uses_one(wall)).copied().collect();
        if rest.len() == left.len() {
            return left.into_iter().map(|(name, ..)| name).collect();
        }
        left = rest;
    }
}

/// Since walls allow what is used and no more, the table has all arrows.
#[test]
fn no_arrows_between_rooms_lead_in_a_circle() {
    assert_eq!(circle(WALLS), [""; 0]);
    let bad = [("a", "b", ""), ("b", "c d", ""), ("c", "a", ""), ("d", "", "")];
    assert_eq!(circle(&bad), ["a", "b", "c"]);
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
