//! The API server, where Bulkhead manages its own certificate and registration.
//!
//! Comes in: names of objects, each known beforehand, so that rights can be given by name and
//! nothing is listed but the endpoints of one Service. Goes out: their states as they change
//! ([`follow()`]), writes that lose to whoever was first ([`replace`]), who leads ([`lead`]), who
//! would answer ([`Endpoints`]), and which webhooks there are ([`rules`]).

mod access;
mod difference;
mod endpoints;
mod fight;
mod follow;
mod kubeconfig;
mod lease;
mod plan;
mod platforms;
mod proxy;
mod register;
pub mod rules;
mod selector;

pub use access::{Access, ClusterError, connect};
pub use difference::Difference;
pub use endpoints::Endpoints;
pub use fight::{Repairs, Undone};
pub use follow::{Seen, follow, replace, unseen};
pub use lease::lead;
pub use plan::{Plan, tolerated};
pub use platforms::{PLATFORMS, Platform};
pub use proxy::Environment;
pub use register::{Registrar, delete};
pub use rules::{Kind, Registration, Service};
pub use selector::{Enforce, Requirement, SelectorError};

/// The field manager of all that is applied, and the name of what has no other.
pub const BULKHEAD: &str = "bulkhead";
