//! Reviews that once cost far more than they are large.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{assert_judges, assert_refusal, good, serve, validate, with};
use crate::support::process::peak;
use crate::support::{pod_review, sharing, until};

/// What a server takes that has judged ordinary reviews, and the same again.
const MEMORY: u64 = 96 << 20;

fn containers(count: usize, name: impl Fn(usize) -> String) -> Vec<Value> {
    (0..count).map(|at| json!({"name": name(at), "image": "registry.example/a:1"})).collect()
}

/// All of them share processes and reach each other.
fn sharing_review(containers: &[Value]) -> Value {
    let mut review = pod_review(&sharing(containers));
    review["request"]["dryRun"] = json!(true);
    review
}

/// A request that adds ephemeral containers to a pod that shares processes.
fn debugging(containers: &[Value], ephemeral: &Value) -> Value {
    let mut review = sharing_review(containers);
    let stored = review["request"]["object"].clone();
    review["request"]["object"]["spec"]["ephemeralContainers"] = ephemeral.clone();
    for (field, value) in [
        ("operation", json!("UPDATE")),
        ("subResource", json!("ephemeralcontainers")),
        ("oldObject", stored),
    ] {
        review["request"][field] = value;
    }
    review
}

const LETTERS: usize = 10_000;

fn long(at: usize) -> String {
    format!("{at:0>LETTERS$}")
}

#[test]
fn long_names_are_not_multiplied_by_pairs() {
    let server = serve("{processReach: {mode: Deny}, ephemeralTarget: {mode: Deny}}", &[]);
    let reply = validate(&server, &sharing_review(&containers(100, long)));
    assert_eq!(reply.json()["response"]["allowed"], false);
    // The same in a request for debug containers.
    let debug = debugging(&containers(2, |at| format!("c{at}")), &json!(containers(60, long)));
    assert_eq!(validate(&server, &debug).json()["response"]["allowed"], false);
    assert!(peak(server.pid()) < MEMORY, "{} bytes", peak(server.pid()));
    assert_judges(&server, "long names");
}

/// What is not looked at one by one counts as found, whatever it is.
#[test]
fn containers_are_too_many_to_look_at() {
    let server = serve("{ptraceCapability: {mode: Deny}}", &[]);
    let most = 8192;
    for (list, count, denied) in [
        ("containers", most - 1, false),
        ("initContainers", most, true),
        ("containers", 1_000_000, true),
        ("initContainers", 1_000_000, true),
        ("ephemeralContainers", 1_000_000, true),
        ("volumes", 1_000_000, false),
    ] {
        let mut review = good();
        if list == "containers" {
            review["request"]["object"]["spec"]["initContainers"] = json!([{"name": "a"}]);
        }
        let review = with(review, &format!("/request/object/spec/{list}"), json!([]));
        let empty = format!("\"{list}\":[]");
        let full = format!("\"{list}\":[{}]", vec!["{}"; count].join(","));
        let body = review.to_string().replace(&empty, &full);
        let reply = server.post("/validate", body.as_bytes());
        assert_eq!(reply.status, 200, "{count} {list}: {}", reply.text());
        let response = &reply.json()["response"];
        assert_eq!(response["allowed"], !denied, "{count} {list}: {response}");
        if denied {
            assert_eq!(response["status"]["details"]["causes"][0]["reason"], "TooManyContainers");
        }
        server.post("/mutate", body.as_bytes());
        server.post("/advise", body.as_bytes());
    }
    assert!(peak(server.pid()) < MEMORY, "{} bytes", peak(server.pid()));
    assert_judges(&server, "long lists");
}

/// Neither can a new debug container hide among too many.
#[test]
fn a_debug_container_among_too_many_is_found() {
    let server = serve("{ptraceCapability: {mode: Deny}}", &[]);
    let ephemeral = json!([{
        "name": "debugger", "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}},
    }]);
    let debug = debugging(&containers(8192, |at| format!("c{at}")), &ephemeral);
    assert_eq!(validate(&server, &debug).json()["response"]["allowed"], false);
}

#[test]
fn labels_without_end_are_not_kept() {
    let server = serve("{shareProcessNamespace: {mode: Deny}}", &[]);
    let labels: serde_json::Map<_, _> =
        (0..300_000).map(|at| (format!("l{at}"), json!(""))).collect();
    let review = with(
        sharing_review(&containers(2, |at| format!("c{at}"))),
        "/request/object/metadata/labels",
        Value::Object(labels),
    );
    for _ in 0..4 {
        assert_eq!(validate(&server, &review).json()["response"]["allowed"], false);
    }
    assert!(peak(server.pid()) < MEMORY, "{} bytes", peak(server.pid()));
    assert_judges(&server, "labels");
}

/// What else the object of a debug request says is not the caller's to say.
#[test]
fn a_lie_about_other_containers_hides_no_debug_container() {
    let server = serve("{ptraceCapability: {mode: Warn, repair: OnCreate}}", &[]);
    let ephemeral = json!([{
        "name": "debugger", "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}},
    }]);
    let mut debug = debugging(&containers(1, |at| format!("c{at}")), &ephemeral);
    debug["request"]["object"]["spec"]["containers"] = json!(vec![json!({}); 20_000]);
    let response = &server.post("/mutate", debug.to_string().as_bytes()).json()["response"];
    assert!(response["patch"].is_string(), "{response}");
}

/// Where a text is wrong is said by its path, or by its place where it is long.
#[test]
fn a_long_review_that_cannot_be_read_is_read_once() {
    let server = serve("{ptraceCapability: {mode: Deny}}", &[]);
    for (length, said) in [(10, "spec.containers[0].name"), (1_000_000, "(column 10")] {
        let mut review = with(good(), "/request/object/metadata/filler", json!("x".repeat(length)));
        review["request"]["object"]["spec"]["containers"][0]["name"] = json!(5);
        assert_refusal("a name", &validate(&server, &review), (500, said));
    }
}

#[test]
fn a_name_that_will_be_refused_is_not_repaired() {
    let server = serve("{shareProcessNamespace: {mode: Deny, repair: OnCreate}}", &[]);
    for (length, patched) in [(63, true), (64, false)] {
        let review = sharing_review(&containers(2, |at| format!("{at:0>length$}")));
        let response = &server.post("/mutate", review.to_string().as_bytes()).json()["response"];
        assert_eq!(response["allowed"], true);
        assert_eq!(response["patch"].is_string(), patched, "{length}");
    }
}

#[test]
fn a_patch_is_not_much_larger_than_its_object() {
    let server = serve("{ptraceCapability: {mode: Deny, repair: OnCreate}}", &[]);
    let granted = |count: usize, entries: usize| {
        let security = json!({"capabilities": {"add": vec!["SYS_PTRACE"; entries]}});
        let container = |at| json!({"name": format!("c{at}"), "securityContext": security});
        pod_review(&json!({"containers": (0..count).map(container).collect::<Vec<_>>()}))
    };
    for (count, entries, is_sent) in
        [(1, 1, true), (1, 5_000, true), (600, 2, true), (1_500, 4, false)]
    {
        let review = granted(count, entries);
        let object = review["request"]["object"].to_string().len();
        let response = &server.post("/mutate", review.to_string().as_bytes()).json()["response"];
        if let Some(patch) = response["patch"].as_str() {
            let patch = STANDARD.decode(patch).unwrap();
            assert!(patch.len() <= object + 64 * 1024, "{} for {object}", patch.len());
        } else {
            let warning = response["warnings"][0].as_str().unwrap();
            assert!(warning.starts_with("Bulkhead changed nothing"), "{warning}");
        }
        assert_eq!(response["patch"].is_string(), is_sent, "{count} {entries}");
        assert_eq!(validate(&server, &review).json()["response"]["allowed"], false);
    }
}

#[test]
fn a_line_of_the_log_is_bounded() {
    const MILLION: usize = 1_000_000;
    let mut server = serve("{processReach: {mode: Deny}}", &["--log-format", "json"]);
    let many = json!("x".repeat(MILLION));
    let mut review = good();
    for field in ["uid", "name", "namespace"] {
        review["request"][field] = many.clone();
    }
    review["request"]["userInfo"]["username"] = many.clone();
    // Letters that are written with many.
    let groups = vec!["\u{1f600}\u{e000}".repeat(500); 100];
    review["request"]["userInfo"]["groups"] = json!(groups);
    validate(&server, &review);
    // One that cannot be judged.
    review["request"]["object"]["spec"]["containers"][0]["name"] = json!(1);
    validate(&server, &review);
    review["request"]["kind"]["kind"] = many;
    validate(&server, &review);
    server.signal("KILL");
    let log = server.whole_log();
    assert!(log.contains("xxx…"), "{}", log.len());
    assert!(log.lines().all(|line| line.len() < 16 * 1024), "{}", log.len());
}

/// Namespaces take turns: one that sends large dry runs without end waits for itself.
#[test]
fn a_flood_of_one_namespace_does_not_keep_others_waiting() {
    const FLOOD: usize = 24;
    let server = serve("{processReach: {mode: Deny}}", &[]);
    let large = sharing_review(&containers(128, |at| format!("c{at}"))).to_string();
    let mut victim = sharing_review(&containers(17, |at| format!("c{at}")));
    victim["request"]["dryRun"] = json!(false);
    victim["request"]["namespace"] = json!("other");
    let answered = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..FLOOD {
            scope.spawn(|| {
                assert_eq!(server.post("/validate", large.as_bytes()).status, 200);
                answered.fetch_add(1, Ordering::SeqCst);
            });
        }
        until("the flood is there", || answered.load(Ordering::SeqCst) > 0);
        assert_eq!(validate(&server, &victim).status, 200);
        let before = answered.load(Ordering::SeqCst);
        assert!(before < FLOOD / 2, "{before} of {FLOOD} were answered before it");
    });
}
