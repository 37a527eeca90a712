//! Where the image is, and how it is read.

pub(crate) mod archive;
pub(crate) mod dockerfile;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::kept;

/// The top of the sources.
pub(crate) fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where `image/build` has written.
pub(crate) fn folder() -> PathBuf {
    kept("BULKHEAD_TEST_IMAGE", "image")
}

pub(crate) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// What a command that succeeds prints.
pub(crate) fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    output.stdout
}

/// The same as text.
pub(crate) fn text(command: &mut Command) -> String {
    String::from_utf8(output(command)).unwrap()
}
