//! Where requests are sent: namespaces with a policy, a Pod Security level and stored objects.

use serde_json::{Value, json};

use super::cel;
use super::generate::{container, ephemeral, many, spec};
use super::request::{Act, Judged, SHAPES, Shape};
use crate::setup::{Answer, JSON, MERGE, Namespace, Registration, STRATEGIC, Stage, World};
use crate::support::{policy, until};
use crate::tier::random::Random;

/// A policy, and the level of Pod Security that warns.
pub(super) struct Settings {
    pub(super) level: &'static str,
    /// Of ptrace-capability; every control warns.
    ptrace: &'static str,
    only_shared: bool,
    privileged_anywhere: bool,
    ignores_inert: bool,
}

pub(super) const SETTINGS: [Settings; 4] = [
    Settings::new("baseline", ""),
    Settings::new("restricted", ""),
    Settings {
        only_shared: true,
        ignores_inert: true,
        ..Settings::new("", ", scope: SharedProcesses, ignore: [Inert]")
    },
    Settings { privileged_anywhere: true, ..Settings::new("", ", privileged: Anywhere") },
];

impl Settings {
    const fn new(level: &'static str, ptrace: &'static str) -> Self {
        let [only_shared, privileged_anywhere, ignores_inert] = [false; 3];
        Self { level, ptrace, only_shared, privileged_anywhere, ignores_inert }
    }

    /// Whether a container that can have SYS_PTRACE counts, by what docs/policy.md says.
    pub(super) fn counts(&self, privileged: bool, word: &str, shared: bool) -> bool {
        let place = if privileged { self.privileged_anywhere } else { true } && !self.only_shared;
        (place || shared) && !(self.ignores_inert && word == "inert")
    }

    /// Every control that finds something so far.
    fn controls(&self) -> String {
        format!(
            "{{shareProcessNamespace: {{mode: Warn}}, ptraceCapability: {{mode: Warn{}}}, \
            hostProcessNamespace: {{mode: Warn}}, ephemeralTarget: {{mode: Warn}}, \
            supplementalGroupsPolicy: {{mode: Warn}}}}",
            self.ptrace
        )
    }
}

/// One namespace with all that stands in it.
pub(super) struct Ground {
    pub(super) settings: &'static Settings,
    _oracle: Registration,
    stage: Stage,
    pods: Vec<Value>,
    templates: Vec<(Shape, Value)>,
}

/// One generated request.
pub(super) struct Request {
    pub(super) act: Act,
    pub(super) text: String,
    pub(super) answer: Answer,
    /// `None` of one that was refused.
    pub(super) judged: Option<Judged>,
}

/// How many pods are stored, and how many templates.
const STORED: (u64, u64) = (40, 16);

impl Ground {
    pub(super) fn new(world: &World, settings: &'static Settings, seed: u64) -> Self {
        let namespace = world.namespace();
        if !settings.level.is_empty() {
            let labels = json!({"pod-security.kubernetes.io/warn": settings.level});
            let path = format!("/api/v1/namespaces/{}", namespace.name);
            let change = json!({"metadata": {"labels": labels}});
            namespace.cluster.client.patch(&path, MERGE, &change).object();
        }
        // Debt from before there was a policy.
        let mut random = Random::new(seed, u64::MAX);
        let pods = (0..STORED.0).map(|place| store_pod(&namespace, &mut random, place)).collect();
        let templates = (0..STORED.1)
            .map(|place| {
                let shape = *random.pick(&SHAPES);
                (shape, store_template(&namespace, shape, &mut random, place))
            })
            .collect();
        let stage = namespace.guarded(Some(&policy(&settings.controls())));
        let oracle = cel::register(&stage, &SHAPES);
        until("the policy and the level to be in force", || {
            let spec = json!({"hostPID": true, "containers": [{"name": "a", "image": "i"}]});
            let pod = json!({"metadata": {"name": "probe"}, "spec": spec});
            let warnings = stage.try_create(&pod).warnings.join("\n");
            let marks = [cel::name(&stage), format!("PodSecurity \"{}", settings.level)];
            let wanted = if settings.level.is_empty() { 1 } else { 2 };
            marks.iter().take(wanted).all(|mark| warnings.contains(mark))
        });
        Self { settings, _oracle: oracle, stage, pods, templates }
    }

    /// Sends the request of this number; nothing is stored.
    pub(super) fn send(&self, seed: u64, number: u64) -> Request {
        let mut random = Random::new(seed, number);
        let acts = [(38, Act::Create), (27, Act::Debug), (14, Act::Change), (14, Act::Template)];
        match random.weighed(&acts).unwrap_or(Act::ChangeTemplate) {
            Act::Create => self.create(&mut random),
            Act::Debug => self.debug(&mut random),
            Act::Change => self.change(&mut random),
            Act::Template => self.template(&mut random),
            Act::ChangeTemplate => self.change_template(&mut random),
        }
    }

    fn create(&self, random: &mut Random) -> Request {
        let spec = if random.chance(2) { many(random) } else { spec(random) };
        let pod = json!({"metadata": {"name": "created"}, "spec": spec});
        let path = self.stage.pods("");
        self.call(Act::Create, &Sent { how: POST, path, body: pod, template: "", old: None })
    }

    fn debug(&self, random: &mut Random) -> Request {
        let old = random.pick(&self.pods);
        let new = ephemeral(random, &old["spec"], "new");
        let path = self.stage.pods(&format!("/{}/ephemeralcontainers", name(old)));
        let (how, body) = if random.chance(50) {
            (STRATEGIC, json!({"spec": {"ephemeralContainers": new}}))
        } else {
            let mut all = old["spec"]["ephemeralContainers"].as_array().cloned();
            all.get_or_insert_default().extend(new);
            (JSON, json!([{"op": "add", "path": "/spec/ephemeralContainers", "value": all}]))
        };
        let old = Some(old);
        self.call(Act::Debug, &Sent { how, path, body, template: "", old })
    }

    fn change(&self, random: &mut Random) -> Request {
        let old = random.pick(&self.pods);
        let image = |list: &str| {
            json!([{
                "op": "replace", "path": format!("/spec/{list}/0/image"), "value": "registry.example/b:2",
            }])
        };
        let lists =
            [old["spec"].get("initContainers").map(|_| "initContainers"), Some("containers")];
        let lists: Vec<_> = lists.into_iter().flatten().collect();
        let (how, body) = match random.below(5) {
            0 => (MERGE, json!({"metadata": {"labels": {"changed": "yes"}}})),
            1 => (MERGE, json!({"spec": {"activeDeadlineSeconds": 3600}})),
            _ => (JSON, image(random.pick::<&str>(&lists))),
        };
        let path = self.stage.pods(&format!("/{}", name(old)));
        let old = Some(old);
        self.call(Act::Change, &Sent { how, path, body, template: "", old })
    }

    fn template(&self, random: &mut Random) -> Request {
        let shape = *random.pick(&SHAPES);
        let body = object(shape, "created", spec(random));
        let path = self.stage.path(shape.version, shape.resource);
        self.call(
            Act::Template,
            &Sent { how: POST, path, body, template: shape.template, old: None },
        )
    }

    fn change_template(&self, random: &mut Random) -> Request {
        let (shape, stored) = random.pick(&self.templates);
        let old = stored.pointer(&shape.pointer()).unwrap();
        let at = |field: &str| format!("{}/{field}", shape.pointer());
        let replace =
            |path: String, value: Value| json!([{"op": "add", "path": path, "value": value}]);
        // The template of a job cannot be changed.
        let choices = if shape.resource == "jobs" { 1 } else { 4 };
        let body = match random.below(choices) {
            0 => replace("/metadata/labels".into(), json!({"changed": "yes"})),
            1 => replace(at("metadata/annotations"), json!({"changed": "yes"})),
            2 => replace(at("spec/containers/0/image"), "registry.example/b:2".into()),
            _ => {
                let is_windows = old["spec"]["os"]["name"] == "windows";
                let new = container(random, "new", is_windows);
                replace(at("spec/containers/-"), new)
            }
        };
        let path = self.stage.path(shape.version, &format!("{}/{}", shape.resource, name(stored)));
        let (template, old) = (shape.template, Some(old));
        self.call(Act::ChangeTemplate, &Sent { how: JSON, path, body, template, old })
    }

    /// Sends without storing.
    fn call(&self, act: Act, sent: &Sent<'_>) -> Request {
        let Sent { how, path, body, template, old } = sent;
        let (method, format) =
            if *how == POST { ("POST", "application/json") } else { ("PATCH", *how) };
        let path = format!("{path}?dryRun=All");
        let mut answer = self.stage.cluster.client.call(method, &path, format, body.to_string());
        let text = format!("{method} {path}\n{body}");
        let judged = (answer.code < 300).then(|| {
            let pointer = format!("/{}", template.replace('.', "/"));
            let at = if template.is_empty() { "" } else { pointer.as_str() };
            let new = answer.body.pointer_mut(at).unwrap().take();
            Judged::new(act, template, old.cloned(), new)
        });
        Request { act, text, answer, judged }
    }
}

/// What is sent.
struct Sent<'a> {
    /// [`POST`], or the format of a PATCH.
    how: &'a str,
    path: String,
    body: Value,
    /// The path of the template; empty for a pod.
    template: &'a str,
    old: Option<&'a Value>,
}

const POST: &str = "POST";

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap()
}

/// Stores a pod that validation accepts, some with ephemeral containers.
fn store_pod(namespace: &Namespace, random: &mut Random, place: u64) -> Value {
    let meta = json!({"name": format!("old-{place}")});
    let mut stored = loop {
        let answer = namespace.create(&json!({"metadata": meta, "spec": spec(random)}));
        if answer.code == 201 {
            break answer.body;
        }
        assert_eq!(answer.code, 422, "{answer:#?}");
    };
    if random.chance(60) {
        let path = namespace.pods(&format!("/{}/ephemeralcontainers", name(&stored)));
        let change =
            json!({"spec": {"ephemeralContainers": ephemeral(random, &stored["spec"], "old")}});
        let answer = namespace.cluster.client.patch(&path, STRATEGIC, &change);
        if answer.code == 200 {
            stored = answer.body;
        }
    }
    stored
}

fn store_template(namespace: &Namespace, shape: Shape, random: &mut Random, place: u64) -> Value {
    let path = namespace.path(shape.version, shape.resource);
    loop {
        let object = object(shape, &format!("old-{place}"), spec(random));
        let answer = namespace.cluster.client.post(&path, &object);
        if answer.code == 201 {
            return answer.body;
        }
        assert_eq!(answer.code, 422, "{answer:#?}");
    }
}

/// An object of a kind that makes no pods, whoever looks.
fn object(shape: Shape, name: &str, mut spec: Value) -> Value {
    let labels = json!({"app": name});
    let meta = json!({"name": name});
    if ["jobs", "cronjobs"].contains(&shape.resource) {
        spec["restartPolicy"] = "Never".into();
    }
    let template = json!({"metadata": {"labels": labels}, "spec": spec});
    let selector = json!({"matchLabels": labels});
    let spec = match shape.resource {
        "podtemplates" => return json!({"metadata": meta, "template": template}),
        "jobs" => json!({"suspend": true, "template": template}),
        "cronjobs" => json!({
            "schedule": "0 0 1 1 *", "suspend": true,
            "jobTemplate": {"spec": {"template": template}},
        }),
        "replicationcontrollers" => {
            json!({"replicas": 0, "selector": labels, "template": template})
        }
        "daemonsets" => json!({"selector": selector, "template": template}),
        "statefulsets" => json!({
            "replicas": 0, "serviceName": "s", "selector": selector, "template": template,
        }),
        _ => json!({"replicas": 0, "selector": selector, "template": template}),
    };
    json!({"metadata": meta, "spec": spec})
}
