//! The namespaces of the rows: one for each mode, with the pods from before there was a policy,
//! and its twin without Bulkhead.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use super::row::Row;
use super::way::Way;
use super::words::{debugger, pod_of};
use crate::setup::{Namespace, Stage, World, rule};
use crate::support::{policy, until};

/// What the policy of a row says of every control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    Deny,
    Warn,
    Audit,
    /// Deny what is left after `repair: OnCreate`.
    Repair,
    /// The same, but nodes may not support a strict groups policy.
    Leave,
}

pub(super) const MODES: [Mode; 4] = [Mode::Deny, Mode::Warn, Mode::Audit, Mode::Repair];

impl Mode {
    pub(super) fn controls(self) -> String {
        let (mode, repair, nodes) = match self {
            Self::Deny => ("Deny", "Never", "Leave"),
            Self::Warn => ("Warn", "Never", "Leave"),
            Self::Audit => ("Audit", "Never", "Leave"),
            Self::Repair => ("Deny", "OnCreate", "Patch"),
            Self::Leave => ("Deny", "OnCreate", "Leave"),
        };
        let repaired = format!("mode: {mode}, repair: {repair}");
        format!(
            "{{shareProcessNamespace: {{{repaired}}}, ptraceCapability: {{{repaired}}}, \
            supplementalGroupsPolicy: {{{repaired}, onUnsupportedNodes: {nodes}}}, \
            hostProcessNamespace: {{mode: {mode}}}, ephemeralTarget: {{mode: {mode}}}}}"
        )
    }

    /// In the name of a case.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
            Self::Audit => "audit",
            Self::Repair => "repair",
            Self::Leave => "repair_left_to_nodes",
        }
    }
}

/// One exception by image, one by label.
const EXCEPTIONS: &str = "---
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationException
metadata: {name: profiler}
spec:
  reason: test
  permanent: true
  controls: [ptrace-capability]
  namespaces: [NAMESPACE]
  images: [\"registry.example/profiler:*\"]
---
apiVersion: bulkhead.dev/v1alpha1
kind: IsolationException
metadata: {name: labelled}
spec:
  reason: test
  permanent: true
  controls: [share-process-namespace]
  namespaces: [NAMESPACE]
  podSelector: {matchLabels: {excepted: \"yes\"}}
";

/// The rows of one mode, and where they are played; made by the first of them.
pub(super) struct Scene {
    mode: Mode,
    /// The names and words of the pods from before.
    old: Vec<(String, &'static str)>,
    made: OnceLock<Places>,
}

pub(super) struct Places {
    pub(super) open: Namespace,
    pub(super) guarded: Stage,
}

impl Scene {
    pub(super) fn all(rows: impl Iterator<Item = (String, Row)>) -> BTreeMap<Mode, Arc<Self>> {
        let mut old = BTreeMap::<Mode, Vec<_>>::new();
        for (name, row) in rows {
            let pods = old.entry(row.mode).or_default();
            pods.extend(row.old.map(|words| (name, words)));
        }
        let scene = |(mode, old)| (mode, Arc::new(Self { mode, old, made: OnceLock::new() }));
        old.into_iter().map(scene).collect()
    }

    pub(super) fn places(&self, world: &World) -> &Places {
        self.made.get_or_init(|| {
            let [open, before] = [world.namespace(), world.namespace()];
            for (name, words) in &self.old {
                store(&open, name, words);
                store(&before, name, words);
            }
            let exceptions = EXCEPTIONS.replace("NAMESPACE", &before.name);
            let mut guarded = before.guarded(Some(&(policy(&self.mode.controls()) + &exceptions)));
            ask_about_the_rest(&mut guarded);
            Places { open, guarded }
        })
    }
}

/// A pod of these words, with what can only be done to a stored one.
fn store(namespace: &Namespace, name: &str, words: &str) {
    namespace.create(&pod_of(name, words)).silent();
    let has = |word: &str| words.split_whitespace().any(|one| one == word);
    if has("debugged") {
        let list = json!([debugger("old traces targets")]);
        let place = (name, "/ephemeralcontainers");
        Way::Strategic.send(namespace, place, "/spec/ephemeralContainers", list).silent();
    }
    if has("leaving") {
        let path = namespace.pods(&format!("/{name}?gracePeriodSeconds=0"));
        namespace.cluster.client.delete(&path).silent();
    }
}

/// A registration need not be as careful as ours: what is not judged passes nevertheless.
fn ask_about_the_rest(stage: &mut Stage) {
    let sub = ["pods/status", "pods/binding", "pods/eviction", "pods/exec", "pods/attach"];
    let every = ["CREATE", "UPDATE", "DELETE", "CONNECT"];
    let rules = [rule("", "v1", &sub, &every), rule("", "v1", &["pods"], &["DELETE"])];
    stage.also("ValidatingWebhookConfiguration", "validate", &rules);
    let probe = json!({"metadata": {"name": "probe"}, "spec": super::words::spec("")});
    stage.create(&probe).silent();
    until("the API server to ask about the rest", || {
        let part = ("probe", "/status?dryRun=All");
        Way::Merge.send(stage, part, "/status/message", Value::from("changed")).silent();
        stage.log().contains("verdict=\"skipped\"")
    });
}
