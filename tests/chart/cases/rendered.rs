//! What the chart renders: as text that people review, and as helm and Bulkhead judge it.

use insta::{Settings, assert_snapshot};
use serde_json::{Value, json};

use super::{Case, offline};
use crate::setup::rendered::{NAMESPACE, objects, only, sets, text, values};
use crate::support::place;
use crate::support::{program, run};
use crate::tier::helm::helm;
use crate::tier::{cases, name};

/// The sets of values whose whole output is held; between them they render every template.
const HELD: &[&str] = &["default", "enforce-one-label", "cert-manager", "extras"];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> =
        HELD.iter().map(|set| offline(name!("snapshot::{set}"), || snapshot(set))).collect();
    cases.extend(sets().into_iter().map(|set| {
        offline(name!("good::{set}"), move || {
            lint(&set);
            passes_lockdown(&set);
            stops_in_time(&set);
        })
    }));
    cases.extend(cases! {
        offline: no_key_and_no_token_without_need, uninstall_unregisters_first, catalogues_know_what_it_is;
    });
    cases
}

fn snapshot(set: &str) {
    let rendered = text(&["--values", &values(set)]);
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| assert_snapshot!(set, rendered));
}

fn lint(set: &str) {
    let chart = place("charts/bulkhead");
    let file = values(set);
    let args =
        ["lint", "--strict", chart.to_str().unwrap(), "--namespace", NAMESPACE, "--values", &file];
    let ended = run(helm(&args));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    for remark in ["[WARNING]", "[INFO]"] {
        assert!(!ended.stdout.contains(remark), "{}", ended.stdout);
    }
}

/// Bulkhead's own strictest policy, without the help of a repair but for the one field that older
/// nodes do not know.
fn passes_lockdown(set: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text(&["--values", &values(set)])).unwrap();
    let mut check = program();
    let policy = place("examples/policies/lockdown.yaml");
    check.args(["check", "--output", "json", "--policy"]).arg(policy).arg(file.path());
    let ended = run(check);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["errors"], json!([]));
    let results = report["results"].as_array().unwrap();
    assert!(results.iter().any(|result| result["kind"] == "Deployment"), "{report}");
    for finding in results.iter().flat_map(|result| result["findings"].as_array().unwrap()) {
        assert_eq!(finding["control"], "supplemental-groups-policy", "{finding}");
    }
}

/// The kubelet waits longer than a replica goes on answering and the longest answer may take.
fn stops_in_time(set: &str) {
    let objects = objects(&text(&["--values", &values(set)]));
    let spec = &only(&objects, "Deployment")["spec"]["template"]["spec"];
    let args = spec["containers"][0]["args"].as_array().unwrap();
    let lame_duck = args.iter().find_map(|arg| arg.as_str()?.strip_prefix("--lame-duck="));
    let lame_duck: u64 = lame_duck.unwrap().parse().unwrap();
    // docs/webhook.md: 15 s for a body, and some for the rest.
    assert!(spec["terminationGracePeriodSeconds"].as_u64().unwrap() >= lame_duck + 15 + 5);
}

/// Who never calls the API has no token and no right; nobody's certificate comes with the chart.
fn no_key_and_no_token_without_need() {
    for set in sets() {
        let rendered = text(&["--no-hooks", "--values", &values(&set)]);
        assert!(!rendered.contains("PRIVATE KEY"), "{set}");
        let objects = objects(&rendered);
        let spec = &only(&objects, "Deployment")["spec"]["template"]["spec"];
        let args = spec["containers"][0]["args"].as_array().unwrap();
        let managed = args.contains(&json!("--tls-source=self-managed"));
        assert_eq!(spec["automountServiceAccountToken"], managed, "{set}");
        let roles = objects
            .iter()
            .filter(|object| ["Role", "ClusterRole"].iter().any(|kind| object["kind"] == *kind));
        assert_eq!(roles.count() > 0, managed, "{set}");
        let secrets = objects.iter().filter(|object| object["kind"] == "Secret");
        for secret in secrets {
            for field in ["data", "stringData"] {
                assert_eq!(secret.get(field), None, "{set}: {secret}");
            }
        }
    }
}

fn uninstall_unregisters_first() {
    let rendered = objects(&text(&[]));
    let hooks: Vec<_> = rendered
        .iter()
        .filter(|object| object["metadata"]["annotations"]["helm.sh/hook"] == "pre-delete")
        .collect();
    let kinds: Vec<_> = hooks.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Job"]);
    let rule = json!([{
        "apiGroups": ["admissionregistration.k8s.io"], "verbs": ["delete"],
        "resources": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
        "resourceNames": ["bulkhead"],
    }]);
    assert_eq!(hooks[1]["rules"], rule);
    assert_eq!(hooks[3]["spec"]["activeDeadlineSeconds"], 60);
    let without = objects(&text(&["--set", "uninstall.hook=false"]));
    assert!(without.iter().all(|object| object["kind"] != "Job"));
}

/// What Artifact Hub and others show of a chart.
fn catalogues_know_what_it_is() {
    let chart = std::fs::read_to_string(place("charts/bulkhead/Chart.yaml")).unwrap();
    let chart: Value = serde_saphyr::from_str(&chart).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!((&chart["version"], &chart["appVersion"]), (&json!(version), &json!(version)));
    for field in ["home", "icon", "description"] {
        assert!(chart[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
    }
    for field in ["sources", "maintainers", "keywords"] {
        assert!(chart[field].as_array().is_some_and(|list| !list.is_empty()), "{field}");
    }
    let annotations = chart["annotations"].as_object().unwrap();
    let list = |name: &str| -> Vec<Value> {
        let text = annotations[&format!("artifacthub.io/{name}")].as_str().unwrap();
        serde_saphyr::from_str(text).unwrap()
    };
    let image = &list("images")[0]["image"];
    assert_eq!(*image, format!("bulkhead:{version}"));
    let kinds = ["added", "changed", "deprecated", "removed", "fixed", "security"];
    for change in list("changes") {
        assert!(kinds.iter().any(|kind| change["kind"] == *kind), "{change}");
    }
    assert!(!list("links").is_empty());
    assert_eq!(annotations["artifacthub.io/category"], "security");
    assert_eq!(annotations["artifacthub.io/license"], "Apache-2.0");
}
