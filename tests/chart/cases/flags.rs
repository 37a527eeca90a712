//! `extraArgs` and `extraEnv` that repeat a flag of the chart: the user's counts, and everything that
//! depends on it follows.

use std::collections::BTreeMap;

use clap::Parser as _;
use serde_json::Value;

use super::upgrades::release;
use super::{Case, offline};
use crate::setup::Cluster;
use crate::setup::rendered::{objects, only, text, values};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        offline: each_flag_is_the_users, what_depends_on_a_flag_follows;
        Case::new: notes_say_what_is_replaced;
    }
}

/// The arguments of a replica.
fn args(more: &[&str]) -> Vec<String> {
    let all = objects(&text(more));
    let container = &only(&all, "Deployment")["spec"]["template"]["spec"]["containers"][0];
    let args = container["args"].as_array().unwrap().iter();
    args.map(|arg| arg.as_str().unwrap().to_owned()).collect()
}

/// How often each flag is there.
fn counted(args: &[String]) -> BTreeMap<&str, usize> {
    let mut counted = BTreeMap::new();
    for arg in &args[1..] {
        *counted.entry(arg.split('=').next().unwrap()).or_default() += 1;
    }
    counted
}

/// A value that each flag takes, other than the chart's.
const GIVEN: &[(&str, &str)] = &[
    ("--listen", "0.0.0.0:9443"),
    ("--admin-listen", "0.0.0.0:9081"),
    ("--policy", "/etc/other/policy.yaml"),
    ("--lame-duck", "7"),
    ("--log-level", "debug"),
    ("--log-format", "text"),
    ("--tls-source", "self-managed"),
    ("--tls-secret", "ops/mine"),
    ("--lease", "ops/mine"),
    ("--service", "ops/mine:443"),
    ("--webhooks", "none"),
    ("--webhooks-name", "mine"),
    ("--webhooks-timeout-seconds", "9"),
    ("--webhooks-enforce", "{}"),
];

/// What the program takes is what comes out, whichever way it was given.
fn each_flag_is_the_users() {
    let own = args(&[]);
    let flags = counted(&own);
    assert!(flags.values().all(|count| *count == 1), "{own:?}");
    // This one collects, so both stay.
    let excluded = args(&["--set-json", r#"extraArgs=["--exclude-namespaces=cilium"]"#]);
    assert_eq!(counted(&excluded)["--exclude-namespaces"], 2);
    assert_eq!(flags.len(), GIVEN.len() + 1, "{flags:?}");
    for (flag, value) in GIVEN {
        assert!(flags.contains_key(flag), "{flag}");
        let given = format!("{flag}={value}");
        let set = format!("extraArgs={}", serde_json::json!([given]));
        let found = args(&["--set-json", &set]);
        assert_eq!(counted(&found)[flag], 1, "{found:?}");
        assert!(found.contains(&given), "{found:?}");
        let words = std::iter::once("bulkhead").chain(found.iter().map(String::as_str));
        bulkhead::cli::Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{flag}: {error}"));
        let name = format!("BULKHEAD{}", flag.trim_start_matches('-').to_uppercase());
        let name = name.replace('-', "_").replacen("BULKHEAD", "BULKHEAD_", 1);
        let env = serde_json::json!([{"name": name, "value": value}]);
        let found = args(&["--set-json", &format!("extraEnv={env}")]);
        assert_eq!(counted(&found).get(flag), None, "{name}: {found:?}");
    }
}

fn what_depends_on_a_flag_follows() {
    let all = objects(&text(&["--values", &values("flags")]));
    let spec = &only(&all, "Deployment")["spec"]["template"]["spec"];
    assert_eq!(spec["terminationGracePeriodSeconds"], 23);
    let ports = spec["containers"][0]["ports"].as_array().unwrap();
    let port = |name: &str| ports.iter().find(|port| port["name"] == name).unwrap();
    assert_eq!(port("https")["containerPort"], 9443);
    assert_eq!(port("admin")["containerPort"], 9081);
    // A value from elsewhere is not known here.
    let env = r#"extraEnv=[{"name":"BULKHEAD_LISTEN","valueFrom":{"configMapKeyRef":{"name":"a","key":"b"}}}]"#;
    let all = objects(&text(&["--set-json", env]));
    let container = &only(&all, "Deployment")["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["ports"][0]["containerPort"], 8443);
    let args: &Value = &container["args"];
    assert!(!args.to_string().contains("--listen"), "{args}");
}

fn notes_say_what_is_replaced(cluster: &Cluster) {
    let own = cluster.namespace();
    let args = ["--dry-run=client", "--values", &values("flags")];
    let shown = release(cluster, "install", &own, &args);
    for (flag, chart) in [
        ("listen", "0.0.0.0:8443"),
        ("admin-listen", "0.0.0.0:8081"),
        ("log-level", "info"),
        ("log-format", "json"),
        ("lame-duck", "10"),
    ] {
        let note = format!(
            "Note: --{flag} is set by extraArgs or extraEnv, which replaces the chart's --{flag}={chart}.\n"
        );
        assert!(shown.contains(&note), "{shown}");
    }
    assert_eq!(shown.matches("Note: --").count(), 5, "{shown}");
}
