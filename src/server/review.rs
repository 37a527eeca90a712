//! One review, from its bytes to the bytes of the answer, without a socket.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use http::StatusCode;
use jiff::Timestamp;

use super::decisions;
use super::fair::{Flow, Seats};
use crate::admission::{self, DecodeError, Request};
use crate::decision::{self, Decision};
use crate::metrics::{Labels, Metrics, Stage};
use crate::policy::{Snapshot, Surroundings};
use crate::registration::Endpoint;
use crate::text;

/// From this size on, in bytes, a review is large: it takes more than about a millisecond to read.
const LARGE: usize = 256 * 1024;

/// A pod of more containers is large, too: there is something to say about each ordered pair.
const MANY: usize = 16;

/// What judges: the policy in force and the namespaces that are left out.
#[derive(Debug)]
pub struct Judge {
    /// Replaced as a whole when a policy changes; a request takes one, once.
    pub snapshot: ArcSwap<Snapshot>,
    /// What is known of the cluster, likewise.
    pub surroundings: ArcSwap<Surroundings>,
    /// Namespaces that are not enforced at all.
    pub excluded: BTreeSet<String>,
    /// The page that each denial ends with; empty for none.
    pub help_url: String,
    /// Where everything is counted.
    pub metrics: Arc<Metrics>,
}

/// An HTTP answer: a review, or one line of reason.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// What became of a review on a thread that serves connections.
pub(super) enum Soon {
    Answered(Answer),
    /// It would keep the thread for long. Whose it is, where that is known.
    Large(Option<Flow>),
}

impl Judge {
    /// Answers one body, or not: what would keep a thread that serves connections for long is to
    /// be answered elsewhere.
    pub(super) fn answer_soon(&self, endpoint: Endpoint, body: &[u8], seats: &Seats) -> Soon {
        if body.len() >= LARGE {
            return Soon::Large(None);
        }
        let begin = Instant::now();
        let decoded = admission::decode(body, endpoint.judges);
        if let Ok(request) = &decoded
            && let Some(change) = &request.change
            && change.pod().containers.len() > MANY
        {
            return Soon::Large(Some(flow(request, seats)));
        }
        Soon::Answered(self.answer_decoded(endpoint, (body, decoded), begin))
    }

    /// Answers one body, however long that takes, and says whose it was, also where it cannot be
    /// read: that takes time, too.
    pub(super) fn answer(&self, endpoint: Endpoint, body: &[u8], seats: &Seats) -> (Answer, Flow) {
        let begin = Instant::now();
        let decoded = admission::decode(body, endpoint.judges);
        let flow = match &decoded {
            Ok(request) => flow(request, seats),
            Err(_) => flow_of(body, seats),
        };
        (self.answer_decoded(endpoint, (body, decoded), begin), flow)
    }

    fn answer_decoded(
        &self,
        endpoint: Endpoint,
        (body, decoded): (&[u8], Result<Request<'_>, DecodeError>),
        begin: Instant,
    ) -> Answer {
        let request = match decoded {
            Ok(request) => request,
            Err(error) => return self.refuse(endpoint, &error),
        };
        let decision = self.decide(endpoint, &request);
        let decision = decision.map(|it| bounded(it, body).with_help(&self.help_url));
        let verdict = verdict(&request, decision.as_ref());
        let decision = decision.unwrap_or_default();
        let body = match admission::encode(&request, &decision) {
            Ok(body) => body,
            Err(error) => {
                self.metrics.error(Stage::Encode);
                tracing::error!(uid = decisions::escaped(&request.uid, text::VALUE), %error, "cannot write the answer");
                return Answer::line(StatusCode::INTERNAL_SERVER_ERROR, "cannot write the answer");
            }
        };
        let labels = Labels {
            path: endpoint.path,
            operation: request.operation.as_str(),
            kind: request.target.class.as_str(),
            verdict,
        };
        let took = begin.elapsed();
        self.metrics.review(labels, &decision.lines, took);
        decisions::log(labels, &request, &decision.lines, took);
        Answer { status: StatusCode::OK, body }
    }

    /// The decision, or `None` where the request is allowed without a look.
    fn decide(&self, endpoint: Endpoint, request: &Request<'_>) -> Option<Decision> {
        let change = request.change.as_ref()?;
        let namespace = request.target.namespace.as_ref();
        if self.excluded.contains(namespace) {
            return None;
        }
        // A file source knows namespaces by name, and no policy of it asks for labels. Once one may
        // (`Policy::needs_labels`), a namespace that is not known yet must be an error, not a verdict.
        let (snapshot, surroundings) = (self.snapshot.load(), self.surroundings.load());
        let context = surroundings.context(namespace, Some(&request.requester), Timestamp::now());
        Some(decision::decide(endpoint.phase, change, &snapshot, &context))
    }

    fn refuse(&self, endpoint: Endpoint, error: &DecodeError) -> Answer {
        let (stage, status) = match error {
            DecodeError::Malformed(_) => (Stage::Decode, StatusCode::BAD_REQUEST),
            DecodeError::Undecodable { .. } => (Stage::Object, StatusCode::INTERNAL_SERVER_ERROR),
        };
        self.metrics.error(stage);
        tracing::warn!(path = endpoint.path, status = status.as_u16(), %error, "not judged");
        Answer::line(status, &error.to_string())
    }
}

impl Answer {
    /// One line of reason.
    pub(super) fn line(status: StatusCode, reason: &str) -> Self {
        let clean = |letter: char| if letter.is_control() { ' ' } else { letter };
        let line: String = reason.chars().map(clean).chain(['\n']).collect();
        Self { status, body: line.into_bytes() }
    }
}

/// Whose a body is, without a look at its objects.
pub(super) fn flow_of(body: &[u8], seats: &Seats) -> Flow {
    let caller = admission::caller(body);
    seats.flow(&caller.namespace, &caller.user, caller.dry_run)
}

fn flow(request: &Request<'_>, seats: &Seats) -> Flow {
    let (namespace, user) = (&request.target.namespace, &request.requester.user);
    seats.flow(namespace, user, request.dry_run)
}

/// A patch is at most so many bytes longer than the object that it changes.
const BEYOND_OBJECT: usize = 64 * 1024;

/// The decision without its patch, where that would be much larger than the object: the validating
/// phase judges the object as it is.
fn bounded(decision: Decision, body: &[u8]) -> Decision {
    // What an operation sets is part of the object; the rest of it takes about a hundred bytes.
    if decision.patch.len() < BEYOND_OBJECT / 256 {
        return decision;
    }
    let most = admission::object_size(body) + BEYOND_OBJECT;
    if admission::patch_length(&decision) > most { decision.unrepaired() } else { decision }
}

fn verdict(request: &Request<'_>, decision: Option<&Decision>) -> &'static str {
    match decision {
        None if request.change.is_some() => "excluded",
        None => "skipped",
        Some(decision) if decision.is_denied() => "denied",
        Some(decision) if !decision.patch.is_empty() => "patched",
        Some(_) => "allowed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registration::ENDPOINTS;

    fn body(containers: usize, filler: usize) -> Vec<u8> {
        let containers: Vec<_> = (0..containers)
            .map(|at| serde_json::json!({"name": format!("c{at}"), "image": "i"}))
            .collect();
        let pod = serde_json::json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "p", "annotations": {"filler": "x".repeat(filler)}},
            "spec": {"containers": containers},
        });
        let review = serde_json::json!({
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": {
                "uid": "u", "operation": "CREATE", "namespace": "n",
                "kind": {"group": "", "version": "v1", "kind": "Pod"},
                "resource": {"group": "", "version": "v1", "resource": "pods"},
                "userInfo": {}, "object": pod, "oldObject": null,
            },
        });
        review.to_string().into_bytes()
    }

    #[test]
    fn what_takes_long_is_not_answered_at_once() {
        let seats = Seats::new(1);
        let judge = Judge {
            snapshot: ArcSwap::default(),
            surroundings: ArcSwap::default(),
            excluded: BTreeSet::new(),
            help_url: String::new(),
            metrics: Arc::new(Metrics::new().unwrap()),
        };
        let validate = *ENDPOINTS.iter().find(|endpoint| endpoint.path == "validate").unwrap();
        for (containers, filler, soon) in
            [(1, 0, true), (MANY, 0, true), (MANY + 1, 0, false), (1, LARGE, false)]
        {
            let body = body(containers, filler);
            let answer = match judge.answer_soon(validate, &body, &seats) {
                Soon::Answered(answer) => Some(answer.status),
                Soon::Large(_) => None,
            };
            assert_eq!(answer, soon.then_some(StatusCode::OK), "{containers}");
            // Also one that cannot be read is somebody's.
            let broken = String::from_utf8(body.clone()).unwrap().replace("\"c0\"", "5");
            let (answer, flow) = judge.answer(validate, broken.as_bytes(), &seats);
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(flow, seats.flow("n", "", false));
            assert_ne!(flow, seats.flow("another", "", false));
            assert_eq!(judge.answer(validate, &body, &seats).0.status, StatusCode::OK);
        }
    }
}
