//! The AdmissionReview protocol: bytes in, a [`Request`] out; a [`Decision`] in, bytes out.
//!
//! The only room that knows the protocol, versions v1 and v1beta1; objects are read by `objects`.
//! Nothing unread or unparsable ever counts as "no findings".
//!
//! [`Decision`]: crate::decision::Decision

mod decode;
mod encode;
mod resources;
mod wire;

pub use decode::{
    Caller, DecodeError, Operation, Request, Target, Version, caller, decode, object_size,
};
pub use encode::{encode, patch_length};
pub use resources::{AcceptedKinds, KindClass};
