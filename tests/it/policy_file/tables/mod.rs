//! Policy files that are accepted, and such that are refused: for the loader and for the schema.

mod exceptions;
mod policies;

pub(crate) use exceptions::{BAD_EXCEPTIONS, EXCEPTION};
pub(crate) use policies::{BAD_POLICIES, FULL, POLICY};
