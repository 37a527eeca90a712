//! The policy that is embedded in the program: it lets everything pass and says what is wrong.

use serde_json::json;

use super::said::{SHARES, TRACES, UNSET};
use super::{Case, audited, case, page, pod};
use crate::setup::{AuditLog, World};
use crate::support::{capable, sharing_spec};
use crate::tier::cases;

const BY: &str = ", policy embedded-default]";

pub(super) fn cases() -> Vec<Case> {
    cases! {
        case:
            kubectl_prints_two_warnings_and_creates_the_pod,
            the_pod_is_stored_as_without_bulkhead,
            a_harmless_pod_is_silent,
            containers_with_one_remedy_are_one_warning;
        audited: the_audit_log_has_what_is_only_audited_too;
    }
}

fn kubectl_prints_two_warnings_and_creates_the_pod(world: &World) {
    let said = world.under_default().kubectl(&["apply", "-f", "-"], &page("warned"));
    assert_eq!(said.stderr, format!("Warning: {SHARES}{BY}\nWarning: {TRACES}{BY}\n"));
    assert_eq!(said.stdout, "pod/warned created\n");
    assert!(said.succeeded);
}

fn the_pod_is_stored_as_without_bulkhead(world: &World) {
    let mut sent = pod("kept", &sharing_spec());
    // A token volume would have a random name.
    sent["spec"]["automountServiceAccountToken"] = false.into();
    sent["metadata"]["annotations"] = json!({"kept": "as it is"});
    let elsewhere = world.namespace();
    let expected = elsewhere.create(&sent).silent();
    let stage = world.under_default();
    stage.create(&sent).object();
    let stored = stage.stored("kept");
    assert_eq!(stored["spec"], expected["spec"]);
    assert_eq!(stored["spec"]["shareProcessNamespace"], true);
    assert_eq!(stored["metadata"]["annotations"], sent["metadata"]["annotations"]);
}

fn a_harmless_pod_is_silent(world: &World) {
    let spec = json!({"containers": [{"name": "app", "image": "registry.example/a:1"}]});
    world.under_default().create(&pod("harmless", &spec)).silent();
}

fn containers_with_one_remedy_are_one_warning(world: &World) {
    let capabilities = json!({"add": ["SYS_PTRACE"]});
    let containers: Vec<_> =
        (0..12).map(|place| capable(&format!("c{place}"), &capabilities)).collect();
    let pod = pod("many", &json!({"containers": containers}));
    let warnings = world.under_default().create(&pod).warnings;
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    // Longer than the API server keeps of one where there are many.
    let names = "containers c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, and 2 more: ";
    assert!(warnings[0].starts_with(names) && warnings[0].ends_with(BY), "{warnings:#?}");
    assert!(warnings[0].chars().count() > 256 && !warnings[0].contains('…'), "{warnings:#?}");
}

fn the_audit_log_has_what_is_only_audited_too(world: &World, log: &AuditLog) {
    let stage = world.under_default();
    stage.create(&pod("audited", &sharing_spec())).object();
    let event = log.event("create", "pods", &stage.name, "audited");
    assert_eq!(event.annotation("verdict"), "allowed");
    let findings = event.annotation("findings");
    let fields = format!("Warn {SHARES}{BY}\nWarn {TRACES}{BY}\nAudit {UNSET}{BY}\n");
    let pairs = findings.strip_prefix(&fields).unwrap_or_else(|| panic!("{findings}"));
    assert_eq!(pairs.lines().count(), 1, "{pairs}");
    let start = "Audit containers web, shell: set shareProcessNamespace to false";
    assert!(
        pairs.starts_with(start) && pairs.contains("; web may read shell's environment"),
        "{pairs}"
    );
    assert!(pairs.ends_with(" [process-reach, policy embedded-default]"), "{pairs}");
}
