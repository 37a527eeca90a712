//! The verdict on an object of a text: what the webhook would say of it, without a cluster.
//!
//! Comes in: a text or a document of it, the policies, and what is known around them. Goes out:
//! for each object its verdict with every finding, or why there is none. Whoever judges manifests
//! shares it; the room does not know who asks, and reads no file.

mod judge;
mod objects;

pub use judge::{Entry, Found, Judge, Judged, Listing, Skipped, Surroundings, Why};
pub use objects::{Broken, Contents, Item, NOTHING, Object, Other, items, readable};
