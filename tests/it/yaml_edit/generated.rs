//! What holds for every manifest and every repair, tried on generated ones.

use json_patch::PatchOperation;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::writer::{Dice, write};
use super::{edit, operations, value};

const CAPABILITIES: &[&str] = &["SYS_PTRACE", "ALL", "CAP_SYS_PTRACE", "NET_ADMIN", "CHOWN", "é"];

fn manifest(dice: &mut Dice) -> Value {
    let mut spec = Map::new();
    scatter(dice, &mut spec, &[("nodeName", json!("a")), ("hostname", json!("é😀"))]);
    scatter(
        dice,
        &mut spec,
        &[("nodeSelector", json!({"a": "b"})), ("volumes", json!([{"name": "v"}]))],
    );
    scatter(dice, &mut spec, &[("shareProcessNamespace", json!(true)), ("zone", Value::Null)]);
    let mut context = Map::new();
    scatter(
        dice,
        &mut context,
        &[("fsGroup", json!(5)), ("supplementalGroupsPolicy", json!("Merge"))],
    );
    scatter(dice, &mut context, &[("seLinuxOptions", json!({"level": "s0"}))]);
    match dice.below(4) {
        0 => {}
        1 => drop(spec.insert("securityContext".to_owned(), Value::Null)),
        _ => drop(spec.insert("securityContext".to_owned(), context.into())),
    }
    let containers = (0..=dice.below(3)).map(|_| container(dice)).collect();
    spec.insert("containers".to_owned(), containers);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
}

fn container(dice: &mut Dice) -> Value {
    let mut list = |empty| {
        let names: Vec<&str> = (0..dice.below(5)).map(|_| dice.pick(CAPABILITIES)).collect();
        if names.is_empty() && empty { Value::Null } else { json!(names) }
    };
    let mut capabilities = Map::new();
    let (add, dropped) = (list(true), list(false));
    scatter(dice, &mut capabilities, &[("add", add), ("drop", dropped)]);
    json!({"name": "c", "image": "i:1", "securityContext": {"capabilities": capabilities, "runAsUser": 1}})
}

/// Puts some of these members there, some as null.
fn scatter(dice: &mut Dice, object: &mut Map<String, Value>, members: &[(&str, Value)]) {
    for (key, value) in members {
        let value = if dice.once_in(6) { Value::Null } else { value.clone() };
        if dice.below(3) > 0 {
            object.insert((*key).to_owned(), value);
        }
    }
}

/// Repairs as `patch` makes them, and what is removed.
fn repairs(dice: &mut Dice, manifest: &Value) -> (Vec<PatchOperation>, Vec<String>) {
    let (mut lines, mut gone) = (Vec::new(), Vec::new());
    if dice.below(2) == 0 {
        lines.push("add /spec/shareProcessNamespace false".to_owned());
    }
    if dice.below(2) == 0 {
        let line = if manifest["spec"]["securityContext"].is_null() {
            "add /spec/securityContext {\"supplementalGroupsPolicy\":\"Strict\"}"
        } else {
            "add /spec/securityContext/supplementalGroupsPolicy \"Strict\""
        };
        lines.push(line.to_owned());
    }
    for (place, container) in manifest["spec"]["containers"].as_array().unwrap().iter().enumerate()
    {
        let path = format!("/spec/containers/{place}/securityContext/capabilities");
        let capabilities = &container["securityContext"]["capabilities"];
        let add = capabilities["add"].as_array().cloned().unwrap_or_default();
        let keeps: Vec<bool> = add.iter().map(|_| dice.below(2) == 0).collect();
        let kept = || add.iter().zip(&keeps).filter(|(_, keep)| **keep).map(|(name, _)| name);
        if keeps.contains(&false) && dice.once_in(4) {
            lines.push(format!("add {path}/add {}", json!(kept().collect::<Vec<_>>())));
        } else {
            let places = (0..add.len()).rev().filter(|at| !keeps[*at]);
            lines.extend(places.map(|at| format!("remove {path}/add/{at}")));
        }
        gone.extend(
            add.iter()
                .zip(&keeps)
                .filter(|(_, keep)| !**keep)
                .map(|(name, _)| name.as_str().unwrap().to_owned()),
        );
        if dice.below(2) == 0 {
            lines.push(match capabilities["drop"].as_array().map_or(0, Vec::len) {
                0 => format!("add {path}/drop [\"SYS_PTRACE\"]"),
                known => format!("add {path}/drop/{known} \"SYS_PTRACE\""),
            });
        }
    }
    (operations(&lines.join("\n")), gone)
}

/// How many lines of the one are, in order, in the other.
fn common(left: &[&str], right: &[&str]) -> usize {
    let mut best = vec![0; right.len() + 1];
    for line in left {
        let mut diagonal = 0;
        for (at, other) in right.iter().enumerate() {
            let above = best[at + 1];
            best[at + 1] = if line == other { diagonal + 1 } else { above.max(best[at]) };
            diagonal = above;
        }
    }
    best[right.len()]
}

fn comments(text: &str) -> Vec<(&str, &str)> {
    let comment = |line| str::split_once(line, "# ").map(|(before, comment)| (comment, before));
    text.lines().filter_map(comment).collect()
}

fn numbers() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn text_is_edited_as_values_are_and_nothing_else_changes(numbers in numbers()) {
        let mut dice = Dice::new(numbers);
        let manifest = manifest(&mut dice);
        let (operations, gone) = repairs(&mut dice, &manifest);
        let text = write(&manifest, &mut dice);
        prop_assert_eq!(&value(&text), &manifest, "{}", text);
        let mut expected = manifest;
        json_patch::patch(&mut expected, &operations).unwrap();
        // None of these has an anchor: all can be edited.
        let edited = edit(&text, &operations);
        prop_assert!(edited.is_some(), "{text}\n{operations:?}");
        let edited = edited.unwrap();
        prop_assert_eq!(value(&edited), expected, "{}\n{}", text, edited);
        let left = comments(&edited);
        for (comment, before) in comments(&text) {
            let may_go = gone.iter().any(|name| before.contains(name.as_str()));
            let stays = left.iter().any(|(other, _)| *other == comment);
            prop_assert!(stays || may_go, "{comment} is lost:\n{text}\n{edited}");
        }
        let before: Vec<_> = text.split_inclusive('\n').collect();
        let after: Vec<_> = edited.split_inclusive('\n').collect();
        let touched = before.len() - common(&before, &after);
        prop_assert!(touched <= 2 * (operations.len() + gone.len()), "{touched}:\n{text}\n{edited}");
        prop_assert_eq!(text.ends_with('\n'), edited.ends_with('\n'));
        prop_assert_eq!(text.contains("\r\n") && text.lines().count() > 1, edited.contains("\r\n") && text.lines().count() > 1);
    }

    /// A value that is named elsewhere is edited rightly or not at all.
    #[test]
    fn aliases_never_carry_an_edit_elsewhere(numbers in numbers()) {
        let mut dice = Dice::new(numbers);
        let manifest = manifest(&mut dice);
        let (operations, _) = repairs(&mut dice, &manifest);
        let text = write(&manifest, &mut dice);
        let places: Vec<usize> = text.match_indices(": ").map(|(at, _)| at + 2).collect();
        prop_assume!(!places.is_empty() && !text.starts_with('{'));
        let (before, rest) = text.split_at(places[dice.below(places.len())]);
        let named = format!("{before}&x {rest}\nelsewhere: *x\n");
        prop_assume!(bulkhead::manifest::documents(&named).all(|document| document.is_ok()));
        let mut expected = value(&named);
        if json_patch::patch(&mut expected, &operations).is_ok()
            && let Some(edited) = edit(&named, &operations)
        {
            prop_assert_eq!(value(&edited), expected, "{}\n{}", named, edited);
        }
    }
}
