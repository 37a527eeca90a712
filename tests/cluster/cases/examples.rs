//! Every example in three ways: `bulkhead check`, the server asked by hand, and the API server
//! that asks it. What they tell of each object is the same, word for word.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Case, on_bare, said};
use crate::setup::check::{Checked, FOLDERS, Line, check, examples};
use crate::setup::{Answer, AuditLog, MERGE, Stage, World};
use crate::support::{Reply, Tls, request};
use crate::tier::client::listed;
use crate::tier::{cases, name};

const POLICIES: [&str; 3] = ["observe", "guardrail", "lockdown"];

pub(super) fn cases() -> Vec<Case> {
    let three = POLICIES.map(|policy| {
        let name = name!("every_one_has_one_verdict_in_three_ways_under_{policy}");
        on_bare(name, move |world, log| three_ways(world, log, policy))
    });
    let joined = cases! {
        on_bare: lockdown_denies_to_join_a_pod_that_shares_already;
    };
    three.into_iter().chain(joined).collect()
}

fn policy(name: &str) -> String {
    std::fs::read_to_string(examples().join(format!("policies/{name}.yaml"))).unwrap()
}

/// Every object of the examples, as kubectl reads it.
fn manifests(world: &World) -> &'static [Value] {
    static READ: OnceLock<Vec<Value>> = OnceLock::new();
    READ.get_or_init(|| {
        let folders = FOLDERS.map(|folder| examples().join(folder).display().to_string());
        let mut args = vec!["create", "--dry-run=client", "--output=json"];
        args.extend(folders.iter().flat_map(|folder| ["-f", folder.as_str()]));
        let said = world.cluster.kubectl(&args, "");
        assert!(said.succeeded, "{said:#?}");
        let objects = serde_json::Deserializer::from_str(&said.stdout).into_iter();
        let mut objects: Vec<Value> = objects.map(Result::unwrap).collect();
        for object in &mut objects {
            object["metadata"].as_object_mut().unwrap().remove("namespace");
        }
        objects
    })
}

/// What a server tells of one request.
#[derive(Debug, PartialEq)]
struct Reported {
    denial: Vec<String>,
    warnings: Vec<String>,
    /// Two annotations for the audit log.
    verdict: String,
    findings: Vec<String>,
}

/// What a server should tell of these lines, of an object of this kind.
fn expected(lines: &[Line], kind: &str) -> Reported {
    let of = |wanted: &dyn Fn(&Line) -> bool, say: &dyn Fn(&Line) -> String| -> Vec<String> {
        lines.iter().filter(|line| wanted(line)).map(say).collect()
    };
    let plain = |line: &Line| line.text.clone();
    let warned = of(&|it| it.mode == "Warn", &plain);
    let denial = of(&Line::denies, &plain);
    let left = of(&|it| !it.repaired, &|it| format!("{} {}", it.mode, it.text));
    let is_template = kind != "Pod";
    let verdict = match (left.is_empty(), is_template || denial.is_empty()) {
        (true, _) => "",
        (false, true) => "allowed",
        (false, false) => "denied",
    };
    let (denial, warnings) = if is_template {
        let of_template = |line: &Line| line.of_template(kind);
        let changed = of(&|it| it.repaired, &of_template);
        (Vec::new(), [changed, of(&Line::denies, &of_template), warned].concat())
    } else {
        let repaired = of(&|it| it.repaired, &Line::repair);
        let warned = if denial.is_empty() { warned } else { Vec::new() };
        (denial, [repaired, warned].concat())
    };
    Reported { denial, warnings, verdict: verdict.to_owned(), findings: left }
}

/// Who is found for what: mode, control and container; of the pod without one.
type Found = BTreeSet<(String, String, String)>;

fn found(lines: impl Iterator<Item = Line>) -> Found {
    let each = lines.flat_map(|line| {
        let names = if line.names.is_empty() { vec![String::new()] } else { line.names.clone() };
        names.into_iter().map(move |name| (line.mode.to_owned(), line.control.clone(), name))
    });
    each.collect()
}

impl Reported {
    /// What is in its annotation, and what was repaired.
    fn found(&self) -> (Found, BTreeSet<String>) {
        let modes = ["Deny", "Warn", "Audit"];
        let line = |text: &String| {
            let (mode, text) = text.split_once(' ').unwrap();
            let mode = modes.into_iter().find(|known| *known == mode).unwrap();
            Line::of(mode, text)
        };
        let repairs = self.warnings.iter().filter(|line| said::is_repair(line));
        (found(self.findings.iter().map(line)), repairs.cloned().collect())
    }

    fn denies(&self) -> bool {
        let would =
            |line: &String| line.starts_with("pods of this ") && line.contains(" would be ");
        !self.denial.is_empty() || self.warnings.iter().any(would)
    }
}

/// A request, as the webhooks and the API server get it.
struct Ask<'a> {
    object: &'a Value,
    /// The stored pod, where ephemeral containers are added to it.
    old: Option<&'a Value>,
}

impl Ask<'_> {
    fn is_template(&self) -> bool {
        self.object["kind"] != "Pod"
    }

    fn resource(&self) -> String {
        format!("{}s", self.object["kind"].as_str().unwrap().to_lowercase())
    }

    fn review(&self, object: &Value, namespace: &str) -> Value {
        let version = object["apiVersion"].as_str().unwrap();
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
            "uid": "1", "name": object["metadata"]["name"], "namespace": namespace,
            "kind": {"group": group, "version": version, "kind": object["kind"]},
            "resource": {"group": group, "version": version, "resource": self.resource()},
            "subResource": self.old.map(|_| "ephemeralcontainers"),
            "operation": if self.old.is_some() { "UPDATE" } else { "CREATE" },
            "userInfo": {"username": "dana", "groups": ["system:authenticated"]},
            "object": object, "oldObject": self.old,
        }})
    }

    /// Asks the server by hand; also the object as it is then.
    fn by_hand(&self, stage: &Stage, tls: &mut Tls) -> (Reported, Value) {
        let mut answer = |path: &str, object: &Value| {
            let body = self.review(object, &stage.name).to_string();
            tls.write_all(&request("POST", path, "application/json", body.as_bytes())).unwrap();
            let reply = Reply::read(tls);
            assert_eq!(reply.status, 200, "{}", reply.text());
            reply.json()["response"].take()
        };
        let mut object = self.object.clone();
        let mut first = json!({});
        if !self.is_template() {
            first = answer("/mutate", &object);
            assert_eq!(first["allowed"], true);
            assert_eq!(first["patch"].is_null(), first["warnings"].is_null(), "{first:#}");
            if let Some(patch) = first["patch"].as_str() {
                let patch = STANDARD.decode(patch).unwrap();
                let patch: json_patch::Patch = serde_json::from_slice(&patch).unwrap();
                json_patch::patch(&mut object, &patch).unwrap();
            }
        }
        let path = if self.is_template() { "/advise" } else { "/validate" };
        let last = answer(path, &object);
        let denial = last["status"]["message"].as_str().unwrap_or_default();
        assert_eq!(last["allowed"] == true, denial.is_empty(), "{last:#}");
        let annotation = |key: &str| last["auditAnnotations"][key].as_str().unwrap_or_default();
        let warnings = [&first, &last].map(|answer| answer["warnings"].as_array().cloned());
        let warnings = warnings.into_iter().flatten().flatten();
        let reported = Reported {
            denial: without_advice(listed(denial).into_iter()),
            warnings: without_advice(warnings.map(|line| line.as_str().unwrap().to_owned())),
            verdict: annotation("verdict").to_owned(),
            findings: annotation("findings").lines().map(str::to_owned).collect(),
        };
        (reported, object)
    }

    /// What the API server reported, and noted.
    fn live(&self, answer: &Answer, log: &AuditLog) -> Reported {
        let event = log.event_of(answer);
        let webhook = if self.is_template() { "advise" } else { "enforce" };
        let annotation = |key: &str| event.annotation_by(webhook, key);
        Reported {
            denial: if answer.code < 300 {
                Vec::new()
            } else {
                without_advice(answer.denial().into_iter())
            },
            warnings: without_advice(answer.warnings.iter().cloned()),
            verdict: annotation("verdict").to_owned(),
            findings: annotation("findings").lines().map(str::to_owned).collect(),
        }
    }
}

/// Without the line for who types `kubectl debug`: a manifest is nothing that somebody types.
fn without_advice(lines: impl Iterator<Item = String>) -> Vec<String> {
    let is_advice = |line: &str| line.contains(" kubectl debug") && !line.ends_with(']');
    lines.filter(|line| !is_advice(line)).collect()
}

fn three_ways(world: &World, log: &AuditLog, name: &str) {
    let (checked, skipped) = check(name);
    let all = manifests(world);
    let judged = |object: &&Value| checked.iter().any(|it| object["kind"] == it.kind.as_str());
    let (objects, others): (Vec<_>, Vec<_>) = all.iter().partition(judged);
    assert_eq!((objects.len(), others.len()), (checked.len(), skipped), "none is left out");
    let stage = world.namespace().guarded(Some(&policy(name)));
    for account in others.iter().filter(|other| other["kind"] == "ServiceAccount") {
        stage.cluster.client.post(&stage.path("v1", "serviceaccounts"), account).silent();
    }
    let mut tls = stage.connect();
    let mut wrong = Vec::new();
    for (checked, object) in checked.iter().zip(objects) {
        let ends = format!(" {}", object["metadata"]["name"].as_str().unwrap());
        assert!(object["kind"] == checked.kind.as_str() && checked.what.ends_with(&ends), "{ends}");
        let named = |path: &str| {
            let (container, _) = path.split_once(']').unwrap();
            object.pointer(&format!("/{}/name", container.replace(['.', '['], "/"))).cloned()
        };
        let containers = checked.containers.iter().map(|(path, said)| (said, named(path)));
        let containers = containers.map(|(said, is)| (said, is.unwrap_or_default()));
        let others = containers.filter(|(said, is)| *is != said.as_str());
        wrong.extend(others.map(|(said, is)| format!("{}: {said} is {is}", checked.what)));
        let problems = compare(&stage, &mut tls, log, checked, object);
        wrong.extend(problems.into_iter().map(|problem| format!("{}: {problem}", checked.what)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whatever the server or the API server tells of an object that `check` does not.
fn compare(
    stage: &Stage,
    tls: &mut Tls,
    log: &AuditLog,
    checked: &Checked,
    object: &Value,
) -> Vec<String> {
    let whole = Ask { object, old: None };
    let (by_hand, _) = whole.by_hand(stage, tls);
    let expected = expected(&checked.lines, &checked.kind);
    let mut wrong = Vec::new();
    let mut differ = |who: &str, wanted: String, told: String| {
        if wanted != told {
            wrong.push(format!("check expects {wanted}\n{who} tells {told}"));
        }
    };
    let mut denies = vec![("the server", by_hand.denies())];
    differ("the server", format!("{expected:#?}"), format!("{by_hand:#?}"));
    if object["spec"].get("ephemeralContainers").is_none() {
        let version = object["apiVersion"].as_str().unwrap();
        let path = stage.path(version, &format!("{}?dryRun=All", whole.resource()));
        let live = whole.live(&stage.cluster.client.post(&path, object), log);
        differ("the API server", format!("{expected:#?}"), format!("{live:#?}"));
        denies.push(("the API server", live.denies()));
    } else {
        // Ephemeral containers come later, to a pod that is there: the same is found in two steps.
        let [by_hand, live] = in_two_steps(stage, tls, log, object);
        for (who, steps) in [("the server", by_hand), ("the API server", live)] {
            let told = steps.each_ref().map(Reported::found);
            let (mut all, mut repaired) = (Found::new(), BTreeSet::new());
            for (found, repairs) in told {
                all.extend(found);
                repaired.extend(repairs);
            }
            differ(who, format!("{:#?}", expected.found().0), format!("{all:#?}"));
            differ(who, format!("{:#?}", expected.found().1), format!("{repaired:#?}"));
            denies.push((who, steps.iter().any(Reported::denies)));
        }
    }
    for (who, denies) in denies {
        differ(who, format!("denied: {}", checked.denied), format!("denied: {denies}"));
    }
    wrong
}

/// A pod without its ephemeral containers, and those.
fn parted(object: &Value) -> (Value, Value) {
    let mut pod = object.clone();
    let debuggers = pod["spec"].as_object_mut().unwrap().remove("ephemeralContainers").unwrap();
    (pod, debuggers)
}

/// Creates a pod and then adds its ephemeral containers: by hand, and in the API server.
fn in_two_steps(
    stage: &Stage,
    tls: &mut Tls,
    log: &AuditLog,
    object: &Value,
) -> [[Reported; 2]; 2] {
    let (pod, debuggers) = parted(object);
    let create = Ask { object: &pod, old: None };
    let (created, stored) = create.by_hand(stage, tls);
    let mut longer = stored.clone();
    longer["spec"]["ephemeralContainers"] = debuggers.clone();
    let debug = Ask { object: &longer, old: Some(&stored) };
    let (debugged, _) = debug.by_hand(stage, tls);
    let live_created = create.live(&stage.create(&pod), log);
    let client = &stage.cluster.client;
    let path = stage.pods(&format!("/{}", pod["metadata"]["name"].as_str().unwrap()));
    let add = json!({"spec": {"ephemeralContainers": debuggers}});
    let answer = client.patch(&format!("{path}/ephemeralcontainers"), MERGE, &add);
    let live_debugged = debug.live(&answer, log);
    // Others have its name.
    client.delete(&format!("{path}?gracePeriodSeconds=0")).object();
    [[created, debugged], [live_created, live_debugged]]
}

/// What the comment of the example says of a cluster that runs the pod already.
fn lockdown_denies_to_join_a_pod_that_shares_already(world: &World, _: &AuditLog) {
    let is_it = |object: &&Value| {
        let spec = &object["spec"];
        spec["shareProcessNamespace"] == true && spec.get("ephemeralContainers").is_some()
    };
    let (pod, debuggers) = parted(manifests(world).iter().find(is_it).unwrap());
    let namespace = world.namespace();
    namespace.create(&pod).silent();
    let stage = namespace.guarded(Some(&policy("lockdown")));
    let path =
        stage.pods(&format!("/{}/ephemeralcontainers", pod["metadata"]["name"].as_str().unwrap()));
    let add = json!({"spec": {"ephemeralContainers": debuggers}});
    let answer = stage.cluster.client.patch(&path, MERGE, &add);
    // And for the pairs it makes with the two that are there.
    let reaches = |container: &str| format!("spec.{container} ReachesContainer");
    let debugger = reaches("ephemeralContainers[0]");
    let pairs = [reaches("containers[0]"), reaches("containers[1]"), debugger.clone(), debugger];
    let joins = "spec.ephemeralContainers[0] JoinsPod".to_owned();
    let expected: Vec<_> = [joins].into_iter().chain(pairs).collect();
    assert_eq!(answer.denied_for(), expected);
}
