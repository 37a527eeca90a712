//! The ways in which a request can be made, of one description of what it changes.

use serde_json::{Value, json};

use super::words::{debugger, pod_of, set, steps};
use crate::setup::{APPLY, Answer, JSON, MERGE, Namespace, STRATEGIC};

/// How something reaches the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Put,
    Strategic,
    Merge,
    JsonPatch,
    Apply,
}

pub(super) const WAYS: [Way; 5] =
    [Way::Put, Way::Strategic, Way::Merge, Way::JsonPatch, Way::Apply];

/// What a row asks for; the pod has the row's name.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    /// A new pod of these words.
    Create(&'static str),
    /// The same, stored by no one.
    DryRun(&'static str),
    /// The same, with a name that the API server makes up.
    Generate(&'static str),
    /// The same, by server-side apply.
    ApplyNew(&'static str),
    /// Another value (JSON) in one field of the stored pod, sent to a part of it.
    Set(Way, &'static str, &'static str, &'static str),
    /// One more ephemeral container of these words.
    Debug(Way, &'static str),
    /// One more ephemeral container, stored by no one.
    DryDebug(&'static str),
    /// A POST to a part of the pod.
    Post(&'static str, &'static str),
    /// A CONNECT to a part of the pod, which no node answers.
    Connect(&'static str),
    Delete,
}

impl Ask {
    /// Sends it about the pod of this name.
    pub(super) fn send(&self, to: &Namespace, name: &str) -> Answer {
        let client = &to.cluster.client;
        let pods = to.pods("");
        let path = |part: &str| to.pods(&format!("/{name}{part}"));
        match self {
            Self::Create(words) => client.post(&pods, &pod_of(name, words)),
            Self::DryRun(words) => to.try_create(&pod_of(name, words)),
            Self::Generate(words) => {
                let mut pod = pod_of(name, words);
                let meta = pod["metadata"].as_object_mut().unwrap();
                meta.remove("name");
                meta.insert("generateName".to_owned(), format!("{name}-").into());
                client.post(&pods, &pod)
            }
            Self::ApplyNew(words) => {
                let path = path("?fieldManager=table");
                client.patch(&path, APPLY, &pod_of(name, words))
            }
            Self::Set(way, part, pointer, value) => {
                let value = serde_json::from_str(value).unwrap();
                way.send(to, (name, part), pointer, value)
            }
            Self::Debug(way, words) => add(to, *way, (name, ""), words),
            Self::DryDebug(words) => add(to, Way::Strategic, (name, "?dryRun=All"), words),
            Self::Post(part, body) => {
                let body = body.replace("NAME", name);
                client.post(&path(part), &serde_json::from_str(&body).unwrap())
            }
            Self::Connect(part) => client.get(&path(part)),
            Self::Delete => client.delete(&path("")),
        }
    }
}

fn add(to: &Namespace, way: Way, (name, query): (&str, &str), words: &str) -> Answer {
    let part = format!("/ephemeralcontainers{query}");
    let stored = to.stored(name);
    let mut list = match way {
        // These know the entries of the list by their names.
        Way::Strategic | Way::Apply => json!([]),
        Way::Put | Way::Merge | Way::JsonPatch => stored["spec"]["ephemeralContainers"].clone(),
    };
    set(&mut list, "/-", debugger(words));
    way.send(to, (name, &part), "/spec/ephemeralContainers", list)
}

impl Way {
    /// In the name of a case.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Strategic => "strategic_patch",
            Self::Merge => "merge_patch",
            Self::JsonPatch => "json_patch",
            Self::Apply => "server_side_apply",
        }
    }

    /// Sends another value for one field of the stored pod.
    pub(super) fn send(
        self,
        to: &Namespace,
        (name, part): (&str, &str),
        pointer: &str,
        value: Value,
    ) -> Answer {
        let client = &to.cluster.client;
        let path = to.pods(&format!("/{name}{part}"));
        let stored = to.stored(name);
        let mut changed = stored.clone();
        set(&mut changed, pointer, value.clone());
        match self {
            Self::Put => client.put(&path, &changed),
            Self::Strategic => {
                let mut body = only(&stored, &changed, pointer, true);
                keep_order(&stored, &mut body);
                client.patch(&path, STRATEGIC, &body)
            }
            Self::Merge => client.patch(&path, MERGE, &only(&stored, &changed, pointer, false)),
            Self::JsonPatch => {
                let operation = json!({"op": "add", "path": pointer, "value": value});
                client.patch(&path, JSON, &json!([operation]))
            }
            Self::Apply => {
                let mut body = only(&stored, &changed, pointer, true);
                body["apiVersion"] = "v1".into();
                body["kind"] = "Pod".into();
                body["metadata"]["name"] = name.into();
                client.patch(&format!("{path}?fieldManager=table&force=true"), APPLY, &body)
            }
        }
    }
}

/// What of the changed object leads to the pointer: in lists whole, or by the name of the entry.
fn only(stored: &Value, changed: &Value, pointer: &str, by_name: bool) -> Value {
    let mut result = Value::Null;
    let (mut from, mut old) = (changed, stored);
    let mut place = &mut result;
    for step in steps(pointer) {
        if let Ok(index) = step.parse::<usize>() {
            if !by_name {
                break;
            }
            (from, old) = (&from[index], &old[index]);
            *place = json!([{"name": old["name"]}]);
            place = &mut place[0];
        } else {
            (from, old) = (&from[step.as_str()], &old[step.as_str()]);
            place = &mut place[step.as_str()];
        }
    }
    *place = from.clone();
    result
}

/// As kubectl does, for new entries come first by themselves.
fn keep_order(stored: &Value, body: &mut Value) {
    let lists = [stored, &*body].map(|pod| pod["spec"]["ephemeralContainers"].as_array());
    let all = lists.into_iter().flatten().flatten();
    let order: Vec<_> = all.map(|one| json!({"name": one["name"]})).collect();
    if body["spec"]["ephemeralContainers"].is_array() {
        body["spec"]["$setElementOrder/ephemeralContainers"] = order.into();
    }
}
