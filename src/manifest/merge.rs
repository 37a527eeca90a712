//! Keys that stand twice, and merge keys, as kubectl's YAML library takes them: member by member in
//! the order of the text, and the last one of a key counts, also against an earlier one of the
//! object itself (sigs.k8s.io/yaml, `decoder.mapping`).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::source_value::{Key, Map, Node, SourceValue};
use super::span::Span;

/// The key whose value is merged into the object around it.
pub(super) const MERGE: &str = "<<";

/// What is wrong with a merge key.
pub(super) const MERGES_OBJECTS: &str =
    "`<<` merges an object, or a list of objects, and nothing else";

type Member = (Key, SourceValue);

/// What stands in an object, in the order of the text.
pub(super) enum Entry {
    Member(Key, SourceValue),
    /// A merge key, and what it brings.
    Merge(Span, SourceValue),
}

/// The object that these make. The error is the span of a merge key that has nothing to merge.
pub(super) fn object(entries: Vec<Entry>) -> Result<Map, Span> {
    let is_simple = is_distinct(&entries);
    let mut map = Map { members: Vec::with_capacity(entries.len()), repeated: Vec::new() };
    let mut seen = BTreeSet::new();
    for entry in entries {
        match entry {
            Entry::Member(key, value) => {
                if !is_simple && !seen.insert(key.text.clone()) {
                    map.repeated.push(key.clone());
                }
                map.members.push((key, value));
            }
            Entry::Merge(span, value) => map.members.extend(merged(value.node).ok_or(span)?),
        }
    }
    if !is_simple {
        map.members = last_of_each(map.members);
    }
    Ok(map)
}

/// Whether nothing is merged and no key is repeated. Sorts, so that a large object costs no
/// quadratic time.
fn is_distinct(entries: &[Entry]) -> bool {
    let keys = entries.iter().map(|entry| match entry {
        Entry::Member(key, _) => Some(key.text.as_str()),
        Entry::Merge(..) => None,
    });
    let keys: Option<Vec<&str>> = keys.collect();
    keys.is_some_and(|mut keys| {
        keys.sort_unstable();
        keys.windows(2).all(|pair| pair.first() != pair.last())
    })
}

/// What a merge key brings: of a list of objects, the first one that has a key counts.
fn merged(node: Node) -> Option<Vec<Member>> {
    let members = |node| match node {
        Node::Map(map) => Some(Arc::unwrap_or_clone(map).members),
        Node::Scalar(_) | Node::List(_) => None,
    };
    match node {
        Node::List(items) => {
            let objects = items.iter().rev().map(|item| members(item.node.clone()));
            Some(objects.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
        }
        Node::Scalar(_) | Node::Map(_) => members(node),
    }
}

/// Each key once, at the span of its last member.
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
