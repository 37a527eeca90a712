use std::collections::BTreeSet;

use super::process::{Process, User};

/// Two ids that none of a pod's processes has, a new one for each end.
#[derive(Clone, Copy, Debug)]
pub(super) struct FreshIds {
    pub(super) from: i64,
    pub(super) to: i64,
}

/// The users and groups that are tried begin here: above those of most images.
const FIRST_FRESH_ID: i64 = 10_001;

impl FreshIds {
    /// Those that no process has.
    pub(super) fn beyond(processes: &[Process]) -> Self {
        let users = processes.iter().filter_map(|it| match it.user {
            User::Known(uid) => Some(uid),
            User::NonRoot | User::Any => None,
        });
        let used: BTreeSet<i64> = users.chain(processes.iter().filter_map(|it| it.group)).collect();
        let mut free = (FIRST_FRESH_ID..).filter(|id| !used.contains(id));
        let mut next = || free.next().unwrap_or(FIRST_FRESH_ID);
        Self { from: next(), to: next() }
    }
}
