//! Keys that stand twice, and merge keys, as kubectl's YAML library takes them: member by member in
//! the order of the text, and the last one of a key counts, also against an earlier one of the
//! object itself (sigs.k8s.io/yaml, `decoder.mapping`).

use std::collections::BTreeSet;

use super::located::{Key, Located, Map, Node};

/// The key whose value is merged into the object around it.
const MERGE: &str = "<<";

type Member = (Key, Located);

impl Map {
    /// The object with these members, in the order of the text.
    pub(super) fn from_written(written: Vec<Member>) -> Result<Self, &'static str> {
        let merges = written.iter().any(|(key, _)| key.text == MERGE);
        let mut repeated = Vec::new();
        if !merges && is_distinct(&written) {
            return Ok(Self { members: written, repeated });
        }
        let mut seen = BTreeSet::new();
        let mut members = Vec::new();
        for (key, value) in written {
            if key.text == MERGE {
                members.extend(merged(value.node)?);
                continue;
            }
            if !seen.insert(key.text.clone()) {
                repeated.push(key.clone());
            }
            members.push((key, value));
        }
        Ok(Self { members: last_of_each(members), repeated })
    }
}

/// Whether no key stands twice. Sorts places, so that a large object costs no quadratic time.
fn is_distinct(members: &[Member]) -> bool {
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.text.as_str()).collect();
    keys.sort_unstable();
    keys.windows(2).all(|pair| pair.first() != pair.last())
}

/// What a merge key brings: of a list of objects, the first one that has a key counts.
fn merged(node: Node) -> Result<Vec<Member>, &'static str> {
    const MESSAGE: &str = "`<<` merges an object, or a list of objects, and nothing else";
    match node {
        Node::Map(map) => Ok(map.members),
        Node::List(items) => {
            let objects = items.into_iter().rev().map(|item| match item.node {
                Node::Map(map) => Ok(map.members),
                Node::Scalar(_) | Node::List(_) => Err(MESSAGE),
            });
            Ok(objects.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        }
        Node::Scalar(_) => Err(MESSAGE),
    }
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
