//! Edits to RFC 6902 operations.
//!
//! Comes in: the [`PodView`] and the [`Edit`]s on it. Goes out: operations by pointer, with the
//! parents they need, or the edited view. Nothing is re-serialised, so unknown fields survive.

use json_patch::{AddOperation, PatchOperation, RemoveOperation};
use jsonptr::{PointerBuf, Token};
use std::borrow::Cow;

use crate::controls::Edit;
use crate::path::{FieldPath, Step};
use crate::pod::{Capabilities, PodView};

/// The value that is strict.
const STRICT: &str = "Strict";

/// Of a list that loses no more elements than these each is removed.
const MANY: usize = 4;

/// No patch has more operations and more values than these: no pod has so much to repair.
const MOST: (usize, usize) = (1 << 14, 1 << 18);

/// The same as [`build`]; `None` where the patch would have too many operations or values.
pub fn bounded(pod: &PodView<'_>, edits: &[Edit]) -> Option<Vec<PatchOperation>> {
    let parts = edits.iter().map(|edit| parts(pod, edit));
    let (operations, values) = parts.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    (operations <= MOST.0 && values <= MOST.1).then(|| build(pod, edits))
}

/// How many operations an edit takes, and values in them.
fn parts(pod: &PodView<'_>, edit: &Edit) -> (usize, usize) {
    let Edit::DropPtrace(container) = edit else { return (1, 1) };
    let capabilities = pod.containers.get(*container).map(|it| &it.security.capabilities);
    capabilities.map_or((0, 0), |it| {
        let removed = it.sys_ptrace().len();
        let kept = it.add().len() - removed;
        let appended = usize::from(it.adds_all());
        if is_set_anew(removed, kept) { (1 + appended, kept) } else { (removed + appended, 0) }
    })
}

/// Whether it is shorter to set what is left of a list than to remove elements, or would spare the
/// API server from copying a long list for each of many.
fn is_set_anew(removed: usize, kept: usize) -> bool {
    removed > MANY && (kept / 16 <= removed || removed.saturating_mul(kept) > 10_000_000)
}

/// The operations that make `edits` on the object that `pod` was read from, in order.
pub fn build(pod: &PodView<'_>, edits: &[Edit]) -> Vec<PatchOperation> {
    edits.iter().flat_map(|edit| operations(pod, edit)).collect()
}

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

/// `add` rather than `replace` everywhere: it sets a member whether it is there, null or absent.
fn operations(pod: &PodView<'_>, edit: &Edit) -> Vec<PatchOperation> {
    match edit {
        Edit::StopSharing => vec![add(&pod.field("shareProcessNamespace"), false.into())],
        Edit::StrictGroups => {
            let parent = pod.field("securityContext");
            if pod.security.present {
                vec![add(&parent.field("supplementalGroupsPolicy"), STRICT.into())]
            } else {
                vec![add(&parent, serde_json::json!({ "supplementalGroupsPolicy": STRICT }))]
            }
        }
        Edit::DropPtrace(container) => {
            let Some(container) = pod.containers.get(*container) else {
                return Vec::new();
            };
            let capabilities = &container.security.capabilities;
            let path = pod.container_path(container).field("securityContext").field("capabilities");
            let mut operations = removals(&path.clone().field("add"), capabilities);
            if capabilities.adds_all() {
                let drop = path.field("drop");
                let known = capabilities.drop().len();
                // An absent, null or empty list is set whole; into any other one is inserted.
                operations.push(match known {
                    0 => add(&drop, serde_json::json!(["SYS_PTRACE"])),
                    _ => add(&drop.index(known), "SYS_PTRACE".into()),
                });
            }
            operations
        }
    }
}

/// The operations that delete what names SYS_PTRACE from `add`.
fn removals(list: &FieldPath, capabilities: &Capabilities<'_>) -> Vec<PatchOperation> {
    let remove = capabilities.sys_ptrace();
    if is_set_anew(remove.len(), capabilities.add().len() - remove.len()) {
        let all = capabilities.add().iter().enumerate();
        let kept = all.filter(|(at, _)| remove.binary_search(at).is_err());
        return vec![add(list, kept.map(|(_, name)| name.as_ref()).collect())];
    }
    // From the last one on, so that the places before it stay true.
    remove.iter().rev().map(|at| take(&list.clone().index(*at))).collect()
}

fn add(path: &FieldPath, value: serde_json::Value) -> PatchOperation {
    PatchOperation::Add(AddOperation { path: pointer(path), value })
}

fn take(path: &FieldPath) -> PatchOperation {
    PatchOperation::Remove(RemoveOperation { path: pointer(path) })
}

/// The RFC 6901 pointer of a path; the library escapes `~` and `/`.
fn pointer(path: &FieldPath) -> PointerBuf {
    PointerBuf::from_tokens(path.steps().iter().map(|step| match step {
        Step::Key(name) => Token::new(name.as_ref()),
        Step::Index(index) => Token::from(*index),
    }))
}
