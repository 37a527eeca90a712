//! What is known of a webhook configuration, and what the leader has to do about it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kube::api::DynamicObject;

use super::{RESYNC_PERIOD, Repairs, Reversal};
use crate::cluster::Sighting;
use crate::registration::{Plan, Registration, WebhookKind, trusted};

/// What is known of a configuration.
pub(super) struct ConfigurationState {
    /// An error until it was read once.
    pub(super) stored: Sighting<DynamicObject>,
    /// The version that our last write has replaced: news of it may come only now.
    replaced: Option<String>,
    /// The uid of the one that was seen with entries: were that empty, it would be damage. One that
    /// was recreated is as at the beginning.
    filled: Option<String>,
    pub(super) repairs: Repairs,
}

/// What the leader has to do about it.
#[derive(Debug)]
pub(super) enum Action {
    /// Nothing, for so long.
    Wait(Duration),
    /// It is for somebody else to create it.
    ReportAbsent,
    /// It is as it should be.
    Accept(Arc<DynamicObject>, Plan),
    /// What is planned is written; all of this was undone by others.
    Write(Arc<DynamicObject>, Plan, Vec<Reversal>),
}

impl ConfigurationState {
    pub(super) fn new() -> Self {
        Self {
            stored: Err("it was not read yet".to_owned()),
            replaced: None,
            filled: None,
            repairs: Repairs::default(),
        }
    }

    /// Whether it was never seen with entries of ours.
    pub(super) fn is_new(&self) -> bool {
        matches!(&self.stored, Ok(Some(stored)) if stored.metadata.uid != self.filled)
    }

    /// Takes what is seen; what was known stays in use where that is not known.
    pub(super) fn take(&mut self, seen: Sighting<DynamicObject>) {
        let is_news = match &seen {
            Ok(Some(seen)) => seen.metadata.resource_version != self.replaced,
            Ok(None) => true,
            Err(_) => self.stored.is_err(),
        };
        if is_news {
            self.stored = seen;
        }
        if let Ok(Some(stored)) = &self.stored
            && !trusted(&(&**stored).into()).is_empty()
        {
            self.filled.clone_from(&stored.metadata.uid);
        }
    }

    pub(super) fn action(
        &mut self,
        (kind, whole): (WebhookKind, Option<&Registration>),
        authority: &str,
        now: Instant,
    ) -> Action {
        let stored = match &self.stored {
            Err(_) => return Action::Wait(RESYNC_PERIOD),
            Ok(None) => return Action::ReportAbsent,
            Ok(Some(stored)) => Arc::clone(stored),
        };
        self.repairs.about(stored.metadata.uid.as_deref());
        let Some(plan) = Plan::new(kind, whole, &(&*stored).into(), authority) else {
            return Action::Wait(RESYNC_PERIOD);
        };
        if plan.differences.is_empty() {
            return Action::Accept(stored, plan);
        }
        let undone = self.repairs.undone(&plan.differences);
        // What is ours to change waits for no fight.
        let fights = if undone.len() == plan.differences.len() { undone.as_slice() } else { &[] };
        let wait = self.repairs.wait(fights, now);
        if wait.is_zero() { Action::Write(stored, plan, undone) } else { Action::Wait(wait) }
    }

    /// What is stored, or was just written, is right.
    pub(super) fn accept(&mut self, stored: &DynamicObject, plan: &Plan) {
        self.filled.clone_from(&stored.metadata.uid);
        self.repairs.right(plan.plain.clone());
    }

    /// This was written in its place.
    pub(super) fn replace(&mut self, stored: &DynamicObject, written: DynamicObject) {
        self.replaced.clone_from(&stored.metadata.resource_version);
        self.stored = Ok(Some(Arc::new(written)));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::registration::{Enforce, Service};

    const AUTHORITY: &str = "the authority";
    const KIND: WebhookKind = WebhookKind::Validating;

    fn ours() -> Registration {
        Registration {
            service: Service { name: "ops/bulkhead".parse().unwrap(), port: 443 },
            excluded: ["kube-system".to_owned()].into(),
            enforce: Enforce::Everywhere,
            timeout: Duration::from_secs(3),
        }
    }

    /// A stored configuration: which one it is, its version, how it is annotated, and its entries.
    fn object(
        uid: &str,
        version: &str,
        says: Option<&str>,
        webhooks: &[Value],
    ) -> Arc<DynamicObject> {
        let annotations = says.map(|says| json!({"bulkhead.dev/registration": says}));
        let object = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": KIND.as_str(),
            "metadata": {
                "name": "bulkhead", "uid": uid, "resourceVersion": version, "annotations": annotations,
            },
            "webhooks": webhooks,
        });
        Arc::new(serde_json::from_value(object).unwrap())
    }

    fn right() -> Vec<Value> {
        ours().webhooks(KIND, Some(AUTHORITY))
    }

    fn changed_timeout() -> Vec<Value> {
        let mut entries = right();
        entries[0]["timeoutSeconds"] = json!(30);
        entries
    }

    /// What is done now, and what was undone by others.
    fn act(known: &mut ConfigurationState, now: Instant) -> (&'static str, usize) {
        match known.action((KIND, Some(&ours())), AUTHORITY, now) {
            Action::Wait(RESYNC_PERIOD) => ("resync", 0),
            Action::Wait(_) => ("wait", 0),
            Action::ReportAbsent => ("report", 0),
            Action::Accept(stored, plan) => {
                known.accept(&stored, &plan);
                ("accept", 0)
            }
            Action::Write(stored, plan, undone) => {
                known.repairs.writes(now);
                known.accept(&stored, &plan);
                known.repairs.repaired(&undone, now);
                ("write", undone.len())
            }
        }
    }

    #[test]
    fn what_is_done_depends_on_what_is_stored() {
        for (what, stored, expected, is_new) in [
            ("not read", Err("refused".to_owned()), "resync", false),
            ("absent", Ok(None), "report", false),
            ("nobody's yet", Ok(Some(object("a", "1", None, &[]))), "write", true),
            ("right", Ok(Some(object("a", "1", None, &right()))), "accept", false),
            ("changed", Ok(Some(object("a", "1", None, &changed_timeout()))), "write", false),
            ("not ours", Ok(Some(object("a", "1", Some("none"), &[]))), "resync", true),
            // Nothing to put a bundle into.
            ("the chart's", Ok(Some(object("a", "1", Some("static"), &[]))), "accept", true),
            (
                "the chart's entries",
                Ok(Some(object("a", "1", Some("static"), &changed_timeout()))),
                "accept",
                false,
            ),
        ] {
            let mut known = ConfigurationState::new();
            known.take(stored);
            assert_eq!(known.is_new(), is_new, "{what}");
            assert_eq!(act(&mut known, Instant::now()).0, expected, "{what}");
        }
    }

    #[test]
    fn what_is_not_known_any_more_stays_in_use() {
        let mut known = ConfigurationState::new();
        known.take(Ok(Some(object("a", "1", None, &right()))));
        known.take(Err("refused".to_owned()));
        assert_eq!(act(&mut known, Instant::now()).0, "accept");
        known.take(Ok(None));
        assert_eq!(act(&mut known, Instant::now()).0, "report");
    }

    #[test]
    fn one_that_was_made_anew_is_new_and_one_that_was_emptied_is_not() {
        let mut known = ConfigurationState::new();
        for (uid, webhooks, is_new) in
            [("a", vec![], true), ("a", right(), false), ("a", vec![], false), ("b", vec![], true)]
        {
            known.take(Ok(Some(object(uid, "1", None, &webhooks))));
            assert_eq!(known.is_new(), is_new, "{uid} with {} entries", webhooks.len());
        }
    }

    #[test]
    fn the_version_that_was_replaced_is_no_news() {
        let mut known = ConfigurationState::new();
        known.take(Ok(Some(object("a", "1", None, &[]))));
        let (old, new) = (object("a", "1", None, &[]), object("a", "2", None, &right()));
        known.replace(&old, Arc::unwrap_or_clone(new));
        known.take(Ok(Some(object("a", "1", None, &[]))));
        assert_eq!(act(&mut known, Instant::now()).0, "accept");
    }

    #[test]
    fn what_somebody_undoes_again_waits_and_what_is_ours_does_not() {
        let (mut known, begin) = (ConfigurationState::new(), Instant::now());
        known.take(Ok(Some(object("a", "1", None, &right()))));
        assert_eq!(act(&mut known, begin), ("accept", 0));
        known.take(Ok(Some(object("a", "2", None, &changed_timeout()))));
        assert_eq!(act(&mut known, begin), ("write", 1));
        assert_eq!(act(&mut known, begin), ("wait", 0));
        assert_eq!(act(&mut known, begin + Duration::from_secs(10)), ("write", 1));
        // With a change of ours among the differences it waits for nobody.
        let authority = "another authority";
        let action =
            known.action((KIND, Some(&ours())), authority, begin + Duration::from_secs(11));
        assert!(matches!(action, Action::Write(_, _, undone) if undone.len() == 1));
    }
}
