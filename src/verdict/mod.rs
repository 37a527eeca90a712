//! The verdict on an object of a text: what the webhook would say of it, without a cluster.
//!
//! Comes in: a [`Manifest`] or a document of it, the policies, and what is known around them. Goes
//! out: an [`Entry`] for each object, with every finding, or why there is none. Whoever judges
//! manifests shares it; the room does not know who asks, and reads no file.

mod entry;
mod judge;
mod list;
mod objects;
mod warnings;

pub use entry::{Entry, LocatedFinding, Outcome, Skip, SkipReason, Verdict};
pub use judge::{Hints, Judge, Listing};
pub use list::LISTS;
pub use objects::{Contents, Item, Manifest, Object, Other, documents, items};
