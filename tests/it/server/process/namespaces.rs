//! Namespaces that are left out, and a policy that finds nothing.

use serde_json::json;

use super::{DENY, Served, sharing_review};
use crate::support::until;

#[test]
fn excluded_namespaces_are_allowed_without_findings() {
    let served = Served::new(DENY, &["--exclude-namespaces", "ops,monitoring"]);
    let table = [
        ("kube-system", true),
        ("ops", true),
        ("monitoring", true),
        ("shop", false),
        ("kube-public", false),
        ("kube-system-2", false),
        ("ops,monitoring", false),
        ("Ops", false),
    ];
    for (namespace, allowed) in table {
        let mut review = sharing_review();
        review["request"]["namespace"] = json!(namespace);
        let response = served.validate(&review).json()["response"].take();
        assert_eq!(response["allowed"], allowed, "{namespace}");
        if allowed {
            let uid = &review["request"]["uid"];
            assert_eq!(response, json!({"uid": uid, "allowed": true}), "{namespace}");
        }
    }
    let labels = "kind=\"pod\",operation=\"CREATE\",path=\"validate\"";
    let of = |verdict| format!("bulkhead_reviews_total{{{labels},verdict=\"{verdict}\"}}");
    assert_eq!(served.server.count(&of("excluded")), Some(3));
    assert_eq!(served.server.count(&of("denied")), Some(5));
}

/// The namespace of the request counts: the object's own is the author's word.
#[test]
fn the_objects_own_namespace_excludes_nothing() {
    let served = Served::new(DENY, &[]);
    let mut review = sharing_review();
    review["request"]["object"]["metadata"]["namespace"] = json!("kube-system");
    assert_eq!(served.validate(&review).json()["response"]["allowed"], false);
}

#[test]
fn a_policy_file_without_documents_finds_nothing_and_says_so() {
    for text in ["", "# nothing yet\n", "---\n---\n"] {
        let served = Served::with_text(text, &[]);
        let response = served.validate(&sharing_review()).json()["response"].take();
        let expected = json!({"uid": response["uid"], "allowed": true});
        assert_eq!(response, expected, "{text:?}");
        until("a log line", || {
            served.server.log().contains("there is no policy: nothing will be found")
        });
        assert_eq!(served.server.count("bulkhead_policy_last_reload_successful"), Some(1));
    }
}
