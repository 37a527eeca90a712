//! Pods of every sort, nearly all of which the API server's validation accepts.

use serde_json::{Value, json};

use crate::tier::random::Random;

/// Entries of `capabilities.add`: every way to write SYS_PTRACE and ALL that some runtime
/// understands, ways that none does, and other names.
const ADD: [&str; 32] = [
    "SYS_PTRACE",
    "SYS_PTRACE",
    "SYS_PTRACE",
    "SYS_PTRACE",
    "sys_ptrace",
    "Sys_PTrace",
    "\u{17f}YS_PTRACE",
    "\u{17f}y\u{17f}_ptrace",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PTRACE",
    "cap_sys_ptrace",
    "Cap_\u{17f}ys_ptrace",
    "CAP_CAP_SYS_PTRACE",
    " SYS_PTRACE",
    "SYS_PTRACE ",
    "PTRACE",
    "SYS-PTRACE",
    "\u{0131}SYS_PTRACE",
    "ALL",
    "ALL",
    "all",
    "aLl",
    "CAP_ALL",
    "\u{ff21}LL",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BIND_SERVICE",
    "KILL",
    "CHOWN",
    "SYS_ADMIN",
    "CAP_SYS_ADMIN",
    "",
];

const DROP: [&str; 14] = [
    "ALL",
    "ALL",
    "ALL",
    "ALL",
    "all",
    "All",
    "CAP_ALL",
    "SYS_PTRACE",
    "sys_ptrace",
    "\u{17f}ys_ptrace",
    "CAP_SYS_PTRACE",
    "cap_sys_ptrace",
    "KILL",
    "NET_RAW",
];

/// No scheduler finds a node for it.
const NOWHERE: &str = "bulkhead.dev/nowhere";

/// The spec of a pod without ephemeral containers.
pub(super) fn spec(random: &mut Random) -> Value {
    let os = random.weighed(&[(6, "windows"), (14, "linux")]);
    let is_windows = os == Some("windows");
    let mut spec = json!({"nodeSelector": {NOWHERE: "true"}});
    if let Some(os) = os {
        spec["os"] = json!({"name": os});
    }
    let selectors = [(5, "kubernetes.io/os"), (2, "beta.kubernetes.io/os")];
    if let Some(key) = random.weighed(&selectors) {
        spec["nodeSelector"][key] = (*random.pick(&["windows", "windows", "linux"])).into();
    }
    spec["securityContext"] = pod_security(random, is_windows);
    if !is_windows {
        if let Some(share) = random.weighed(&[(35, true), (10, false)]) {
            spec["shareProcessNamespace"] = share.into();
        }
        // Validation refuses both; a few are to show that.
        let fits = spec["shareProcessNamespace"] != true || random.chance(1);
        if let (Some(host), true) = (random.weighed(&[(22, true), (8, false)]), fits) {
            spec["hostPID"] = host.into();
        }
    }
    let inits = random.weighed(&[(25, 1), (15, 2)]).unwrap_or(0);
    let inits: Vec<_> = (0..inits)
        .map(|place| {
            let mut one = container(random, &format!("init-{place}"), is_windows);
            if random.chance(55) {
                one["restartPolicy"] = "Always".into();
            }
            one
        })
        .collect();
    spec["initContainers"] = inits.into();
    let regular = 1 + random.below(3);
    let regular: Vec<_> =
        (0..regular).map(|place| container(random, &format!("app-{place}"), is_windows)).collect();
    spec["containers"] = regular.into();
    spec
}

/// The spec of a pod with more findings than anybody wants to read.
pub(super) fn many(random: &mut Random) -> Value {
    let security = json!({"capabilities": {"add": ["SYS_PTRACE"]}});
    let one =
        |place| json!({"name": format!("m{place}"), "image": "i", "securityContext": security});
    let containers: Vec<_> = (0..10 + random.below(3)).map(one).collect();
    json!({"nodeSelector": {NOWHERE: "true"}, "containers": containers})
}

fn pod_security(random: &mut Random, is_windows: bool) -> Value {
    let mut security = json!({});
    if let Some(non_root) = random.weighed(&[(20, true), (6, false)]) {
        security["runAsNonRoot"] = non_root.into();
    }
    if is_windows {
        return security;
    }
    if let Some(user) = random.weighed(&[(10, 0), (20, 1000)]) {
        security["runAsUser"] = user.into();
    }
    if let Some(policy) = random.weighed(&[(15, "Merge"), (45, "Strict")]) {
        security["supplementalGroupsPolicy"] = policy.into();
    }
    security
}

/// A container for any list.
pub(super) fn container(random: &mut Random, name: &str, is_windows: bool) -> Value {
    let mut made = json!({"name": name, "image": format!("registry.example/{name}:1")});
    if random.chance(75) {
        made["securityContext"] = container_security(random, is_windows);
    }
    made
}

fn container_security(random: &mut Random, is_windows: bool) -> Value {
    let mut security = json!({});
    if let Some(non_root) = random.weighed(&[(20, true), (10, false)]) {
        security["runAsNonRoot"] = non_root.into();
    }
    if is_windows {
        return security;
    }
    if let Some(user) = random.weighed(&[(18, 0), (25, 1000)]) {
        security["runAsUser"] = user.into();
    }
    if let Some(privileged) = random.weighed(&[(15, true), (10, false)]) {
        security["privileged"] = privileged.into();
    }
    if random.chance(70) {
        let names = |random: &mut Random, pool: &[&'static str], most: usize| {
            let count = random.below(most + 1);
            (0..count).map(|_| *random.pick(pool)).collect::<Vec<_>>()
        };
        let (add, drop) = (names(random, &ADD, 3), names(random, &DROP, 2));
        security["capabilities"] = json!({"add": add, "drop": drop});
    }
    let escalation = random.weighed(&[(35, false), (15, true)]);
    let added = security["capabilities"]["add"].as_array();
    let admin = added.is_some_and(|add| add.iter().any(|name| name == "CAP_SYS_ADMIN"));
    // Validation refuses it beside privileges; the same.
    let fits = (security["privileged"] != true && !admin) || escalation == Some(true);
    if let (Some(escalation), true) = (escalation, fits || random.chance(2)) {
        security["allowPrivilegeEscalation"] = escalation.into();
    }
    security
}

/// New ephemeral containers for a pod: `prefix` makes their names new.
pub(super) fn ephemeral(random: &mut Random, spec: &Value, prefix: &str) -> Vec<Value> {
    let is_windows = spec["os"]["name"] == "windows";
    let lists = ["containers", "initContainers"].into_iter();
    let others: Vec<_> =
        lists.flat_map(|list| spec[list].as_array().into_iter().flatten()).collect();
    let count = 1 + random.below(3);
    let one = |place: usize| {
        let mut made = container(random, &format!("{prefix}-{place}"), is_windows);
        if random.chance(55) {
            made["targetContainerName"] = random.pick(&others)["name"].clone();
        } else if random.chance(3) {
            made["targetContainerName"] = "nobody".into();
        }
        made
    };
    (0..count).map(one).collect()
}
