//! What an attacker sends: requests that are dear to judge and leave nothing behind.

use serde_json::{Value, json};

use super::super::pod;
use crate::setup::{Namespace, STRATEGIC};

/// One request, ready to be sent again and again.
pub(super) struct Sent {
    method: &'static str,
    path: String,
    format: &'static str,
    body: String,
}

impl Sent {
    /// The code of the answer.
    pub(super) fn send(&self, attacker: &crate::setup::Client) -> u16 {
        let body = self.body.clone();
        attacker.call(self.method, &self.path, self.format, body).code
    }
}

/// The pod that debug containers are added to; it has to be there before anybody judges.
pub(super) fn debugged() -> Value {
    let mut spec = containers(128, &privileged);
    spec["shareProcessNamespace"] = true.into();
    pod("debugged", &spec)
}

/// All of them.
pub(super) fn all(namespace: &Namespace) -> Vec<Sent> {
    let create = |name: &str, mut spec: Value| {
        spec["shareProcessNamespace"] = true.into();
        Sent {
            method: "POST",
            path: namespace.pods("?dryRun=All"),
            format: "application/json",
            body: pod(name, &spec).to_string(),
        }
    };
    // Names of such length come before the mutating webhooks, and are refused after them.
    let long =
        |number: usize| json!({"name": format!("{}{number}", "x".repeat(10_000)), "image": "i"});
    let short = |number: usize| json!({"name": format!("c{number}"), "image": "i"});
    let debuggers: Vec<_> = (0..128).map(|number| privileged(1000 + number)).collect();
    let debug = json!({"spec": {"ephemeralContainers": debuggers}});
    vec![
        create("long", containers(100, &long)),
        create("many", containers(256, &short)),
        Sent {
            method: "PATCH",
            path: namespace.pods("/debugged/ephemeralcontainers?dryRun=All"),
            format: STRATEGIC,
            body: debug.to_string(),
        },
    ]
}

fn privileged(number: usize) -> Value {
    json!({"name": format!("c{number}"), "image": "i", "securityContext": {"privileged": true}})
}

fn containers(count: usize, one: &dyn Fn(usize) -> Value) -> Value {
    json!({"containers": (0..count).map(one).collect::<Vec<_>>()})
}
