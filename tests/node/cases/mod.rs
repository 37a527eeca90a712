//! The tests, one file per subject.

mod lifetime;
mod proof;
mod statements;

use crate::setup::Node;
use crate::tier::trials;

/// One test.
pub(crate) type Case = trials::Case<Node>;

pub(crate) fn all() -> Vec<Case> {
    let subjects = [statements::cases(), lifetime::cases(), proof::cases()];
    subjects.into_iter().flatten().collect()
}
