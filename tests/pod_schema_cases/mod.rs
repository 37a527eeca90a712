//! What the schema watch compares.

pub(crate) mod classes;
pub(crate) mod schema;
