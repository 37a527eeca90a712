//! How long the API server waits for an answer is what the flags of the replicas say.

use serde_json::json;

use super::registration::{enforce, stored};
use super::{Case, on_own};
use crate::setup::{Installed, World};
use crate::support::until;
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        on_own: the_leader_registers_the_seconds_of_its_flag;
    }
}

fn the_leader_registers_the_seconds_of_its_flag(world: &World) {
    let installed = Installed::new(world);
    let selector = enforce(&installed);
    let flags = ["--webhooks", "managed", "--webhooks-enforce", &selector];
    let seconds = ["--webhooks-timeout-seconds", "7"];
    let _server = installed.replica(&[flags.as_slice(), &seconds].concat());
    let are_registered = || {
        let entries = stored(&installed).concat();
        entries.len() == 4 && entries.iter().all(|entry| entry["timeoutSeconds"] == 7)
    };
    until("the entries with these seconds", are_registered);
    // And keeps them.
    let mut changed = installed.webhooks("Validating");
    for entry in &mut changed {
        entry["timeoutSeconds"] = 30.into();
    }
    installed.change("Validating", &json!({"webhooks": changed})).object();
    until("the same seconds again", are_registered);
}
