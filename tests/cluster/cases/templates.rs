//! The eight kinds that hold a pod template: never refused, always warned.

use serde_json::{Value, json};

use super::said::{SHARES, TRACES, UNSET, in_template, will, would_be_denied};
use super::{Case, case};
use crate::setup::{Answer, DENY, MERGE, Namespace, REPAIR, Stage, World};
use crate::support::sharing_spec;
use crate::tier::{cases, name};

/// A kind with a pod template.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) version: &'static str,
    /// As a reader knows it.
    pub(super) name: &'static str,
    pub(super) resource: &'static str,
    /// The path of the pod spec.
    pub(super) root: &'static str,
}

pub(super) const KINDS: [Kind; 8] = [
    Kind { version: "v1", name: "PodTemplate", resource: "podtemplates", root: "template.spec" },
    Kind {
        version: "v1",
        name: "ReplicationController",
        resource: "replicationcontrollers",
        root: "spec.template.spec",
    },
    Kind {
        version: "apps/v1",
        name: "Deployment",
        resource: "deployments",
        root: "spec.template.spec",
    },
    Kind {
        version: "apps/v1",
        name: "ReplicaSet",
        resource: "replicasets",
        root: "spec.template.spec",
    },
    Kind {
        version: "apps/v1",
        name: "StatefulSet",
        resource: "statefulsets",
        root: "spec.template.spec",
    },
    Kind {
        version: "apps/v1",
        name: "DaemonSet",
        resource: "daemonsets",
        root: "spec.template.spec",
    },
    Kind { version: "batch/v1", name: "Job", resource: "jobs", root: "spec.template.spec" },
    Kind {
        version: "batch/v1",
        name: "CronJob",
        resource: "cronjobs",
        root: "spec.jobTemplate.spec.template.spec",
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = cases! {
        case:
            a_deployment_that_would_be_denied_word_for_word,
            a_cronjob_that_would_be_denied_word_for_word,
            an_update_warns_only_when_the_template_changes,
            scale_and_status_are_silent,
            what_a_repair_will_change_is_announced;
    };
    for kind in KINDS {
        let name = kind.resource;
        cases.push(case(name!("{name}_are_created_under_deny"), move |world| {
            created(&world.under(DENY), kind, true);
        }));
        cases.push(case(name!("{name}_are_created_under_the_default"), move |world| {
            created(&world.under_default(), kind, false);
        }));
    }
    cases
}

fn created(stage: &Stage, kind: Kind, is_denied: bool) {
    let answer = kind.create(stage, "created");
    let Kind { root, .. } = kind;
    let line = |line: &str| {
        if is_denied { would_be_denied(kind.name, root, line) } else { in_template(root, line) }
    };
    let starts = [line(SHARES), line(TRACES)];
    assert_eq!(answer.warnings.len(), starts.len(), "{:#?}", answer.warnings);
    for (warning, start) in answer.warnings.iter().zip(&starts) {
        assert!(warning.starts_with(start), "{warning}");
    }
    let root = format!("/{}", root.replace('.', "/"));
    let stored = answer.object();
    let shares = stored.pointer(&format!("{root}/shareProcessNamespace"));
    assert_eq!(shares, Some(&Value::Bool(true)), "it is stored as it was sent");
}

impl Kind {
    /// An object of this kind whose pods share processes and trace.
    pub(super) fn object(self, name: &str) -> Value {
        let labels = json!({"app": name});
        let mut template = json!({"metadata": {"labels": labels}, "spec": sharing_spec()});
        let meta = json!({"name": name});
        let selector = json!({"matchLabels": labels});
        match self.resource {
            "podtemplates" => return json!({"metadata": meta, "template": template}),
            "jobs" | "cronjobs" => template["spec"]["restartPolicy"] = "Never".into(),
            _ => {}
        }
        let spec = match self.resource {
            "jobs" => json!({"template": template}),
            "cronjobs" => json!({
                "schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template}},
            }),
            "replicationcontrollers" => json!({"selector": labels, "template": template}),
            "statefulsets" => {
                json!({"serviceName": "s", "selector": selector, "template": template})
            }
            _ => json!({"selector": selector, "template": template}),
        };
        json!({"metadata": meta, "spec": spec})
    }

    fn create(self, namespace: &Namespace, name: &str) -> Answer {
        let path = namespace.path(self.version, self.resource);
        namespace.cluster.client.post(&path, &self.object(name))
    }
}

/// What kubectl prints for an object of the kind at this place of [`KINDS`].
fn printed(world: &World, place: usize) {
    let kind = KINDS[place];
    let mut object = kind.object("worded");
    object["apiVersion"] = kind.version.into();
    object["kind"] = kind.name.into();
    let said = world.under(DENY).kubectl(&["apply", "-f", "-"], &object.to_string());
    assert!(said.succeeded && said.stdout.ends_with("/worded created\n"), "{said:#?}");
    let line = |line: &str| would_be_denied(kind.name, kind.root, line);
    let expected = [line(SHARES), line(TRACES)];
    let expected = expected.map(|line| format!("Warning: {line}, policy test]\n")).concat();
    assert_eq!(said.stderr, expected);
}

fn a_deployment_that_would_be_denied_word_for_word(world: &World) {
    printed(world, 2);
}

/// Longer than the API server keeps of a warning where there are many.
fn a_cronjob_that_would_be_denied_word_for_word(world: &World) {
    printed(world, 7);
}

const DEPLOYMENTS: Kind = KINDS[2];

fn an_update_warns_only_when_the_template_changes(world: &World) {
    let stage = world.under(DENY);
    DEPLOYMENTS.create(&stage, "updated").object();
    let path = stage.path("apps/v1", "deployments/updated");
    let label = json!({"metadata": {"labels": {"changed": "yes"}}});
    stage.cluster.client.patch(&path, MERGE, &label).silent();
    let replicas = json!({"spec": {"replicas": 3}});
    stage.cluster.client.patch(&path, MERGE, &replicas).silent();
    let template = json!({"spec": {"template": {"metadata": {"annotations": {"again": "yes"}}}}});
    let answer = stage.cluster.client.patch(&path, MERGE, &template);
    assert_eq!(answer.warnings.len(), 2, "{answer:#?}");
    answer.object();
}

fn scale_and_status_are_silent(world: &World) {
    let stage = world.under(DENY);
    DEPLOYMENTS.create(&stage, "scaled").object();
    let path = stage.path("apps/v1", "deployments/scaled");
    let scale = json!({"spec": {"replicas": 0}});
    stage.cluster.client.patch(&format!("{path}/scale"), MERGE, &scale).silent();
    let status = json!({"status": {"observedGeneration": 1}});
    stage.cluster.client.patch(&format!("{path}/status"), MERGE, &status).silent();
}

fn what_a_repair_will_change_is_announced(world: &World) {
    let answer = DEPLOYMENTS.create(&world.under(REPAIR), "foretold");
    let starts = [SHARES, TRACES, UNSET].map(|line| will("Deployment", line));
    assert_eq!(answer.warnings.len(), starts.len(), "{answer:#?}");
    for (warning, start) in answer.warnings.iter().zip(&starts) {
        assert!(warning.starts_with(start), "{warning}");
    }
    let stored = answer.object();
    assert_eq!(stored["spec"]["template"]["spec"]["shareProcessNamespace"], true);
}
