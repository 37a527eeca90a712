//! A pod that is denied: what kubectl prints, what a program gets, what the audit log keeps.

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::PostParams;

use super::said::{SHARES, TRACES};
use super::{Case, audited, case, page, pod};
use crate::setup::{AuditLog, DENY, World};
use crate::support::sharing_spec;
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        case:
            kubectl_prints_what_is_wrong_and_what_to_do,
            a_program_gets_code_403_and_causes_by_field;
        audited: the_audit_log_has_verdict_and_findings;
    }
}

fn kubectl_prints_what_is_wrong_and_what_to_do(world: &World) {
    let stage = world.under(DENY);
    let said = stage.kubectl(&["apply", "-f", "-"], &page("printed"));
    let expected = format!(
        "Error from server (Forbidden): error when creating \"STDIN\": admission webhook \
        \"enforce.bulkhead.dev\" denied the request: \n\
        - {SHARES}, policy test]\n\
        - {TRACES}, policy test]\n"
    );
    assert_eq!(said.stderr, expected);
    assert_eq!(said.stdout, "");
    assert!(!said.succeeded);
    assert_eq!(stage.cluster.client.get(&stage.pods("/printed")).code, 404);
}

fn a_program_gets_code_403_and_causes_by_field(world: &World) {
    let stage = world.under(DENY);
    let client = &stage.cluster.client;
    let pods: Api<Pod> = Api::namespaced(client.kube.clone(), &stage.name);
    let sent = serde_json::from_value(pod("programmed", &sharing_spec())).unwrap();
    let outcome = client.wait(pods.create(&PostParams::default(), &sent));
    let Err(kube::Error::Api(status)) = outcome else { panic!("{outcome:?}") };
    assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"));
    let causes = status.details.unwrap().causes;
    let causes: Vec<_> = causes
        .iter()
        .map(|cause| (cause.reason.as_str(), cause.field.as_str(), cause.message.as_str()))
        .collect();
    let message = |line: &'static str| line.split_once(" [").unwrap().0;
    let add = "spec.containers[1].securityContext.capabilities.add[0]";
    let expected = [
        ("ProcessNamespaceShared", "spec.shareProcessNamespace", message(SHARES)),
        ("PtraceAdded", add, message(TRACES)),
    ];
    assert_eq!(causes, expected);
}

fn the_audit_log_has_verdict_and_findings(world: &World, log: &AuditLog) {
    let stage = world.under(DENY);
    let answer = stage.create(&pod("audited", &sharing_spec()));
    assert_eq!(answer.denied_for().len(), 2);
    assert_eq!(answer.warnings, Vec::<String>::new(), "a denied request is not warned");
    let event = log.event("create", "pods", &stage.name, "audited");
    assert_eq!(event.annotation("verdict"), "denied");
    assert_eq!(
        event.annotation("findings"),
        format!("Deny {SHARES}, policy test]\nDeny {TRACES}, policy test]")
    );
    assert_eq!(event.annotation("exceptions"), "");
}
