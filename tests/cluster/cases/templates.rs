//! The eight kinds that hold a pod template: never refused, always warned.

use serde_json::{Value, json};

use super::{Case, case};
use crate::setup::{Answer, DENY, MERGE, Namespace, REPAIR, Stage, World};
use crate::support::sharing_spec;
use crate::tier::{cases, name};

/// A kind with a pod template.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) version: &'static str,
    pub(super) resource: &'static str,
    /// The path of the pod spec.
    pub(super) root: &'static str,
}

pub(super) const KINDS: [Kind; 8] = [
    Kind { version: "v1", resource: "podtemplates", root: "template.spec" },
    Kind { version: "v1", resource: "replicationcontrollers", root: "spec.template.spec" },
    Kind { version: "apps/v1", resource: "deployments", root: "spec.template.spec" },
    Kind { version: "apps/v1", resource: "replicasets", root: "spec.template.spec" },
    Kind { version: "apps/v1", resource: "statefulsets", root: "spec.template.spec" },
    Kind { version: "apps/v1", resource: "daemonsets", root: "spec.template.spec" },
    Kind { version: "batch/v1", resource: "jobs", root: "spec.template.spec" },
    Kind { version: "batch/v1", resource: "cronjobs", root: "spec.jobTemplate.spec.template.spec" },
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
            created(&world.under(DENY), kind, "pods of this template would be denied: ");
        }));
        cases.push(case(name!("{name}_are_created_under_the_default"), move |world| {
            created(&world.under_default(), kind, "");
        }));
    }
    cases
}

fn created(stage: &Stage, kind: Kind, prefix: &str) {
    let answer = kind.create(stage, "created");
    let Kind { root, .. } = kind;
    let starts = [
        format!("{prefix}share-process-namespace: {root}.shareProcessNamespace is true: every "),
        format!(
            "{prefix}ptrace-capability: {root}.containers[1].securityContext.capabilities.add[0] \
            gives shell SYS_PTRACE (effective): "
        ),
    ];
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
fn printed(world: &World, place: usize, kind: &str) -> String {
    let mut object = KINDS[place].object("worded");
    object["apiVersion"] = KINDS[place].version.into();
    object["kind"] = kind.into();
    let said = world.under(DENY).kubectl(&["apply", "-f", "-"], &object.to_string());
    assert!(said.succeeded && said.stdout.ends_with("/worded created\n"), "{said:#?}");
    said.stderr
}

fn a_deployment_that_would_be_denied_word_for_word(world: &World) {
    let expected = "\
Warning: pods of this template would be denied: share-process-namespace: \
spec.template.spec.shareProcessNamespace is true: every container sees the processes of all \
others and may signal or read them; set it to false (policy test)
Warning: pods of this template would be denied: ptrace-capability: \
spec.template.spec.containers[1].securityContext.capabilities.add[0] gives shell SYS_PTRACE \
(effective): it may trace and read every process it sees; remove SYS_PTRACE from add (policy test)
";
    assert_eq!(printed(world, 2, "Deployment"), expected);
}

fn a_cronjob_that_would_be_denied_word_for_word(world: &World) {
    // The second one is as long as a warning may be.
    let expected = "\
Warning: pods of this template would be denied: share-process-namespace: \
spec.jobTemplate.spec.template.spec.shareProcessNamespace is true: every container sees the \
processes of all others and may signal or read them; set it to false (policy test)
Warning: pods of this template would be denied: ptrace-capability: \
spec.jobTemplate.spec.template.spec.containers[1].securityContext.capabilities.add[0] gives \
shell SYS_PTRACE (effective): it may trace and read every proce…; remove SYS_PTRACE from add \
(policy test)
";
    assert_eq!(printed(world, 7, "CronJob"), expected);
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
    let fields: Vec<_> = answer
        .warnings
        .iter()
        .map(|line| {
            let rest = line.strip_prefix("pods of this template will be changed: ");
            rest.unwrap_or_else(|| panic!("{line}")).split(' ').nth(1).unwrap()
        })
        .collect();
    let expected = [
        "spec.template.spec.shareProcessNamespace",
        "spec.template.spec.containers[1].securityContext.capabilities.add[0]",
        "spec.template.spec.securityContext.supplementalGroupsPolicy",
    ];
    assert_eq!(fields, expected);
    let stored = answer.object();
    assert_eq!(stored["spec"]["template"]["spec"]["shareProcessNamespace"], true);
}
