//! Policies and exceptions as objects of an API, one by one: `types` as they are written,
//! `compile` to what judges, `lint` for what has no effect, `schema` for editors.
//!
//! Comes in: the spec of an object, whoever read it. Goes out: a policy or an exception, or faults
//! with the path of a field. The room knows no text, no file and no cluster.

pub(crate) mod compile;
pub(crate) mod lint;
mod schema;
pub(crate) mod types;

use types::{IsolationExceptionSpec, IsolationPolicySpec};

pub use compile::Namespaces;
pub use schema::schemas;

/// `apiVersion` of every object here.
pub const API_VERSION: &str = "bulkhead.dev/v1alpha1";

/// The kinds of objects here.
pub(crate) const KINDS: [&str; 2] = [IsolationPolicySpec::KIND, IsolationExceptionSpec::KIND];
