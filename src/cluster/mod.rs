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

use std::fmt;
use std::str::FromStr;

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

/// An object in a namespace, as `NAMESPACE/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Where it is.
    pub namespace: String,
    /// What it is called there.
    pub name: String,
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.namespace, self.name)
    }
}

impl FromStr for Name {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((namespace, name)) if is_label(namespace) && is_subdomain(name) => {
                Ok(Self { namespace: namespace.to_owned(), name: name.to_owned() })
            }
            _ => Err("is not NAMESPACE/NAME, in lower case"),
        }
    }
}

/// Whether names of namespaces and Services may look so (RFC 1123).
fn is_label(text: &str) -> bool {
    let good = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let inner = |letter: char| good(letter) || letter == '-';
    text.len() < 64 && text.chars().all(inner) && text.starts_with(good) && text.ends_with(good)
}

/// The same of most other objects.
fn is_subdomain(text: &str) -> bool {
    text.len() < 254 && text.split('.').all(is_label)
}
