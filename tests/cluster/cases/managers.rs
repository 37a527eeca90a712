//! The webhook configurations between replicas of two versions, and other managers of their fields.

use serde_json::{Value, json};

use super::registration::{KINDS, bundles, enforce, ready, sorted, stored, until_whole};
use super::{Case, on_own};
use crate::setup::{Installed, JSON, World, free_port};
use crate::support::until;
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        on_own:
            what_others_add_to_an_entry_is_taken_out,
            a_configuration_made_anew_waits_as_at_first,
            annotations_and_labels_of_others_stay,
            what_a_configuration_says_of_itself_counts,
            who_is_told_to_stop_leads_no_longer;
    }
}

/// By server-side apply an item of a list stays where another manager has put it.
fn what_others_add_to_an_entry_is_taken_out(world: &World) {
    let installed = Installed::new(world);
    let flags = ["--webhooks", "managed", "--webhooks-enforce", &enforce(&installed)];
    let server = installed.replica(&flags);
    until_whole(&installed);
    let never = json!({"name": "never", "expression": "false"});
    for (kind, path, value) in [
        ("Validating", "/webhooks/0/matchConditions/-", never.clone()),
        ("Mutating", "/webhooks/0/matchConditions", json!([never])),
    ] {
        let add = json!([{"op": "add", "path": path, "value": value}]);
        let client = &installed.cluster.client;
        client.patch(&installed.configuration_path(kind), JSON, &add).object();
    }
    until_whole(&installed);
    assert!(!server.log().contains("cannot update the webhook configuration"), "{}", server.log());
}

/// By what is applied, by what is written as a whole, and where only the bundle is ours.
fn annotations_and_labels_of_others_stay(world: &World) {
    let installed = Installed::new(world);
    let marks = json!({
        "annotations": {"admissions.enforcer/disabled": "true", "example.com/a": "b"},
        "labels": {"example.com/c": "d"},
    });
    for kind in KINDS {
        installed.change(kind, &json!({"metadata": marks})).object();
    }
    let stay = || {
        for kind in KINDS {
            let object = installed.cluster.client.get(&installed.configuration_path(kind)).object();
            let metadata = &object["metadata"];
            for (field, wanted) in marks.as_object().unwrap() {
                for (key, value) in wanted.as_object().unwrap() {
                    assert_eq!(metadata[field][key], *value, "{metadata:#}");
                }
            }
        }
    };
    let flags = ["--webhooks", "managed", "--webhooks-enforce", &enforce(&installed)];
    let server = installed.replica(&flags);
    until_whole(&installed);
    stay();
    let never = json!([{"op": "add", "path": "/webhooks/0/matchConditions", "value": [
        {"name": "never", "expression": "false"},
    ]}]);
    let client = &installed.cluster.client;
    client.patch(&installed.configuration_path("Mutating"), JSON, &never).object();
    until_whole(&installed);
    stay();
    let mut deaf = installed.webhooks("Validating");
    for entry in &mut deaf {
        entry["clientConfig"]["caBundle"] = "".into();
    }
    let own = json!({
        "metadata": {"annotations": {"bulkhead.dev/registration": "static"}}, "webhooks": deaf,
    });
    installed.change("Validating", &own).object();
    let filled = || bundles(&installed)[1].iter().all(|bundle| !bundle.is_null());
    until("the bundles", filled);
    stay();
    until("it to be ready", || ready(&server));
}

/// The leader of a release that is being removed may see the empty objects of the next one.
fn a_configuration_made_anew_waits_as_at_first(world: &World) {
    let installed = Installed::new(world);
    let flags = ["--webhooks", "managed", "--webhooks-enforce", &enforce(&installed)];
    let server = installed.replica(&[flags.as_slice(), &["--log-level", "debug"]].concat());
    until_whole(&installed);
    installed.endpoints(&json!([]));
    installed.cluster.client.delete(&installed.configuration_path("Validating")).object();
    until("it to be missed", || server.log().contains("it has to be, without webhooks"));
    installed.make_configuration("Validating");
    let looked = || server.log().matches("looked for a ready endpoint").count();
    let before = looked();
    until("looks", || looked() >= before + 5);
    assert!(installed.webhooks("Validating").is_empty());
    // The other one is as it was, and repaired meanwhile.
    installed.change("Mutating", &json!({"webhooks": []})).object();
    until("a repair", || !installed.webhooks("Mutating").is_empty());
    installed.endpoints(&json!([{"addresses": ["192.0.2.1"]}]));
    until_whole(&installed);
}

/// In an upgrade to other rules replicas of before still run, with other flags.
fn what_a_configuration_says_of_itself_counts(world: &World) {
    let installed = Installed::new(world);
    let flags = ["--webhooks", "managed", "--webhooks-enforce", &enforce(&installed)];
    let server = installed.replica(&flags);
    let whole = until_whole(&installed);
    let write = |kind: &str, whose: &str, entries: &[Value]| {
        let change = json!({
            "metadata": {"annotations": {"bulkhead.dev/registration": whose}}, "webhooks": entries,
        });
        installed.change(kind, &change).object();
    };
    let both = |whose: &str, entries: &[Vec<Value>; 2]| {
        for (kind, entries) in KINDS.iter().zip(entries) {
            write(kind, whose, entries);
        }
    };
    let with = |bundled: bool, seconds: u32| {
        let mut entries = whole.clone();
        for entry in entries.iter_mut().flatten() {
            entry["timeoutSeconds"] = seconds.into();
            if !bundled {
                entry["clientConfig"]["caBundle"] = "".into();
            }
        }
        sorted(entries)
    };
    both("static", &with(false, 1));
    until("the bundles alone", || sorted(stored(&installed)) == with(true, 1));
    // It looks at the second after it could have written to the first.
    let obstacle = |kind: &str| {
        until("it to be seen", || server.admin("/readyz").text().contains(&format!("{kind}Web")));
    };
    let strip = |at: usize| {
        write(KINDS[at], "none", &with(false, 2)[at]);
        obstacle(KINDS[at]);
    };
    strip(0);
    strip(1);
    let bare = bundles(&installed).concat();
    assert!(bare.iter().all(Value::is_null), "{bare:?}");
    both("managed", &with(false, 2));
    until_whole(&installed);
    until("it to be ready", || ready(&server));
}

/// A replica answers on for its lame-duck time, and another one leads meanwhile.
fn who_is_told_to_stop_leads_no_longer(world: &World) {
    let installed = Installed::new(world);
    let selector = enforce(&installed);
    let flags = ["--webhooks", "managed", "--webhooks-enforce", &selector, "--lame-duck", "60"];
    let server = installed.replica(&flags);
    until_whole(&installed);
    server.signal("TERM");
    let lease = installed.namespace.path("coordination.k8s.io/v1", "leases/lease");
    until("the Lease to be given back", || {
        installed.cluster.client.get(&lease).object()["spec"]["holderIdentity"] == ""
    });
    installed.change("Validating", &json!({"webhooks": []})).object();
    installed.change_secret(&json!({"data": null}));
    assert_eq!(server.admin("/readyz").status, 503, "it has not ended");
    // The next one is told of both, and repairs them.
    assert!(installed.webhooks("Validating").is_empty());
    let next = installed.begin(free_port(), &flags).ready();
    until_whole(&installed);
    assert_eq!(next.count("bulkhead_leader"), Some(1));
    assert_eq!(server.log().matches("wrote a new certificate").count(), 1, "{}", server.log());
}
