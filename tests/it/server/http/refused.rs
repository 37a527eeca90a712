//! Reviews that are malformed or come to the wrong place: 4xx.

use serde_json::{Value, json};

use super::{SECRET, assert_judges, assert_refusal, deny, deployment, good, update, with, without};
use crate::support::until;

type Row = (&'static str, &'static str, Vec<u8>, &'static str);

fn row(
    what: &'static str,
    path: &'static str,
    body: impl Into<Vec<u8>>,
    reason: &'static str,
) -> Row {
    (what, path, body.into(), reason)
}

/// Bodies that are not one JSON review.
fn texts() -> Vec<Row> {
    let whole = good().to_string();
    let at = |marker: &str| whole.get(..whole.find(marker).unwrap()).unwrap().to_owned();
    let twice = whole.replace("\"uid\":", "\"uid\":\"u-2\",\"uid\":");
    let doubled = format!("{{\"request\":null,{}", whole.strip_prefix('{').unwrap());
    let positional = json!([good()["apiVersion"], good()["kind"], good()["request"]]);
    vec![
        row("empty", "/validate", "", "not a JSON review"),
        row("blank", "/validate", " \n", "not a JSON review"),
        row("truncated at the end", "/validate", at("}}}"), "not a JSON review"),
        row("truncated in the object", "/validate", at("web:1"), "not a JSON review"),
        row("trailing garbage", "/validate", format!("{whole}x"), "trailing"),
        row("a brace too many", "/mutate", format!("{whole}}}"), "trailing"),
        row("two reviews", "/validate", format!("{whole}{whole}"), "trailing"),
        row("two lines of reviews", "/advise", format!("{0}\n{0}", deployment()), "trailing"),
        row("YAML", "/validate", "kind: AdmissionReview\n", "not a JSON review"),
        row("a byte order mark", "/validate", format!("\u{feff}{whole}"), "not a JSON review"),
        row("a form", "/validate", format!("review={SECRET}"), "not a JSON review"),
        row("bytes", "/validate", [0xff, 0xfe, 0, 0], "not a JSON review"),
        row("a bare pod", "/validate", good()["request"]["object"].to_string(), "apiVersion"),
        row("null", "/validate", "null", "expected"),
        row("a number", "/validate", "7", "expected"),
        row("a string", "/validate", format!("\"{SECRET}\""), "expected"),
        row("an empty list", "/validate", "[]", "expected"),
        row("a list of members", "/validate", positional.to_string(), "expected"),
        row("two uids", "/validate", twice, "duplicate field `uid`"),
        row("two requests", "/validate", doubled, "duplicate field `request`"),
    ]
}

/// One member of a good creation replaced.
fn creations() -> Vec<Row> {
    let table: &[(&str, &str, Value, &str)] = &[
        ("no such version", "/apiVersion", json!("admission.k8s.io/v2"), "apiVersion"),
        ("a number for a version", "/apiVersion", json!(1), "apiVersion"),
        ("no review", "/kind", json!("ConversionReview"), "kind is not AdmissionReview"),
        ("a null request", "/request", json!(null), "request is missing"),
        ("a text request", "/request", json!(SECRET), "request: expected"),
        ("a list for a request", "/request", json!(["u-1"]), "request"),
        ("an empty uid", "/request/uid", json!(""), "uid is missing"),
        ("a null uid", "/request/uid", json!(null), "uid is missing"),
        ("a number for a uid", "/request/uid", json!(5), "request.uid: expected"),
        ("another operation", "/request/operation", json!("PATCH"), "operation is not"),
        ("an operation in lower case", "/request/operation", json!("create"), "operation is not"),
        ("a secret operation", "/request/operation", json!(SECRET), "operation is not"),
        ("a null operation", "/request/operation", json!(null), "operation is not"),
        ("a null object", "/request/object", json!(null), "request.object is missing in CREATE"),
        ("no namespace", "/request/namespace", json!(null), "namespace is missing"),
        ("an empty namespace", "/request/namespace", json!(""), "namespace is missing"),
        ("a list of namespaces", "/request/namespace", json!([SECRET]), "request.namespace"),
        ("no resource", "/request/resource", json!(null), "resource is missing"),
        ("a text resource", "/request/resource", json!("pods"), "request.resource: expected"),
        ("no kind", "/request/kind", json!(null), "kind.kind is not Pod"),
        ("another kind", "/request/kind/kind", json!("Deployment"), "kind.kind is not Pod"),
        ("a secret kind", "/request/kind/kind", json!(SECRET), "kind.kind is not Pod"),
        ("another object", "/request/object/kind", json!("Job"), "object.kind is not Pod"),
        ("pods of a group", "/request/resource/group", json!("apps"), "register only Pod"),
        ("a ConfigMap", "/request/resource/resource", json!("configmaps"), "register only Pod"),
        ("groups of a user", "/request/userInfo/groups", json!(SECRET), "userInfo.groups"),
    ];
    let made = table.iter().map(|(what, pointer, value, reason)| {
        row(what, "/validate", with(good(), pointer, value.clone()).to_string(), reason)
    });
    made.collect()
}

/// What is missing, or comes to an endpoint that is not for it.
fn others() -> Vec<Row> {
    let config_map = json!({"kind": "ConfigMap", "data": {"password": SECRET}});
    let config_map = with(good(), "/request/object", config_map);
    let config_map = with(config_map, "/request/kind/kind", json!("ConfigMap"));
    let config_map = with(config_map, "/request/resource/resource", json!("configmaps"));
    let binding = with(good(), "/request/resource/resource", json!("pods/binding"));
    let table = [
        ("no apiVersion", "/validate", without(good(), "/apiVersion"), "apiVersion"),
        ("no request", "/validate", without(good(), "/request"), "request is missing"),
        ("an answer", "/validate", answer(), "request is missing"),
        ("no uid", "/validate", without(good(), "/request/uid"), "uid is missing"),
        ("no operation", "/validate", without(good(), "/request/operation"), "operation is not"),
        ("no object", "/validate", without(good(), "/request/object"), "missing in CREATE"),
        ("no object", "/mutate", without(good(), "/request/object"), "missing in CREATE"),
        ("no object", "/advise", without(deployment(), "/request/object"), "missing in CREATE"),
        ("no new object", "/validate", without(update(), "/request/object"), "missing in UPDATE"),
        (
            "a null new object",
            "/validate",
            with(update(), "/request/object", json!(null)),
            "UPDATE",
        ),
        ("no old object", "/validate", without(update(), "/request/oldObject"), "oldObject"),
        (
            "a null old object",
            "/validate",
            with(update(), "/request/oldObject", json!(null)),
            "old",
        ),
        ("a ConfigMap", "/validate", config_map.clone(), "register only Pod"),
        ("a ConfigMap", "/mutate", config_map.clone(), "register only Pod"),
        ("a ConfigMap", "/advise", config_map, "register only Pod"),
        ("a subresource in the name", "/validate", binding, "register only Pod"),
        ("a Deployment", "/validate", deployment(), "/advise"),
        ("a Pod", "/advise", good(), "/validate"),
    ];
    table
        .into_iter()
        .map(|(what, path, body, reason)| row(what, path, body.to_string(), reason))
        .collect()
}

fn answer() -> Value {
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "response": {"uid": "u-1", "allowed": true},
    })
}

#[test]
fn a_malformed_review_is_refused() {
    let server = deny();
    let rows = [texts(), creations(), others()].concat();
    for (what, path, body, reason) in &rows {
        let what = format!("{what} at {path}");
        assert_refusal(&what, &server.post(path, body), (400, reason));
        assert_judges(&server, &what);
    }
    let counted = server.count("bulkhead_errors_total{stage=\"decode\"}");
    assert_eq!(counted, Some(rows.len() as u64));
    let logged = || server.log().lines().filter(|line| line.contains("not judged")).count();
    until("a log line for each", || logged() == rows.len());
    assert!(!server.log().contains(SECRET), "{}", server.log());
}
