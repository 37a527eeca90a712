//! From the bytes of an AdmissionReview to a [`Request`], or why that is not possible.

use std::borrow::Cow;
use std::fmt;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::resources::{self, AcceptedKinds, KindClass};
use super::wire::{Envelope, Review};
use crate::objects::{self, Kind, Layout, Object, Text};
use crate::path::{Fault, FieldPath, Step};
use crate::policy::{Change, Requester};
use crate::text;

/// The version of the AdmissionReview; the answer has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `admission.k8s.io/v1`.
    V1,
    /// `admission.k8s.io/v1beta1`.
    V1Beta1,
}

impl Version {
    /// As in `apiVersion`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "admission.k8s.io/v1",
            Self::V1Beta1 => "admission.k8s.io/v1beta1",
        }
    }
}

/// `request.operation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// An object is created.
    Create,
    /// An object is changed.
    Update,
    /// An object is deleted.
    Delete,
    /// A connection to an object, such as exec.
    Connect,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Delete, Self::Connect];

    /// As in the review.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

/// A review that could be read.
#[derive(Debug)]
pub struct Request<'a> {
    /// The version to answer in.
    pub version: Version,
    /// `request.uid`, to be echoed.
    pub uid: Cow<'a, str>,
    /// What it is about.
    pub target: Target<'a>,
    /// `request.operation`.
    pub operation: Operation,
    /// `request.userInfo`.
    pub requester: Requester<'a>,
    /// `request.dryRun`: whether nothing will come of it.
    pub dry_run: bool,
    /// What it does; `None` where it is allowed without a look.
    pub change: Option<Change<'a>>,
}

/// Whose a review is, as far as it says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Caller<'a> {
    /// `request.namespace`.
    pub namespace: Cow<'a, str>,
    /// `request.userInfo.username`.
    pub user: Cow<'a, str>,
    /// `request.dryRun`.
    pub dry_run: bool,
}

/// Whose a review is, without a look at its objects; of one that cannot be read, nobody's.
pub fn caller(body: &[u8]) -> Caller<'_> {
    let envelope = serde_json::from_slice::<Review<'_, IgnoredAny>>(body).ok();
    let Some(envelope) = envelope.and_then(|review| review.request) else {
        return Caller::default();
    };
    Caller {
        namespace: envelope.namespace.map(|text| text.0).unwrap_or_default(),
        user: envelope
            .user_info
            .and_then(|user| user.username)
            .map(|text| text.0)
            .unwrap_or_default(),
        dry_run: envelope.dry_run == Some(true),
    }
}

/// How many bytes `request.object` has; 0 where there is none.
pub fn object_size(body: &[u8]) -> usize {
    let envelope = serde_json::from_slice::<Review<'_, &RawValue>>(body).ok();
    let object = envelope.and_then(|review| review.request).and_then(|request| request.object);
    object.map_or(0, |object| object.get().len())
}

/// What a request is about: what may be logged of it.
#[derive(Debug)]
pub struct Target<'a> {
    /// The class for metrics.
    pub class: KindClass,
    /// `request.kind.kind`.
    pub kind: Cow<'a, str>,
    /// `request.namespace`; empty where there is none.
    pub namespace: Cow<'a, str>,
    /// `request.name`; empty for `generateName` in the mutating phase.
    pub name: Cow<'a, str>,
    /// `request.subResource`; empty where there is none.
    pub subresource: Cow<'a, str>,
    /// Kind and name of the controller that owns the object.
    pub owner: Option<[Cow<'a, str>; 2]>,
}

/// Why a body could not be judged. The texts hold no value of the object.
#[derive(Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The request is malformed or not for this endpoint: 4xx.
    Malformed(String),
    /// The request is well formed, its object cannot be read: 500.
    Undecodable {
        /// `request.uid`.
        uid: String,
        /// Where and why.
        message: String,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(message) => f.write_str(message),
            Self::Undecodable { uid, message } => {
                let uid = text::value(uid);
                write!(f, "review {}: cannot read the object: {message}", uid.escape_debug())
            }
        }
    }
}

impl std::error::Error for DecodeError {}

/// Reads one AdmissionReview for an endpoint that judges `accepted`.
pub fn decode(body: &[u8], accepted: AcceptedKinds) -> Result<Request<'_>, DecodeError> {
    let review: Review<'_, Object<'_>> =
        objects::parse(body).map_err(|fault| explain(body, accepted, &fault))?;
    let (head, object, old) = Head::split(review, accepted)?;
    let owner = object.as_ref().or(old.as_ref()).and_then(Object::controller);
    let change = head.change(object, old)?;
    let Head { version, uid, target, operation, requester, dry_run, .. } = head;
    let target = Target { owner, ..target };
    Ok(Request { version, uid, target, operation, requester, dry_run, change })
}

/// Everything of a review but its objects.
struct Head<'a> {
    version: Version,
    uid: Cow<'a, str>,
    target: Target<'a>,
    operation: Operation,
    requester: Requester<'a>,
    dry_run: bool,
    kind: &'static Kind,
}

impl<'a> Head<'a> {
    /// Checks a review and takes it apart; the objects come last, the old one behind the new one.
    fn split<O>(
        review: Review<'a, O>,
        accepted: AcceptedKinds,
    ) -> Result<(Self, Option<O>, Option<O>), DecodeError> {
        let version = version(&review)?;
        let Some(envelope) = review.request else {
            return Err(malformed("request is missing: this is not a request for a review"));
        };
        let Envelope { uid, kind, resource, sub_resource, name, namespace, .. } = envelope;
        let text = |text: Option<Text<'a>>| text.map(|text| text.0).unwrap_or_default();
        let uid = text(uid);
        if uid.is_empty() {
            return Err(malformed("request.uid is missing"));
        }
        let operation = operation(&text(envelope.operation))?;
        let Some(resource) = resource else {
            return Err(malformed("request.resource is missing"));
        };
        let found = find(&text(resource.group), &text(resource.resource), accepted)?;
        let subresource = text(sub_resource);
        let user = envelope.user_info.unwrap_or_default();
        let head = Self {
            version,
            uid,
            target: Target {
                class: KindClass::of(found.layout, &subresource),
                kind: kind.map(|kind| text(kind.kind)).unwrap_or_default(),
                namespace: text(namespace),
                name: text(name),
                subresource,
                owner: None,
            },
            operation,
            requester: Requester {
                user: text(user.username),
                groups: user.groups.unwrap_or_default().kept,
            },
            dry_run: envelope.dry_run == Some(true),
            kind: found,
        };
        head.check()?;
        Ok((head, envelope.object, envelope.old_object))
    }

    /// Whether the request is allowed without a look.
    fn is_skipped(&self) -> bool {
        matches!(self.operation, Operation::Delete | Operation::Connect)
            || resources::is_skipped(&self.target.subresource)
    }

    fn check(&self) -> Result<(), DecodeError> {
        if self.is_skipped() {
            return Ok(());
        }
        let expected = self.kind.kind;
        if self.target.kind != expected {
            return Err(malformed(format!(
                "request.kind.kind is not {expected}, which its resource and subresource hold"
            )));
        }
        if self.target.namespace.is_empty() {
            return Err(malformed("request.namespace is missing"));
        }
        Ok(())
    }

    fn change(
        &self,
        object: Option<Object<'a>>,
        old: Option<Object<'a>>,
    ) -> Result<Option<Change<'a>>, DecodeError> {
        if self.is_skipped() {
            return Ok(None);
        }
        let object = self.present(object, "request.object")?;
        let old = match self.operation {
            Operation::Update => Some(self.present(old, "request.oldObject")?),
            Operation::Create | Operation::Delete | Operation::Connect => None,
        };
        if self.kind.layout != Layout::Pod {
            return self.template(&object, old.as_ref());
        }
        let pod = |object| objects::pod(object).map_err(|fault| self.undecodable(&fault));
        let new = pod(object)?;
        Ok(Some(match (old.map(pod).transpose()?, self.target.class) {
            (None, _) => Change::Create(new),
            (Some(old), KindClass::EphemeralContainers) => Change::debug(new, old),
            (Some(old), _) => Change::Update { new, old },
        }))
    }

    /// An object that is there and of the kind the request says.
    fn present(&self, object: Option<Object<'a>>, field: &str) -> Result<Object<'a>, DecodeError> {
        let operation = self.operation.as_str();
        let object =
            object.ok_or_else(|| malformed(format!("{field} is missing in {operation}")))?;
        match &object.kind {
            Some(kind) if kind.0 != self.kind.kind => {
                Err(malformed(format!("{field}.kind is not {}", self.kind.kind)))
            }
            Some(_) | None => Ok(object),
        }
    }

    fn undecodable(&self, fault: &Fault) -> DecodeError {
        DecodeError::Undecodable { uid: self.uid.to_string(), message: without_values(fault) }
    }

    /// A template that is new or differs from the stored one in any byte: the API server writes
    /// both with the same encoder.
    fn template(
        &self,
        object: &Object<'a>,
        old: Option<&Object<'a>>,
    ) -> Result<Option<Change<'a>>, DecodeError> {
        let raw = |object| objects::raw_template(object, self.kind);
        let raw_new = raw(object).map_err(|fault| self.undecodable(&fault))?;
        let Some(raw_new) = raw_new else { return Ok(None) };
        let raw_old = old.and_then(|old| raw(old).ok().flatten());
        if raw_old.is_some_and(|old| old.get() == raw_new.get()) {
            return Ok(None);
        }
        let pod = objects::template(raw_new, self.kind.layout);
        let pod = pod.map_err(|fault| self.undecodable(&fault))?;
        Ok(Some(Change::Template { kind: self.kind.kind, pod }))
    }
}

fn version<O>(review: &Review<'_, O>) -> Result<Version, DecodeError> {
    let is = |text: &Option<Text<'_>>, expected| text.as_ref().is_some_and(|it| it.0 == expected);
    let versions = [Version::V1, Version::V1Beta1];
    let version = versions.into_iter().find(|one| is(&review.api_version, one.as_str()));
    match version {
        Some(version) if is(&review.kind, "AdmissionReview") => Ok(version),
        Some(_) => Err(malformed("kind is not AdmissionReview")),
        None => {
            Err(malformed("apiVersion is neither admission.k8s.io/v1 nor admission.k8s.io/v1beta1"))
        }
    }
}

fn operation(text: &str) -> Result<Operation, DecodeError> {
    let known = Operation::ALL.into_iter().find(|operation| operation.as_str() == text);
    known.ok_or_else(|| malformed("request.operation is not CREATE, UPDATE, DELETE or CONNECT"))
}

fn find(group: &str, name: &str, accepted: AcceptedKinds) -> Result<&'static Kind, DecodeError> {
    let kind = objects::by_resource(group, name).ok_or_else(|| {
        malformed(format!(
            "request.resource is none that is judged; register only {}",
            objects::names()
        ))
    })?;
    if accepted.serve(kind.layout) {
        return Ok(kind);
    }
    Err(malformed(match accepted {
        AcceptedKinds::Templates => "pods are judged by /validate; this endpoint never denies",
        AcceptedKinds::Pods | AcceptedKinds::Both => "templates are judged by /advise",
    }))
}

fn malformed(message: impl Into<String>) -> DecodeError {
    DecodeError::Malformed(message.into())
}

/// Why a body could not be read: malformed, unless everything but the objects is well formed.
fn explain(body: &[u8], accepted: AcceptedKinds, fault: &Fault) -> DecodeError {
    let review: Review<'_, IgnoredAny> = match objects::parse(body) {
        Ok(review) => review,
        Err(fault) => return malformed(without_values(&fault)),
    };
    match Head::split(review, accepted) {
        Ok((head, ..)) => head.undecodable(fault),
        Err(error) => error,
    }
}

/// The members whose keys are free.
const FREE_KEYS: [&str; 2] = ["labels", "nodeSelector"];

/// Where and what, without the keys of maps: those are values of the object, too.
fn without_values(fault: &Fault) -> String {
    if fault.path.is_root() {
        return format!("not a JSON review: {}", fault.message);
    }
    let steps = fault.path.steps();
    let free = |step: &Step| matches!(step, Step::Key(key) if FREE_KEYS.contains(&key.as_ref()));
    let shown = match steps.iter().position(free) {
        Some(map) if map + 1 < steps.len() => {
            let path: FieldPath = steps.iter().take(map + 1).cloned().collect();
            format!("{path}.*")
        }
        Some(_) | None => fault.path.to_string(),
    };
    fault.at(&shown.escape_debug().to_string())
}
