//! The API server, where Bulkhead manages its own certificate and registration: the way to it
//! (kubeconfig, proxy, pod), what is read there, what is written.
//!
//! Comes in: names of objects, each known beforehand, so that rights can be given by name and
//! nothing is listed but the endpoints of one Service. Goes out: their states as they change
//! ([`follow()`]), writes that lose to whoever was first ([`replace`], [`Leases`]), who would
//! answer ([`Endpoints`]), and what a registered webhook answers ([`RegisteredWebhook`]).

mod access;
mod call;
mod complete;
mod endpoints;
mod follow;
mod kubeconfig;
mod lease;
mod proxy;
mod register;

pub use access::{Access, CallError, ClusterError, connect};
pub use call::RegisteredWebhook;
pub use complete::Complete;
pub use endpoints::Endpoints;
pub use follow::{Sighting, follow, replace, unseen};
pub use kubeconfig::KubeconfigError;
pub use lease::Leases;
pub use proxy::{Environment, ProxyError};
pub use register::{Registrar, delete};
