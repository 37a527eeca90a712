//! The recorded reviews, as a real API server sends them (`make record-reviews`): each is posted
//! to the program, and the whole answer compared.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Server, policy};

const POLICY: &str = "{shareProcessNamespace: {mode: Deny, repair: OnCreate}, \
    ptraceCapability: {mode: Deny, repair: OnCreate}, hostProcessNamespace: {mode: Deny}, \
    ephemeralTarget: {mode: Deny}, \
    supplementalGroupsPolicy: {mode: Warn, repair: OnCreate, onUnsupportedNodes: Patch}}";

fn folder(endpoint: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reviews").join(endpoint)
}

fn serve() -> Server {
    let dir = TempDir::new().unwrap();
    let (file, ca) = (dir.path().join("policy.yaml"), dir.path().join("ca.pem"));
    std::fs::write(&file, policy(POLICY)).unwrap();
    let (file, ca) = (file.to_str().unwrap().to_owned(), ca.to_str().unwrap().to_owned());
    Server::start_in(dir, &["--policy", &file, "--write-ca", &ca])
}

/// The names of the reviews of an endpoint, in order.
fn names(endpoint: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder(endpoint)).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<_> = files.map(name).collect();
    names.sort();
    names
}

/// The answer, with its patch as it is before base64.
fn answer(server: &Server, endpoint: &str, name: &str) -> Value {
    let body = std::fs::read(folder(endpoint).join(format!("{name}.json"))).unwrap();
    let reply = server.post(&format!("/{endpoint}"), &body);
    assert_eq!(reply.status, 200, "{name}: {}", reply.text());
    let mut answer = reply.json();
    if let Some(patch) = answer["response"]["patch"].as_str() {
        let bytes = STANDARD.decode(patch).unwrap();
        answer["response"]["patch"] = serde_json::from_slice(&bytes).unwrap();
    }
    answer
}

fn answers(endpoint: &str, least: usize) {
    let server = serve();
    let names = names(endpoint);
    assert!(names.len() >= least, "{names:?}");
    for name in names {
        let text = serde_json::to_string_pretty(&answer(&server, endpoint, &name)).unwrap();
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("reviews__{endpoint}__{name}"), text);
        });
    }
}

#[test]
fn mutate_answers_each_as_before() {
    answers("mutate", 14);
}

#[test]
fn validate_answers_each_as_before() {
    answers("validate", 27);
}

#[test]
fn advise_answers_each_as_before() {
    answers("advise", 23);
}

/// The mutating phase has seen the caller's word, the validating one what is stored.
#[test]
fn the_recorded_lie_is_one() {
    let shares = |endpoint: &str| {
        let text = std::fs::read(folder(endpoint).join("debug-lie.json")).unwrap();
        let review: Value = serde_json::from_slice(&text).unwrap();
        review["request"]["object"]["spec"]["shareProcessNamespace"].clone()
    };
    assert_eq!((shares("mutate"), shares("validate")), (true.into(), Value::Null));
}

/// A snapshot that belongs to no review is never compared.
#[test]
fn every_snapshot_has_its_review() {
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/server/snapshots");
    for entry in std::fs::read_dir(snapshots).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = file.strip_prefix("reviews__") else { continue };
        let name = name.trim_end_matches(".new").strip_suffix(".snap").unwrap();
        let (endpoint, name) = name.split_once("__").unwrap();
        assert!(folder(endpoint).join(format!("{name}.json")).exists(), "{file} has no review");
    }
}
