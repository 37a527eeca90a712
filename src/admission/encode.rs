//! From a decision to the bytes of an AdmissionReview.

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};

use super::{Request, Version};
use crate::decision::Decision;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Review<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: Response<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<Base64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_type: Option<&'static str>,
    #[serde(skip_serializing_if = "slice_is_empty")]
    warnings: &'a [String],
    #[serde(skip_serializing_if = "slice_is_empty", serialize_with = "as_map")]
    audit_annotations: &'a [(&'static str, String)],
}

/// What the API server shows the user of a denial, and keeps for programs.
#[derive(Serialize)]
struct Status<'a> {
    code: u16,
    reason: &'static str,
    message: &'a str,
    details: Details<'a>,
}

#[derive(Serialize)]
struct Details<'a> {
    causes: Vec<Cause<'a>>,
}

#[derive(Serialize)]
struct Cause<'a> {
    reason: &'static str,
    message: &'a str,
    field: &'a str,
}

fn slice_is_empty<T>(slice: &[T]) -> bool {
    slice.is_empty()
}

fn as_map<S: Serializer>(
    pairs: &[(&'static str, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

/// The body of the answer.
pub fn encode(request: &Request<'_>, decision: &Decision) -> Result<Vec<u8>, serde_json::Error> {
    answer(request.version, &request.uid, decision)
}

fn answer(version: Version, uid: &str, decision: &Decision) -> Result<Vec<u8>, serde_json::Error> {
    let patched = !decision.patch.is_empty();
    serde_json::to_vec(&Review {
        api_version: version.as_str(),
        kind: "AdmissionReview",
        response: Response {
            uid,
            allowed: !decision.is_denied(),
            status: decision.is_denied().then(|| status(decision)),
            patch: if patched { Some(Base64(serde_json::to_vec(&decision.patch)?)) } else { None },
            patch_type: patched.then_some("JSONPatch"),
            warnings: &decision.warnings,
            audit_annotations: &decision.annotations,
        },
    })
}

/// How long the patch of a decision is, in bytes, before it is encoded for the answer.
pub fn patch_length(decision: &Decision) -> usize {
    serde_json::to_vec(&decision.patch).map_or(usize::MAX, |patch| patch.len())
}

/// Bytes that are written in base64.
struct Base64(Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(&self.0, &STANDARD))
    }
}

fn status(decision: &Decision) -> Status<'_> {
    let causes = decision.causes.iter().map(|cause| Cause {
        reason: cause.reason,
        message: &cause.message,
        field: &cause.field,
    });
    Status {
        code: 403,
        reason: "Forbidden",
        message: &decision.denial,
        details: Details { causes: causes.collect() },
    }
}
