//! What people see, on a narrow and a wide terminal, with colours and without; escape codes are
//! shown as `␛`.

use insta::assert_snapshot;

use super::{SHARED, command, folder};
use crate::harness::terminal::on_terminal;

/// The pod with names that need room.
fn long() -> String {
    let long = SHARED.replace("name: app", "name: payment-service-with-a-very-long-name");
    long.replace("name: logs", "name: payment-service-log-shipper")
}

#[test]
fn coloured() {
    let dir = folder(&[("a.yaml", SHARED)]);
    assert_snapshot!(on_terminal(command(dir.path(), &["a.yaml"]), 100));
}

#[test]
fn names_are_cut_to_the_terminal() {
    let dir = folder(&[("a.yaml", &long())]);
    let mut command = command(dir.path(), &["a.yaml"]);
    command.env("NO_COLOR", "1");
    assert_snapshot!(on_terminal(command, 80));
}

#[test]
fn too_narrow_for_a_matrix() {
    let dir = folder(&[("a.yaml", &long())]);
    let mut command = command(dir.path(), &["a.yaml"]);
    command.env("NO_COLOR", "1");
    assert_snapshot!(on_terminal(command, 50));
}
