//! Verdicts on manifests, as they are shown.

pub(super) mod json;
mod notes;
pub(super) mod text;
pub(super) mod totals;
