//! The tests, one file per subject.

mod attack;
mod bypass;
mod certificate;
mod debug;
mod denials;
mod differential;
mod examples;
mod exceptions;
mod fights;
mod forged_body;
mod kinds;
mod managers;
mod namesakes;
mod old_debt;
mod outage;
mod protobuf;
mod proxies;
mod reading;
mod registration;
mod reinvocation;
mod repairs;
mod reviews;
mod said;
mod table;
mod templates;
mod text;
mod timeout;
mod updates;
mod warnings;

use serde_json::Value;

use crate::setup::{AuditLog, World};
use crate::support::builders::named_pod;
use crate::tier::trials::{self, Done};

/// One test.
pub(crate) type Case = trials::Case<World>;

pub(crate) fn all() -> Vec<Case> {
    let subjects = [
        denials::cases(),
        warnings::cases(),
        templates::cases(),
        repairs::cases(),
        debug::cases(),
        bypass::cases(),
        updates::cases(),
        forged_body::cases(),
        exceptions::cases(),
        examples::cases(),
        text::cases(),
        reading::cases(),
        kinds::cases(),
        table::cases(),
        old_debt::cases(),
        reinvocation::cases(),
        reviews::cases(),
        outage::cases(),
        differential::cases(),
        certificate::cases(),
        registration::cases(),
        managers::cases(),
        fights::cases(),
        proxies::cases(),
        timeout::cases(),
        attack::cases(),
        protobuf::cases(),
        namesakes::cases(),
    ];
    subjects.into_iter().flatten().collect()
}

/// The test of a name, with its subject in front.
fn case(name: String, run: impl FnOnce(&World) + Send + 'static) -> Case {
    Case::new(name, run)
}

/// A test that reads the audit log; skipped where that is out of reach.
fn audited(name: String, run: impl FnOnce(&World, &AuditLog) + Send + 'static) -> Case {
    let run = move |world: &World| match world.cluster.audit_log() {
        Some(log) => {
            run(world, &log);
            Done::Yes
        }
        None => Done::Skipped("BULKHEAD_TEST_AUDIT_LOG names no audit log"),
    };
    Case { name, run: Box::new(run) }
}

/// The same; skipped, too, where the API server is not ours and so may have admission plugins
/// that refuse what the test pretends.
fn on_bare(name: String, run: impl FnOnce(&World, &AuditLog) + Send + 'static) -> Case {
    let Case { name, run } = audited(name, run);
    let run = move |world: &World| {
        if world.cluster.is_bare() {
            run(world)
        } else {
            Done::Skipped("BULKHEAD_TEST_KUBECONFIG may have admission plugins against it")
        }
    };
    Case { name, run: Box::new(run) }
}

/// A test that installs Bulkhead; skipped where the API server is not ours, because what it
/// installs is for the whole cluster.
fn on_own(name: String, run: impl FnOnce(&World) + Send + 'static) -> Case {
    let run = move |world: &World| {
        if !world.cluster.is_bare() {
            return Done::Skipped("BULKHEAD_TEST_KUBECONFIG may be a cluster with users");
        }
        run(world);
        Done::Yes
    };
    Case { name, run: Box::new(run) }
}

/// A pod with this spec. No scheduler finds a node for it, so nothing but the test changes it.
fn pod(name: &str, spec: &Value) -> Value {
    let mut spec = spec.clone();
    spec["nodeSelector"]["bulkhead.dev/nowhere"] = "true".into();
    named_pod(name, &spec)
}

/// The pod of the task page on sharing processes, as its reader has it.
fn page(name: &str) -> String {
    PAGE.replace("NAME", name)
}

const PAGE: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: NAME
spec:
  shareProcessNamespace: true
  containers:
  - name: web
    image: registry.example/web:1
  - name: shell
    image: registry.example/shell:1
    stdin: true
    tty: true
    securityContext:
      capabilities:
        add: [SYS_PTRACE]
";
