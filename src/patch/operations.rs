//! Edits as RFC 6902 operations on the object: by pointer, with the parents they need.

use json_patch::{AddOperation, PatchOperation, RemoveOperation};
use jsonptr::{PointerBuf, Token};

use super::STRICT;
use crate::controls::Edit;
use crate::path::{FieldPath, Step};
use crate::pod::{Capabilities, PodView};

/// Of a list that loses no more elements than these each is removed.
const MOST_REMOVALS: usize = 4;

/// How much a patch is.
#[derive(Clone, Copy, Default)]
struct Size {
    operations: usize,
    /// Values in the operations.
    values: usize,
}

/// No patch is larger in either: no pod has so much to repair.
const LARGEST: Size = Size { operations: 1 << 14, values: 1 << 18 };

/// The same as [`build`]; `None` where the patch would have too many operations or values.
pub fn bounded(pod: &PodView<'_>, edits: &[Edit]) -> Option<Vec<PatchOperation>> {
    let sizes = edits.iter().map(|edit| Size::of(pod, edit));
    let Size { operations, values } = sizes.fold(Size::default(), Size::plus);
    let is_small = operations <= LARGEST.operations && values <= LARGEST.values;
    is_small.then(|| build(pod, edits))
}

impl Size {
    /// What an edit takes.
    fn of(pod: &PodView<'_>, edit: &Edit) -> Self {
        let Edit::DropPtrace(container) = edit else { return Self { operations: 1, values: 1 } };
        let capabilities = pod.containers.get(*container).map(|it| &it.security.capabilities);
        capabilities.map_or_else(Self::default, |it| {
            let removed = it.sys_ptrace().len();
            let left = it.add().len() - removed;
            let appended = usize::from(it.adds_all());
            if is_set_whole(removed, left) {
                Self { operations: 1 + appended, values: left }
            } else {
                Self { operations: removed + appended, values: 0 }
            }
        })
    }

    fn plus(self, other: Self) -> Self {
        Self { operations: self.operations + other.operations, values: self.values + other.values }
    }
}

/// Whether it is shorter to set what is left of a list than to remove elements, or would spare the
/// API server from copying a long list for each of many.
fn is_set_whole(removed: usize, left: usize) -> bool {
    removed > MOST_REMOVALS && (left / 16 <= removed || removed.saturating_mul(left) > 10_000_000)
}

/// The operations that make `edits` on the object that `pod` was read from, in order.
pub fn build(pod: &PodView<'_>, edits: &[Edit]) -> Vec<PatchOperation> {
    edits.iter().flat_map(|edit| operations(pod, edit)).collect()
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
    if is_set_whole(remove.len(), capabilities.add().len() - remove.len()) {
        let all = capabilities.add().iter().enumerate();
        let kept = all.filter(|(at, _)| remove.binary_search(at).is_err());
        return vec![add(list, kept.map(|(_, name)| name.as_ref()).collect())];
    }
    // From the last one on, so that the indices before it stay true.
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
