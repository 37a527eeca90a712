//! Writing the archive: the same bytes each time, and errors that say what is wrong.

use std::fs::{read, write};
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::setup::archive::Archive;
use crate::setup::{architecture, folder, here, text};
use crate::support::run;

fn build() -> Command {
    Command::new(here().join("image/build"))
}

/// Writes the archive once more, at another place; its path is the last line of the output.
fn again(dir: &TempDir, command: &mut Command) -> PathBuf {
    let printed = text(command.arg(dir.path()));
    PathBuf::from(printed.lines().last().unwrap())
}

#[test]
fn written_again_it_is_the_same() {
    let dir = TempDir::new().unwrap();
    let path = again(&dir, &mut build());
    assert_eq!(path.file_name(), Archive::path().file_name());
    assert!(read(path).unwrap() == read(Archive::path()).unwrap(), "other bytes");
}

#[test]
fn everything_in_it_is_of_the_time_that_is_given() {
    let dir = TempDir::new().unwrap();
    let archive = Archive::read(&again(&dir, build().env("SOURCE_DATE_EPOCH", "951782400")));
    assert_eq!(archive.config["created"], "2000-02-29T00:00:00Z");
    let labels = &archive.config["config"]["Labels"];
    assert_eq!(labels["org.opencontainers.image.created"], "2000-02-29T00:00:00Z");
    for entry in archive.entries() {
        assert_eq!(entry.time, "2000-02-29 00:00:00", "{entry:?}");
    }
}

#[test]
fn wrong_use_is_reported() {
    let dir = TempDir::new().unwrap();
    let mut other = build();
    other.arg(dir.path()).arg("riscv64");
    let mut when = build();
    when.arg(dir.path()).env("SOURCE_DATE_EPOCH", "yesterday");
    for (command, words) in [
        (build(), "usage: image/build FOLDER [amd64|arm64]"),
        (other, "the architecture riscv64 is not supported; choose amd64 or arm64"),
        (when, "SOURCE_DATE_EPOCH is \"yesterday\"; seconds since 1970 are wanted"),
    ] {
        let ended = run(command);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
}

/// A Dockerfile, and what is said of it.
const UNKNOWN: &[(&str, &str)] = &[
    ("FROM debian", " the last stage is not FROM scratch"),
    ("FROM scratch\nFROM debian", " the last stage is not FROM scratch"),
    ("FROM scratch\n\nRUN true", "3: RUN: the last stage may not have this"),
    ("FROM scratch\nADD a /", "2: ADD: the last stage may not have this"),
    ("FROM scratch\nENTRYPOINT /a", "2: ENTRYPOINT: write it as a JSON list"),
    ("FROM scratch\nCOPY a /a", "2: COPY: say --chmod: the modes of a checkout"),
    ("FROM scratch\nCOPY --chmod=u+x a /a", "2: COPY: \"u+x\" is no octal mode"),
    ("FROM scratch\nCOPY --chown=1 a /a", "2: COPY: --chown is not known here"),
    ("FROM scratch\nCOPY --chmod=444 a", "2: COPY: a source and a place are needed"),
    ("FROM scratch\nCOPY --chmod=444 a b", "2: COPY: b is not the place of a file"),
    ("FROM scratch\nCOPY --chmod=444 a b /c", "2: COPY: /c is not the place of a file"),
    ("FROM scratch\nLABEL a=${B}", "2: LABEL: no ARG declares B"),
    ("FROM scratch\nLABEL a='b c'", "2: LABEL: of quotes only \" are known here"),
    ("FROM scratch\nLABEL \\\n# between\n  a", "2: LABEL: \"a\" is not NAME=VALUE"),
    ("FROM scratch\nARG A\nARG B", "3: ARG: B is not given"),
];

#[test]
fn what_the_writer_does_not_know_is_an_error() {
    let dir = TempDir::new().unwrap();
    let dockerfile = dir.path().join("Dockerfile");
    let written = |text: &str| {
        write(&dockerfile, text).unwrap();
        let mut command = Command::new(folder().join("image-writer"));
        command.arg("-dockerfile").arg(&dockerfile);
        command.args(["-name", "a:1", "-architecture", architecture()]);
        command.arg(dir.path().join("archive")).args(["SOURCE_DATE_EPOCH=0", "A=b"]);
        run(command)
    };
    for (text, words) in UNKNOWN {
        let ended = written(text);
        let expected = format!("image-writer: {}:{words}", dockerfile.display());
        assert!(ended.stderr.starts_with(&expected), "{text}: {}", ended.stderr);
        assert_eq!(ended.code, Some(1));
        assert!(!dir.path().join("archive").exists());
    }
    let missing = written("FROM scratch\nCOPY --chmod=444 --from=build a /a");
    assert!(missing.stderr.contains("COPY --from=build: no folder of that stage is given"));
    assert_eq!(written("FROM scratch\nARG A\nLABEL a=\"${A} c\"").code, Some(0));
}
