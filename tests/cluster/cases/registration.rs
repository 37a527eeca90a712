//! The webhook configurations, from empty to whole, and repaired whatever is done to them.

use serde_json::{Value, json};

use super::{Case, on_own, pod};
use crate::setup::{Installed, Namespace, World};
use crate::support::{Server, capable, program, run, until};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        on_own:
            they_are_filled_when_ready_and_then_enforced,
            they_stay_empty_until_there_is_a_certificate,
            they_stay_empty_until_somebody_would_answer,
            what_is_done_to_them_is_repaired,
            static_entries_get_their_bundle_and_nothing_else,
            a_bundle_of_another_authority_is_not_ready,
            unregister_deletes_both_by_name;
    }
}

pub(super) const KINDS: [&str; 2] = ["Mutating", "Validating"];

/// Enforces where a label says so: other tests of this cluster are only advised, by no policy.
pub(super) fn enforce(installed: &Installed) -> String {
    json!({"matchLabels": {"bulkhead-test": installed.namespace.name}}).to_string()
}

/// Denies what it finds in one namespace, and finds nothing elsewhere.
fn policy(installed: &Installed, namespace: &str) -> std::path::PathBuf {
    let file = installed.kubeconfig().with_file_name("policy.yaml");
    let text = json!({
        "apiVersion": "bulkhead.dev/v1alpha1", "kind": "IsolationPolicy",
        "metadata": {"name": "test"},
        "spec": {
            "match": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}},
            "controls": {"hostProcessNamespace": {"mode": "Deny"}},
        },
    });
    std::fs::write(&file, text.to_string()).unwrap();
    file
}

/// A replica that fills the configurations in, and denies in one namespace.
pub(super) fn managed(installed: &Installed, namespace: &str) -> Server {
    let (selector, file) = (enforce(installed), policy(installed, namespace));
    let flags = ["--webhooks", "managed", "--webhooks-enforce", &selector, "--policy"];
    installed.replica(&[flags.as_slice(), &[file.to_str().unwrap()]].concat())
}

/// A namespace in which unanswered requests are refused.
pub(super) fn tenant(world: &World, installed: &Installed) -> Namespace {
    let tenant = world.namespace();
    let labels = json!({"metadata": {"labels": {"bulkhead-test": installed.namespace.name}}});
    let path = format!("/api/v1/namespaces/{}", tenant.name);
    tenant.cluster.client.patch(&path, crate::setup::MERGE, &labels).object();
    tenant
}

/// What the verb prints for this installation, by kind.
fn printed(installed: &Installed, authority: Option<&str>) -> [Vec<Value>; 2] {
    let mut command = program();
    command.args(["webhooks", "--output", "json", "--webhooks-enforce", &enforce(installed)]);
    command.args(installed.service_flags());
    if let Some(authority) = authority {
        let file = installed.kubeconfig().with_file_name("printed.pem");
        std::fs::write(&file, authority).unwrap();
        command.arg("--ca").arg(file);
    }
    let ended = run(command);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let list: Value = serde_json::from_str(&ended.stdout).unwrap();
    [0, 1].map(|at| list["items"][at]["webhooks"].as_array().unwrap().clone())
}

/// The stored entries of both.
pub(super) fn stored(installed: &Installed) -> [Vec<Value>; 2] {
    KINDS.map(|kind| installed.webhooks(kind))
}

/// Waits until the stored entries are the printed ones, field by field.
pub(super) fn until_whole(installed: &Installed) -> [Vec<Value>; 2] {
    let authority = installed.kept("certificate", "ca.crt");
    let wanted = printed(installed, Some(&authority));
    until("the configurations to be whole", || sorted(stored(installed)) == sorted(wanted.clone()));
    wanted
}

/// Their order means nothing.
pub(super) fn sorted(mut both: [Vec<Value>; 2]) -> [Vec<Value>; 2] {
    for entries in &mut both {
        entries.sort_by_key(|entry| entry["name"].to_string());
    }
    both
}

pub(super) fn ready(server: &Server) -> bool {
    server.admin("/readyz").status == 200
}

fn they_are_filled_when_ready_and_then_enforced(world: &World) {
    let installed = Installed::new(world);
    let tenant = tenant(world, &installed);
    let server = managed(&installed, &tenant.name);
    until_whole(&installed);
    until("it to be ready", || ready(&server));
    let spec = json!({"hostPID": true, "containers": [capable("app", &json!({}))]});
    // The API server calls through the Service, and trusts what it was told to.
    until("a denial", || tenant.try_create(&pod("sees", &spec)).code == 403);
    let denied = tenant.try_create(&pod("sees", &spec)).denial();
    assert!(denied[0].starts_with("pod: remove hostPID; "), "{denied:?}");
    let harmless = pod("fine", &json!({"containers": [capable("app", &json!({}))]}));
    tenant.create(&harmless).silent();
    // A change beside the spec is not even asked about, so an outage does not refuse it.
    server.signal("KILL");
    let path = tenant.pods("/fine");
    let label = json!({"metadata": {"labels": {"a": "b"}}});
    tenant.cluster.client.patch(&path, crate::setup::MERGE, &label).object();
    assert_eq!(tenant.try_create(&pod("other", &harmless["spec"])).code, 500);
    // Its own namespace is never asked about, or it could not come back.
    installed.namespace.create(&pod("own", &spec)).object();
}

fn they_stay_empty_until_there_is_a_certificate(world: &World) {
    let installed = Installed::new(world);
    let secret = installed.namespace.path("v1", "secrets/certificate");
    installed.cluster.client.delete(&secret).object();
    let waiting = installed.begin(
        installed.port,
        &["--webhooks", "managed", "--webhooks-enforce", &enforce(&installed)],
    );
    until("the reason to be reported, by the leader", || {
        let missing = "does not exist; create it without data (the chart does)";
        let reported =
            waiting.readyz().is_some_and(|(code, text)| code == 503 && text.contains(missing));
        reported && waiting.metrics().contains("bulkhead_leader 1\n")
    });
    assert!(stored(&installed).concat().is_empty());
    installed.secret("certificate");
    let server = waiting.ready();
    until_whole(&installed);
    until("it to be ready", || ready(&server));
}

fn they_stay_empty_until_somebody_would_answer(world: &World) {
    let installed = Installed::new(world);
    installed.endpoints(&json!([]));
    let role = installed
        .namespace
        .path("rbac.authorization.k8s.io/v1", &format!("roles/{}", installed.namespace.name));
    let client = &installed.cluster.client;
    let mut rules = client.get(&role).object()["rules"].clone();
    let allow = |rules: &Value| {
        client.patch(&role, crate::setup::MERGE, &json!({"rules": rules})).object();
    };
    let whole = rules.clone();
    rules.as_array_mut().unwrap().retain(|rule| rule["resources"] != json!(["endpointslices"]));
    allow(&rules);
    let flags = ["--webhooks", "managed", "--webhooks-enforce", &enforce(&installed)];
    let server = installed.replica(&[flags.as_slice(), &["--log-level", "debug"]].concat());
    let reported = |text: &str| server.log().matches(text).count();
    let untouched = || {
        let looked = || reported("looked for a ready endpoint");
        // The first may be from before, and two that find one would do.
        let before = looked();
        until("more looks", || looked() >= before + 3);
        assert!(stored(&installed).concat().is_empty());
        assert!(ready(&server), "{}", server.admin("/readyz").text());
    };
    until("the missing right to be reported", || {
        reported("cannot list EndpointSlices of Service ") > 0
    });
    assert!(stored(&installed).concat().is_empty());
    allow(&whole);
    untouched();
    assert_eq!(reported("the right to list EndpointSlices"), 1, "{}", server.log());
    installed.endpoints(&json!([{"addresses": ["192.0.2.1"], "conditions": {"ready": false}}]));
    untouched();
    assert_eq!(reported("waiting for a ready endpoint"), 1, "{}", server.log());
    installed.endpoints(&json!([
        {"addresses": ["192.0.2.1"], "conditions": {"ready": false}},
        {"addresses": ["192.0.2.2"], "conditions": {"ready": true}},
    ]));
    until_whole(&installed);
    // A repair does not wait, nor look.
    until("it to be reported", || reported("webhooks registered") >= 2);
    installed.endpoints(&json!([]));
    let looked = reported("looked for a ready endpoint");
    for kind in KINDS {
        installed.change(kind, &json!({"webhooks": []})).object();
    }
    until_whole(&installed);
    assert_eq!(reported("looked for a ready endpoint"), looked);
}

fn what_is_done_to_them_is_repaired(world: &World) {
    let installed = Installed::new(world);
    let tenant = tenant(world, &installed);
    let server = managed(&installed, &tenant.name);
    let whole = until_whole(&installed);
    let mut weak = sorted(whole.clone());
    for entry in weak.iter_mut().flatten() {
        entry["failurePolicy"] = "Ignore".into();
        entry["objectSelector"] = json!({"matchLabels": {"judge": "me"}});
        entry["timeoutSeconds"] = 30.into();
    }
    weak[1].retain(|entry| entry["name"] != "enforce.bulkhead.dev");
    for entry in &mut weak[1] {
        entry["namespaceSelector"] = json!({});
    }
    let mut deaf = whole;
    deaf.iter_mut().flatten().for_each(|entry| entry["clientConfig"]["caBundle"] = "".into());
    for [mutating, validating] in [weak, deaf, [vec![], vec![]]] {
        installed.change("Mutating", &json!({"webhooks": mutating})).object();
        installed.change("Validating", &json!({"webhooks": validating})).object();
        until_whole(&installed);
    }
    // Somebody else's entry is somebody else's business.
    let mut foreign = installed.webhooks("Validating");
    let mut one = foreign[0].clone();
    one["name"] = "other.example.com".into();
    one["namespaceSelector"] = json!({"matchLabels": {"no": "where"}});
    one["failurePolicy"] = "Ignore".into();
    foreign.push(one);
    foreign.retain(|entry| entry["name"] != "advise.bulkhead.dev");
    installed.change("Validating", &json!({"webhooks": foreign})).object();
    until("its own to be back", || installed.webhooks("Validating").len() == 4);
    assert!(server.count("bulkhead_registrations_total") >= Some(8));
    assert!(!server.log().contains("cannot update the webhook configuration"), "{}", server.log());
}

fn static_entries_get_their_bundle_and_nothing_else(world: &World) {
    let installed = Installed::new(world);
    let rendered = printed(&installed, None);
    // The entries are there, so there is nothing to wait with.
    installed.endpoints(&json!([]));
    for (kind, entries) in KINDS.iter().zip(&rendered) {
        let mut entries = entries.clone();
        // Left to the cluster's own taste.
        for entry in &mut entries {
            entry["timeoutSeconds"] = 2.into();
        }
        installed.change(kind, &json!({"webhooks": entries})).object();
    }
    let server = installed.replica(&["--webhooks", "static"]);
    let authority = installed.kept("certificate", "ca.crt");
    let mut wanted = printed(&installed, Some(&authority));
    wanted.iter_mut().flatten().for_each(|entry| entry["timeoutSeconds"] = 2.into());
    until("the bundles", || sorted(stored(&installed)) == sorted(wanted.clone()));
    until("it to be ready", || ready(&server));
    for entry in wanted.iter_mut().flatten() {
        entry["timeoutSeconds"] = 1.into();
        entry["clientConfig"]["caBundle"] = "".into();
    }
    for (kind, entries) in KINDS.iter().zip(&wanted) {
        installed.change(kind, &json!({"webhooks": entries})).object();
    }
    let mut repaired = printed(&installed, Some(&authority));
    repaired.iter_mut().flatten().for_each(|entry| entry["timeoutSeconds"] = 1.into());
    until("the bundles again", || sorted(stored(&installed)) == sorted(repaired.clone()));
    // One that is not there is not made.
    let rest = &repaired[1][1..];
    installed.change("Validating", &json!({"webhooks": rest})).object();
    installed.change("Mutating", &json!({"webhooks": []})).object();
    installed.change_secret(&json!({"data": null}));
    until("the bundle of the next authority", || {
        let next = installed.kept("certificate", "ca.crt");
        let wanted = printed(&installed, Some(&next));
        next != authority && bundles(&installed) == [Vec::new(), bundles_of(&wanted[1][1..])]
    });
}

pub(super) fn bundles(installed: &Installed) -> [Vec<Value>; 2] {
    stored(installed).map(|entries| bundles_of(&entries))
}

fn bundles_of(entries: &[Value]) -> Vec<Value> {
    entries.iter().map(|entry| entry["clientConfig"]["caBundle"].clone()).collect()
}

fn a_bundle_of_another_authority_is_not_ready(world: &World) {
    let installed = Installed::new(world);
    // Somebody else leads, and does nothing.
    let leases = installed.namespace.path("coordination.k8s.io/v1", "leases");
    let lease = json!({
        "metadata": {"name": "lease"},
        "spec": {"holderIdentity": "somebody", "leaseDurationSeconds": 3600},
    });
    let client = &installed.cluster.client;
    client.post(&leases, &lease).object();
    let other = rcgen::generate_simple_self_signed(["other.example".to_owned()]).unwrap();
    let foreign = printed(&installed, Some(&other.cert.pem()));
    installed.change("Validating", &json!({"webhooks": foreign[1]})).object();
    let flags = ["--webhooks", "managed", "--webhooks-enforce", &enforce(&installed)];
    let server = installed.replica(&flags);
    until("the reason to be reported", || {
        let reply = server.admin("/readyz");
        reply.status == 503 && reply.text().contains("is not the authority of the certificate")
    });
    assert_eq!(server.count("bulkhead_leader"), Some(0));
    assert_eq!(bundles(&installed)[1], bundles_of(&foreign[1]), "it is not its business");
    // The other one leaves; what was filled in before is repaired by one that is not ready.
    let path = format!("{leases}/lease");
    client.patch(&path, crate::setup::MERGE, &json!({"spec": {"holderIdentity": ""}})).object();
    until_whole(&installed);
    until("it to be ready", || ready(&server));
    assert_eq!(server.count("bulkhead_leader"), Some(1));
}

fn unregister_deletes_both_by_name(world: &World) {
    let installed = Installed::new(world);
    let unregister = || {
        let mut command = program();
        command.args(["unregister", "--name", &installed.namespace.name, "--kubeconfig"]);
        command.arg(installed.kubeconfig());
        run(command)
    };
    for words in [": deleted\n", ": was not there\n"] {
        let ended = unregister();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(ended.stdout.matches(words).count(), 2, "{ended:?}");
    }
    let codes =
        KINDS.map(|kind| installed.cluster.client.get(&installed.configuration_path(kind)).code);
    assert_eq!(codes, [404, 404]);
    installed.revoke();
    until("the loss of rights", || unregister().code == Some(2));
    let refused = unregister();
    assert!(
        refused.stderr.contains("error: cannot delete ValidatingWebhookConfiguration"),
        "{refused:?}"
    );
}
