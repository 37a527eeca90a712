//! What a platform requires stays; whatever is like it does not.

use bulkhead::controller::Repairs;
use bulkhead::registration::{WebhookKind, tolerated};
use serde_json::{Value, json};

use super::{ours, plan, right, stored, with};

const NAME: &str = "kubernetes.io/metadata.name";

fn not_in(key: &str, values: &[&str]) -> Value {
    json!({"key": key, "operator": "NotIn", "values": values})
}

/// The entries, one of them with this in its selector besides.
fn added(items: &[Value]) -> Value {
    with(|entry| {
        let all = entry["namespaceSelector"]["matchExpressions"].as_array_mut().unwrap();
        all.extend_from_slice(items);
    })
}

fn aks() -> [Value; 2] {
    [not_in("control-plane", &["true"]), not_in("kubernetes.azure.com/managedby", &["aks"])]
}

fn gke() -> Value {
    not_in(NAME, &["kube-system", "gke-gmp-system", "gke-managed-cim"])
}

fn ids(entries: &Value) -> Vec<&'static str> {
    let object = stored(entries, &json!([]));
    tolerated(WebhookKind::Validating, Some(&ours()), &(&object).into())
        .iter()
        .map(|it| it.id)
        .collect()
}

#[test]
fn what_a_platform_requires_is_right_as_it_is() {
    let [one, other] = aks();
    let longer = with(|entry| {
        // Into the list of ours instead of beside it.
        let all = entry["namespaceSelector"]["matchExpressions"].as_array_mut().unwrap();
        let values = all[0]["values"].as_array_mut().unwrap();
        values.extend(["gke-gmp-system".into(), "gke-managed-cim".into()]);
    });
    let first = with(|entry| {
        let all = entry["namespaceSelector"]["matchExpressions"].as_array_mut().unwrap();
        all.splice(0..0, aks());
    });
    for (entries, platform) in [
        (right(), None),
        (added(&aks()), Some("aks")),
        (added(&[other.clone(), one.clone()]), Some("aks")),
        (added(&[one]), Some("aks")),
        (added(&[other]), Some("aks")),
        (first, Some("aks")),
        (added(&[gke()]), Some("gke")),
        (longer, Some("gke")),
    ] {
        let plan = plan(&stored(&entries, &json!([])));
        assert_eq!(plan.differences, [], "{entries:#}");
        assert_eq!(ids(&entries), Vec::from_iter(platform), "{entries:#}");
    }
}

#[test]
fn whatever_is_like_it_is_repaired() {
    let expression = |key: &str, operator: &str| json!({"key": key, "operator": operator});
    let [one, other] = aks();
    let more_values = not_in("control-plane", &["true", "false"]);
    let within = json!({"key": "control-plane", "operator": "In", "values": ["true"]});
    let labels = with(|entry| {
        entry["namespaceSelector"]["matchLabels"] = json!({"control-plane": "true"});
    });
    let lost = with(|entry| entry["namespaceSelector"]["matchExpressions"] = json!(aks()));
    let elsewhere = with(|entry| entry["objectSelector"] = json!({"matchExpressions": aks()}));
    let all = [
        added(&[expression("control-plane", "DoesNotExist")]),
        added(&[expression("control-plane", "Exists")]),
        added(&[not_in("control-plane", &["True"])]),
        added(&[not_in("Control-Plane", &["true"])]),
        added(&[within]),
        added(&[more_values]),
        added(&[not_in("kubernetes.azure.com/managedby", &["aks", "me"])]),
        added(&[not_in("kubernetes.azure.com/managed-by", &["aks"])]),
        added(&[not_in(NAME, &["shop"])]),
        added(&[not_in(NAME, &["kube-system", "gke-gmp-system", "gke-managed-cim", "shop"])]),
        // Of one platform at a time.
        added(&[one.clone(), gke()]),
        added(&[one, other, not_in("team", &["a"])]),
        labels,
        lost,
        elsewhere,
    ];
    for entries in all {
        let plan = plan(&stored(&entries, &json!([])));
        let fields: Vec<_> = plan.differences.iter().map(|it| it.field.as_str()).collect();
        assert!(
            matches!(fields.as_slice(), ["namespaceSelector" | "objectSelector"]),
            "{fields:?}"
        );
        assert_eq!(ids(&entries), [""; 0], "{entries:#}");
    }
}

#[test]
fn a_repair_leaves_to_the_platform_what_it_would_put_back() {
    let entries = with(|entry| {
        entry["failurePolicy"] = "Ignore".into();
        let all = entry["namespaceSelector"]["matchExpressions"].as_array_mut().unwrap();
        all.extend(aks());
    });
    let wanted = plan(&stored(&entries, &json!([]))).entries;
    let selector = |entries: &Value| {
        let all = entries.as_array().unwrap();
        all.iter().find(|it| it["name"] == "enforce.bulkhead.dev").unwrap()["namespaceSelector"]
            .clone()
    };
    assert_eq!(wanted["enforce.bulkhead.dev"]["namespaceSelector"], selector(&added(&aks())));
    assert_eq!(wanted["enforce.bulkhead.dev"]["failurePolicy"], "Fail");
    // Also where the selector itself is wrong.
    let [one, other] = aks();
    let entries = added(&[one.clone(), not_in("team", &["a"]), other.clone()]);
    let wanted = plan(&stored(&entries, &json!([]))).entries;
    assert_eq!(
        wanted["enforce.bulkhead.dev"]["namespaceSelector"],
        selector(&added(&[one, other]))
    );
}

/// Who adds within the request, without looking, adds to what is kept.
#[test]
fn what_is_kept_is_kept_once_and_makes_no_other_change_of_a_repair() {
    let [one, other] = aks();
    let team = not_in("team", &["mine"]);
    let gke_again = not_in(NAME, &["gke-managed-cim", "kube-system", "gke-gmp-system"]);
    let mut repairs = Repairs::default();
    repairs.right(plan(&stored(&right(), &json!([]))).plain);
    for (kept, added_again) in [
        (vec![one.clone()], vec![one.clone(), team.clone(), one]),
        (vec![other.clone()], vec![other.clone(), other, team.clone()]),
        (aks().to_vec(), [aks().to_vec(), vec![team.clone()], aks().to_vec()].concat()),
        (vec![gke()], vec![gke(), gke_again, team.clone()]),
        (vec![], vec![team.clone(), team]),
    ] {
        let plan = plan(&stored(&added(&added_again), &json!([])));
        let selector = &plan.entries["enforce.bulkhead.dev"]["namespaceSelector"];
        let wanted = added(&kept);
        let all = wanted.as_array().unwrap();
        let wanted = all.iter().find(|it| it["name"] == "enforce.bulkhead.dev").unwrap();
        assert_eq!(*selector, wanted["namespaceSelector"], "{added_again:#?}");
        // Whatever was kept the time before.
        assert_eq!(repairs.undone(&plan.differences).len(), 1, "{added_again:#?}");
        repairs.right(plan.plain);
    }
}

#[test]
fn where_only_the_bundle_is_ours_nothing_is_said_of_selectors() {
    let object = stored(&added(&aks()), &json!([]));
    assert!(tolerated(WebhookKind::Validating, None, &(&object).into()).is_empty());
}
