//! The audit log of the API server, where the annotations of webhooks are and nowhere else.

use std::path::PathBuf;

use serde_json::Value;

use super::Answer;
use crate::support::until;

/// An audit log that can be read here.
pub(crate) struct AuditLog(pub(crate) PathBuf);

/// One finished request.
#[derive(Debug)]
pub(crate) struct Event(Value);

impl AuditLog {
    /// The event of the first request of this kind for an object, once it is written: that is
    /// after its answer was sent.
    pub(crate) fn event(&self, verb: &str, resource: &str, namespace: &str, name: &str) -> Event {
        let is_it = |event: &Value| {
            let about = &event["objectRef"];
            let sub = about["subresource"].as_str();
            let full = [about["resource"].as_str().unwrap_or_default()].into_iter().chain(sub);
            event["verb"] == verb
                && full.collect::<Vec<_>>().join("/") == resource
                && about["namespace"] == namespace
                && about["name"] == name
        };
        let mut found = None;
        until("an event in the audit log", || {
            let text = std::fs::read_to_string(&self.0).unwrap();
            // A last line without its end is still being written.
            let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            let mut events = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
            found = events.find(is_it);
            found.is_some()
        });
        Event(found.unwrap())
    }

    /// The event of the request that was answered so, once it is written.
    pub(crate) fn event_of(&self, answer: &Answer) -> Event {
        assert_ne!(answer.audit_id, "", "the API server did not say: {answer:#?}");
        let mut found = None;
        until("the event of an answer in the audit log", || {
            let text = std::fs::read_to_string(&self.0).unwrap();
            let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            found = lines.find(|line| line.contains(&answer.audit_id)).map(str::to_owned);
            found.is_some()
        });
        Event(serde_json::from_str(&found.unwrap()).unwrap())
    }
}

impl Event {
    /// An annotation by our validating webhook; empty where there is none.
    pub(crate) fn annotation(&self, key: &str) -> &str {
        self.annotation_by("enforce", key)
    }

    /// The same by the webhook of this name.
    pub(crate) fn annotation_by(&self, webhook: &str, key: &str) -> &str {
        let name = format!("{webhook}.bulkhead.dev/{key}");
        self.0["annotations"][name].as_str().unwrap_or_default()
    }
}
