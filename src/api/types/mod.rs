//! The objects as they are written: wire types, for text now and custom resources later.
//!
//! A spec knows neither its name nor its status, so that it can be the spec of either. Nothing here
//! reads text.

mod controls;
mod exception;
mod nulls;
mod object;
mod policy;
mod selector;
mod words;

pub(crate) use controls::{ControlSettings, DEFAULT_ASPECTS, Groups, Ptrace, Reach};
pub(crate) use exception::IsolationExceptionSpec;
pub(crate) use nulls::Controls;
pub(crate) use object::Object;
pub(crate) use policy::{IsolationPolicySpec, LATEST};
pub(crate) use selector::{Expression, LabelSelector};
pub(crate) use words::{SubjectWord, Word};

/// Whether a field says what it says when it is left out; then it need not be written.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
