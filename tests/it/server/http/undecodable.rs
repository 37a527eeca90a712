//! Objects that cannot be read: 500, so that the failure policy of the registration decides.

use serde_json::{Value, json};

use super::{
    SECRET, UID, assert_judges, assert_refusal, deny, deployment, good, update, validate, with,
};
use crate::support::{pod_review, sharing_spec, until};

/// (what, where in an object, a value of a type that does not fit, what the reason names)
fn wrong_types() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let container = |security: Value| json!([{"name": "a", "securityContext": security}]);
    let tricky = format!("x\", expected {SECRET}, expected {SECRET}");
    vec![
        ("a text for containers", "/spec/containers", json!(SECRET), "spec.containers: expected"),
        ("a map for containers", "/spec/containers", json!({"a": SECRET}), "spec.containers"),
        ("a text for a container", "/spec/containers", json!([SECRET]), "spec.containers[0]"),
        (
            "a word for a switch",
            "/spec/shareProcessNamespace",
            json!("yes"),
            "shareProcessNamespace",
        ),
        (
            "a secret for a switch",
            "/spec/shareProcessNamespace",
            json!(SECRET),
            "true or false, not text",
        ),
        (
            "a text that ends like an error",
            "/spec/shareProcessNamespace",
            json!(tricky),
            "true or false, not text",
        ),
        ("a number for a switch", "/spec/hostPID", json!(1), "spec.hostPID"),
        (
            "a number for a capability",
            "/spec/containers",
            container(json!({"capabilities": {"add": [SECRET, 7]}})),
            "capabilities.add[1]: expected text, not a whole number",
        ),
        (
            "a text for capabilities",
            "/spec/containers",
            container(json!({"capabilities": {"drop": SECRET}})),
            "capabilities.drop",
        ),
        (
            "a text for a user",
            "/spec/containers",
            container(json!({"runAsUser": SECRET})),
            "securityContext.runAsUser",
        ),
        ("a list for a label", "/metadata/labels", json!({"app": [SECRET]}), "metadata.labels"),
        // A key of a map is part of the path in the reason, and may hold anything.
        ("a key of two lines", "/metadata/labels", json!({"a\nb\u{1b}[31m": 1}), "metadata.labels"),
        ("a text for an owner", "/metadata/ownerReferences", json!([SECRET]), "ownerReferences[0]"),
        ("a text for metadata", "/metadata", json!(SECRET), "metadata: expected"),
        ("a text for the spec", "/spec", json!(SECRET), "spec: expected"),
    ]
}

/// The same key twice; JSON values in the tests cannot hold it, text can.
fn twice(review: &Value) -> String {
    let marked = review.to_string().replace("\"DUPLICATE\":0", TWICE);
    assert!(marked.contains(TWICE));
    marked
}

const TWICE: &str = "\"shareProcessNamespace\":false,\"share\\u0050rocessNamespace\":true";

fn rows() -> Vec<(String, &'static str, String, &'static str)> {
    let mut rows = Vec::new();
    let mut add = |what: &str, path, body: String, reason| {
        rows.push((format!("{what} at {path}"), path, body, reason));
    };
    for (what, pointer, value, reason) in wrong_types() {
        let object = format!("/request/object{pointer}");
        let old = format!("/request/oldObject{pointer}");
        let template = format!("/request/object/spec/template{pointer}");
        let created = with(good(), &object, value.clone()).to_string();
        add(what, "/validate", created.clone(), reason);
        add(what, "/mutate", created, reason);
        add(what, "/validate", with(update(), &old, value.clone()).to_string(), "oldObject");
        add(what, "/advise", with(deployment(), &template, value).to_string(), reason);
    }
    let marker = json!(0);
    let created = with(good(), "/request/object/spec/DUPLICATE", marker.clone());
    let old = with(update(), "/request/oldObject/spec/DUPLICATE", marker.clone());
    let inner = "/request/object/spec/template/spec/DUPLICATE";
    let template = with(deployment(), inner, marker);
    let reason = "duplicate field `shareProcessNamespace`";
    for (path, review) in [("/validate", created), ("/validate", old), ("/advise", template)] {
        add("a key that stands twice", path, twice(&review), reason);
    }
    let text = with(good(), "/request/object", json!(SECRET)).to_string();
    add("a text for the object", "/validate", text, "request.object: expected");
    rows
}

#[test]
fn an_object_that_cannot_be_read_is_an_error_of_ours() {
    let server = deny();
    let rows = rows();
    for (what, path, body, reason) in &rows {
        let reply = server.post(path, body.as_bytes());
        assert_refusal(what, &reply, (500, reason));
        assert!(reply.text().contains(UID), "{what}: {}", reply.text());
        assert_judges(&server, what);
    }
    let counted = server.count("bulkhead_errors_total{stage=\"object\"}");
    assert_eq!(counted, Some(rows.len() as u64));
    let logged = || server.log().lines().filter(|line| line.contains("not judged")).count();
    until("a log line for each", || logged() == rows.len());
    let log = server.log();
    assert!(!log.contains(SECRET), "{log}");
    for line in log.lines() {
        assert!(line.starts_with("20"), "every line begins with its time: {line:?}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

/// The case that must never happen: a container that cannot be read hides one that can.
#[test]
fn a_bad_container_does_not_hide_a_finding() {
    let server = deny();
    let mut spec = sharing_spec();
    spec["containers"].as_array_mut().unwrap().push(json!({"name": 7}));
    let reply = validate(&server, &pod_review(&spec));
    assert_refusal("a bad third container", &reply, (500, "containers[2].name"));
}
