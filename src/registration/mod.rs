//! What is registered with the API server: which endpoints there are, which webhooks call them, and
//! what a stored configuration should be.
//!
//! Comes in: a [`Registration`], what is stored, an authority. Goes out: entries, and a [`Plan`] of
//! what to write. Nobody is asked, and nothing is written here.

mod difference;
mod entries;
mod plan;
mod platforms;
mod selector;
mod table;

pub use difference::{Difference, Entries, part};
pub use entries::{DEFAULT_NAME, Registration, Service};
pub use plan::{Plan, StoredConfiguration, others, tolerated, trusted};
pub use platforms::{PLATFORMS, Platform};
pub use selector::{Enforce, Expression, SelectorError};
pub use table::{
    ENDPOINTS, Endpoint, Namespaces, Resources, Rule, Webhook, WebhookKind, is_ours, paths,
    webhooks,
};

/// The field manager of all that is applied, and the name of what has no other.
pub const BULKHEAD: &str = "bulkhead";
