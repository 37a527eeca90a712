//! Pods of every sort, from a seed.

use serde_json::{Map, Value, json};

use crate::tier::random::Random;

const IMAGES: [&str; 8] = [
    "root",
    "root-armed",
    "root-armed",
    "root-armed",
    "user",
    "user-armed",
    "user-2000-armed",
    "user-2000",
];

const ADDED: [&str; 17] = [
    "SYS_PTRACE",
    "SYS_PTRACE",
    "sys_ptrace",
    "\u{17f}ys_ptrace",
    "CAP_SYS_PTRACE",
    "KILL",
    "SETUID",
    "SETGID",
    "PERFMON",
    "SYS_ADMIN",
    "DAC_READ_SEARCH",
    "DAC_OVERRIDE",
    "ALL",
    "all",
    "NO_SUCH_THING",
    "NET_ADMIN",
    "setuid",
];

const DROPPED: [&str; 10] = [
    "ALL",
    "ALL",
    "all",
    "KILL",
    "SETUID",
    "setgid",
    "CAP_KILL",
    "DAC_OVERRIDE",
    "SYS_PTRACE",
    "CHOWN",
];

/// A pod; the same for the same numbers.
pub(super) fn pod(seed: u64, stream: u64) -> Value {
    let mut random = Random::new(seed, stream);
    let mut spec = json!({});
    let view = random.weighed(&[(50, "shareProcessNamespace"), (15, "hostPID")]);
    if let Some(view) = view {
        spec[view] = true.into();
    }
    if view != Some("hostPID") && random.chance(15) {
        spec["hostUsers"] = false.into();
    }
    spec["securityContext"] = pod_security(&mut random);
    let regular = random.weighed(&[(35, 1), (15, 3)]).unwrap_or(2);
    let regular: Vec<_> = (0..regular).map(|n| container(&mut random, &format!("c{n}"))).collect();
    let mut inits = Vec::new();
    if random.chance(20) {
        inits.push(with(container(&mut random, "sidecar"), "restartPolicy", "Always"));
    }
    if random.chance(12) {
        let place = random.below(inits.len() + 1);
        inits.insert(place, container(&mut random, "init"));
    }
    // Without a view of others, someone has to join.
    let least = usize::from(view.is_none());
    let debuggers = least + random.weighed(&[(25, 1), (15, 2)]).unwrap_or(0);
    let debuggers: Vec<_> = (0..debuggers).map(|n| debugger(&mut random, n, &regular)).collect();
    spec["containers"] = regular.into();
    spec["initContainers"] = inits.into();
    spec["ephemeralContainers"] = debuggers.into();
    let spec: Map<_, _> = spec.as_object().unwrap().clone();
    let spec = spec.into_iter().filter(|(_, it)| !it.as_array().is_some_and(Vec::is_empty));
    json!({"metadata": {"name": format!("seed-{seed}-{stream}")}, "spec": spec.collect::<Map<_, _>>()})
}

fn pod_security(random: &mut Random) -> Value {
    let mut security = json!({});
    if let Some(uid) = random.weighed(&[(12, 0), (15, 1000), (5, 2000)]) {
        security["runAsUser"] = uid.into();
        // A group of the pod without a user of the pod gets no sandbox.
        if let Some(gid) = random.weighed(&[(10, 0), (30, 1000), (10, 2000)]) {
            security["runAsGroup"] = gid.into();
        }
    }
    if random.chance(15) {
        security["supplementalGroups"] = json!([1000, 4000]);
    }
    if random.chance(15) {
        security["supplementalGroupsPolicy"] = (*random.pick(&["Merge", "Strict"])).into();
    }
    if random.chance(10) {
        security["fsGroup"] = 2000.into();
    }
    security
}

fn container(random: &mut Random, name: &str) -> Value {
    let image = *random.pick(&IMAGES);
    let mut security = json!({});
    let uid = random.weighed(&[(25, 0), (25, 1000), (15, 2000), (5, 3000)]);
    if let Some(uid) = uid {
        security["runAsUser"] = uid.into();
    }
    if let Some(gid) = random.weighed(&[(20, 0), (25, 1000), (15, 2000), (5, 3000)]) {
        security["runAsGroup"] = gid.into();
    }
    // What the kubelet would refuse to start tells nothing.
    if uid.is_some_and(|uid| uid != 0) && random.chance(20)
        || uid.is_none() && image.starts_with("user-2000") && random.chance(50)
    {
        security["runAsNonRoot"] = true.into();
        if uid.is_none() {
            security["runAsUser"] = Value::Null;
        }
    }
    if random.chance(8) {
        security["privileged"] = true.into();
    } else if random.chance(60) {
        security["allowPrivilegeEscalation"] = random.chance(10).into();
    }
    let capabilities = capabilities(random);
    if capabilities != json!({}) {
        security["capabilities"] = capabilities;
    }
    if random.chance(25) {
        security["seccompProfile"] =
            json!({"type": random.pick(&["RuntimeDefault", "Unconfined"])});
    }
    if let Some(fields) = security.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    json!({"name": name, "image": format!("localhost/probe:{image}"), "securityContext": security})
}

fn capabilities(random: &mut Random) -> Value {
    let mut capabilities = json!({});
    for (field, names, most) in [("add", &ADDED[..], 3), ("drop", &DROPPED[..], 2)] {
        if random.chance(45) {
            let count = 1 + random.below(most);
            let names: Vec<_> = (0..count).map(|_| *random.pick(names)).collect();
            capabilities[field] = names.into();
        }
    }
    capabilities
}

fn debugger(random: &mut Random, number: usize, regular: &[Value]) -> Value {
    let container = container(random, &format!("debug{number}"));
    if random.chance(80) {
        let target = random.pick(regular)["name"].as_str().unwrap().to_owned();
        return with(container, "targetContainerName", &target);
    }
    container
}

fn with(mut container: Value, field: &str, value: &str) -> Value {
    container[field] = value.into();
    container
}
