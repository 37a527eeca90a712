//! The policies that bodies are judged by.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bulkhead::api::Namespaces;
use bulkhead::policy::Snapshot;
use bulkhead::policy_file::{EMBEDDED_DEFAULT, PolicyText};

use crate::support::place;

/// The text of a policy file by its name among the genes.
pub(crate) fn text(name: &str) -> String {
    match name {
        "default" => EMBEDDED_DEFAULT.to_owned(),
        "transitive" => policy(
            "{mode: Warn, transitive: true, aspects: [environ, filesystem, \
            memory, descriptors, signal, cmdline]}",
        ),
        "exceptions" => excepted(),
        preset => {
            std::fs::read_to_string(place(&format!("examples/policies/{preset}.yaml"))).unwrap()
        }
    }
}

/// Every control denies; `process-reach` as told.
fn policy(reach: &str) -> String {
    format!(
        "apiVersion: bulkhead.dev/v1alpha1\nkind: IsolationPolicy\nmetadata: {{name: all}}\n\
        spec: {{controls: {{shareProcessNamespace: {{mode: Deny}}, ptraceCapability: {{mode: Deny}}, \
        hostProcessNamespace: {{mode: Deny}}, ephemeralTarget: {{mode: Deny}}, \
        supplementalGroupsPolicy: {{mode: Deny}}, processReach: {reach}}}}}\n"
    )
}

/// As many exceptions as a large company may have, by patterns that are slow to fail.
fn excepted() -> String {
    let mut text = policy("{mode: Deny}");
    for number in 0..100 {
        let narrowed = match number % 4 {
            0 => "containers: [\"*x*x*x*y\", \"e*9\"]",
            1 => "images: [\"*a*a*b\"]",
            2 => "pairs: [{from: \"*1\", to: \"*x*2\", aspects: [memory]}]",
            _ => {
                "podSelector: {matchExpressions: [{key: label-1, operator: In, values: [v]}]}, \
                containerTypes: [Ephemeral], subjects: [{kind: Group, name: group-1}]"
            }
        };
        let controls = if number % 4 == 2 {
            "process-reach"
        } else {
            "ptrace-capability, process-reach, ephemeral-target"
        };
        let _ = write!(
            text,
            "---\napiVersion: bulkhead.dev/v1alpha1\nkind: IsolationException\n\
            metadata: {{name: exception-{number:03}}}\n\
            spec: {{reason: test, permanent: true, controls: [{controls}], \
            namespaces: [default], {narrowed}}}\n"
        );
    }
    text
}

/// All of them, ready.
pub(crate) fn all() -> BTreeMap<&'static str, Snapshot> {
    let names = ["default", "observe", "guardrail", "lockdown", "transitive", "exceptions"];
    let ready = |name| {
        let loaded = PolicyText::new(name, text(name)).load(Namespaces::ByName);
        (name, loaded.unwrap_or_else(|problems| panic!("{name}: {problems:?}")))
    };
    names.into_iter().map(ready).collect()
}
