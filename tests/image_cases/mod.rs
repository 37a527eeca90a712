//! The cases, and what they share.

mod archive;
mod contents;
mod dockerfile;
mod runs;
mod written;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::programs::kept;

/// The top of the sources.
fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where `image/build` has written.
fn folder() -> PathBuf {
    kept("BULKHEAD_TEST_IMAGE", "image")
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// What a command that succeeds prints.
fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    output.stdout
}

/// The same as text.
fn text(command: &mut Command) -> String {
    String::from_utf8(output(command)).unwrap()
}
