//! What the image holds and says: as it should be, and as the Dockerfile has it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{read, read_to_string};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::setup::archive::{Archive, Entry};
use crate::setup::dockerfile::{Instruction, instructions, last_stage, list, only, pairs};
use crate::setup::{architecture, here, text};

const LABEL: &str = "org.opencontainers.image.";

/// What the image is built with, by name.
fn arguments() -> BTreeMap<String, String> {
    let printed = text(&mut Command::new(here().join("image/arguments")));
    let pairs = printed.lines().map(|line| line.split_once('=').unwrap());
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn it_says_what_it_is() {
    let (archive, given) = (Archive::open(), arguments());
    let version = env!("CARGO_PKG_VERSION");
    // As a kubelet completes `bulkhead:VERSION`, by which it looks for the image.
    let name = format!("docker.io/library/bulkhead:{version}");
    assert_eq!(archive.described["annotations"]["io.containerd.image.name"], name);
    assert_eq!(archive.config["architecture"], architecture());
    assert_eq!(archive.config["os"], "linux");
    assert_eq!(archive.config["created"], given["CREATED"]);
    let labels = [
        ("title", env!("CARGO_PKG_NAME")),
        ("description", env!("CARGO_PKG_DESCRIPTION")),
        ("licenses", env!("CARGO_PKG_LICENSE")),
        ("source", &given["SOURCE"]),
        ("version", version),
        ("revision", &given["REVISION"]),
        ("created", &given["CREATED"]),
    ];
    let labels: BTreeMap<_, _> =
        labels.into_iter().map(|(name, value)| (format!("{LABEL}{name}"), value)).collect();
    let expected = json!({
        "User": "65532:65532",
        "Entrypoint": ["/bulkhead"],
        "Cmd": ["serve"],
        "Env": ["BULKHEAD_LISTEN=0.0.0.0:8443", "BULKHEAD_ADMIN_LISTEN=0.0.0.0:8081"],
        "ExposedPorts": {"8443/tcp": {}, "8081/tcp": {}},
        "Labels": labels,
    });
    assert_eq!(archive.config["config"], expected);
    let commit = given["REVISION"].trim_end_matches("-dirty");
    assert!(
        commit.len() == 40 && commit.chars().all(|digit| digit.is_ascii_hexdigit()),
        "{commit}"
    );
}

#[test]
fn it_holds_the_program_and_its_user() {
    let (archive, given) = (Archive::open(), arguments());
    let time = given["CREATED"].replace('T', " ").replace('Z', "");
    let entry = |mode: &str, path: &str| Entry {
        mode: mode.to_owned(),
        owner: "0/0".to_owned(),
        time: time.clone(),
        path: path.to_owned(),
    };
    let expected = [
        entry("drwxr-xr-x", "etc/"),
        entry("-r--r--r--", "etc/passwd"),
        entry("-r--r--r--", "etc/group"),
        entry("-r-xr-xr-x", "bulkhead"),
    ];
    assert_eq!(archive.entries(), expected);
    // Two layers, a config and a manifest.
    assert_eq!(archive.blobs(), 4);
    assert!(archive.bytes() < 24 << 20, "{} bytes", archive.bytes());
}

#[test]
fn its_user_has_a_name_and_no_password() {
    let root = TempDir::new().unwrap();
    Archive::open().unpack(root.path());
    let etc = |name: &str| read_to_string(root.path().join("etc").join(name)).unwrap();
    assert_eq!(etc("passwd"), "bulkhead:x:65532:65532::/:/bulkhead\n");
    // Nobody is in a further group: with supplementalGroupsPolicy Merge, a pod would get it.
    assert_eq!(etc("group"), "bulkhead:x:65532:\n");
}

#[test]
fn the_program_names_no_place_of_this_machine() {
    let root = TempDir::new().unwrap();
    Archive::open().unpack(root.path());
    let program = read(root.path().join("bulkhead")).unwrap();
    let named = |text: &str| program.windows(text.len()).any(|part| part == text.as_bytes());
    // The look works: this is where panics in crates say they are.
    assert!(named("/crates/"));
    for place in [env!("CARGO_MANIFEST_DIR"), env!("CARGO_TARGET_TMPDIR"), "/registry/src/"] {
        assert!(!named(place), "{place}");
    }
}

/// What the last stage of the Dockerfile says, with what `image/arguments` gives put in.
#[test]
fn an_engine_reads_the_same() {
    let (archive, stage, given) = (Archive::open(), last_stage(), arguments());
    let said = &archive.config["config"];
    assert_eq!(only(&stage, "FROM"), ["scratch"]);
    assert_eq!(said["User"], only(&stage, "USER").concat());
    assert_eq!(said["Entrypoint"], json!(list(&stage, "ENTRYPOINT")));
    assert_eq!(said["Cmd"], json!(list(&stage, "CMD")));
    let env = pairs(&stage, "ENV").into_iter().map(|(name, value)| format!("{name}={value}"));
    let found =
        said["Env"].as_array().unwrap().iter().map(|pair| pair.as_str().unwrap().to_owned());
    assert_eq!(found.collect::<BTreeSet<_>>(), env.collect());
    let ports = only(&stage, "EXPOSE").into_iter().map(|port| (format!("{port}/tcp"), json!({})));
    assert_eq!(said["ExposedPorts"], ports.collect::<Value>());
    let mut labels = pairs(&stage, "LABEL");
    for value in labels.values_mut() {
        if let Some(name) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
            *value = given[name].clone();
        }
    }
    assert_eq!(said["Labels"], json!(labels));
    let files: Vec<_> =
        archive.entries().into_iter().filter(|entry| !entry.path.ends_with('/')).collect();
    let files: Vec<_> =
        files.into_iter().map(|entry| (entry.mode, format!("/{}", entry.path))).collect();
    assert_eq!(files, copied(&stage));
    // And nothing else, of which this test knew nothing.
    let known = ["FROM", "ARG", "LABEL", "COPY", "ENV", "USER", "EXPOSE", "ENTRYPOINT", "CMD"];
    let other = stage.iter().find(|instruction| !known.contains(&instruction.word.as_str()));
    assert!(other.is_none(), "{other:?}");
}

/// The modes and places of what is copied.
fn copied(stage: &[Instruction]) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for copy in stage.iter().filter(|instruction| instruction.word == "COPY") {
        let (flags, paths): (Vec<_>, Vec<_>) =
            copy.words.iter().partition(|word| word.starts_with("--"));
        let mode = flags.iter().find_map(|flag| flag.strip_prefix("--chmod=")).unwrap();
        let mode = u32::from_str_radix(mode, 8).unwrap();
        let letters = (0..9).map(|at| match mode >> (8 - at) & 1 {
            0 => '-',
            _ => ['r', 'w', 'x'][at % 3],
        });
        let letters: String = std::iter::once('-').chain(letters).collect();
        let (to, sources) = paths.split_last().unwrap();
        for source in sources {
            let name = source.rsplit('/').next().filter(|_| to.ends_with('/'));
            files.push((letters.clone(), format!("{to}{}", name.unwrap_or_default())));
        }
    }
    files
}

#[test]
fn bases_are_pinned_and_of_our_toolchain() {
    let all = instructions();
    let bases: Vec<_> = all.iter().filter(|instruction| instruction.word == "FROM").collect();
    for base in &bases {
        let pinned = base.words.iter().any(|word| word.contains("@sha256:") || word == "scratch");
        assert!(pinned, "{base:?}");
    }
    assert_eq!(bases.len(), 2);
    let toolchain = read_to_string(here().join("rust-toolchain.toml")).unwrap();
    let rust = all.iter().find(|instruction| instruction.word == "ARG").unwrap().words.concat();
    let version = rust.strip_prefix("RUST=").unwrap();
    assert!(toolchain.contains(&format!("channel = \"{version}\"")), "{rust}, {toolchain}");
}

#[test]
fn an_engine_gets_what_is_copied_and_no_more() {
    let of_context = |copy: &&Instruction| {
        copy.word == "COPY" && !copy.words.iter().any(|word| word.starts_with("--from="))
    };
    let all = instructions();
    let paths = all.iter().filter(of_context).flat_map(|copy| {
        let paths: Vec<_> = copy.words.iter().filter(|word| !word.starts_with("--")).collect();
        paths[..paths.len() - 1]
            .iter()
            .map(|path| path.split('/').next().unwrap())
            .collect::<Vec<_>>()
    });
    let ignored = read_to_string(here().join(".dockerignore")).unwrap();
    let mut lines = ignored.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(lines.next(), Some("*"));
    let sent: BTreeSet<_> = lines.map(|line| line.strip_prefix('!').unwrap()).collect();
    assert_eq!(paths.collect::<BTreeSet<_>>(), sent);
}
