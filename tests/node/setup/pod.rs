//! One pod of probes.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::manifest::probing;
use super::report::{Report, merge, rounds};
use super::{Namespace, STRATEGIC};
use crate::tier::kubectl::Said;

const POLL: Duration = Duration::from_millis(300);
/// The longest for all containers of a pod to start.
const STARTING: Duration = Duration::from_secs(90);
/// How long a pod of which a container cannot start may stand still until that is all.
const QUIET: Duration = Duration::from_secs(3);
/// The longest for all containers to agree on what they see.
const AGREEING: Duration = Duration::from_mins(1);
/// Reasons to wait that do not pass.
const STUCK: [&str; 8] = [
    "CreateContainerConfigError",
    "CreateContainerError",
    "CrashLoopBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "PreStartHookError",
    "RunContainerError",
    "StartError",
];
/// What a container is that has no status.
const NOTHING: &str = "not started";

/// A pod that was created, deleted at its end.
pub(crate) struct Pod<'a> {
    namespace: &'a Namespace<'a>,
    pub(crate) name: String,
    ephemeral: Vec<Value>,
    /// States that no status has.
    extra: BTreeMap<String, String>,
}

impl<'a> Pod<'a> {
    /// Creates it, with the probe as its program. If it is refused: why.
    pub(super) fn create(
        namespace: &'a Namespace<'a>,
        manifest: &Value,
        name: &str,
    ) -> Result<Self, String> {
        let (manifest, ephemeral) = probing(manifest, name);
        let created = namespace.node.client.post(&namespace.path("pods"), &manifest);
        if created.code >= 300 {
            return Err(refused(&created.body));
        }
        Ok(Self { namespace, name: name.to_owned(), ephemeral, extra: BTreeMap::new() })
    }

    /// The stored pod.
    pub(crate) fn live(&self) -> Value {
        self.namespace.node.client.get(&self.path("")).object()
    }

    /// Runs the probe once more in a container, with these arguments.
    pub(crate) fn exec(&self, container: &str, args: &[&str]) -> Said {
        let command = ["exec", &self.name, "-c", container, "--", "/probe"];
        self.namespace.kubectl(&[&command, args].concat())
    }

    fn path(&self, rest: &str) -> String {
        self.namespace.path(&format!("pods/{}{rest}", self.name))
    }

    /// States and reports of all containers, once they do not change any more.
    pub(crate) fn measure(&mut self) -> (BTreeMap<String, String>, BTreeMap<String, Report>) {
        self.start();
        let mut states = self.agree();
        let reports = self.reports(&states);
        states.append(&mut self.extra);
        (states, reports)
    }

    /// Waits until all containers run, the ephemeral ones too, or nothing more will happen.
    pub(crate) fn start(&mut self) {
        self.settle();
        for container in std::mem::take(&mut self.ephemeral) {
            self.add(&container);
        }
        self.settle();
    }

    /// Waits until all containers run, or nothing more will happen.
    fn settle(&mut self) {
        let begin = Instant::now();
        let mut before = (begin, Value::Null);
        loop {
            let live = self.live();
            if is_up(&live) || self.is_over(&live) {
                return;
            }
            if before.1 != live["status"] {
                before = (Instant::now(), live["status"].clone());
            }
            let is_quiet = before.0.elapsed() >= QUIET;
            let is_stuck = states(&live).values().any(|state| STUCK.contains(&state.as_str()));
            if is_quiet && (is_stuck || self.has_no_sandbox()) || begin.elapsed() >= STARTING {
                return;
            }
            park_timeout(POLL);
        }
    }

    /// Whether the runtime refused the sandbox, which is in no status.
    fn has_no_sandbox(&mut self) -> bool {
        let of = format!("events?fieldSelector=involvedObject.name={}", self.name);
        let events = self.namespace.node.client.get(&self.namespace.path(&of)).object();
        let mut events = events["items"].as_array().into_iter().flatten();
        let Some(event) = events.find(|event| event["reason"] == "FailedCreatePodSandBox") else {
            return false;
        };
        let why = event["message"].as_str().unwrap_or_default();
        self.extra.insert("*".to_owned(), format!("FailedCreatePodSandBox: {why}"));
        true
    }

    /// Whether it ended, or the kubelet did not take it.
    fn is_over(&mut self, live: &Value) -> bool {
        let status = &live["status"];
        let is_over = matches!(status["phase"].as_str(), Some("Failed" | "Succeeded"));
        if let (true, Some(reason)) = (is_over, status["reason"].as_str()) {
            self.extra.insert("*".to_owned(), reason.to_owned());
        }
        is_over
    }

    /// Adds an ephemeral container, as `kubectl debug` does.
    fn add(&mut self, container: &Value) {
        let change = json!({"spec": {"ephemeralContainers": [container]}});
        let path = self.path("/ephemeralcontainers");
        let answer = self.namespace.node.client.patch(&path, STRATEGIC, &change);
        if answer.code >= 300 {
            let name = container["name"].as_str().unwrap_or_default();
            self.extra.insert(name.to_owned(), refused(&answer.body));
        }
    }

    /// Waits until all that run have seen each other twice with the same result.
    fn agree(&mut self) -> BTreeMap<String, String> {
        let begin = Instant::now();
        loop {
            let states = states(&self.live());
            if self.is_agreed(&states) {
                return states;
            }
            if begin.elapsed() >= AGREEING {
                self.extra.insert("*".to_owned(), "no stable report".to_owned());
                return states;
            }
            park_timeout(POLL);
        }
    }

    fn is_agreed(&self, states: &BTreeMap<String, String>) -> bool {
        let running = states.iter().filter(|(_, state)| *state == "running");
        let last = running.map(|(name, _)| self.rounds(name, "&tailLines=2"));
        let last: Vec<Vec<Report>> = last.collect();
        last.iter().all(|rounds| match &rounds[..] {
            [before, now] => {
                let with = last.iter().filter_map(|other| other.last());
                let with = with.filter(|other| other.pidns == now.pidns && other.name != now.name);
                let with: BTreeSet<_> = with.map(|other| other.name.clone()).collect();
                now.sees.keys().eq(with.iter())
                    && *now == Report { round: now.round, ..before.clone() }
            }
            _ => false,
        })
    }

    fn rounds(&self, container: &str, options: &str) -> Vec<Report> {
        let path = self.path(&format!("/log?container={container}{options}"));
        let client = &self.namespace.node.client;
        let request = http::Request::get(path).body(Vec::new()).unwrap();
        // One that is just being started has no log yet.
        client
            .wait(client.kube.request_text(request))
            .map_or_else(|_| Vec::new(), |log| rounds(&log))
    }

    fn reports(&self, states: &BTreeMap<String, String>) -> BTreeMap<String, Report> {
        let ran = states.iter().filter(|(_, state)| *state == "running" || *state == "Completed");
        let report = |name: &String| Some((name.clone(), merge(self.rounds(name, ""))?));
        ran.filter_map(|(name, _)| report(name)).collect()
    }
}

impl Drop for Pod<'_> {
    fn drop(&mut self) {
        drop(self.namespace.node.client.delete(&self.path("?gracePeriodSeconds=0")));
    }
}

fn refused(body: &Value) -> String {
    format!("refused: {}", body["message"].as_str().unwrap_or_default())
}

const KINDS: [(&str, &str); 3] = [
    ("initContainers", "initContainerStatuses"),
    ("containers", "containerStatuses"),
    ("ephemeralContainers", "ephemeralContainerStatuses"),
];

/// Of each container: `running`, or the reason why not.
fn states(live: &Value) -> BTreeMap<String, String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut found = BTreeMap::new();
    for (kind, status) in KINDS {
        for container in list(&live["spec"][kind]) {
            let name = container["name"].as_str().unwrap_or_default();
            let statuses = list(&live["status"][status]);
            let status = statuses.iter().find(|status| status["name"] == name);
            found.insert(name.to_owned(), status.map_or_else(|| NOTHING.to_owned(), state));
        }
    }
    found
}

fn state(status: &Value) -> String {
    let state = status["state"].as_object().and_then(|state| state.iter().next());
    match state {
        Some((name, _)) if name == "running" => name.clone(),
        Some((name, detail)) => detail["reason"].as_str().unwrap_or(name).to_owned(),
        None => NOTHING.to_owned(),
    }
}

/// Whether every container runs, or has run as it should.
fn is_up(live: &Value) -> bool {
    let states = states(live);
    states.values().all(|state| state == "running" || state == "Completed")
}
