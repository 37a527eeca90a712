//! The port of health and metrics.

use std::collections::BTreeSet;

use super::{DENY, Served};

/// Every metric of ours.
const METRICS: &[&str] = &[
    "bulkhead_answers_dropped_total",
    "bulkhead_build_info",
    "bulkhead_connections",
    "bulkhead_connections_closed_total",
    "bulkhead_errors_total",
    "bulkhead_finding_pairs_total",
    "bulkhead_findings_total",
    "bulkhead_leader",
    "bulkhead_policy_generation",
    "bulkhead_policy_last_reload_successful",
    "bulkhead_policy_last_reload_timestamp_seconds",
    "bulkhead_registration_repairs_total",
    "bulkhead_registrations_total",
    "bulkhead_review_duration_seconds",
    "bulkhead_reviews_total",
    "bulkhead_shed_total",
    "bulkhead_tls_not_after_timestamp_seconds",
    "bulkhead_unread_answer_bytes",
];

/// Those about the process, by the names that every dashboard has for them.
const PROCESS: &[&str] = &[
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_threads",
    "process_virtual_memory_bytes",
];

#[test]
fn health_is_reported_and_nothing_else_is_there() {
    let served = Served::new(DENY, &[]);
    for path in ["/livez", "/readyz"] {
        let reply = served.server.admin(path);
        assert_eq!((reply.status, reply.text().as_str()), (200, "ok\n"), "{path}");
    }
    for path in ["/", "/healthz", "/validate", "/livez/", "/debug/pprof", "/metrics/x"] {
        let reply = served.server.admin(path);
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.text(), "only /livez, /readyz and /metrics are here\n", "{path}");
    }
}

#[test]
fn metrics_count_what_happened() {
    let served = Served::new(DENY, &[]);
    let metric = |series: &str| served.server.count(series);
    let denied = "bulkhead_reviews_total{kind=\"pod\",operation=\"CREATE\",path=\"validate\",\
                  verdict=\"denied\"}";
    let found = "bulkhead_findings_total{control=\"share-process-namespace\",mode=\"Deny\"}";
    // A series that begins with its first count has no rate for it.
    assert_eq!(metric(found), Some(0));
    assert_eq!(metric("bulkhead_errors_total{stage=\"decode\"}"), Some(0));
    for cause in ["turn", "bodies", "answers"] {
        assert_eq!(
            metric(&format!("bulkhead_shed_total{{cause=\"{cause}\"}}")),
            Some(0),
            "{cause}"
        );
    }
    assert!(!served.allows() && !served.allows());
    assert_eq!(served.server.post("/validate", b"{}").status, 400);
    assert_eq!(metric(denied), Some(2));
    assert_eq!(metric(found), Some(2));
    assert_eq!(metric("bulkhead_errors_total{stage=\"decode\"}"), Some(1));
    assert_eq!(metric("bulkhead_policy_generation"), Some(1));
    assert_eq!(metric("bulkhead_policy_last_reload_successful"), Some(1));
    let took = "bulkhead_review_duration_seconds_count{path=\"validate\"}";
    assert_eq!(metric(took), Some(2));
    assert!(metric("bulkhead_tls_not_after_timestamp_seconds") > Some(0));
    // An authority that is kept nowhere does not expire: 0 would be long past.
    assert_eq!(metric("bulkhead_tls_authority_not_after_timestamp_seconds"), None);
    assert!(served.server.resident() > 1 << 20);
}

/// What is shown counts: one line, of so many pairs.
#[test]
fn pairs_have_a_metric_of_their_own() {
    let served = Served::new("{processReach: {mode: Deny}, ptraceCapability: {mode: Deny}}", &[]);
    let metric = |series: &str| served.server.count(series);
    let (findings, pairs) = ("bulkhead_findings_total", "bulkhead_finding_pairs_total");
    let of = |name: &str, control: &str| {
        metric(&format!("{name}{{control=\"{control}\",mode=\"Deny\"}}"))
    };
    assert_eq!(of(pairs, "process-reach"), Some(0));
    assert!(!served.allows());
    assert_eq!(of(findings, "ptrace-capability"), Some(1));
    assert_eq!(of(pairs, "ptrace-capability"), None);
    assert_eq!(of(pairs, "process-reach"), Some(2));
    assert!(of(findings, "process-reach") <= Some(2));
}

#[test]
fn every_metric_has_a_help_text_and_a_known_name() {
    let served = Served::new(DENY, &[]);
    served.allows();
    let reply = served.server.admin("/metrics");
    assert_eq!(reply.header("content-type"), Some("text/plain; version=0.0.4"));
    let text = reply.text();
    let named = |mark: &str| -> BTreeSet<String> {
        let names = text.lines().filter_map(|line| line.strip_prefix(mark)?.split(' ').next());
        names.map(str::to_owned).collect()
    };
    let typed = named("# TYPE ");
    assert_eq!(typed, named("# HELP "));
    let (ours, process): (Vec<_>, Vec<_>) =
        typed.iter().map(String::as_str).partition(|name| name.starts_with("bulkhead_"));
    assert_eq!(ours, METRICS);
    assert_eq!(process, PROCESS);
    // Names from requests are no labels: whoever creates pods would create series.
    for word in ["shop", "dana", "shell", "7a2bc5f0"] {
        assert!(!text.contains(word), "{word}");
    }
}
