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
    assert_eq!((lines.len(), lines[0]), (3, ""), "{message}");
    let expected = [
        ("pod", "spec.shareProcessNamespace", "share-process-namespace"),
        ("container shell", "spec.containers[1]", "ptrace-capability"),
    ];
    for (line, (who, field, control)) in lines[1..].iter().zip(expected) {
        assert!(line.starts_with(&format!("- {who}: ")) && line.contains(field), "{line}");
        assert!(line.ends_with(&format!(" [{control}, policy test]")), "{line}");
    }
    let causes = response["status"]["details"]["causes"].as_array().unwrap();
    assert_eq!(causes.len(), 2);
    assert_eq!(response["auditAnnotations"]["verdict"], "denied");
}

/// A page that says what to do, of whoever runs the server.
#[test]
fn a_denial_ends_with_the_address_of_a_page() {
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("policy.yaml");
    std::fs::write(&file, policy("{shareProcessNamespace: {mode: Deny}}")).unwrap();
    let message = |url: &str| {
        let server = Server::start(&["--policy", file.to_str().unwrap(), "--help-url", url]);
        let reply = server.post("/validate", pod_review(&sharing_spec()).to_string().as_bytes());
        reply.json()["response"]["status"]["message"].as_str().unwrap().to_owned()
    };
    let url = "https://wiki.example/denied";
    let end = format!("\nWhat to change, and how to get an exception: {url}");
    assert!(message(url).ends_with(&end), "{}", message(url));
    // A chart passes what is not set as empty.
    assert!(message("").ends_with("[share-process-namespace, policy test]"), "{}", message(""));
}
