//! Repairs, carried out: on the object that was sent, and on the view of it.
//!
//! Comes in: the [`PodView`] and the [`Edit`]s on it. Goes out: RFC 6902 operations, or the edited
//! view. Nothing is re-serialised, so unknown fields survive.
//!
//! [`Edit`]: crate::controls::Edit
//! [`PodView`]: crate::pod::PodView

mod apply;
mod operations;

pub use apply::apply;
pub use operations::{bounded, build};

/// The value of `supplementalGroupsPolicy` that is strict.
const STRICT: &str = "Strict";
