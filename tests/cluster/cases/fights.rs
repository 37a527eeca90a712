//! Others who change what is registered, without end: platforms that require more of selectors,
//! which is left to them, and anybody else, who is put back with pauses.

use std::io::{Write as _, stderr};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::attack::seconds;
use super::registration::{KINDS, managed, ready, tenant, until_whole};
use super::{Case, on_own, pod};
use crate::setup::{Between, Enforcer, Installed, JSON, MERGE, Namespace, Registration, World};
use crate::support::{Server, capable, until};
use crate::tier::cases;

pub(super) fn cases() -> Vec<Case> {
    cases! {
        on_own:
            what_aks_requires_is_left_to_it,
            what_gke_requires_within_the_request_is_left_to_it,
            who_undoes_the_same_again_and_again_is_put_back_with_pauses,
            what_is_changed_within_the_request_is_put_back_with_pauses,
            who_adds_within_the_request_without_looking_is_put_back_with_pauses,
            what_applying_cannot_take_away_is_put_back,
            many_managers_are_put_back_within_a_bound;
    }
}

/// What each may cost, of both configurations together.
const WRITES: usize = 10;

/// How long each is watched: 60 s in `make soak`.
fn span() -> Duration {
    Duration::from_secs(seconds().unwrap_or(15))
}

fn not_in(key: &str, values: &[&str]) -> Value {
    json!({"key": key, "operator": "NotIn", "values": values})
}

/// A replica whose writes are counted, and a namespace in which it denies.
struct Scene {
    installed: Installed,
    tenant: Namespace,
    between: Between,
    server: Server,
    begin: Instant,
}

impl Scene {
    fn new(world: &World, prepare: impl FnOnce(&Installed)) -> Self {
        let installed = Installed::new(world);
        let tenant = tenant(world, &installed);
        prepare(&installed);
        let between = Between::new(&installed);
        let begin = Instant::now();
        let server = managed(&installed, &tenant.name);
        Self { installed, tenant, between, server, begin }
    }

    /// Whether all of ours are there, and require this besides.
    fn all_require(&self, required: &[Value]) -> bool {
        let all = KINDS.map(|kind| self.installed.webhooks(kind)).concat();
        all.len() == 4
            && all.iter().all(|entry| {
                let items = entry["namespaceSelector"]["matchExpressions"].as_array().unwrap();
                required.iter().all(|one| items.contains(one))
            })
    }

    /// A pod is refused by the webhooks, in their own words.
    fn still_judges(&self) {
        let spec = json!({"hostPID": true, "containers": [capable("app", &json!({}))]});
        until("a denial", || self.tenant.try_create(&pod("sees", &spec)).code == 403);
        let denied = self.tenant.try_create(&pod("sees", &spec)).denial();
        assert!(denied[0].starts_with("pod: remove hostPID; "), "{denied:?}");
        assert!(ready(&self.server), "{}", self.server.admin("/readyz").text());
    }

    /// What is changed within the request is put back, within the bound, and judging goes on.
    fn repairs_selectors(&self) {
        until("the first repairs", || self.reported(REPAIRED) >= 2);
        self.still_judges();
        self.writes();
        assert!(self.repairs("namespaceSelector") >= 4);
    }

    /// Counts the writes of both configurations from the start on.
    fn writes(&self) -> usize {
        let writes = self.between.count_until(self.begin + span());
        drop(writeln!(stderr(), "{writes} writes in {:.1} s", self.begin.elapsed().as_secs_f64()));
        assert!(writes < WRITES, "{writes} writes: {}", self.server.log());
        writes
    }

    fn tolerated(&self, platform: &str) -> u64 {
        let series = format!("bulkhead_registration_tolerated{{platform=\"{platform}\"}}");
        self.server.count(&series).unwrap()
    }

    fn reported(&self, words: &str) -> usize {
        self.server.log().lines().filter(|line| line.contains(words)).count()
    }

    fn repairs(&self, field: &str) -> u64 {
        let series = format!("bulkhead_registration_repairs_total{{field=\"{field}\"}}");
        self.server.count(&series).unwrap()
    }
}

const LEFT: &str = "which is left to it";
const REPAIRED: &str = "webhooks repaired: somebody had changed them";

fn what_aks_requires_is_left_to_it(world: &World) {
    let required =
        [not_in("control-plane", &["true"]), not_in("kubernetes.azure.com/managedby", &["aks"])];
    let mut enforcer = None;
    let scene = Scene::new(world, |installed| {
        enforcer = Some(Enforcer::new(installed, "admissionsenforcer", &required));
    });
    let enforcer = enforcer.unwrap();
    until("the requirements", || scene.all_require(&required));
    scene.still_judges();
    until("the gauge", || scene.tolerated("aks") == 4);
    assert_eq!(scene.tolerated("gke"), 0);
    assert_eq!(scene.writes(), 2, "{}", scene.server.log());
    assert_eq!(enforcer.writes(), 2);
    assert_eq!(scene.reported(LEFT), 2, "once of each configuration: {}", scene.server.log());
    assert_eq!(scene.reported(REPAIRED), 0, "{}", scene.server.log());
    // Another repair leaves them, so that nobody comes back.
    let weak = |entry: &mut Value| entry["failurePolicy"] = "Ignore".into();
    let mut entries = scene.installed.webhooks("Validating");
    entries.iter_mut().for_each(weak);
    let marked = json!({
        "metadata": {
            "annotations": {"admissions.enforcer/disabled": "true", "example.com/a": "b"},
            "labels": {"example.com/c": "d"},
        },
        "webhooks": entries,
    });
    scene.installed.change("Validating", &marked).object();
    let strong = || {
        let entries = scene.installed.webhooks("Validating");
        entries.iter().any(|entry| entry["failurePolicy"] == "Fail")
    };
    until("the repair", strong);
    until("it to be reported", || scene.reported(REPAIRED) == 1);
    assert!(scene.all_require(&required));
    assert_eq!((enforcer.writes(), scene.repairs("failurePolicy")), (2, 1));
    assert_eq!(scene.repairs("namespaceSelector"), 0);
    scene.still_judges();
    // What a platform does no longer is reported, too.
    drop(enforcer);
    for kind in KINDS {
        scene.installed.change(kind, &json!({"webhooks": []})).object();
    }
    until("them to be gone", || scene.tolerated("aks") == 0 && scene.all_require(&[]));
}

/// What adds a requirement to each webhook of ours, unless it looks and it is there.
fn append(required: &Value, looks: bool) -> String {
    let item = format!(
        "Object.webhooks.namespaceSelector.matchExpressions{{key: '{}', operator: 'NotIn', values: {}}}",
        required["key"].as_str().unwrap(),
        required["values"],
    );
    let has = format!(
        "object.webhooks[i].namespaceSelector.matchExpressions.exists(e, e.key == '{}' && e.values == {})",
        required["key"].as_str().unwrap(),
        required["values"],
    );
    let lacks = if looks { format!("!{has}") } else { "true".to_owned() };
    format!(
        "[0, 1, 2].filter(i, i < size(object.webhooks) && {lacks}).map(i, JSONPatch{{op: 'add', \
         path: '/webhooks/' + string(i) + '/namespaceSelector/matchExpressions/-', value: {item}}})"
    )
}

/// Adds requirements within the request, whoever writes: there is no webhook for webhook
/// configurations, but there are policies.
fn policy(installed: &Installed, required: &[Value], looks: bool) -> Registration {
    let name = &installed.namespace.name;
    let mut made = Registration::none(&installed.cluster);
    let all: Vec<_> = required.iter().map(|one| append(one, looks)).collect();
    let expression = all.join(" + ");
    let rule = json!({
        "apiGroups": ["admissionregistration.k8s.io"], "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"], "resourceNames": [name],
        "resources": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
    });
    let policy = json!({
        "kind": "MutatingAdmissionPolicy", "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "matchConditions": [{"name": "filled", "expression": "has(object.webhooks)"}],
            "failurePolicy": "Fail", "reinvocationPolicy": "Never",
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": expression}}],
        },
    });
    made.create("mutatingadmissionpolicies", policy);
    let binding = json!({
        "kind": "MutatingAdmissionPolicyBinding", "metadata": {"name": name},
        "spec": {"policyName": name},
    });
    made.create("mutatingadmissionpolicybindings", binding);
    until("the policy to be in force", || {
        let entry = json!({
            "name": "probe.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "clientConfig": {"url": "https://127.0.0.1:1/"},
            "namespaceSelector": {"matchExpressions": [not_in("none", &["none"])]},
        });
        let path = format!("{}?dryRun=All", installed.configuration_path("Mutating"));
        let client = &installed.cluster.client;
        let probe = json!({"webhooks": [entry]});
        let dry = client.patch(&path, MERGE, &probe).object();
        let added = dry["webhooks"][0]["namespaceSelector"].to_string();
        required.iter().all(|one| added.contains(&one["key"].to_string()))
    });
    made
}

fn what_gke_requires_within_the_request_is_left_to_it(world: &World) {
    let names = ["kube-system", "gke-gmp-system", "gke-managed-cim"];
    let required = not_in("kubernetes.io/metadata.name", &names);
    let mut held = None;
    let scene = Scene::new(world, |installed| {
        held = Some(policy(installed, std::slice::from_ref(&required), true));
    });
    until("the requirements", || scene.all_require(std::slice::from_ref(&required)));
    scene.still_judges();
    until("the gauge", || scene.tolerated("gke") == 4);
    assert_eq!(scene.writes(), 2, "{}", scene.server.log());
    assert_eq!(scene.reported(LEFT), 2, "{}", scene.server.log());
    assert_eq!(scene.reported(REPAIRED), 0, "{}", scene.server.log());
    drop(held);
}

fn who_undoes_the_same_again_and_again_is_put_back_with_pauses(world: &World) {
    let required = [not_in("control-plane", &["true", "mine"])];
    let mut enforcer = None;
    let scene = Scene::new(world, |installed| {
        enforcer = Some(Enforcer::new(installed, "somebody", &required));
    });
    let enforcer = enforcer.unwrap();
    until("the first repairs", || scene.reported(REPAIRED) >= 2);
    scene.still_judges();
    let writes = scene.writes();
    assert!(writes >= 4, "{writes} writes: {}", scene.server.log());
    assert!(enforcer.writes() <= writes);
    // The first is put back at once, the second after a pause.
    until("the second repairs", || scene.repairs("namespaceSelector") >= 8);
    let log = scene.server.log();
    let line = log.lines().find(|line| line.contains(REPAIRED)).unwrap();
    assert!(line.contains("WARN") && line.contains("somebody"), "{line}");
    assert!(line.contains("namespaceSelector of "), "{line}");
    assert_eq!(scene.tolerated("aks"), 0);
    scene.still_judges();
    // Whoever stops it: the last repair stays.
    drop(enforcer);
    until("the last repair", || !scene.all_require(&required) && scene.all_require(&[]));
}

fn what_is_changed_within_the_request_is_put_back_with_pauses(world: &World) {
    let required = [not_in("team", &["mine"])];
    let mut held = None;
    let scene = Scene::new(world, |installed| held = Some(policy(installed, &required, true)));
    scene.repairs_selectors();
    drop(held);
    let items = || KINDS.map(|kind| scene.installed.webhooks(kind)).concat();
    until("the last repair", || {
        !items().iter().any(|entry| entry["namespaceSelector"].to_string().contains("team"))
    });
}

fn who_adds_within_the_request_without_looking_is_put_back_with_pauses(world: &World) {
    let required = [not_in("control-plane", &["true"]), not_in("team", &["mine"])];
    let mut held = None;
    let scene = Scene::new(world, |installed| held = Some(policy(installed, &required, false)));
    scene.repairs_selectors();
    for entry in KINDS.map(|kind| scene.installed.webhooks(kind)).concat() {
        // Ours, the platform's that is kept, and both as they are added to every write.
        let items = entry["namespaceSelector"]["matchExpressions"].as_array().unwrap();
        assert!(items.len() <= 5, "{items:#?}");
    }
    drop(held);
}

/// By server-side apply a `url` stays beside our `service`, and more items than may be beside ours;
/// the API server refuses both.
fn what_applying_cannot_take_away_is_put_back(world: &World) {
    let scene = Scene::new(world, |_| ());
    let whole = until_whole(&scene.installed);
    let many: Vec<_> = (0..64)
        .map(|number| json!({"name": format!("c{number}"), "expression": "false"}))
        .collect();
    let bundle = &whole[0][0]["clientConfig"]["caBundle"];
    let elsewhere = json!({"url": "https://127.0.0.1:1/", "caBundle": bundle});
    for (times, (field, value)) in
        (1..).zip([("clientConfig", elsewhere), ("matchConditions", many.into())])
    {
        for kind in KINDS {
            let path = scene.installed.configuration_path(kind);
            let change = json!([
                {"op": "add", "path": format!("/webhooks/0/{field}"), "value": value},
                {"op": "replace", "path": "/webhooks/0/timeoutSeconds", "value": 1},
            ]);
            scene.installed.cluster.client.patch(&path, JSON, &change).object();
        }
        // It is counted first, and then logged.
        until("the repairs", || scene.repairs(field) == 2);
        until("the repairs in the log", || scene.reported(REPAIRED) == 2 * times);
        until_whole(&scene.installed);
    }
    assert_eq!(scene.writes(), 6, "one each: {}", scene.server.log());
    assert!(!scene.server.log().contains("cannot update the webhook configuration"));
    scene.still_judges();
}

/// A manager's name is anybody's choice.
fn many_managers_are_put_back_within_a_bound(world: &World) {
    let scene = Scene::new(world, |_| ());
    until_whole(&scene.installed);
    let path = scene.installed.configuration_path("Validating");
    let mut names = 0..;
    let end = Instant::now() + span();
    // Long enough for what is put back at once, however busy the machine is.
    let at_once = || scene.reported(REPAIRED) >= 4 || Instant::now() >= end + span();
    while Instant::now() < end || !at_once() {
        if scene.installed.webhooks("Validating")[0]["timeoutSeconds"] == 1 {
            continue;
        }
        let path = format!("{path}?fieldManager=manager-{}", names.next().unwrap());
        let change = json!([{"op": "replace", "path": "/webhooks/0/timeoutSeconds", "value": 1}]);
        scene.installed.cluster.client.patch(&path, JSON, &change).object();
    }
    // One each to fill, four at once, one every ten seconds.
    let most = 2 + 4 + usize::try_from(scene.begin.elapsed().as_secs() / 10).unwrap() + 1;
    let writes = scene.between.count_until(Instant::now());
    assert!(writes > 5 && writes <= most, "{writes} of {most} writes: {}", scene.server.log());
    assert!(scene.reported(REPAIRED) <= most);
    until_whole(&scene.installed);
}
