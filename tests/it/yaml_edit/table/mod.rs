//! One row for each way to write a place that changes.

mod json;
mod lists;
mod members;

use json::JSON_STAYS_JSON;
use lists::{LISTS_IN_BRACKETS, LISTS_WITH_DASHES};
use members::{MEMBERS_ARE_PUT_AMONG_SCALARS, VALUES_ARE_REPLACED_WHERE_THEY_STAND};

use super::{edit, operations};

/// What it is, the text, the operations, the text that is expected.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// Operations that rows name.
const SHORT: &[(&str, &str)] = &[
    ("share", "add /spec/shareProcessNamespace false"),
    ("groups", "add /spec/securityContext/supplementalGroupsPolicy \"Strict\""),
    ("context", "add /spec/securityContext {\"supplementalGroupsPolicy\": \"Strict\"}"),
    ("drop", "add /c/drop [\"SYS_PTRACE\"]"),
];

fn check(rows: &[Row]) {
    let mut wrong = Vec::new();
    for (name, text, lines, expected) in rows {
        let long = |line| SHORT.iter().find(|(short, _)| *short == line).map_or(line, |it| it.1);
        let lines: Vec<_> = lines.lines().map(long).collect();
        let found = edit(text, &operations(&lines.join("\n")));
        if found.as_deref() != Some(*expected) {
            let found = found.unwrap_or_else(|| "nothing".to_owned());
            wrong.push(format!("== {name}\n{found:?}\ninstead of\n{expected:?}\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn values_are_replaced_where_they_stand() {
    check(VALUES_ARE_REPLACED_WHERE_THEY_STAND);
}

#[test]
fn members_are_put_among_scalars() {
    check(MEMBERS_ARE_PUT_AMONG_SCALARS);
}

#[test]
fn json_stays_json() {
    check(JSON_STAYS_JSON);
}

#[test]
fn lists_with_dashes() {
    check(LISTS_WITH_DASHES);
}

#[test]
fn lists_in_brackets() {
    check(LISTS_IN_BRACKETS);
}
