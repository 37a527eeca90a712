//! What the cases share: reviews that differ from a good one in one place.

mod costly;
mod http2;
mod idle;
mod judged;
mod refused;
mod requests;
mod size;
mod slow;
mod undecodable;
mod unread;

use std::io::{Read as _, Write as _};

use serde_json::{Value, json};

use crate::support::{Reply, Server, Tls, UID, pod_review, policy};

/// Stands in every object here; must never stand in an answer or in the log.
const SECRET: &str = "s3cr3t";

/// The creation of a pod with a secret and without findings under [`deny`].
fn good() -> Value {
    pod_review(&json!({"containers": [{
        "name": "web", "image": "registry.example/web:1",
        "env": [{"name": "TOKEN", "value": SECRET}], "args": [SECRET],
    }]}))
}

/// The creation of a Deployment that holds the same pod.
fn deployment() -> Value {
    let mut review = good();
    let spec = review["request"]["object"]["spec"].take();
    let request = review["request"].as_object_mut().unwrap();
    request["kind"] = json!({"group": "apps", "version": "v1", "kind": "Deployment"});
    request["resource"] = json!({"group": "apps", "version": "v1", "resource": "deployments"});
    request["object"]["kind"] = json!("Deployment");
    request["object"]["spec"] = json!({"template": {"metadata": {}, "spec": spec}});
    review
}

/// The update of a pod to one that differs in nothing.
fn update() -> Value {
    let mut review = good();
    review["request"]["operation"] = json!("UPDATE");
    review["request"]["oldObject"] = review["request"]["object"].clone();
    review
}

/// A review with another value in the place of a JSON pointer.
fn with(mut review: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = review.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}"));
    parent.as_object_mut().unwrap().insert(key.to_owned(), value);
    review
}

/// A review without the member a JSON pointer names.
fn without(mut review: Value, pointer: &str) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = review.pointer_mut(parent).and_then(Value::as_object_mut);
    parent.unwrap().remove(key).unwrap_or_else(|| panic!("no {pointer}"));
    review
}

/// A server whose policy denies what a pod can do wrong with these two controls.
fn deny() -> Server {
    serve("{shareProcessNamespace: {mode: Deny}, ptraceCapability: {mode: Deny}}", &[])
}

/// A server with a policy of these controls.
fn serve(controls: &str, flags: &[&str]) -> Server {
    let dir = tempfile::TempDir::new().unwrap();
    let (file, ca) = (dir.path().join("policy.yaml"), dir.path().join("ca.pem"));
    std::fs::write(&file, policy(controls)).unwrap();
    let (file, ca) = (file.to_str().unwrap().to_owned(), ca.to_str().unwrap().to_owned());
    let flags = [&["--policy", file.as_str(), "--write-ca", ca.as_str()], flags].concat();
    Server::start_in(dir, &flags)
}

fn validate(server: &Server, review: &Value) -> Reply {
    server.post("/validate", review.to_string().as_bytes())
}

/// Whatever came before did not hurt.
fn assert_judges(server: &Server, after: &str) {
    let reply = validate(server, &good());
    assert_eq!(reply.status, 200, "after {after}: {}", reply.text());
    assert_eq!(reply.json()["response"]["allowed"], true, "after {after}");
    assert_eq!(reply.json()["response"]["uid"], UID, "after {after}");
}

/// What every refusal has in common: one line of plain text that says why and holds no secret.
fn assert_refusal(what: &str, reply: &Reply, (status, reason): (u16, &str)) {
    let text = reply.text();
    assert_eq!(reply.status, status, "{what}: {text}");
    let kind = reply.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("text/plain"), "{what}: {kind}");
    let line = text.strip_suffix('\n').unwrap_or_else(|| panic!("{what}: {text:?}"));
    assert!(!line.contains(char::is_control), "{what}: {line:?}");
    assert!(line.contains(reason), "{what}: {line:?}");
    assert!(serde_json::from_str::<Value>(line).is_err(), "{what}: {line:?}");
    assert!(!line.contains(SECRET), "{what}: {line:?}");
}

/// The head of a request that asks to hear when its body is wanted.
fn head(path: &str, length: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\n{length}\r\n\r\n"
    )
}

/// A request whose body the server waits for, by now for certain: it was asked for.
fn stalled(server: &Server, path: &str, length: &str) -> Tls {
    let mut tls = server.connect();
    tls.write_all(head(path, length).as_bytes()).unwrap();
    let mut asked = [0; 25];
    tls.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    tls
}
