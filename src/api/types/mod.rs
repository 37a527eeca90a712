//! The objects as they are written.

pub(super) mod controls;
pub(super) mod exception;
pub(super) mod policy;
pub(super) mod selector;
pub(super) mod words;
