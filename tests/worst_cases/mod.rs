//! The worst bodies: how they are made, found and measured.

pub(crate) mod body;
pub(crate) mod genes;
pub(crate) mod judged;
pub(crate) mod policies;
pub(crate) mod search;
pub(crate) mod served;
