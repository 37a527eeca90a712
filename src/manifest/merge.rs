//! Keys that stand twice, and merge keys, as kubectl's YAML library takes them: member by member in
//! the order of the text, and the last one of a key counts, also against an earlier one of the
//! object itself (sigs.k8s.io/yaml, `decoder.mapping`).

use std::collections::BTreeSet;
use std::mem;

use super::located::{Key, Located, Map, Node};
use super::place::Place;

/// The key whose value is merged into the object around it.
pub(super) const MERGE: &str = "<<";

/// What is wrong with a merge key.
pub(super) const MERGES_OBJECTS: &str =
    "`<<` merges an object, or a list of objects, and nothing else";

type Member = (Key, Located);

impl Map {
    /// Makes each key stand once; `members` are all there are, in the order of the text. The error
    /// is the place of a merge key that has nothing to merge.
    pub(super) fn settle(&mut self, merges: impl Fn(&Key) -> bool) -> Result<(), Place> {
        let any = self.members.iter().any(|(key, _)| merges(key));
        if !any && is_distinct(&self.members) {
            return Ok(());
        }
        let mut seen = BTreeSet::new();
        let mut members = Vec::new();
        for (key, value) in mem::take(&mut self.members) {
            if merges(&key) {
                members.extend(merged(value.node).ok_or(key.place)?);
                continue;
            }
            if !seen.insert(key.text.clone()) {
                self.repeated.push(key.clone());
            }
            members.push((key, value));
        }
        self.members = last_of_each(members);
        Ok(())
    }
}

/// Whether no key stands twice. Sorts, so that a large object costs no quadratic time.
fn is_distinct(members: &[Member]) -> bool {
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.text.as_str()).collect();
    keys.sort_unstable();
    keys.windows(2).all(|pair| pair.first() != pair.last())
}

/// What a merge key brings: of a list of objects, the first one that has a key counts.
fn merged(node: Node) -> Option<Vec<Member>> {
    let members = |node| match node {
        Node::Map(map) => Some(map.members),
        Node::Scalar(_) | Node::List(_) => None,
    };
    let objects = match node {
        Node::List(items) => items.into_iter().rev().map(|item| members(item.node)).collect(),
        Node::Scalar(_) | Node::Map(_) => vec![members(node)],
    };
    Some(objects.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Each key once, at the place of its last member.
fn last_of_each(members: Vec<Member>) -> Vec<Member> {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<Member> = Vec::new();
    for member in members.into_iter().rev() {
        if seen.insert(member.0.text.clone()) {
            kept.push(member);
        }
    }
    kept.reverse();
    kept
}
