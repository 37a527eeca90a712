//! Edits on the view of a pod: what it is once the operations are made.

use std::borrow::Cow;

use super::STRICT;
use crate::controls::Edit;
use crate::pod::PodView;

/// The pod as it is after `edits`.
#[must_use]
pub fn apply<'a>(pod: &PodView<'a>, edits: &[Edit]) -> PodView<'a> {
    let mut pod = pod.clone();
    for edit in edits {
        match edit {
            Edit::StopSharing => pod.share_process_namespace = Some(false),
            Edit::StrictGroups => {
                pod.security.present = true;
                pod.security.supplemental_groups_policy = Some(Cow::Borrowed(STRICT));
            }
            Edit::DropPtrace(container) => {
                if let Some(container) = pod.containers.get_mut(*container) {
                    container.security.capabilities.remove_sys_ptrace();
                }
            }
        }
    }
    pod
}
