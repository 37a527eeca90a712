//! When a change is put back, and who is said to have made it.

use std::time::{Duration, Instant};

use bulkhead::controller::{Repairs, Reversal};
use serde_json::{Value, json};

use super::{plan, right, stored, with};

fn undone(field: &str, manager: &str) -> Reversal {
    ("enforce.bulkhead.dev".to_owned(), field.to_owned(), manager.to_owned())
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Puts it back as soon as that is due, so many times; when that was.
fn repair(repairs: &mut Repairs, what: &[Reversal], begin: Instant, times: usize) -> Vec<u64> {
    let mut now = begin;
    let one = |_| {
        now += repairs.wait(what, now);
        repairs.writes(now);
        repairs.repaired(what, now);
        (now - begin).as_secs()
    };
    (0..times).map(one).collect()
}

#[test]
fn pauses_double_while_the_same_manager_undoes_the_same_field() {
    let (begin, mut repairs) = (Instant::now(), Repairs::default());
    let selector = [undone("namespaceSelector", "somebody")];
    assert_eq!(repair(&mut repairs, &selector, begin, 6), [0, 10, 30, 60, 90, 120]);
    let later = begin + seconds(121);
    // Another field, another manager, another entry: at once.
    let elsewhere =
        ("advisory.bulkhead.dev".to_owned(), selector[0].1.clone(), selector[0].2.clone());
    for other in
        [undone("failurePolicy", "somebody"), undone("namespaceSelector", "other"), elsewhere]
    {
        assert_eq!(repairs.wait(&[other], later), Duration::ZERO);
    }
    assert_eq!(repairs.wait(&selector, later), seconds(29));
    // Whatever is due first.
    let both = [selector[0].clone(), undone("failurePolicy", "somebody")];
    assert_eq!(repairs.wait(&both, later), Duration::ZERO);
}

#[test]
fn ten_quiet_minutes_end_a_fight() {
    let (begin, mut repairs) = (Instant::now(), Repairs::default());
    let selector = [undone("namespaceSelector", "somebody")];
    let last = begin + seconds(*repair(&mut repairs, &selector, begin, 5).last().unwrap());
    for (after, at_once) in [(599, [599, 629]), (1199, [1199, 1209])] {
        let mut known = repairs.clone();
        let times = repair(&mut known, &selector, last + seconds(after), 2);
        assert_eq!(times, [0, at_once[1] - at_once[0]], "after {after} s");
    }
    // Somebody slower than the pauses is put back at once, each time.
    let mut slow = Repairs::default();
    for minute in 0..20 {
        let now = begin + seconds(60 * minute);
        assert_eq!(slow.wait(&selector, now), Duration::ZERO, "minute {minute}");
        slow.writes(now);
        slow.repaired(&selector, now);
    }
}

/// Each undoes as soon as it was put back: first ones are put back at once, but not without end.
#[test]
fn many_managers_are_put_back_within_a_bound() {
    for (managers, fields, expected) in [
        (1, 1, vec![0, 10, 30, 60, 90, 120, 150, 180]),
        (2, 1, vec![0, 0, 10, 10, 30, 40, 60, 70]),
        (1, 2, vec![0, 0, 10, 10, 30, 40, 60, 70]),
        (1000, 1, vec![0, 0, 0, 0, 0, 10, 20, 30]),
        (1000, 1000, vec![0, 0, 0, 0, 0, 10, 20, 30]),
    ] {
        let (begin, mut repairs) = (Instant::now(), Repairs::default());
        let mut now = begin;
        let times = (0..expected.len()).map(|round| {
            let field = format!("field-{}", round % fields);
            let what = [undone(&field, &format!("manager-{}", round % managers))];
            now += Duration::from_secs(repair(&mut repairs, &what, now, 1)[0]);
            (now - begin).as_secs()
        });
        assert_eq!(times.collect::<Vec<_>>(), expected, "{managers} managers, {fields} fields");
    }
    // Neither does what is ours to change go on without end, and a quiet minute is enough.
    let (begin, mut repairs) = (Instant::now(), Repairs::default());
    assert_eq!(repair(&mut repairs, &[], begin, 7), [0, 0, 0, 0, 0, 10, 20]);
    let many = |number: u32| undone("namespaceSelector", &number.to_string());
    for number in 0..5 {
        let at = begin + seconds(81);
        assert_eq!(repairs.wait(&[many(number)], at), Duration::ZERO);
        repairs.writes(at);
        repairs.repaired(&[many(number)], at);
    }
    assert_eq!(repairs.wait(&[many(6)], begin + seconds(81)), seconds(10));
}

/// What applying would merge is written as a whole.
#[test]
fn what_applying_cannot_take_away_takes_a_whole_write() {
    let condition = |name: &str| json!({"name": name, "expression": "true"});
    let many: Vec<_> = (0..64).map(|number| condition(&format!("c{number}"))).collect();
    let entry = |field: &str, value: Value| with(|entry| entry[field] = value);
    for (entries, whole) in [
        (entry("clientConfig", json!({"url": "https://example.com", "caBundle": "AAAA"})), true),
        (with(|entry| entry["clientConfig"]["service"]["path"] = "/".into()), true),
        (with(|entry| entry["clientConfig"]["service"]["new"] = "/".into()), true),
        (entry("matchConditions", many.into()), true),
        (entry("matchConditions", json!([])), true),
        (entry("somethingNew", json!({})), true),
        (entry("name", "else.bulkhead.dev".into()), false),
        (entry("failurePolicy", "Ignore".into()), false),
        (entry("namespaceSelector", json!({})), false),
        (entry("rules", json!([])), false),
        (with(|entry| entry["clientConfig"]["caBundle"] = "AAAA".into()), false),
        (json!([]), false),
        (right(), false),
    ] {
        let plan = plan(&stored(&entries, &json!([])));
        assert_eq!(plan.takes_whole_write(), whole, "{:#?}", plan.differences);
    }
}

/// Managers name themselves.
#[test]
fn many_names_are_not_kept_for_ever() {
    let (begin, mut repairs) = (Instant::now(), Repairs::default());
    for number in 0..10_000 {
        let one = [undone("namespaceSelector", &format!("manager-{number}"))];
        assert_eq!(repairs.wait(&one, begin), Duration::ZERO);
        repairs.repaired(&one, begin + Duration::from_millis(number));
    }
    assert!(format!("{repairs:?}").matches("manager-").count() <= 256);
}

fn managed(manager: &str, time: &str, fields: &Value) -> Value {
    json!({
        "manager": manager, "operation": "Update", "apiVersion": "admissionregistration.k8s.io/v1",
        "time": time, "fieldsType": "FieldsV1", "fieldsV1": {"f:webhooks": fields},
    })
}

fn owned(fields: &Value) -> Value {
    json!({r#"k:{"name":"enforce.bulkhead.dev"}"#: fields})
}

#[test]
fn who_did_it_is_read_from_the_object() {
    let (early, late) = ("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z");
    let all = json!({"f:namespaceSelector": {}, "f:failurePolicy": {}, "f:timeoutSeconds": {}});
    let ours = managed("bulkhead", early, &owned(&all));
    let selector = owned(&json!({"f:namespaceSelector": {}}));
    let bundle = owned(&json!({"f:clientConfig": {"f:caBundle": {}}}));
    let nothing = json!({});
    let entry = |field: &str, value: Value| with(|entry| entry[field] = value);
    let deaf = with(|entry| entry["clientConfig"]["caBundle"] = "AAAA".into());
    let gone = Value::Array(right().as_array().unwrap()[1..].to_vec());
    let wide = entry("namespaceSelector", json!({}));
    for (entries, others, field, expected) in [
        (wide.clone(), vec![managed("aks", late, &selector)], "namespaceSelector", ("aks", true)),
        (
            wide.clone(),
            vec![managed("one", early, &selector), managed("two", late, &selector)],
            "namespaceSelector",
            ("two", true),
        ),
        // Within the request, or by somebody who gives our name.
        (wide, vec![managed("helm", late, &bundle)], "namespaceSelector", ("bulkhead", false)),
        (deaf, vec![managed("cert", late, &bundle)], "clientConfig.caBundle", ("cert", true)),
        // What is gone has no owner: somebody who came after us.
        (gone.clone(), vec![managed("kubectl", late, &nothing)], "entry", ("kubectl", false)),
        (gone, vec![], "entry", ("unknown", false)),
    ] {
        // Of an entry that is gone nobody owns anything.
        let ours =
            if field == "entry" { managed("bulkhead", early, &nothing) } else { ours.clone() };
        let managers: Vec<_> = [ours].into_iter().chain(others).collect();
        let plan = plan(&stored(&entries, &json!(managers)));
        let [found] = plan.differences.as_slice() else { panic!("{:#?}", plan.differences) };
        assert_eq!(found.field, field);
        assert_eq!((found.manager.as_str(), found.is_foreign), expected, "{entries:#}");
    }
}

/// What is filled in, or is to be another one from now on, is no repair.
#[test]
fn what_nobody_has_undone_waits_for_nobody() {
    let mut repairs = Repairs::default();
    let empty = plan(&stored(&json!([]), &json!([])));
    assert_eq!(empty.differences.len(), 3);
    assert_eq!(repairs.undone(&empty.differences), []);
    repairs.about(Some("one"));
    repairs.right(empty.entries);
    let again = plan(&stored(&json!([]), &json!([])));
    assert_eq!(repairs.undone(&again.differences).len(), 3);
    // Another authority: as before, it was right.
    let other =
        plan(&stored(&with(|it| it["clientConfig"]["caBundle"] = "AAAA".into()), &json!([])));
    assert_eq!(repairs.undone(&other.differences).len(), 1);
    let mut before = other.entries.clone();
    before["enforce.bulkhead.dev"]["clientConfig"]["caBundle"] = "AAAA".into();
    repairs.right(before);
    assert_eq!(repairs.undone(&other.differences), []);
    // One that was recreated has no past.
    repairs.about(Some("two"));
    assert_eq!(repairs.undone(&again.differences), []);
}
