//! The AdmissionReview protocol: bytes in, a [`Request`] out; a [`Decision`] in, bytes out.
//!
//! The only room that knows the protocol, versions v1 and v1beta1. Rules of reading, each tested:
//! absent and `null` are the same; a member that counts and stands twice is an error; members that
//! do not count are skipped unread, at any depth; a wrong type of a member that counts is an
//! error. Nothing unread or unparsable ever counts as "no findings".
//!
//! [`Decision`]: crate::decision::Decision

mod decode;
mod encode;
mod resources;
mod view;
mod wire;

pub use decode::{DecodeError, Operation, Request, Target, Version, decode};
pub use encode::encode;
pub use resources::{KindClass, Paths};
