//! Others who change what is registered, without end: platforms that require more of selectors,
//! which is left to them, and anybody else, who is put back with pauses.

use std::io::{Write as _, stderr};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::attack::seconds;
use super::registration::{KINDS, managed, ready, tenant};
use super::{Case, container, on_own, pod};
use crate::cluster_support::{Between, Enforcer, Installed, Namespace, Registration, World};
use crate::support::{Server, until};

pub(super) fn cases() -> Vec<Case> {
    vec![
        on_own("fight::what_aks_requires_is_left_to_it", aks),
        on_own("fight::what_gke_requires_within_the_request_is_left_to_it", gke),
        on_own("fight::who_undoes_the_same_again_and_again_is_put_back_with_pauses", stubborn),
        on_own("fight::what_is_changed_within_the_request_is_put_back_with_pauses", within),
    ]
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
        let spec = json!({"hostPID": true, "containers": [container("app", &json!({}))]});
        until("a denial", || self.tenant.try_create(&pod("sees", &spec)).code == 403);
        let denied = self.tenant.try_create(&pod("sees", &spec)).denial();
        assert!(denied[0].starts_with("host-process-namespace: "), "{denied:?}");
        assert!(ready(&self.server), "{}", self.server.admin("/readyz").text());
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

    fn told(&self, words: &str) -> usize {
        self.server.log().lines().filter(|line| line.contains(words)).count()
    }

    fn repairs(&self, field: &str) -> u64 {
        let series = format!("bulkhead_registration_repairs_total{{field=\"{field}\"}}");
        self.server.count(&series).unwrap()
    }
}

const LEFT: &str = "which is left to it";
const REPAIRED: &str = "webhooks repaired: somebody had changed them";

fn aks(world: &World) {
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
    assert_eq!(scene.told(LEFT), 2, "once of each configuration: {}", scene.server.log());
    assert_eq!(scene.told(REPAIRED), 0, "{}", scene.server.log());
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
    until("it to be told", || scene.told(REPAIRED) == 1);
    assert!(scene.all_require(&required));
    assert_eq!((enforcer.writes(), scene.repairs("failurePolicy")), (2, 1));
    assert_eq!(scene.repairs("namespaceSelector"), 0);
    scene.still_judges();
    // What a platform does no longer is told, too.
    drop(enforcer);
    for kind in KINDS {
        scene.installed.change(kind, &json!({"webhooks": []})).object();
    }
    until("them to be gone", || scene.tolerated("aks") == 0 && scene.all_require(&[]));
}

/// Adds a requirement to each webhook of ours within the request, whoever writes: there is no
/// webhook for webhook configurations, but there are policies.
fn policy(installed: &Installed, required: &Value) -> Registration {
    let name = &installed.namespace.name;
    let mut made = Registration::none(&installed.cluster);
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
    let expression = format!(
        "[0, 1, 2].filter(i, i < size(object.webhooks) && !{has}).map(i, JSONPatch{{op: 'add', \
         path: '/webhooks/' + string(i) + '/namespaceSelector/matchExpressions/-', value: {item}}})"
    );
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
        let dry = client.patch(&path, crate::cluster_support::MERGE, &probe).object();
        dry["webhooks"][0]["namespaceSelector"].to_string().contains(&required["key"].to_string())
    });
    made
}

fn gke(world: &World) {
    let names = ["kube-system", "gke-gmp-system", "gke-managed-cim"];
    let required = not_in("kubernetes.io/metadata.name", &names);
    let mut held = None;
    let scene = Scene::new(world, |installed| held = Some(policy(installed, &required)));
    until("the requirements", || scene.all_require(std::slice::from_ref(&required)));
    scene.still_judges();
    until("the gauge", || scene.tolerated("gke") == 4);
    assert_eq!(scene.writes(), 2, "{}", scene.server.log());
    assert_eq!(scene.told(LEFT), 2, "{}", scene.server.log());
    assert_eq!(scene.told(REPAIRED), 0, "{}", scene.server.log());
    drop(held);
}

fn stubborn(world: &World) {
    let required = [not_in("control-plane", &["true", "mine"])];
    let mut enforcer = None;
    let scene = Scene::new(world, |installed| {
        enforcer = Some(Enforcer::new(installed, "somebody", &required));
    });
    let enforcer = enforcer.unwrap();
    until("the first repairs", || scene.told(REPAIRED) >= 2);
    scene.still_judges();
    let writes = scene.writes();
    assert!(writes >= 6, "{writes} writes: {}", scene.server.log());
    assert!(enforcer.writes() <= writes);
    let log = scene.server.log();
    let line = log.lines().find(|line| line.contains(REPAIRED)).unwrap();
    assert!(line.contains("WARN") && line.contains("somebody"), "{line}");
    assert!(line.contains("namespaceSelector of "), "{line}");
    assert_eq!(scene.tolerated("aks"), 0);
    assert!(scene.repairs("namespaceSelector") >= 8);
    scene.still_judges();
    // Whoever stops it: the last repair stays.
    drop(enforcer);
    until("the last repair", || !scene.all_require(&required) && scene.all_require(&[]));
}

fn within(world: &World) {
    let required = not_in("team", &["mine"]);
    let mut held = None;
    let scene = Scene::new(world, |installed| held = Some(policy(installed, &required)));
    until("the first repairs", || scene.told(REPAIRED) >= 2);
    scene.still_judges();
    scene.writes();
    assert!(scene.repairs("namespaceSelector") >= 4);
    drop(held);
    let items = || KINDS.map(|kind| scene.installed.webhooks(kind)).concat();
    until("the last repair", || {
        !items().iter().any(|entry| entry["namespaceSelector"].to_string().contains("team"))
    });
}
