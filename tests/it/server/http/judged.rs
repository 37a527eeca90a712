//! What looks odd and is judged all the same, and what is allowed without a look.

use std::io::Write as _;

use serde_json::{Value, json};

use super::{UID, deny, deployment, good, head, stalled, update, validate, with};
use crate::support::{Reply, pod_review, sharing_spec};

fn sharing_review() -> Value {
    pod_review(&sharing_spec())
}

/// Reviews of the pod that shares processes, in forms that must not hide it.
fn forms() -> Vec<(&'static str, String)> {
    let plain = sharing_review().to_string();
    let brackets = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let braces = format!("{}0{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let deep = |place: &str, value: &str| {
        let review = with(sharing_review(), place, json!("DEEP")).to_string();
        review.replace("\"DEEP\"", value)
    };
    let reversed = format!(
        "{{\"request\":{},\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\"}}",
        sharing_review()["request"]
    );
    vec![
        ("plain", plain.clone()),
        ("escapes in values", plain.replace("SYS_PTRACE", "\\u0053YS_PTRACE")),
        ("escapes in keys", plain.replace("shareProcess", "\\u0073hareProcess")),
        ("space around it", format!("\r\n\t {plain}\n")),
        ("another order", reversed),
        ("indented", serde_json::to_string_pretty(&sharing_review()).unwrap()),
        ("brackets in the object", deep("/request/object/spec/unknown", &brackets)),
        ("braces in the object", deep("/request/object/spec/unknown", &braces)),
        ("brackets in the review", deep("/unknown", &brackets)),
        ("braces in the request", deep("/request/unknown", &braces)),
        ("an unknown member twice", plain.replace("\"stdin\":true", "\"x\":1,\"x\":[]")),
        ("brackets in the old object", deep("/request/oldObject", "{\"x\":[[[[]]]]}")),
    ]
}

#[test]
fn odd_forms_of_a_review_hide_nothing() {
    let server = deny();
    let expected = validate(&server, &sharing_review()).json();
    assert_eq!(expected["response"]["allowed"], false);
    let message = expected["response"]["status"]["message"].as_str().unwrap();
    assert_eq!(message.lines().skip(1).count(), 2, "both controls find something: {message}");
    for (what, body) in forms() {
        let reply = server.post("/validate", body.as_bytes());
        assert_eq!(reply.status, 200, "{what}: {}", reply.text());
        assert_eq!(reply.json(), expected, "{what}");
    }
}

#[test]
fn each_version_is_answered_in_kind() {
    let server = deny();
    for version in ["admission.k8s.io/v1", "admission.k8s.io/v1beta1"] {
        for (review, allowed) in [(sharing_review(), false), (good(), true)] {
            let reply = validate(&server, &with(review, "/apiVersion", json!(version)));
            assert_eq!(reply.status, 200, "{version}: {}", reply.text());
            let answer = reply.json();
            assert_eq!(answer["apiVersion"], version);
            assert_eq!(answer["kind"], "AdmissionReview");
            assert_eq!(answer["response"]["uid"], UID);
            assert_eq!(answer["response"]["allowed"], allowed, "{version}");
        }
    }
}

/// (what, endpoint, review): all of them would be denied or warned about if they were judged.
fn skipped() -> Vec<(&'static str, &'static str, Value)> {
    let of = |operation: &str, sub: &str, object: Value| {
        let review = with(sharing_review(), "/request/operation", json!(operation));
        let review = with(review, "/request/subResource", json!(sub));
        with(review, "/request/object", object)
    };
    let deleted = of("DELETE", "", json!(null));
    let deleted =
        with(deleted, "/request/oldObject", sharing_review()["request"]["object"].clone());
    let exec =
        json!({"apiVersion": "v1", "kind": "PodExecOptions", "command": ["sh"], "tty": true});
    let binding = json!({"kind": "Binding", "metadata": {"name": "p"}, "target": {"name": "n"}});
    let eviction = json!({"kind": "Eviction", "metadata": {"name": "p"}, "deleteOptions": {}});
    let kind = |review, kind: &str| with(review, "/request/kind/kind", json!(kind));
    let scale = with(deployment(), "/request/subResource", json!("scale"));
    let scale = with(scale, "/request/operation", json!("UPDATE"));
    let object = json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": {"replicas": 3}});
    let scale = kind(with(scale, "/request/object", object), "Scale");
    let cluster_wide = with(deleted.clone(), "/request/namespace", json!(""));
    vec![
        ("delete", "/validate", deleted.clone()),
        ("delete", "/mutate", deleted),
        ("delete of a collection", "/validate", cluster_wide),
        ("exec", "/validate", kind(of("CONNECT", "exec", exec.clone()), "PodExecOptions")),
        ("attach", "/validate", kind(of("CONNECT", "attach", exec), "PodAttachOptions")),
        ("binding", "/validate", kind(of("CREATE", "binding", binding), "Binding")),
        ("eviction", "/validate", kind(of("CREATE", "eviction", eviction), "Eviction")),
        (
            "status",
            "/validate",
            of("UPDATE", "status", sharing_review()["request"]["object"].clone()),
        ),
        ("scale", "/advise", scale),
    ]
}

#[test]
fn what_changes_no_pod_is_allowed_without_a_look() {
    let server = deny();
    for (what, path, review) in skipped() {
        let reply = server.post(path, review.to_string().as_bytes());
        assert_eq!(reply.status, 200, "{what} at {path}: {}", reply.text());
        let expected = json!({"uid": UID, "allowed": true});
        assert_eq!(reply.json()["response"], expected, "{what} at {path}");
    }
    // Nothing but the operation makes the difference, and only the known subresources are skipped.
    assert_eq!(validate(&server, &sharing_review()).json()["response"]["allowed"], false);
    let unknown = with(sharing_review(), "/request/subResource", json!("teleport"));
    assert_eq!(validate(&server, &unknown).json()["response"]["allowed"], false);
}

#[test]
fn a_template_is_judged_when_it_changes() {
    let server = deny();
    let created = with(deployment(), "/request/object/spec/template/spec", sharing_spec());
    let warnings = |review: &Value| {
        let reply = server.post("/advise", review.to_string().as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.text());
        let response = reply.json()["response"].take();
        assert_eq!(response["allowed"], true, "/advise never denies");
        response["warnings"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(warnings(&created), 2);
    let scaled = with(created.clone(), "/request/operation", json!("UPDATE"));
    let scaled = with(scaled, "/request/oldObject", created["request"]["object"].clone());
    assert_eq!(warnings(&with(scaled.clone(), "/request/object/spec/replicas", json!(3))), 0);
    let old = "/request/oldObject/spec/template/spec/shareProcessNamespace";
    assert_eq!(warnings(&with(scaled, old, json!(false))), 2);
}

#[test]
fn an_update_that_changes_nothing_keeps_its_old_debt() {
    let server = deny();
    let old = sharing_review()["request"]["object"].clone();
    let review = with(update(), "/request/oldObject", old.clone());
    let same = with(review.clone(), "/request/object", old);
    assert_eq!(validate(&server, &same).json()["response"]["allowed"], true);
    assert_eq!(validate(&server, &review).json()["response"]["allowed"], true, "debt is paid back");
}

#[test]
fn one_connection_serves_many_requests_in_any_framing() {
    let server = deny();
    let body = good().to_string();
    let mut tls = stalled(&server, "/validate", &format!("Content-Length: {}", body.len()));
    tls.write_all(body.as_bytes()).unwrap();
    assert_eq!(Reply::read(&mut tls).status, 200);
    for size in [1, 100, body.len()] {
        let head = head("/validate", "Transfer-Encoding: chunked");
        tls.write_all(head.replace("Expect: 100-continue\r\n", "").as_bytes()).unwrap();
        for part in body.as_bytes().chunks(size) {
            let part = [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
            tls.write_all(&part).unwrap();
        }
        tls.write_all(b"0\r\n\r\n").unwrap();
        let reply = Reply::read(&mut tls);
        assert_eq!((reply.status, reply.header("connection")), (200, None), "chunks of {size}");
    }
    assert_eq!(server.count("bulkhead_connections"), Some(1), "it was one all the time");
}
