//! The program as a whole: start, reload, log, stop.

use crate::support::{Server, pod_review, policy, sharing_spec};

#[test]
fn it_answers_a_review_after_its_ready_line() {
    let server = Server::start(&[]);
    let reply = server.post("/validate", pod_review(&sharing_spec()).to_string().as_bytes());
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["response"]["allowed"], true);
    assert_eq!(reply.json()["response"]["warnings"].as_array().unwrap().len(), 2);
    assert_eq!(server.admin("/readyz").status, 200);
}

#[test]
fn a_denial_says_who_what_and_why_without_warnings() {
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("policy.yaml");
    // One control denies, one warns: what is denied needs no warning.
    let controls = "{shareProcessNamespace: {mode: Deny}, ptraceCapability: {mode: Deny}, \
                    supplementalGroupsPolicy: {mode: Warn}}";
    std::fs::write(&file, policy(controls)).unwrap();
    let server = Server::start(&["--policy", file.to_str().unwrap()]);
    let reply = server.post("/validate", pod_review(&sharing_spec()).to_string().as_bytes());
    assert_eq!(reply.status, 200);
    let answer = reply.json();
    let response = &answer["response"];
    assert_eq!(response["allowed"], false);
    assert_eq!(response["status"]["code"], 403);
    assert_eq!(response["status"]["reason"], "Forbidden");
    assert_eq!(response.get("warnings"), None);
    let message = response["status"]["message"].as_str().unwrap();
    let lines: Vec<_> = message.lines().collect();
    assert_eq!(lines.len(), 2, "{message}");
    let expected = [
        ("share-process-namespace: ", "spec.shareProcessNamespace"),
        ("ptrace-capability: ", "spec.containers[1]"),
    ];
    for (line, (control, field)) in lines.iter().zip(expected) {
        assert!(line.starts_with(control) && line.contains(field), "{line}");
        assert!(line.ends_with("(policy test)") && line.chars().count() <= 256, "{line}");
    }
    let causes = response["status"]["details"]["causes"].as_array().unwrap();
    assert_eq!(causes.len(), 2);
    assert_eq!(response["auditAnnotations"]["verdict"], "denied");
}
