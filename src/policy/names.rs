//! Which policies a ruling names.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Names of policies, in their order. Rulings by the same policies have one list together: a pod can
/// have tens of thousands of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Names(Option<Arc<[Arc<str>]>>);

impl Names {
    /// The list of one.
    pub fn one(name: &Arc<str>) -> Self {
        Self(Some([Arc::clone(name)].into()))
    }

    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.iter().flat_map(|names| names.iter())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The names of several lists, each once, in their order.
    pub fn all<'n>(lists: impl Iterator<Item = &'n Self>) -> Self {
        let mut names = Vec::new();
        let mut last = None;
        for list in lists {
            // Most lists are the same as the one before.
            if last != Some(list) {
                names.extend(list.iter().cloned());
                names.sort();
                names.dedup();
            }
            last = Some(list);
        }
        Self((!names.is_empty()).then(|| names.into()))
    }
}

/// Lists made of two others, each made once.
#[derive(Default)]
pub(super) struct Unions(BTreeMap<(Names, Names), Names>);

impl Unions {
    pub(super) fn of(&mut self, one: &Names, other: &Names) -> Names {
        match (one.is_empty(), other.is_empty()) {
            (true, _) => other.clone(),
            (false, true) => one.clone(),
            (false, false) => {
                let union = || Names::all([one, other].into_iter());
                self.0.entry((one.clone(), other.clone())).or_insert_with(union).clone()
            }
        }
    }
}
