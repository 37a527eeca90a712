//! The nine kinds that hold a pod or its template: JSON in, a [`PodView`] out.
//!
//! Rules of reading, each tested: absent and `null` are the same; a member that counts and stands
//! twice is an error; members that do not count are skipped unread, at any depth; a wrong type of
//! a member that counts is an error. The room does not know who asks.
//!
//! [`PodView`]: crate::pod::PodView

mod affinity;
mod bounded;
mod fields;
mod groups;
mod kinds;
mod read;
mod view;
mod wire;

pub(crate) use bounded::{List, Text, read_from_objects};
pub use fields::{Below, Fields};
pub use groups::{Meant, meant};
pub use kinds::{KINDS, Kind, Layout, by_kind, by_resource, names};
pub use read::{faults, read};
pub(crate) use read::{parse, pod, raw_template, template};
pub(crate) use wire::{MOST_GROUPS, Object};
