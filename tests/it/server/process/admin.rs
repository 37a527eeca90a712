//! The port of health and metrics.

use std::collections::BTreeSet;

use super::{DENY, Served};

/// Every metric of ours; those about the process come from its library.
const METRICS: &[&str] = &[
    "bulkhead_answers_dropped_total",
    "bulkhead_build_info",
    "bulkhead_connections",
    "bulkhead_connections_closed_total",
    "bulkhead_errors_total",
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
    "bulkhead_tls_authority_not_after_timestamp_seconds",
    "bulkhead_tls_not_after_timestamp_seconds",
    "bulkhead_unread_answer_bytes",
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
    assert!(served.server.resident() > 1 << 20);
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
    let ours = typed.iter().filter(|name| !name.starts_with("bulkhead_process_"));
    assert_eq!(ours.collect::<Vec<_>>(), METRICS);
    // Names from requests are no labels: whoever creates pods would create series.
    for word in ["shop", "dana", "shell", "7a2bc5f0"] {
        assert!(!text.contains(word), "{word}");
    }
}
