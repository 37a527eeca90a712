//! What holds for every pod, tried on generated ones.

use bulkhead::admission::{AcceptedKinds, Request, decode, encode};
use bulkhead::decision::{self, Phase};
use bulkhead::pod::{PodView, Runtime};
use bulkhead::policy::{Change, Context, Snapshot};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::harness::judging::{Found, decide, find, mutate, now, snapshot_of};
use crate::support::{pod, review};

fn strict() -> Snapshot {
    snapshot_of(
        "{shareProcessNamespace: {mode: Deny, repair: OnCreate}, \
         ptraceCapability: {mode: Deny, repair: OnCreate, privileged: Anywhere}, \
         hostProcessNamespace: {mode: Deny}, ephemeralTarget: {mode: Deny}, \
         supplementalGroupsPolicy: {mode: Deny, repair: OnCreate, onUnsupportedNodes: Patch, overrideMerge: true}, \
         processReach: {mode: Deny}}",
    )
}

/// An object of some of these members, each with one of its values or `null`.
fn object(members: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let count = members.len();
    subsequence(members, 0..=count)
        .prop_flat_map(|members| {
            let (names, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
            let values: Vec<_> = values
                .into_iter()
                .map(|value| prop_oneof![9 => value, 1 => Just(Value::Null)])
                .collect();
            values.prop_map(move |values| {
                names
                    .iter()
                    .map(|name| (*name).to_owned())
                    .zip(values)
                    .collect::<Map<_, _>>()
                    .into()
            })
        })
        .boxed()
}

fn one_of(values: &'static [&'static str]) -> BoxedStrategy<Value> {
    select(values).prop_map(Value::from).boxed()
}

fn flag() -> BoxedStrategy<Value> {
    any::<bool>().prop_map(Value::from).boxed()
}

fn list(of: BoxedStrategy<Value>, most: usize) -> BoxedStrategy<Value> {
    prop::collection::vec(of, 0..=most).prop_map(Value::from).boxed()
}

fn user() -> BoxedStrategy<Value> {
    select(vec![0, 1, 1000]).prop_map(Value::from).boxed()
}

/// What stands in manifests, and what gets past engines that compare strings.
const NAMES: &[&str] = &[
    "SYS_PTRACE",
    "sys_ptrace",
    "\u{17f}YS_PTRACE",
    "CAP_SYS_PTRACE",
    "cap_sys_ptrace",
    "ALL",
    "all",
    "CAP_ALL",
    "KILL",
    "NET_ADMIN",
    "SYS_ADMIN",
    "",
    " SYS_PTRACE",
    "~1/SYS_PTRACE",
];

fn security() -> BoxedStrategy<Value> {
    let names = || list(one_of(NAMES), 4);
    object(vec![
        ("capabilities", object(vec![("add", names()), ("drop", names()), ("x-unknown", flag())])),
        ("privileged", prop_oneof![4 => Just(json!(false)), 1 => Just(json!(true))].boxed()),
        ("runAsUser", user()),
        ("runAsNonRoot", flag()),
        ("allowPrivilegeEscalation", flag()),
        ("x-unknown", one_of(&["a", "~/\"\\"])),
    ])
}

fn container() -> BoxedStrategy<Value> {
    object(vec![
        ("securityContext", security()),
        ("targetContainerName", one_of(&["c0", "r1", ""])),
        ("restartPolicy", one_of(&["Always"])),
        ("image", one_of(&["a:1", "b:2"])),
        ("x-unknown", list(one_of(&["1"]), 2)),
    ])
}

/// Containers with names of their own.
fn containers(prefix: &'static str) -> BoxedStrategy<Value> {
    let named = move |mut containers: Vec<Value>| {
        for (place, container) in containers.iter_mut().enumerate() {
            container["name"] = json!(format!("{prefix}{place}"));
        }
        Value::from(containers)
    };
    prop::collection::vec(container(), 0..4).prop_map(named).boxed()
}

fn affinity() -> BoxedStrategy<Value> {
    let requirement = object(vec![
        ("key", one_of(&["kubernetes.io/os", "pool"])),
        ("operator", one_of(&["In", "NotIn"])),
        ("values", list(one_of(&["linux", "windows"]), 2)),
    ]);
    let term = object(vec![("matchExpressions", list(requirement, 2))]);
    let required = object(vec![("nodeSelectorTerms", list(term, 2))]);
    let required = object(vec![("requiredDuringSchedulingIgnoredDuringExecution", required)]);
    object(vec![("nodeAffinity", required)])
}

fn spec() -> BoxedStrategy<Value> {
    object(vec![
        ("shareProcessNamespace", flag()),
        ("hostPID", flag()),
        ("os", object(vec![("name", one_of(&["linux", "windows"]))])),
        ("nodeSelector", object(vec![("kubernetes.io/os", one_of(&["linux", "windows"]))])),
        ("affinity", affinity()),
        (
            "securityContext",
            object(vec![
                ("runAsUser", user()),
                ("runAsNonRoot", flag()),
                ("supplementalGroupsPolicy", one_of(&["Merge", "Strict"])),
                ("x-unknown", flag()),
            ]),
        ),
        ("initContainers", containers("i")),
        ("containers", containers("c")),
        ("ephemeralContainers", containers("e")),
        ("x-unknown", object(vec![("a/b~c", flag())])),
    ])
}

/// A value with anything in it.
fn anything() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        flag(),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
    .boxed()
}

/// Puts a value somewhere into another: at a place counted by depth-first order.
fn plant(tree: &mut Value, place: &mut usize, value: &Value) {
    if *place == 0 {
        *tree = value.clone();
        *place = usize::MAX;
        return;
    }
    *place -= 1;
    match tree {
        Value::Array(items) => items.iter_mut().for_each(|item| plant_below(item, place, value)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| plant_below(member, place, value));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn plant_below(tree: &mut Value, place: &mut usize, value: &Value) {
    if *place != usize::MAX {
        plant(tree, place, value);
    }
}

/// Judges bytes the whole way; nothing is asserted but that it returns.
fn judge(body: &[u8]) {
    let strict = strict();
    for accepted in [AcceptedKinds::Both, AcceptedKinds::Pods, AcceptedKinds::Templates] {
        let Ok(request) = decode(body, accepted) else {
            continue;
        };
        let Some(change) = &request.change else {
            continue;
        };
        for phase in [Phase::Mutate, Phase::Validate, Phase::Advise] {
            let context = Context {
                namespace: &request.target.namespace,
                labels: None,
                nodes: None,
                requester: Some(&request.requester),
                now: now(),
            };
            let decision = decision::decide(phase, change, &strict, &context);
            serde_json::from_slice::<Value>(&encode(&request, &decision).unwrap()).unwrap();
        }
    }
}

/// What each container is granted, by runtime.
fn granted(pod: &PodView<'_>) -> Vec<[bulkhead::pod::CapabilitySet; 2]> {
    let sets = |capabilities: &bulkhead::pod::Capabilities<'_>| {
        Runtime::ALL.map(|one| capabilities.granted(one))
    };
    pod.containers.iter().map(|container| sets(&container.security.capabilities)).collect()
}

fn view(body: &[u8]) -> PodView<'_> {
    match decode(body, AcceptedKinds::Pods) {
        Ok(Request { change: Some(Change::Create(pod)), .. }) => pod,
        other => panic!("{other:?}"),
    }
}

/// Everything with a repair is gone from `found`, except what has none on this pod.
fn is_clean(pod: &Value, found: &[Found]) -> bool {
    let spec = &pod["spec"];
    let required =
        &spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let is_enough = |term: &Value| {
        let all = term["matchExpressions"].as_array().into_iter().flatten();
        all.into_iter().any(|one| {
            one["key"] == "kubernetes.io/os"
                && one["operator"] == "In"
                && one["values"].as_array().is_some_and(|values| {
                    !values.is_empty() && values.iter().all(|value| value == "windows")
                })
        })
    };
    let terms = required["nodeSelectorTerms"].as_array().filter(|terms| !terms.is_empty());
    let likely_windows = spec["os"]["name"].is_null()
        && (spec["nodeSelector"]["kubernetes.io/os"] == "windows"
            || terms.is_some_and(|terms| terms.iter().all(is_enough)));
    let repairable = |ruling: &&Found| ruling.finding.edit.is_some();
    likely_windows || found.iter().filter(repairable).count() == 0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        judge(&bytes);
    }

    #[test]
    fn a_review_with_anything_in_it_never_panics(
        spec in spec(), value in anything(), place in 0_usize..80, cut in 0_usize..4000, update: bool,
    ) {
        let (operation, old) = if update { ("UPDATE", pod(&json!({}))) } else { ("CREATE", Value::Null) };
        let mut review = review(operation, "pods", &pod(&spec), &old);
        let mut place = place;
        plant(&mut review, &mut place, &value);
        let text = review.to_string();
        judge(text.as_bytes());
        let end = cut.min(text.len());
        judge(&text.as_bytes()[..end]);
    }

    #[test]
    fn repaired_is_clean_and_repaired_once(spec in spec()) {
        let strict = strict();
        let once = mutate(&strict, &pod(&spec));
        let found = find(&strict, &once);
        prop_assert!(is_clean(&once, &found), "{once}: {found:?}");
        prop_assert_eq!(mutate(&strict, &once), once);
    }

    #[test]
    fn a_patch_raises_no_privilege_and_touches_nothing_else(spec in spec()) {
        let before = pod(&spec);
        let after = mutate(&strict(), &before);
        let body = |pod: &Value| review("CREATE", "pods", pod, &Value::Null).to_string();
        let (old_body, new_body) = (body(&before), body(&after));
        let (old, new) = (view(old_body.as_bytes()), view(new_body.as_bytes()));
        for (had, has) in granted(&old).into_iter().zip(granted(&new)) {
            for (had, has) in had.into_iter().zip(has) {
                prop_assert!(had.contains(has), "a capability was added");
            }
        }
        // Set back what a repair may change, and nothing differs: unknown fields are all there.
        let mut restored = after.clone();
        for field in ["shareProcessNamespace", "securityContext"] {
            restored["spec"][field] = before["spec"][field].clone();
        }
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            for (place, container) in before["spec"][list].as_array().into_iter().flatten().enumerate() {
                let capabilities = &container["securityContext"]["capabilities"];
                if capabilities.is_object() {
                    for (name, value) in capabilities.as_object().unwrap() {
                        if name != "add" && name != "drop" {
                            prop_assert_eq!(&after["spec"][list][place]["securityContext"]["capabilities"][name], value);
                        }
                    }
                    restored["spec"][list][place]["securityContext"]["capabilities"] = capabilities.clone();
                }
            }
        }
        for (name, value) in before["spec"]["securityContext"].as_object().into_iter().flatten() {
            if name != "supplementalGroupsPolicy" {
                prop_assert_eq!(&after["spec"]["securityContext"][name], value);
            }
        }
        let strip = |mut value: Value| {
            // Indexing a missing member for writing has made it null, which is the same as absent.
            let spec = value["spec"].as_object_mut().unwrap();
            spec.retain(|_, member| !member.is_null());
            value
        };
        prop_assert_eq!(strip(restored), strip(before));
    }

    #[test]
    fn the_order_of_containers_does_not_matter(spec in spec(), turn in 0_usize..4) {
        let strict = strict();
        let mut turned = spec.clone();
        // Init containers have an order; the others do not.
        for list in ["containers", "ephemeralContainers"] {
            if let Some(items) = turned[list].as_array_mut() && !items.is_empty() {
                let by = turn % items.len();
                items.rotate_left(by);
            }
        }
        let names = |spec: &Value| {
            let mut found: Vec<_> = find(&strict, &pod(spec)).iter().map(|ruling| {
                let container = ruling.container.clone();
                (ruling.control().id, container, ruling.finding.reason, ruling.finding.certainty(), ruling.mode)
            }).collect();
            found.sort();
            found
        };
        prop_assert_eq!(names(&spec), names(&turned));
    }

    #[test]
    fn the_same_object_again_adds_nothing(spec in spec()) {
        let update = review("UPDATE", "pods", &pod(&spec), &pod(&spec));
        prop_assert!(!decide(Phase::Validate, &strict(), &update).is_denied());
    }
}
