//! Text of YAML or JSON: its documents, each value with its place, and types read from them.
//!
//! Comes in: text. Goes out: [`Document`]s, read as kubectl reads them, or what cannot be read and
//! where. The room knows neither the policy format nor the kinds of Kubernetes.

mod document;
mod located;
mod merge;
mod place;
mod typed;
mod unreadable;
pub(crate) mod yaml;

pub use document::{Document, documents, text};
pub use located::{Key, Located, Map, Node};
pub use place::Place;
pub use typed::typed;
pub use unreadable::Unreadable;
