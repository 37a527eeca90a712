//! Judging in one process, from the bytes of a review to the bytes of the answer.

use bulkhead::admission::{self, AcceptedKinds, Request};
use bulkhead::api::Namespaces;
use bulkhead::controls::{Scene, Words};
use bulkhead::decision::{self, Decision, Phase};
use bulkhead::policy::{self, Context, RuleSet, Ruling, Snapshot};
use bulkhead::policy_file::PolicyText;
use jiff::Timestamp;
use serde_json::Value;

use crate::support::{policy, review};

/// The time of every judgement here.
pub(crate) const NOW: &str = "2026-11-21T12:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// What a policy with these controls is compiled to.
pub(crate) fn snapshot_of(controls: &str) -> Snapshot {
    load(&policy(controls))
}

pub(crate) fn load(text: &str) -> Snapshot {
    PolicyText::new("test.yaml", text)
        .load(Namespaces::ByName)
        .unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The decision on a review.
pub(crate) fn decide(phase: Phase, snapshot: &Snapshot, review: &Value) -> Decision {
    judged(review, |request, context| {
        let change = request.change.as_ref();
        let decide = |change| decision::decide(phase, change, snapshot, context);
        change.map(decide).unwrap_or_default()
    })
}

/// A ruling with what it says of the pod it was found in.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) ruling: Ruling,
    /// The container, and the other one of a pair.
    pub(crate) container: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) words: Words,
}

impl std::ops::Deref for Found {
    type Target = Ruling;
    fn deref(&self) -> &Ruling {
        &self.ruling
    }
}

impl Found {
    fn of(scene: &Scene<'_, '_>, ruling: &Ruling) -> Self {
        let subject = ruling.finding.subject;
        let name = |place| scene.name(place).to_owned();
        Self {
            container: subject.container().map(name),
            to: subject.pair().map(|pair| name(pair.to)),
            words: ruling.finding.words(scene),
            ruling: ruling.clone(),
        }
    }
}

/// Everything found on a new pod.
pub(crate) fn find(snapshot: &Snapshot, pod: &Value) -> Vec<Found> {
    let review = review("CREATE", "pods", pod, &Value::Null);
    judged(&review, |request, context| {
        let change = request.change.as_ref().unwrap();
        let scene = change.scene();
        let rulings = policy::judge(snapshot, change, &scene, context, RuleSet::All);
        rulings.iter().map(|ruling| Found::of(&scene, ruling)).collect()
    })
}

/// What denies a request in the validating phase.
pub(crate) fn denials(snapshot: &Snapshot, review: &Value) -> Vec<Found> {
    judged(review, |request, context| {
        let change = request.change.as_ref().unwrap();
        let decision = decision::decide(Phase::Validate, change, snapshot, context);
        decision.denials().map(|ruling| Found::of(&change.scene(), ruling)).collect()
    })
}

/// The decision on a new pod of which nobody knows who creates it.
pub(crate) fn anonymous(snapshot: &Snapshot, pod: &Value) -> Decision {
    let review = review("CREATE", "pods", pod, &Value::Null);
    judged(&review, |request, context| {
        let context = Context { requester: None, ..context.clone() };
        let change = request.change.as_ref().unwrap();
        decision::decide(Phase::Validate, change, snapshot, &context)
    })
}

fn judged<T>(review: &Value, judge: impl Fn(&Request<'_>, &Context<'_>) -> T) -> T {
    let body = review.to_string();
    let request = admission::decode(body.as_bytes(), AcceptedKinds::Both).unwrap();
    let context = Context {
        namespace: &request.target.namespace,
        labels: None,
        nodes: None,
        requester: Some(&request.requester),
        now: now(),
    };
    judge(&request, &context)
}

/// A pod after the mutating phase, by a library that is not ours.
pub(crate) fn mutate(snapshot: &Snapshot, pod: &Value) -> Value {
    let review = review("CREATE", "pods", pod, &Value::Null);
    let decision = decide(Phase::Mutate, snapshot, &review);
    let mut patched = pod.clone();
    json_patch::patch(&mut patched, &decision.patch).unwrap();
    patched
}
